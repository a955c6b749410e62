//! The manifest: in which exact versions the image has what it has, and what it was made with.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use crate::{
    image::{
        device::{Device, Kind},
        recipe,
        tree::Tree,
    },
    places,
    program::ask,
    stop::Stop,
};

pub(crate) const FILE: &str = "manifest.txt";
/// Where a stage keeps what [`RECORD`] wrote.
const RECORDED: &str = "packages.list";
/// Run while a stage is unpacked (`$1`): each package with version and architecture, and its
/// paths. Nothing else of a package is kept there that says so.
pub(crate) const RECORD: &str = "set -e
for deb in \"$1\"/var/cache/apt/archives/*.deb; do
dpkg-deb --show --showformat='= ${Package} ${Version} ${Architecture}\\n' \"$deb\"
dpkg-deb --fsys-tarfile \"$deb\" | tar --list
done >\"$1/packages.list\"";

/// What the tools tree puts into the image, or shapes it with. The kernel's source is first.
const MAKERS: [&str; 7] = [
    "linux-source-6.12",
    "gcc",
    "binutils",
    "systemd-boot-efi",
    "systemd-ukify",
    "erofs-utils",
    "cryptsetup-bin",
];

/// Writes the manifest of `device`, of which the packages were unpacked at `stage`.
///
/// Errors: a file on the device is neither of a package nor of the sources; the record of a
/// package is missing.
pub(crate) fn write(
    device: &Device,
    stage: &Path,
    tools: &Tree,
    version: &str,
) -> Result<(), Stop> {
    let record = stage.join(RECORDED);
    let record = fs::read_to_string(&record).map_err(Stop::because(record.display()))?;
    let mut ours = BTreeSet::new();
    paths(&recipe::folder()?.join("files"), "", &mut ours)?;
    let status = tools.own("var/lib/dpkg/status");
    let status = fs::read_to_string(&status).map_err(Stop::because(status.display()))?;
    let files = device.root().filter(|(_, entry)| entry.kind == Kind::File).map(|(path, _)| path);
    let packages = packages(&record, files.filter(|path| !ours.contains(*path)));
    let mut text = format!("shikaku-kiosk {version} {}\n\n# On the device\n", commit()?);
    text.extend(packages.iter().map(|it| format!("{it}\n")));
    text.push_str("\n# Made with\n");
    for name in MAKERS {
        let version = installed(&status, name).ok_or_else(|| {
            Stop::Failed(format!("the tools tree has no {name}: see image/tools.toml"))
        })?;
        text.push_str(&format!("{name} {version}\n"));
    }
    let compiler = ask("name the compiler", Command::new("rustc").arg("--version"), "")?;
    text.push_str(&compiler);
    let file = tools.work(FILE);
    fs::write(&file, text).map_err(Stop::because(file.display()))
}

/// Every file below `folder`, as the device calls it.
fn paths(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) -> Result<(), Stop> {
    for path in recipe::sorted(folder)? {
        let name = format!("{prefix}{}", path.file_name().unwrap_or_default().display());
        match path.is_dir() {
            true => paths(&path, &format!("{name}/"), found)?,
            false => drop(found.insert(name)),
        }
    }
    Ok(())
}

/// The packages of which one of `files` is, as `NAME VERSION ARCHITECTURE`.
fn packages<'a>(record: &str, files: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    let mut package = "";
    for line in record.lines() {
        match line.strip_prefix("= ") {
            Some(name) => package = name,
            None => drop(owners.insert(on_the_device(line), package)),
        }
    }
    files.filter_map(|path| owners.get(path)).map(|it| (*it).to_owned()).collect()
}

/// `./lib/x` of a package lies in `usr/lib/x`.
fn on_the_device(path: &str) -> String {
    let path = path.strip_prefix("./").unwrap_or(path);
    let old = ["bin/", "sbin/", "lib/", "lib64/"].iter().any(|it| path.starts_with(it));
    if old { format!("usr/{path}") } else { path.to_owned() }
}

/// The version of a package in a status file of dpkg.
fn installed<'a>(status: &'a str, name: &str) -> Option<&'a str> {
    let mut entries = status.split("\n\n");
    let entry = entries.find(|it| it.lines().next() == Some(&format!("Package: {name}")))?;
    entry.lines().find_map(|line| line.strip_prefix("Version: "))
}

/// Which sources, and whether they are as committed.
fn commit() -> Result<String, Stop> {
    // Sources that were handed over as an archive have no commit.
    let Ok(commit) = places::git(&["rev-parse", "HEAD"]) else {
        return Ok("without a commit".to_owned());
    };
    let changed = !places::git(&["status", "--porcelain"])?.is_empty();
    Ok(format!("{}{}", commit.trim(), if changed { " with changes" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_with_a_file_on_the_device_are_named() {
        let record = "= liba 1.2-3 amd64\n./\n./usr/lib/a.so\n= tool 2 all\n./bin/tool\n\
                      = other 3 amd64\n./usr/bin/other\n";
        let found = packages(record, ["usr/lib/a.so", "usr/bin/tool", "etc/ours"].into_iter());
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["liba 1.2-3 amd64", "tool 2 all"].map(str::to_owned)
        );
    }

    #[test]
    fn versions_are_read_from_the_tools_tree() {
        let status = "Package: gcc-14\nVersion: 14.1\n\nPackage: gcc\nStatus: x\nVersion: 4:14.2";
        assert_eq!(installed(status, "gcc"), Some("4:14.2"));
        assert_eq!(installed(status, "make"), None);
    }
}
