//! What the image is made of, as `image/` says it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::{places, stop::Stop};

/// A name, and why it is there.
pub(crate) type Reasons = BTreeMap<String, String>;

/// One numbered file of `image/root/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    packages: Reasons,
    keep: Reasons,
    /// A name, and where it leads: which units start, among others.
    #[serde(default)]
    links: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ToolsTree {
    packages: Reasons,
    window: Reasons,
}

/// The packages of the tools tree.
pub(crate) struct Tools {
    pub(crate) packages: Vec<String>,
    /// Only for `cargo tools boot`.
    pub(crate) window: Vec<String>,
}

/// All of `image/root/`.
#[derive(Default)]
pub(crate) struct Recipe {
    /// Debian packages that are unpacked, with what they need.
    pub(crate) packages: Vec<String>,
    /// Files and folders of them that are on the device, with the libraries of the programs
    /// among them. Everything else stays behind.
    pub(crate) keep: Vec<String>,
    pub(crate) links: Vec<(String, String)>,
}

impl Recipe {
    pub(crate) fn read() -> Result<Self, Stop> {
        let mut recipe = Self::default();
        for file in sorted(&folder()?.join("root"))? {
            let part: Part = read(&file)?;
            recipe.packages.extend(part.packages.into_keys());
            recipe.keep.extend(part.keep.into_keys());
            recipe.links.extend(part.links);
        }
        Ok(recipe)
    }
}

pub(crate) fn tools() -> Result<Tools, Stop> {
    let tree: ToolsTree = read(&folder()?.join("tools.toml"))?;
    let names = |reasons: Reasons| reasons.into_keys().collect();
    Ok(Tools { packages: names(tree.packages), window: names(tree.window) })
}

/// `image/`
pub(crate) fn folder() -> Result<PathBuf, Stop> {
    Ok(places::root()?.join("image"))
}

/// The text of a file of `image/`.
pub(crate) fn text(name: &str) -> Result<String, Stop> {
    let file = folder()?.join(name);
    fs::read_to_string(&file).map_err(Stop::because(file.display()))
}

/// What lies in `folder`, in the order of the names.
pub(crate) fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Stop> {
    let listed = fs::read_dir(folder).map_err(Stop::because(folder.display()))?;
    let mut files = Vec::new();
    for entry in listed {
        files.push(entry.map_err(Stop::because(folder.display()))?.path());
    }
    files.sort();
    Ok(files)
}

/// A file of words (TOML).
///
/// Errors: it cannot be read, or says something else.
pub(crate) fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, Stop> {
    let text = fs::read_to_string(file).map_err(Stop::because(file.display()))?;
    toml::from_str(&text).map_err(|problem| Stop::Failed(format!("{}: {problem}", file.display())))
}
