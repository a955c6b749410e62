//! The sources as files and as manifests.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use toml::Table;

/// A file of the sources.
pub(crate) struct File {
    /// From the root, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Made by tools, or not ours.
const NOT_SOURCES: [&str; 3] = [".git", "target", "LICENSE"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tools is in the root").to_owned()
}

/// Every text file whose name ends with one of `endings`.
pub(crate) fn files(endings: &[&str]) -> Vec<File> {
    let mut found = Vec::new();
    walk(&root(), &mut |path| {
        let relative = path.strip_prefix(root()).expect("walked from the root");
        let relative = relative.to_str().expect("our names are UTF-8").to_owned();
        if endings.iter().any(|ending| relative.ends_with(ending)) {
            let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{relative}: {e}"));
            found.push(File { path: relative, text });
        }
    });
    assert!(!found.is_empty(), "no file ends with {endings:?}");
    found
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.expect("an entry of a folder").path();
        let name = path.file_name().unwrap_or_default();
        if NOT_SOURCES.iter().any(|it| name == *it) {
            continue;
        }
        if path.is_dir() { walk(&path, visit) } else { visit(&path) }
    }
}

/// One of our crates.
pub(crate) struct Crate {
    /// Its folder, from the root.
    pub(crate) at: String,
    pub(crate) name: String,
    /// What its programs are made of.
    pub(crate) uses: Vec<String>,
    /// What only its tests use.
    pub(crate) tests_use: Vec<String>,
}

impl Crate {
    pub(crate) fn read(at: &str, manifest: &str) -> Self {
        let manifest: Table = manifest.parse().unwrap_or_else(|e| panic!("{at}: {e}"));
        let name = manifest["package"]["name"].as_str().expect("a name").to_owned();
        let mut uses = dependencies(&manifest, "dependencies");
        uses.extend(dependencies(&manifest, "build-dependencies"));
        let targets = manifest.get("target").and_then(|it| it.as_table());
        for (_, target) in targets.into_iter().flatten() {
            let target = target.as_table().expect("a table for each target");
            uses.extend(dependencies(target, "dependencies"));
        }
        let tests_use = dependencies(&manifest, "dev-dependencies");
        Self { at: at.to_owned(), name, uses, tests_use }
    }
}

fn dependencies(table: &Table, section: &str) -> Vec<String> {
    let section = table.get(section).and_then(|it| it.as_table());
    let real = |(key, value): (&String, &toml::Value)| {
        value.get("package").and_then(|it| it.as_str()).unwrap_or(key).to_owned()
    };
    section.into_iter().flatten().map(real).collect()
}

/// All our crates by their folder.
pub(crate) fn crates() -> BTreeMap<String, Crate> {
    let text = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace");
    let workspace: Table = text.parse().expect("the workspace");
    let members = workspace["workspace"]["members"].as_array().expect("members");
    let read = |at: &str| {
        let manifest = fs::read_to_string(root().join(at).join("Cargo.toml"))
            .unwrap_or_else(|e| panic!("{at}: {e}"));
        (at.to_owned(), Crate::read(at, &manifest))
    };
    members.iter().map(|it| read(it.as_str().expect("a path"))).collect()
}
