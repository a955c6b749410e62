//! The journal on the disk: one entry a line, each on the disk before it counts.

use std::{
    collections::VecDeque,
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    time::SystemTime,
};

use log::error;

use super::{
    Chain, ENTRIES_MAX, Entry, Facts, Lines, Who, Why,
    disk::{
        ACKNOWLEDGED, BEFORE, FILE_MAX, NOW, acknowledged, bytes, grow, keep_aside, put_aside, read,
    },
};
use crate::files;

/// Both files hold fewer; the oldest are not sent any more.
const WAITING_MAX: usize = 8192;

/// The journal of this device. One program opens it at a time.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    file: File,
    size: u64,
    size_max: u64,
    /// A write has failed: what stands beyond `size` is to be cut off.
    is_torn: bool,
    chain: Chain,
    /// Not acknowledged yet, the oldest first.
    waiting: VecDeque<Entry>,
}

/// The journal cannot be written. The kiosk goes on without the entry.
#[derive(Debug, thiserror::Error)]
#[error("the journal {0} cannot be written: {1}; free the disk, or repair it")]
pub struct StoreError(PathBuf, #[source] io::Error);

impl Store {
    /// Opens the journal in `folder`, or begins it. A last line that a power cut has torn is
    /// cut off. A file that does not hold is kept aside, and what holds of it goes on with
    /// an entry that says so, of this `time`.
    ///
    /// Errors: [`StoreError`].
    pub fn open(folder: &Path, time: SystemTime) -> Result<Self, StoreError> {
        Self::with_size(folder, time, FILE_MAX)
    }

    fn with_size(folder: &Path, time: SystemTime, size_max: u64) -> Result<Self, StoreError> {
        let failed = |problem| StoreError(folder.join(NOW), problem);
        files::make_folder(folder).map_err(failed)?;
        let acknowledged = acknowledged(folder);
        let before = read(folder, BEFORE, None);
        let goes_on = before.broken.is_none() && !before.entries.is_empty();
        let mut now = read(folder, NOW, goes_on.then_some(before.end));
        if now.entries.is_empty() {
            now.end = before.end;
        }

        let is_whole = now.broken.is_none_or(|broken| broken.why == Why::Torn);
        let is_behind = now.end.seq < acknowledged.seq;
        let is_damaged = !is_whole || is_behind || before.broken.is_some();
        if before.broken.is_some() {
            keep_aside(folder, BEFORE).map_err(failed)?;
        }
        if is_behind {
            error!("the journal ends before what the gateway has of it: entries are missing");
            now = Lines { entries: Vec::new(), length: 0, broken: None, end: acknowledged };
        }
        if !is_whole || is_behind {
            let kept = bytes(&now.entries);
            now.length = kept.len();
            keep_aside(folder, NOW).map_err(failed)?;
            files::write(folder, NOW, &kept).map_err(failed)?;
        }

        let entries = before.entries.into_iter().chain(now.entries);
        let mut store = Self {
            folder: folder.to_owned(),
            file: grow(folder).map_err(failed)?,
            size: now.length as u64,
            size_max,
            // What lies beyond the last whole line.
            is_torn: true,
            chain: now.end,
            waiting: entries.filter(|entry| entry.seq > acknowledged.seq).collect(),
        };
        store.cut().map_err(failed)?;
        if is_damaged {
            let outcome = "journal-damaged";
            store.append(&Facts { time, who: Who::Device, way: None, check: None, outcome })?;
        }
        Ok(store)
    }

    /// Writes the next entry; it is on the disk when this returns.
    ///
    /// Errors: [`StoreError`]; there is no such entry then.
    pub fn append(&mut self, facts: &Facts) -> Result<(), StoreError> {
        let mut chain = self.chain;
        let entry = chain.append(facts);
        let line = bytes([&entry]);
        self.write(&line).map_err(|problem| StoreError(self.folder.join(NOW), problem))?;
        self.chain = chain;
        self.waiting.push_back(entry);
        if self.waiting.len() > WAITING_MAX {
            self.waiting.pop_front();
        }
        Ok(())
    }

    /// What the gateway does not have yet: the oldest, at most [`ENTRIES_MAX`].
    pub fn unacknowledged(&self) -> Vec<Entry> {
        self.waiting.iter().take(ENTRIES_MAX).cloned().collect()
    }

    /// The gateway has everything up to entry `seq`. A number that was acknowledged before,
    /// or that no entry has, changes nothing.
    ///
    /// Errors: [`StoreError`]; the entries will be sent again after the next start.
    pub fn acknowledged(&mut self, seq: u64) -> Result<(), StoreError> {
        let Some(at) = self.waiting.iter().position(|entry| entry.seq == seq) else {
            return Ok(());
        };
        // The hash as well, so that the chain can go on even without its file.
        let kept = Chain { seq, hash: self.waiting[at].hash };
        self.waiting.drain(..=at);
        let json = serde_json::to_vec(&kept).expect("a number and a hash become JSON");
        files::write(&self.folder, ACKNOWLEDGED, &json)
            .map_err(|problem| StoreError(self.folder.join(ACKNOWLEDGED), problem))
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.cut()?;
        if self.size + line.len() as u64 > self.size_max {
            put_aside(&self.folder, NOW, BEFORE)?;
            self.file = grow(&self.folder)?;
            self.size = 0;
        }
        self.is_torn = true;
        self.file.write_all(line)?;
        self.file.sync_data()?;
        self.is_torn = false;
        self.size += line.len() as u64;
        Ok(())
    }

    /// Cuts off what a write that failed has left.
    fn cut(&mut self) -> io::Result<()> {
        if self.is_torn && self.file.metadata()?.len() != self.size {
            self.file.set_len(self.size)?;
            self.file.sync_data()?;
        }
        self.is_torn = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::journal::tests::{facts, morning};

    /// Six lines.
    const SMALL: u64 = 2000;

    struct Desk(TempDir);

    impl Desk {
        fn new() -> Self {
            // In memory where there is such a folder: a disk takes its time for every line.
            let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
            Self(folder.expect("a folder"))
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn open(&self) -> Store {
            Store::with_size(self.0.path(), morning(), SMALL).expect("opened")
        }

        /// As a kiosk with so many checks leaves it.
        fn with(count: usize) -> Self {
            let desk = Self::new();
            let mut store = desk.open();
            (0..count).for_each(|_| store.append(&facts()).expect("written"));
            desk
        }

        fn bytes(&self, name: &str) -> Vec<u8> {
            fs::read(self.path(name)).expect("readable")
        }

        fn write(&self, name: &str, bytes: &[u8]) {
            fs::write(self.path(name), bytes).expect("written");
        }

        fn names(&self) -> Vec<String> {
            let name = |it: io::Result<fs::DirEntry>| it.expect("listed").file_name();
            let listed = fs::read_dir(self.0.path()).expect("listed").map(name);
            let mut names: Vec<_> = listed.map(|it| it.to_string_lossy().into_owned()).collect();
            names.sort();
            names
        }
    }

    fn numbers(store: &Store) -> Vec<u64> {
        store.unacknowledged().iter().map(|entry| entry.seq).collect()
    }

    fn last(store: &Store) -> &str {
        store.waiting.back().map_or("", |entry| entry.outcome.as_str())
    }

    #[test]
    fn what_was_written_is_there_after_the_next_start() {
        let desk = Desk::with(3);
        let mut store = desk.open();
        store.append(&facts()).expect("written");
        assert_eq!(numbers(&store), [1, 2, 3, 4]);
        assert_eq!(numbers(&desk.open()), [1, 2, 3, 4]);
        assert_eq!(Lines::read(&desk.bytes(NOW), None).end.seq, 4);
        assert_eq!(desk.names(), [NOW]);
    }

    #[test]
    fn a_cut_at_every_byte_leaves_the_whole_lines_and_nothing_else() {
        let whole = Desk::with(2).bytes(NOW);
        for length in 0..=whole.len() {
            let desk = Desk::new();
            desk.write(NOW, &whole[..length]);
            let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
            let mut store = desk.open();
            assert_eq!(store.unacknowledged().len(), lines, "cut at {length}");
            store.append(&facts()).expect("written");
            let read = Lines::read(&desk.bytes(NOW), None);
            assert_eq!((read.entries.len(), read.broken), (lines + 1, None), "cut at {length}");
            assert_eq!(desk.names(), [NOW]);
        }
    }

    #[test]
    fn a_torn_line_of_zeros_is_cut_off() {
        let desk = Desk::with(2);
        let whole = desk.bytes(NOW);
        desk.write(NOW, &[&whole[..], &[0; 4000]].concat());
        assert_eq!(numbers(&desk.open()), [1, 2]);
        assert_eq!(desk.bytes(NOW), whole);
    }

    #[test]
    fn only_two_files_grow_and_the_chain_goes_on() {
        let desk = Desk::with(40);
        assert_eq!(desk.names(), [BEFORE, NOW]);
        assert!([BEFORE, NOW].iter().all(|name| desk.bytes(name).len() as u64 <= SMALL));
        let before = Lines::read(&desk.bytes(BEFORE), None);
        let now = Lines::read(&desk.bytes(NOW), Some(before.end));
        assert_eq!((before.broken, now.broken, now.end.seq), (None, None, 40));
        let kept: Vec<_> =
            (41 - before.entries.len() as u64 - now.entries.len() as u64..=40).collect();
        assert_eq!(numbers(&desk.open()), kept);

        // The power goes between the two steps of a change.
        fs::rename(desk.path(NOW), desk.path(BEFORE)).expect("renamed");
        let mut store = desk.open();
        store.append(&facts()).expect("written");
        assert_eq!(store.unacknowledged().last().expect("there").seq, 41);
        assert!(!desk.names().iter().any(|name| name.contains("damaged")));
    }

    #[test]
    fn what_is_acknowledged_is_not_sent_again_and_other_numbers_change_nothing() {
        let desk = Desk::with(5);
        let mut store = desk.open();
        store.acknowledged(3).expect("written");
        assert_eq!(numbers(&store), [4, 5]);
        for seq in [0, 2, 3, 6, u64::MAX] {
            store.acknowledged(seq).expect("nothing to write");
        }
        assert_eq!(numbers(&store), [4, 5]);
        assert_eq!(numbers(&desk.open()), [4, 5]);
        desk.write(ACKNOWLEDGED, b"{\"seq\":");
        assert_eq!(numbers(&desk.open()), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn at_most_a_hundred_are_sent_at_once() {
        let desk = Desk::new();
        let mut store = Store::open(desk.0.path(), morning()).expect("opened");
        (0..150).for_each(|_| store.append(&facts()).expect("written"));
        assert_eq!(numbers(&store), (1..=100).collect::<Vec<_>>());
        store.acknowledged(100).expect("written");
        assert_eq!(numbers(&store), (101..=150).collect::<Vec<_>>());
    }

    #[test]
    fn a_changed_entry_is_kept_aside_and_what_holds_goes_on() {
        let desk = Desk::with(4);
        let text = String::from_utf8(desk.bytes(NOW)).expect("JSON");
        let changed = text.replacen(":\"valid", ":\"invalid", 3).replacen("invalid", "valid", 2);
        desk.write(NOW, changed.as_bytes());
        let store = desk.open();
        assert_eq!((numbers(&store), last(&store)), (vec![1, 2, 3], "journal-damaged"));
        assert_eq!(desk.bytes("journal.damaged-1.jsonl"), changed.as_bytes());
        assert_eq!(Lines::read(&desk.bytes(NOW), None).broken, None);
        assert_eq!(numbers(&desk.open()), [1, 2, 3]);
    }

    #[test]
    fn a_chain_goes_on_after_what_the_gateway_has_even_without_its_file() {
        for damage in [Some(&b"nonsense\n"[..]), Some(&[]), None] {
            let desk = Desk::with(4);
            desk.open().acknowledged(3).expect("written");
            let fourth = desk.open().unacknowledged()[0].clone();
            match damage {
                Some(bytes) => desk.write(NOW, bytes),
                None => fs::remove_file(desk.path(NOW)).expect("removed"),
            }
            let store = desk.open();
            let entries = store.unacknowledged();
            assert_eq!((numbers(&store), last(&store)), (vec![4], "journal-damaged"));
            assert_eq!(entries[0].prev, fourth.prev);
        }
    }

    #[test]
    fn damage_in_the_older_file_leaves_the_newer_one_alone() {
        let desk = Desk::with(10);
        let newer = Lines::read(&desk.bytes(NOW), None).entries.len();
        desk.write(BEFORE, b"nonsense\n");
        let store = desk.open();
        assert_eq!((store.waiting.len(), last(&store)), (newer + 1, "journal-damaged"));
        assert_eq!(desk.names(), ["journal.damaged-1.jsonl", NOW]);
        assert_eq!(Lines::read(&desk.bytes(NOW), None).broken, None);
    }

    #[test]
    fn three_damaged_files_are_kept_the_newest_first() {
        let desk = Desk::new();
        for n in 1..=5 {
            desk.write(NOW, format!("damage {n}\n").as_bytes());
            desk.open();
        }
        assert_eq!(desk.bytes("journal.damaged-1.jsonl"), b"damage 5\n");
        assert_eq!(desk.bytes("journal.damaged-3.jsonl"), b"damage 3\n");
        assert_eq!(desk.names().len(), 4);
    }

    #[test]
    fn a_file_that_is_too_long_or_no_file_is_kept_aside() {
        let desk = Desk::new();
        desk.write(NOW, &vec![b' '; FILE_MAX as usize + 1]);
        assert_eq!(last(&desk.open()), "journal-damaged");
        let desk = Desk::new();
        fs::create_dir(desk.path(NOW)).expect("made");
        assert_eq!(last(&desk.open()), "journal-damaged");
    }
}
