//! What is read, and what a power cut leaves.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::crash::{Crash, Recorder, Recording};

const NONE: [&str; 0] = [];

#[test]
fn the_last_whole_write_is_what_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a");
    assert!(read(&file, 10).expect("readable").is_none());
    write(folder.path(), "a", b"one").expect("written");
    // A cut in the middle of the next write.
    fs::write(folder.path().join("a.new"), b"tw").expect("written");
    assert_eq!(read(&file, 10).expect("readable").expect("there").as_slice(), b"one");
    write(folder.path(), "a", b"three").expect("written");
    assert_eq!(read(&file, 10).expect("readable").expect("there").as_slice(), b"three");
    assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
}

#[test]
fn only_this_user_can_read_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let inner = folder.path().join("x/state");
    make_folder(&inner).expect("made");
    make_folder(&inner).expect("made before");
    fs::write(inner.join("a.new"), b"left by a cut, open to all").expect("written");
    write(&inner, "a", b"secret").expect("written");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&inner), mode(&inner.join("a"))), (0o700, 0o600));
}

#[test]
fn a_file_that_is_too_long_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a", b"0123456789").expect("written");
    assert!(read(&folder.path().join("a"), 10).is_ok());
    assert!(read(&folder.path().join("a"), 9).is_err());
}

#[test]
fn what_is_no_folder_is_not_taken_for_one() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a", b"x").expect("written");
    assert!(make_folder(&folder.path().join("a")).is_err());
    assert!(make_folder(&folder.path().join("a/b")).is_err());
    assert!(make_folder(Path::new("src")).is_ok(), "below the working folder");
}

fn put(folder: &Path, name: &str, bytes: &[u8]) {
    fs::write(folder.join(name), bytes).expect("written");
}

fn held(crash: &Crash<'_>, name: &str) -> Option<Vec<u8>> {
    let read = read(&crash.folder().join(name), 10).expect("readable");
    read.map(|bytes| bytes.to_vec())
}

/// As a cut in an earlier write leaves it.
fn old_file(folder: &Path) {
    put(folder, "a", b"old");
    put(folder, "a.new", b"left");
}

fn replace(recorder: &Recorder<'_>) {
    write(recorder.folder(), "a", b"new").expect("written");
    recorder.told();
}

fn is_old_or_new(crash: &Crash<'_>) {
    let held = held(crash, "a").expect("there");
    assert!(held == b"new" || (crash.told() == 0 && held == b"old"), "{held:?}");
    // The next write goes on whatever lies there.
    write(crash.folder(), "a", b"next").expect("written");
}

#[test]
fn a_power_cut_leaves_the_old_file_or_the_new_one() {
    let recording = Recording::new(old_file, replace);
    assert!(recording.check(is_old_or_new) > 10);
    assert_eq!(recording.needless_syncs(is_old_or_new), NONE);
    let first = Recording::new(|_| {}, replace);
    let is_none_or_new = |crash: &Crash<'_>| match held(crash, "a") {
        None => assert_eq!(crash.told(), 0),
        Some(bytes) => assert_eq!(bytes, b"new"),
    };
    first.check(is_none_or_new);
    assert_eq!(first.needless_syncs(is_none_or_new), NONE);
}

#[test]
fn a_write_after_a_kill_is_as_good_as_the_first_one() {
    Recording::new(old_file, replace).or_killed(replace).check(is_old_or_new);
}

#[test]
fn a_folder_that_was_made_stays() {
    let make = |recorder: &Recorder<'_>| {
        make_folder(&recorder.folder().join("x/state")).expect("made");
        recorder.told();
    };
    let stays = |crash: &Crash<'_>| {
        assert!(crash.told() == 0 || crash.folder().join("x/state").is_dir());
    };
    let recording = Recording::new(|_| {}, make).or_killed(make);
    recording.check(stays);
    // A folder without a file has no names to keep.
    let needless = recording.needless_syncs(stays);
    assert_eq!(needless.len(), 1, "{needless:?}");
}

#[test]
fn a_file_that_was_removed_does_not_come_back() {
    let act = |recorder: &Recorder<'_>| {
        remove(recorder.folder(), "a").expect("removed");
        remove(recorder.folder(), "a").expect("removed before");
        recorder.told();
    };
    let is_gone = |crash: &Crash<'_>| assert!(crash.told() == 0 || held(crash, "a").is_none());
    let recording = Recording::new(|folder| put(folder, "a", b"old"), act);
    assert_eq!(recording.check(is_gone), 3);
    assert_eq!(recording.needless_syncs(is_gone), NONE);
}

#[test]
fn a_folder_is_removed_whole_or_not_at_all() {
    let before = |folder: &Path| {
        fs::create_dir_all(folder.join("state/inner")).expect("made");
        ["state/a", "state/b", "state/inner/c"].iter().for_each(|name| put(folder, name, b"x"));
    };
    let act = |recorder: &Recorder<'_>| {
        let state = recorder.folder().join("state");
        remove_folder(&state).expect("removed");
        remove_folder(&state).expect("removed before");
        recorder.told();
    };
    let is_whole_or_gone = |crash: &Crash<'_>| {
        let there = |name| crash.folder().join(name).exists();
        let parts = ["state", "state/a", "state/b", "state/inner/c"].map(there);
        assert!(parts == [false; 4] || (crash.told() == 0 && parts == [true; 4]), "{parts:?}");
        let left = there("state.removed");
        finish_removal(&crash.folder().join("state")).expect("removed");
        assert!(!there("state.removed"));
        left
    };
    let leaves_nothing = |crash: &Crash<'_>| {
        let left = is_whole_or_gone(crash);
        assert!(crash.told() == 0 || !left);
    };
    let recording = Recording::new(before, act);
    assert!(recording.check(leaves_nothing) > 10);
    assert_eq!(recording.needless_syncs(leaves_nothing), NONE);
    Recording::new(before, act).or_killed(act).check(|crash| {
        is_whole_or_gone(crash);
    });
}
