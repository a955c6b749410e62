//! `image/contents.lock`: every path of the root of the device. What the build makes must be
//! what is written there, so that nothing comes onto the device that nobody has looked at.

use std::collections::BTreeMap;

use crate::{
    image::{
        device::{Device, Kind},
        recipe,
    },
    stop::Stop,
};

const FILE: &str = "contents.lock";
const HEAD: &str = "\
# Every path of the root of the device: type (d folder, f file, l link), mode, path, target. All of it belongs
# to root. Written by `cargo tools image --accept`; somebody looks at each change.
";
/// So many differences are enough to see what happened.
const SHOWN: usize = 30;

/// Holds the root against the lock.
///
/// Errors: what is more, missing or different, and how it is accepted.
pub(crate) fn check(device: &Device) -> Result<(), Stop> {
    let lock = recipe::text(FILE)?;
    let differences = differences(&lock, &text(device));
    if differences.is_empty() {
        return Ok(());
    }
    let more = match differences.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("\n  … and {more} more"),
    };
    let shown: Vec<_> = differences.into_iter().take(SHOWN).collect();
    Err(Stop::Failed(format!(
        "the root of the device is not what image/{FILE} says (+ more, - missing, ~ different):\n  \
         {}{more}\nWhere that is wanted, `cargo tools image --accept` writes it down; look at the \
         change before you commit it.",
        shown.join("\n  ")
    )))
}

/// Writes the lock anew.
///
/// Errors: it cannot be written.
pub(crate) fn accept(device: &Device) -> Result<(), Stop> {
    let file = recipe::folder()?.join(FILE);
    std::fs::write(&file, text(device)).map_err(Stop::because(file.display()))
}

/// The lock for a root.
fn text(device: &Device) -> String {
    let line = |(path, entry): (&str, &crate::image::device::Entry)| match &entry.kind {
        Kind::Folder => format!("d {:03o} {path}\n", entry.mode),
        Kind::File => format!("f {:03o} {path}\n", entry.mode),
        // The mode of a link means nothing.
        Kind::Link(target) => format!("l --- {path} -> {target}\n"),
    };
    HEAD.to_owned() + &device.root().map(line).collect::<String>()
}

/// What `made` has that `lock` has not, and the other way round, in the order of the paths.
fn differences(lock: &str, made: &str) -> Vec<String> {
    let (lock, made) = (by_path(lock), by_path(made));
    let mut found = BTreeMap::new();
    for (path, line) in &lock {
        match made.get(path) {
            None => found.insert(*path, format!("- {line}")),
            Some(now) if now != line => found.insert(*path, format!("~ {now} (was: {line})")),
            Some(_) => None,
        };
    }
    for (path, line) in made {
        if !lock.contains_key(path) {
            found.insert(path, format!("+ {line}"));
        }
    }
    found.into_values().collect()
}

/// The lines of a lock by their paths.
fn by_path(text: &str) -> BTreeMap<&str, &str> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let path = |line: &'_ str| line.splitn(3, ' ').nth(2).map(str::len).unwrap_or_default();
    lines
        .map(|line| {
            let rest = &line[line.len() - path(line)..];
            (rest.split(" -> ").next().unwrap_or(rest), line)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device() -> Device {
        let mut device = Device::default();
        device.put("etc/a file", "text");
        device.put("usr/bin/x", "");
        device.put("@cmdline", "around the root, not in it");
        device.get_mut("usr/bin/x").expect("put").mode = 0o755;
        let target = Kind::Link("x".to_owned());
        device.put("usr/bin/y", "");
        device.get_mut("usr/bin/y").expect("put").kind = target;
        device
    }

    #[test]
    fn a_root_is_one_line_a_path() {
        let text = text(&device());
        let lines = text.strip_prefix(HEAD).expect("the head");
        assert_eq!(lines, "f 644 etc/a file\nf 755 usr/bin/x\nl --- usr/bin/y -> x\n");
        assert!(differences(&text, &text).is_empty());
    }

    #[test]
    fn every_difference_is_named() {
        let lock = "f 644 etc/a file\nf 644 etc/gone\nf 755 usr/bin/x\nl --- usr/bin/y -> z\n";
        let mut now = device();
        now.get_mut("etc/a file").expect("put").mode = 0o4644;
        now.put("usr/bin/new", "");
        assert_eq!(
            differences(lock, &text(&now)),
            [
                "~ f 4644 etc/a file (was: f 644 etc/a file)",
                "- f 644 etc/gone",
                "+ f 644 usr/bin/new",
                "~ l --- usr/bin/y -> x (was: l --- usr/bin/y -> z)",
            ]
        );
    }
}
