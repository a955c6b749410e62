//! The root of the device: what `image/root/` keeps of Debian's packages, the libraries of
//! the programs among it, our programs, and `image/files/` over all of it. Nothing else:
//! a program that nobody listed is not there.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    image::{
        keys,
        manifest::RECORD,
        recipe::{self, Recipe},
        tree,
    },
    places,
    program::ask,
    stop::Stop,
};

/// Our programs, and where they lie on the device.
const PROGRAMS: [&str; 6] =
    ["kiosk", "kiosk-card", "kiosk-line", "kiosk-provision", "kiosk-network", "kiosk-state-key"];
/// Folders that the device fills when it starts.
const EMPTY: [&str; 8] = ["dev", "efi", "proc", "run", "state", "sys", "tmp", "var"];
/// One `/usr`: the old names lead there.
const LINKS: [(&str, &str); 4] =
    [("bin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64"), ("sbin", "usr/sbin")];
/// Where a file of the sources lies on the device.
const OURS: [(&str, &str); 2] = [
    ("app/ui/fonts/fonts.conf", "usr/share/kiosk/fonts.conf"),
    ("reader-drivers/system/99-kiosk-readers.rules", "usr/lib/udev/rules.d/99-kiosk-readers.rules"),
];
const LOADER: &str = "usr/lib64/ld-linux-x86-64.so.2";

/// What a unit believes: who may provision, and whose starts open the state.
const KEYS: [(&str, &str); 2] = [
    ("provisioning.crt", "usr/share/kiosk/provisioning.crt"),
    (keys::PCR_PUBLIC, "usr/lib/systemd/tpm2-pcr-public-key.pem"),
];
/// Where the device reads its own version.
pub(crate) const OS_RELEASE: &str = "usr/lib/os-release";

/// In which order what is kept gets there. It must not matter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    AsListed,
    Backwards,
}

/// The packages of the device, unpacked where they are not there yet.
///
/// Errors: the mirror cannot be reached.
pub(crate) fn stage() -> Result<PathBuf, Stop> {
    let packages = Recipe::read()?.packages;
    let name = tree::hash(&format!("{}{RECORD}", packages.join("\n")))?;
    let stage = tree::cache()?.join(format!("stage-{name}"));
    if !stage.exists() {
        let what = "the packages of the device";
        tree::unpack(what, "extract", &packages, Some(RECORD), &stage)?;
    }
    Ok(stage)
}

/// Puts the root together in `root`; `programs` is the folder with ours, `keys` that with the
/// vendor's.
///
/// Errors: the mirror cannot be reached; something that the recipe keeps is not there.
pub(crate) fn make(
    programs: &Path,
    keys: &Path,
    version: &str,
    order: Order,
    root: &Path,
) -> Result<(), Stop> {
    let mut recipe = Recipe::read()?;
    if order == Order::Backwards {
        recipe.keep.reverse();
    }
    let stage = stage()?;
    places::empty(root)?;
    let mut made = Root { stage, root: root.to_owned(), there: BTreeSet::new() };
    made.skeleton()?;
    for path in &recipe.keep {
        made.keep(Path::new(path))?;
    }
    for name in PROGRAMS {
        made.install(&programs.join(name), &Path::new("usr/bin").join(name), 0o755)?;
    }
    let sources = places::root()?;
    for (from, to) in OURS {
        made.install(&sources.join(from), Path::new(to), 0o644)?;
    }
    for (from, to) in KEYS {
        made.install(&keys.join(from), Path::new(to), 0o644)?;
    }
    let mark = keys.join(keys::MARK);
    if mark.exists() {
        made.install(&mark, &Path::new("usr/share/kiosk").join(keys::MARK), 0o644)?;
    }
    made.overlay(&recipe::folder()?.join("files"), Path::new(""))?;
    let release = root.join(OS_RELEASE);
    let text = fs::read_to_string(&release).map_err(Stop::because(release.display()))?;
    fs::write(&release, text.replace("@VERSION@", version))
        .map_err(Stop::because(release.display()))?;
    for (name, target) in &recipe.links {
        made.link(Path::new(name), Path::new(target))?;
    }
    made.libraries()?;
    open_folders(root)
}

/// Every folder may be entered, whatever the mask of modes of whoever builds.
fn open_folders(folder: &Path) -> Result<(), Stop> {
    for entry in recipe::sorted(folder)? {
        if entry.is_dir() && !entry.is_symlink() {
            open_folders(&entry)?;
        }
    }
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder, mode).map_err(Stop::because(folder.display()))
}

struct Root {
    stage: PathBuf,
    root: PathBuf,
    /// ELF files that are on the device, below the root.
    there: BTreeSet<PathBuf>,
}

impl Root {
    fn skeleton(&self) -> Result<(), Stop> {
        for folder in EMPTY {
            self.folder(Path::new(folder))?;
        }
        for (name, target) in LINKS {
            self.folder(Path::new(target))?;
            let link = self.root.join(name);
            symlink(target, &link).map_err(Stop::because(link.display()))?;
        }
        Ok(())
    }

    /// A file, link or folder of the packages, with what a link leads to.
    fn keep(&mut self, path: &Path) -> Result<(), Stop> {
        let from = self.stage.join(path);
        let kind = fs::symlink_metadata(&from).map_err(Stop::because(format!(
            "image/root keeps {}, which no package has",
            path.display()
        )))?;
        if kind.is_dir() {
            self.folder(path)?;
            for entry in recipe::sorted(&from)? {
                self.keep(&path.join(entry.file_name().expect("an entry of a folder")))?;
            }
            return Ok(());
        }
        if !kind.is_symlink() {
            return self.install(&from, path, kind.mode() & 0o755);
        }
        let target = fs::read_link(&from).map_err(Stop::because(from.display()))?;
        self.link(path, &target)?;
        match target.strip_prefix("/") {
            Ok(target) => self.keep(target),
            Err(_) => self.keep(&beside(path, &target)),
        }
    }

    fn install(&mut self, from: &Path, path: &Path, mode: u32) -> Result<(), Stop> {
        let to = self.root.join(path);
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        fs::copy(from, &to).map_err(Stop::because(format!("cannot copy {}", from.display())))?;
        fs::set_permissions(&to, fs::Permissions::from_mode(mode))
            .map_err(Stop::because(to.display()))?;
        let content = fs::read(&to).map_err(Stop::because(to.display()))?;
        if content.starts_with(b"\x7fELF") {
            self.there.insert(path.to_owned());
        }
        Ok(())
    }

    fn link(&self, path: &Path, target: &Path) -> Result<(), Stop> {
        let link = self.root.join(path);
        self.folder(path.parent().unwrap_or(Path::new("")))?;
        if fs::symlink_metadata(&link).is_ok() {
            fs::remove_file(&link).map_err(Stop::because(link.display()))?;
        }
        symlink(target, &link).map_err(Stop::because(link.display()))
    }

    fn folder(&self, path: &Path) -> Result<(), Stop> {
        let folder = self.root.join(path);
        fs::create_dir_all(&folder).map_err(Stop::because(folder.display()))
    }

    /// Our own files, over those of the packages.
    fn overlay(&mut self, from: &Path, path: &Path) -> Result<(), Stop> {
        for entry in recipe::sorted(from)? {
            let path = path.join(entry.file_name().expect("an entry of a folder"));
            let kind = fs::symlink_metadata(&entry).map_err(Stop::because(entry.display()))?;
            if kind.is_dir() {
                self.overlay(&entry, &path)?;
            } else {
                self.install(&entry, &path, 0o644)?;
            }
        }
        Ok(())
    }

    /// The libraries of all programs and libraries that are there, as the loader of the
    /// device itself finds them.
    fn libraries(&mut self) -> Result<(), Stop> {
        self.keep(Path::new(LOADER))?;
        let mut open: Vec<PathBuf> = self.there.iter().cloned().collect();
        while let Some(path) = open.pop() {
            for library in self.needed(&path)? {
                if !self.root.join(&library).exists() {
                    let known = self.there.clone();
                    self.keep(&library)?;
                    open.extend(self.there.difference(&known).cloned());
                }
            }
        }
        Ok(())
    }

    fn needed(&self, path: &Path) -> Result<Vec<PathBuf>, Stop> {
        let guest = self.stage.join("the-program");
        fs::copy(self.root.join(path), &guest).map_err(Stop::because(guest.display()))?;
        let mut loader = Command::new("chroot");
        loader.arg(&self.stage).arg(Path::new("/").join(LOADER));
        // systemd's own library is where only its programs look.
        loader.args([
            "--library-path",
            "/usr/lib/x86_64-linux-gnu:/usr/lib/x86_64-linux-gnu/systemd",
        ]);
        let said = ask(
            &format!("find the libraries of {}", path.display()),
            loader.args(["--list", "/the-program"]),
            "",
        );
        fs::remove_file(&guest).map_err(Stop::because(guest.display()))?;
        let said = match said {
            Err(Stop::Failed(why)) if why.contains("statically linked") => return Ok(Vec::new()),
            said => said?,
        };
        libraries_in(&said).map_err(|name| {
            Stop::Failed(format!("{} needs {name}, which no package has", path.display()))
        })
    }
}

/// What `ld.so --list` names: `libc.so.6 => /usr/lib/x86_64-linux-gnu/libc.so.6 (0x…)`.
///
/// Errors: the name of a library that was not found.
fn libraries_in(said: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for line in said.lines() {
        let Some((name, place)) = line.trim().split_once(" => ") else { continue };
        let place = place.split(" (").next().unwrap_or_default();
        match place.strip_prefix('/') {
            // The old name of /usr/lib.
            Some(place) if place.starts_with("lib/") => found.push(Path::new("usr").join(place)),
            Some(place) => found.push(place.into()),
            None => return Err(name.to_owned()),
        }
    }
    Ok(found)
}

/// Where `target` leads from the folder of `path`, without `..`.
fn beside(path: &Path, target: &Path) -> PathBuf {
    let mut place: Vec<_> = path.parent().unwrap_or(Path::new("")).components().collect();
    for part in target.components() {
        match part {
            std::path::Component::ParentDir => drop(place.pop()),
            part => place.push(part),
        }
    }
    place.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_from_what_the_loader_says() {
        let said = "\tlinux-vdso.so.1 (0x1)\n\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x2)\n\
                    \t/lib64/ld-linux-x86-64.so.2 (0x3)\n\tliba.so => /usr/lib/a/liba.so (0x4)\n";
        let found = libraries_in(said).expect("all there");
        assert_eq!(
            found,
            ["usr/lib/x86_64-linux-gnu/libc.so.6", "usr/lib/a/liba.so"].map(PathBuf::from)
        );
        let gap = libraries_in("\tlibz.so.1 => not found\n");
        assert_eq!(gap, Err("libz.so.1".to_owned()));
    }

    #[test]
    fn a_link_leads_from_where_it_lies() {
        let path = Path::new("usr/lib/systemd/systemd-udevd");
        assert_eq!(beside(path, Path::new("../../bin/udevadm")), Path::new("usr/bin/udevadm"));
    }
}
