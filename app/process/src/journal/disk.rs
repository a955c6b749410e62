//! The files of the journal, in the state folder.
//!
//! ```text
//! journal.jsonl              grows
//! journal.1.jsonl            the one before it; the chain goes on from it
//! journal.acknowledged       up to where the gateway has it
//! journal.damaged-1.jsonl    what did not hold when it was opened, the newest first; at most 3
//! ```

use std::{io, mem, path::Path};

use log::{error, warn};

use super::{Broken, Chain, Entry, Lines, Why};
use crate::{disk, files};

pub(super) const NOW: &str = "journal.jsonl";
pub(super) const BEFORE: &str = "journal.1.jsonl";
pub(super) const ACKNOWLEDGED: &str = "journal.acknowledged";
/// Some 3,000 checks: weeks without a gateway, with the file before it.
pub(super) const FILE_MAX: u64 = 1024 * 1024;
const ACKNOWLEDGED_MAX: u64 = 1024;
/// More damage than this is not kept: the disk is bounded.
const DAMAGED_MAX: u32 = 3;

/// The chain's end that the gateway has, if it is known.
pub(super) fn acknowledged(folder: &Path) -> Chain {
    let read = files::read(&folder.join(ACKNOWLEDGED), ACKNOWLEDGED_MAX);
    match read.map(|bytes| bytes.map(|bytes| serde_json::from_slice(&bytes))) {
        Ok(None) => Chain::default(),
        Ok(Some(Ok(chain))) => chain,
        Ok(Some(Err(_))) | Err(_) => {
            warn!("{ACKNOWLEDGED} cannot be read: the whole journal is sent again");
            Chain::default()
        }
    }
}

/// What holds of both files.
pub(super) struct Found {
    pub(super) older: Vec<Entry>,
    pub(super) now: Lines,
    pub(super) is_damaged: bool,
}

/// Afterwards both files hold, but for a torn line at the end.
pub(super) fn find(folder: &Path, acknowledged: Chain) -> io::Result<Found> {
    let (mut older, mut now) = read_both(folder);
    let is_older_damaged = older.broken.is_some();
    let is_now_damaged = now.broken.is_some_and(|broken| broken.why != Why::Torn);
    if now.entries.is_empty() {
        now.end = older.end;
    }
    if is_older_damaged && now.entries.is_empty() {
        now.entries = mem::take(&mut older.entries);
    }
    let is_behind = now.end.seq < acknowledged.seq;
    if is_behind {
        error!("the journal ends before what the gateway has of it: entries are missing");
        now = Lines { entries: Vec::new(), length: 0, broken: None, end: acknowledged };
    }
    let is_damaged = is_older_damaged || is_now_damaged || is_behind;
    // What holds is in its place before anything goes: a power cut finds it in one of the two.
    if is_now_damaged || is_behind {
        keep_too(folder, NOW)?;
    }
    if is_damaged {
        let kept = bytes(&now.entries);
        now.length = kept.len();
        files::write(folder, NOW, &kept)?;
    }
    if is_older_damaged || is_behind {
        keep_aside(folder, BEFORE)?;
        older.entries.clear();
    }
    Ok(Found { older: older.entries, now, is_damaged })
}

/// The older file, and the one that grows, which goes on from it.
pub(super) fn read_both(folder: &Path) -> (Lines, Lines) {
    let older = read(folder, BEFORE, None);
    let goes_on = older.broken.is_none() && !older.entries.is_empty();
    let now = read(folder, NOW, goes_on.then_some(older.end));
    (older, now)
}

pub(super) fn read(folder: &Path, name: &str, before: Option<Chain>) -> Lines {
    let lines = match files::read(&folder.join(name), FILE_MAX) {
        Ok(bytes) => Lines::read(bytes.as_ref().map_or(&[], |bytes| bytes), before),
        Err(problem) => {
            warn!("{name}: {problem}");
            let end = before.unwrap_or_default();
            let broken = Some(Broken { seq: end.seq.saturating_add(1), why: Why::Unreadable });
            Lines { entries: Vec::new(), length: 0, broken, end }
        }
    };
    if let Some(broken) = lines.broken {
        warn!("{name}: {broken}");
    }
    lines
}

/// The file that grows, made if there is none. A power cut does not take its name away.
pub(super) fn grow(folder: &Path) -> io::Result<disk::Handle> {
    let file = folder.join(NOW);
    match disk::open(&file) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => {
            let made = disk::create(&file)?;
            disk::sync_folder(folder)?;
            Ok(made)
        }
        opened => opened,
    }
}

/// Puts this file among the damaged ones.
fn keep_aside(folder: &Path, name: &str) -> io::Result<()> {
    let damaged = room_for(folder, name)?;
    put_aside(folder, name, &damaged)
}

/// Puts this file among the damaged ones, and leaves it where it is until there is another.
fn keep_too(folder: &Path, name: &str) -> io::Result<()> {
    let damaged = room_for(folder, name)?;
    match disk::link(&folder.join(name), &folder.join(&damaged)) {
        Ok(()) => disk::sync_folder(folder),
        // Not a file, or none: nothing in it holds.
        Err(_) => put_aside(folder, name, &damaged),
    }
}

/// Makes room among the damaged files for this one, if it is there.
fn room_for(folder: &Path, name: &str) -> io::Result<String> {
    let damaged = |n| format!("journal.damaged-{n}.jsonl");
    if folder.join(name).try_exists()? {
        for n in (1..DAMAGED_MAX).rev() {
            put_aside(folder, &damaged(n), &damaged(n + 1))?;
        }
        warn!("{name} does not hold: it is kept as {}", damaged(1));
    }
    Ok(damaged(1))
}

/// In the place of what is there; nothing happens if there is no such file. It is on the disk
/// before another file can get the name.
pub(super) fn put_aside(folder: &Path, name: &str, other: &str) -> io::Result<()> {
    match disk::rename(&folder.join(name), &folder.join(other)) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(problem) => Err(problem),
        Ok(()) => disk::sync_folder(folder),
    }
}

/// As they stand in the file.
pub(super) fn bytes<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut bytes, entry).expect("plain structs of texts become JSON");
        bytes.push(b'\n');
    }
    bytes
}
