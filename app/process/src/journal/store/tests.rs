//! Cuts, damage and growth, with a journal of its own for each.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::journal::{
    Lines,
    tests::{facts, morning},
};

mod crashes;

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
fn a_torn_line_is_cut_off_at_the_start_and_before_the_next_write() {
    let desk = Desk::with(2);
    let whole = desk.bytes(NOW);
    let torn = [&whole[..], &[0; 4000]].concat();
    desk.write(NOW, &torn);
    let mut store = desk.open();
    assert_eq!((numbers(&store), desk.bytes(NOW)), (vec![1, 2], whole));

    // As a full disk leaves it.
    desk.write(NOW, &torn);
    store.is_torn = true;
    store.append(&facts()).expect("written");
    assert_eq!(Lines::read(&desk.bytes(NOW), None).broken, None);
    assert_eq!(numbers(&desk.open()), [1, 2, 3]);
}

#[test]
fn only_two_files_grow_and_the_chain_goes_on() {
    let desk = Desk::with(40);
    assert_eq!(desk.names(), [BEFORE, NOW]);
    assert!([BEFORE, NOW].iter().all(|name| desk.bytes(name).len() as u64 <= SMALL));
    let before = Lines::read(&desk.bytes(BEFORE), None);
    let now = Lines::read(&desk.bytes(NOW), Some(before.end));
    assert_eq!((before.broken, now.broken, now.end.seq), (None, None, 40));
    let kept: Vec<_> = (41 - before.entries.len() as u64 - now.entries.len() as u64..=40).collect();
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
    for seq in [3, 6, u64::MAX] {
        store.acknowledged(seq).expect("nothing to write");
    }
    assert_eq!(numbers(&store), [4, 5]);
    assert_eq!(numbers(&desk.open()), [4, 5]);
    desk.write(ACKNOWLEDGED, b"{\"seq\":");
    assert_eq!(numbers(&desk.open()), [1, 2, 3, 4, 5]);
}

#[test]
fn a_gateway_that_has_less_than_before_gets_what_is_here() {
    let desk = Desk::with(5);
    let mut store = desk.open();
    store.acknowledged(5).expect("written");
    store.acknowledged(2).expect("readable");
    assert_eq!(numbers(&store), [3, 4, 5]);
    store.acknowledged(4).expect("written");
    store.acknowledged(0).expect("readable");
    assert_eq!(numbers(&store), [1, 2, 3, 4, 5]);

    (0..20).for_each(|_| store.append(&facts()).expect("written"));
    store.acknowledged(25).expect("written");
    store.acknowledged(0).expect("readable");
    let kept = numbers(&store);
    assert!(kept[0] > 1 && kept.ends_with(&[24, 25]), "{kept:?}");
    store.acknowledged(0).expect("nothing to read");
    assert_eq!(numbers(&store), kept);
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
