//! The kinds of checks: a closed set, each a question to the tree of paths.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::pattern::{Pattern, any};
use crate::image::device::{Device, Entry, Kind, settings};

/// One question. Where the thing it asks about is not there at all, the answer is no.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum Check {
    /// No path is like one of these.
    Absent(Vec<Pattern>),
    /// No file and no folder has one of these bits in its mode (octal).
    NoMode(String),
    /// No file says one of these words, wherever it lies.
    NoWord(Vec<String>),
    /// Files of settings say `name=value`, at least one of them, and none says otherwise.
    Settings { files: Vec<Pattern>, are: Vec<Pattern> },
    /// Units, with their drop-ins, have `name=value` as their last word.
    Units(BTreeMap<String, Vec<Pattern>>),
    /// Whatever units say under these names is among these values.
    Values { units: Vec<Pattern>, names: Vec<Pattern>, are: Vec<Pattern> },
    /// Every word of a text is among these, and some are there.
    Words { file: String, are: Vec<Pattern>, has: Vec<Pattern> },
    /// The lines of a text that are like `of` are among these, and all of these are there.
    Lines { file: String, of: Pattern, are: Vec<Pattern> },
    /// The field of every line, counted from 1, is among these.
    Fields { file: String, at: usize, are: Vec<String> },
    /// `systemd-analyze security` says at most so much, in tenths. Asked by `exposure`.
    Exposure {
        units: Vec<String>,
        #[serde(rename = "at-most")]
        at_most: u32,
    },
}

impl Check {
    /// Why the answer is no; empty when it is yes.
    pub(crate) fn problems(&self, device: &Device) -> Vec<String> {
        match self {
            Self::Absent(paths) => {
                let there = device.entries().filter(|(path, _)| any(paths, path));
                there.map(|(path, _)| format!("{path} is there")).collect()
            }
            Self::NoMode(bits) => no_mode(device, bits),
            Self::NoWord(words) => no_word(device, words),
            Self::Settings { files, are } => files_say(device, files, are),
            Self::Units(wanted) => {
                wanted.iter().flat_map(|(unit, are)| unit_says(device, unit, are)).collect()
            }
            Self::Values { units, names, are } => values(device, units, names, are),
            Self::Words { file, are, has } => {
                with_text(device, file, |text| amid(file, &words(text), are, has))
            }
            Self::Lines { file, of, are } => with_text(device, file, |text| {
                let lines = text.lines().map(str::trim).filter(|it| of.matches(it));
                amid(file, &lines.map(str::to_owned).collect::<Vec<_>>(), are, are)
            }),
            Self::Fields { file, at, are } => {
                with_text(device, file, |text| fields(file, text, *at, are))
            }
            Self::Exposure { .. } => Vec::new(),
        }
    }
}

fn with_text(device: &Device, file: &str, ask: impl FnOnce(&str) -> Vec<String>) -> Vec<String> {
    device.text(file).map_or_else(|| vec![format!("{file} is not there")], ask)
}

fn no_mode(device: &Device, bits: &str) -> Vec<String> {
    let Ok(bits) = u32::from_str_radix(bits, 8) else {
        return vec![format!("{bits} is no mode")];
    };
    let bad = |entry: &Entry| !matches!(entry.kind, Kind::Link(_)) && entry.mode & bits != 0;
    let found = device.root().filter(|(_, entry)| bad(entry));
    found.map(|(path, entry)| format!("{path} has mode {:03o}", entry.mode)).collect()
}

fn no_word(device: &Device, words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, entry) in device.entries() {
        let text = entry.text.as_deref().unwrap_or_default();
        found.extend(
            words.iter().filter(|it| text.contains(*it)).map(|it| format!("{path} has {it:?}")),
        );
    }
    found
}

fn files_say(device: &Device, files: &[Pattern], wanted: &[Pattern]) -> Vec<String> {
    let texts = device.entries().filter(|(path, _)| any(files, path));
    let said: Vec<_> =
        texts.filter_map(|(_, entry)| entry.text.as_deref()).flat_map(settings).collect();
    let mut found = Vec::new();
    for wanted in wanted {
        let name = wanted.0.split('=').next().unwrap_or_default();
        let mut values = said.iter().filter(|(it, _)| *it == name).peekable();
        if values.peek().is_none() {
            found.push(format!("nothing says {}", wanted.0));
        }
        let lines = values.map(|(name, value)| format!("{name}={value}"));
        found.extend(
            lines
                .filter(|it| !wanted.matches(it))
                .map(|it| format!("{it} stands where {} is promised", wanted.0)),
        );
    }
    found
}

fn unit_says(device: &Device, unit: &str, wanted: &[Pattern]) -> Vec<String> {
    let said = device.settings_of_unit(unit);
    let mut found = Vec::new();
    for wanted in wanted {
        let name = wanted.0.split('=').next().unwrap_or_default();
        match said.iter().rfind(|(it, _)| *it == name) {
            None => found.push(format!("{unit} does not say {}", wanted.0)),
            Some((_, value)) if wanted.matches(&format!("{name}={value}")) => {}
            Some((_, value)) => {
                found.push(format!("{unit} says {name}={value} instead of {}", wanted.0));
            }
        }
    }
    found
}

fn values(
    device: &Device,
    units: &[Pattern],
    names: &[Pattern],
    wanted: &[Pattern],
) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = false;
    for unit in device.units().filter(|it| any(units, it)) {
        for (name, value) in device.settings_of_unit(unit) {
            if any(names, name) {
                seen = true;
                let bad = !value.is_empty() && !any(wanted, value);
                found.extend(bad.then(|| format!("{unit} says {name}={value}")));
            }
        }
    }
    if !seen {
        found.push("no unit says anything of the kind".to_owned());
    }
    found
}

/// Every one of `all` is like one of `are`, and each of `has` is like one of them.
fn amid(file: &str, all: &[String], are: &[Pattern], has: &[Pattern]) -> Vec<String> {
    let strange = all.iter().filter(|it| !any(are, it));
    let mut found: Vec<_> = strange.map(|it| format!("{file} has {it:?}")).collect();
    let gaps = has.iter().filter(|it| !all.iter().any(|word| it.matches(word)));
    found.extend(gaps.map(|it| format!("{file} has no {:?}", it.0)));
    found
}

/// Words of a command line: spaces part them, except between quotation marks.
fn words(text: &str) -> Vec<String> {
    let mut quoted = false;
    let parts = text.split(|letter: char| {
        quoted ^= letter == '"';
        letter.is_whitespace() && !quoted
    });
    parts.filter(|it| !it.is_empty()).map(str::to_owned).collect()
}

fn fields(file: &str, text: &str, at: usize, are: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines().filter(|it| !it.is_empty()) {
        let field = at.checked_sub(1).and_then(|at| line.split(':').nth(at));
        if !field.is_some_and(|it| are.iter().any(|wanted| wanted == it)) {
            found.push(format!("{file} has {line:?}"));
        }
    }
    found
}
