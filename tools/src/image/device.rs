//! What is on the device as a tree of paths in memory: what contents and promises are read
//! from, and what a breakage changes. Beside the root lie, under names with an `@`, the texts
//! around it: the kernel's configuration, its command line, the boot loader's, the disk's.

use std::{collections::BTreeMap, fs, os::unix::fs::PermissionsExt, path::Path, sync::Arc};

use crate::{image::recipe, stop::Stop};

/// Where units lie, the last one first in rank.
const UNITS: [&str; 2] = ["usr/lib/systemd/system/", "etc/systemd/system/"];

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    File,
    Link(String),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
    /// What a text file says; of other files, only what in them looks like a key.
    pub(crate) text: Option<Arc<str>>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Device {
    entries: BTreeMap<String, Entry>,
}

impl Device {
    /// Reads the root at `root`.
    ///
    /// Errors: something in it can be neither packed nor promised: a device, a name that is no
    /// text.
    pub(crate) fn read(root: &Path) -> Result<Self, Stop> {
        let mut device = Self::default();
        device.read_folder(root, "")?;
        Ok(device)
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> Result<(), Stop> {
        for path in recipe::sorted(folder)? {
            let name = path.file_name().and_then(|it| it.to_str()).ok_or_else(|| {
                Stop::Failed(format!("{}: a name on the device must be a text", path.display()))
            })?;
            let name = format!("{prefix}{name}");
            let told = fs::symlink_metadata(&path).map_err(Stop::because(path.display()))?;
            let mode = told.permissions().mode() & 0o7777;
            let (kind, text) = if told.is_dir() {
                self.read_folder(&path, &format!("{name}/"))?;
                (Kind::Folder, None)
            } else if told.is_symlink() {
                let target = fs::read_link(&path).map_err(Stop::because(path.display()))?;
                (Kind::Link(target.to_string_lossy().into_owned()), None)
            } else if told.is_file() {
                let content = fs::read(&path).map_err(Stop::because(path.display()))?;
                (Kind::File, readable(content).map(Arc::from))
            } else {
                return Err(Stop::Failed(format!(
                    "{} is neither file, folder nor link; nothing else is on the device",
                    path.display()
                )));
            };
            self.entries.insert(name, Entry { kind, mode, text });
        }
        Ok(())
    }

    /// Puts a file with `text` at `path`, over what is there.
    pub(crate) fn put(&mut self, path: &str, text: &str) {
        let entry = Entry { kind: Kind::File, mode: 0o644, text: Some(text.into()) };
        self.entries.insert(path.to_owned(), entry);
    }

    pub(crate) fn get_mut(&mut self, path: &str) -> Option<&mut Entry> {
        self.entries.get_mut(path)
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.entries.get(path)?.text.as_deref()
    }

    /// Everything, in the order of the paths.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// What is in the root: everything without an `@`.
    pub(crate) fn root(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries().filter(|(path, _)| !path.starts_with('@'))
    }

    /// Names of the units that are files; links to them start them and are no others.
    pub(crate) fn units(&self) -> impl Iterator<Item = &str> {
        self.entries().filter(|(_, entry)| entry.kind == Kind::File).filter_map(|(path, _)| {
            let name = UNITS.iter().find_map(|folder| path.strip_prefix(folder))?;
            (!name.contains('/')).then_some(name)
        })
    }

    /// What a unit says, with its drop-ins, in order: name and value.
    pub(crate) fn settings_of_unit(&self, unit: &str) -> Vec<(&str, &str)> {
        let main = UNITS.iter().rev().find_map(|folder| self.text(&format!("{folder}{unit}")));
        let kind = unit.rsplit('.').next().unwrap_or_default();
        let mut drop_ins: Vec<(&str, &str)> = Vec::new();
        for dir in UNITS.iter().flat_map(|it| [format!("{it}{kind}.d/"), format!("{it}{unit}.d/")])
        {
            drop_ins.extend(self.entries().filter_map(|(path, entry)| {
                let name = path.strip_prefix(dir.as_str()).filter(|it| it.ends_with(".conf"))?;
                Some((name, entry.text.as_deref()?))
            }));
        }
        drop_ins.sort_by_key(|(name, _)| *name);
        let texts = main.into_iter().chain(drop_ins.into_iter().map(|(_, text)| text));
        texts.flat_map(settings).collect()
    }
}

/// `name=value`, `name value`: what lines of settings say, without sections and comments.
pub(crate) fn settings(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with(['#', ';', '[']));
    lines.map(|line| {
        let (name, value) = line.split_once('=').or(line.split_once(' ')).unwrap_or((line, ""));
        (name.trim(), value.trim())
    })
}

/// All of a text; of anything else the lines that end as the head of a key does, each with
/// the line behind it.
fn readable(content: Vec<u8>) -> Option<String> {
    let content = match String::from_utf8(content) {
        Ok(text) => return Some(text),
        Err(no_text) => no_text.into_bytes(),
    };
    let mut lines = content.split(|byte| *byte == b'\n').peekable();
    let mut found = String::new();
    while let Some(line) = lines.next() {
        if line.ends_with(b"KEY-----") {
            let next = lines.peek().copied().unwrap_or_default();
            for line in [line, next] {
                found.push_str(&String::from_utf8_lossy(line));
                found.push('\n');
            }
        }
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_seen_in_what_is_no_text() {
        let program = b"\x7fELF\xff\n\0-----BEGIN PRIVATE KEY-----\nMIIE\nx\xfe\n".to_vec();
        let seen = readable(program).expect("a key");
        assert!(seen.ends_with("-----BEGIN PRIVATE KEY-----\nMIIE\n"), "{seen}");
        assert_eq!(readable(b"\xff\nPRIVATE KEY\n".to_vec()), None);
        assert_eq!(readable(b"a text\n".to_vec()).as_deref(), Some("a text\n"));
    }

    #[test]
    fn drop_ins_have_the_last_word() {
        let mut device = Device::default();
        device.put("usr/lib/systemd/system/a.service", "[Service]\nUser=a\n# User=b\n");
        device.put("usr/lib/systemd/system/a.service.d/x.conf", "User=c\n");
        device.put("etc/systemd/system/service.d/y.conf", "User=d\n");
        device.put("usr/lib/systemd/system/a.service.d/readme", "User=e\n");
        assert_eq!(
            device.settings_of_unit("a.service"),
            [("User", "a"), ("User", "c"), ("User", "d")]
        );
        assert_eq!(device.units().collect::<Vec<_>>(), ["a.service"]);
    }

    #[test]
    fn settings_have_names_and_values() {
        let text = "[A]\nkernel.x = 2\ntimeout 0\n;c\n\nCONFIG_A=\"b=c\"\nEmpty=\n";
        let read: Vec<_> = settings(text).collect();
        let expected =
            [("kernel.x", "2"), ("timeout", "0"), ("CONFIG_A", "\"b=c\""), ("Empty", "")];
        assert_eq!(read, expected);
    }
}
