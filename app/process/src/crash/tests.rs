//! The model by itself: each thing that is not synced may be missing, and nothing else is.

use super::*;
use crate::disk;

/// What a file holds in each state after a crash, `-` where there is none.
fn held(recording: &Recording, name: &str, told: usize) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    recording.check(|crash| {
        if crash.told() == told {
            let bytes = fs::read_to_string(crash.folder().join(name));
            held.insert(bytes.unwrap_or("-".to_owned()).replace('\0', "0"));
        }
    });
    held
}

fn set<const N: usize>(texts: [&str; N]) -> BTreeSet<String> {
    texts.map(str::to_owned).into()
}

fn put(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("written");
}

/// Writes `text` into a new file.
fn create(recorder: &Recorder<'_>, name: &str, text: &str) -> disk::Handle {
    let mut file = disk::create(&recorder.folder().join(name)).expect("made");
    file.append(text.as_bytes()).expect("written");
    file
}

fn rename(recorder: &Recorder<'_>, from: &str, to: &str) {
    let path = |name| recorder.folder().join(name);
    disk::rename(&path(from), &path(to)).expect("renamed");
}

fn sync_folder(recorder: &Recorder<'_>) {
    disk::sync_folder(recorder.folder()).expect("synced");
}

/// Replaces `a`, which holds `old`, by `news!`.
fn replace(is_file_synced: bool, is_folder_synced: bool) -> Recording {
    let act = |recorder: &Recorder<'_>| {
        let file = create(recorder, "a.new", "news!");
        if is_file_synced {
            file.sync().expect("synced");
        }
        rename(recorder, "a.new", "a");
        if is_folder_synced {
            sync_folder(recorder);
        }
        recorder.told();
    };
    Recording::new(|folder| put(folder, "a", "old"), act)
}

#[test]
fn with_both_syncs_a_file_is_old_or_new_and_then_new() {
    let recording = replace(true, true);
    assert_eq!(held(&recording, "a", 0), set(["old", "news!"]));
    assert_eq!(held(&recording, "a", 1), set(["news!"]));
    assert_eq!(held(&recording, "a.new", 1), set(["-"]));
    let is_whole = |crash: &Crash<'_>| {
        let a = fs::read(crash.folder().join("a")).expect("there");
        assert!(a == b"news!" || (crash.told() == 0 && a == b"old"), "{a:?}");
    };
    assert!(recording.check(is_whole) > 5);
    assert_eq!(recording.needless_syncs(is_whole), Vec::<String>::new());
    assert_eq!(recording.needless_syncs(|_| {}).len(), 2);
}

#[test]
fn without_the_sync_of_the_file_its_name_comes_before_its_bytes() {
    let recording = replace(false, true);
    let cut = ["", "n", "ne", "news", "news!"];
    let zeros = ["0", "00", "0000", "00000", "n0", "n000", "n0000", "ne00", "ne000", "news0"];
    let mut new: BTreeSet<_> = cut.into_iter().chain(zeros).map(str::to_owned).collect();
    assert_eq!(held(&recording, "a", 1), new);
    new.insert("old".to_owned());
    assert_eq!(held(&recording, "a", 0), new);
}

#[test]
fn without_the_sync_of_the_folder_the_old_file_may_be_there_all_the_same() {
    let recording = replace(true, false);
    assert_eq!(held(&recording, "a", 1), set(["old", "news!"]));
    assert_eq!(held(&recording, "a.new", 1), set(["-", "news!"]));
}

#[test]
fn the_sync_of_a_file_does_not_keep_its_name() {
    let act = |recorder: &Recorder<'_>| {
        create(recorder, "a", "x").sync().expect("synced");
        recorder.told();
        sync_folder(recorder);
        recorder.told();
    };
    let recording = Recording::new(|_| {}, act);
    assert_eq!(held(&recording, "a", 1), set(["-", "x"]));
    assert_eq!(held(&recording, "a", 2), set(["x"]));
}

#[test]
fn what_was_removed_comes_back_until_the_folder_is_synced() {
    let act = |recorder: &Recorder<'_>| {
        disk::remove_file(&recorder.folder().join("a")).expect("removed");
        recorder.told();
        sync_folder(recorder);
        recorder.told();
    };
    let recording = Recording::new(|folder| put(folder, "a", "x"), act);
    assert_eq!(held(&recording, "a", 1), set(["-", "x"]));
    assert_eq!(held(&recording, "a", 2), set(["-"]));
}

#[test]
fn a_later_change_reaches_the_disk_without_an_earlier_one_and_a_rename_is_whole() {
    let act = |recorder: &Recorder<'_>| {
        rename(recorder, "a", "b");
        rename(recorder, "c", "d");
        recorder.told();
    };
    let before = |folder: &Path| ["a", "c"].into_iter().for_each(|name| put(folder, name, name));
    let mut states = BTreeSet::new();
    Recording::new(before, act).check(|crash| {
        if crash.told() == 1 {
            let there = |name| crash.folder().join(name).exists();
            let names = ["a", "b", "c", "d"].into_iter().filter(|name| there(*name));
            states.insert(names.collect::<String>());
        }
    });
    assert_eq!(states, set(["ac", "ad", "bc", "bd"]));
}

#[test]
fn of_two_changes_of_one_name_either_may_be_the_last() {
    let act = |recorder: &Recorder<'_>| {
        rename(recorder, "b", "a");
        rename(recorder, "c", "a");
        recorder.told();
    };
    let before = |folder: &Path| ["a", "b", "c"].into_iter().for_each(|it| put(folder, it, it));
    let recording = Recording::new(before, act);
    assert_eq!(held(&recording, "a", 1), set(["a", "b", "c"]));
}

#[test]
fn a_folder_that_is_not_synced_takes_all_with_it() {
    let act = |recorder: &Recorder<'_>| {
        let inner = recorder.folder().join("inner");
        disk::make_folder(&inner).expect("made");
        create(recorder, "inner/a", "x").sync().expect("synced");
        disk::sync_folder(&inner).expect("synced");
        recorder.told();
        sync_folder(recorder);
        recorder.told();
    };
    let recording = Recording::new(|_| {}, act);
    assert_eq!(held(&recording, "inner/a", 1), set(["-", "x"]));
    assert_eq!(held(&recording, "inner/a", 2), set(["x"]));
}

#[test]
fn what_is_appended_is_cut_short_or_zeros_and_what_was_synced_stays() {
    let act = |recorder: &Recorder<'_>| {
        let mut file = disk::open(&recorder.folder().join("a")).expect("opened");
        file.append(b"cd").expect("written");
        recorder.told();
        file.sync().expect("synced");
        recorder.told();
        file.cut(1).expect("cut");
    };
    let recording = Recording::new(|folder| put(folder, "a", "ab"), act);
    assert_eq!(held(&recording, "a", 1), set(["ab", "ab0", "ab00", "abc", "abc0", "abcd"]));
    assert_eq!(held(&recording, "a", 2), set(["abcd", "a", "a000"]));
}

#[test]
fn a_file_that_is_open_is_the_same_one_under_another_name() {
    let act = |recorder: &Recorder<'_>| {
        let mut file = create(recorder, "a", "x");
        rename(recorder, "a", "b");
        create(recorder, "a", "other").sync().expect("synced");
        file.append(b"y").expect("written");
        file.sync().expect("synced");
        sync_folder(recorder);
        recorder.told();
    };
    let recording = Recording::new(|_| {}, act);
    assert_eq!(held(&recording, "b", 1), set(["xy"]));
    assert_eq!(held(&recording, "a", 1), set(["other"]));
}

#[test]
fn after_a_kill_what_was_not_synced_is_not_durable_for_the_next_program_either() {
    let first = |recorder: &Recorder<'_>| drop(create(recorder, "a", "xyz"));
    // It says what it finds, and does nothing for it.
    let then = |recorder: &Recorder<'_>| {
        let found = fs::read(recorder.folder().join("a")).unwrap_or_default();
        found.iter().for_each(|_| recorder.told());
    };
    let mut recording = Recording::new(|_| {}, first).or_killed(then);
    // The one without a kill; before the file, empty, of one byte, of two, whole.
    assert_eq!(recording.runs.len(), 6);
    recording.runs = vec![recording.runs[4].clone()];
    assert_eq!(held(&recording, "a", 2), set(["-", "", "0", "00", "x", "x0", "xy"]));
    assert_eq!(held(&recording, "a", 3), set([]));
}

#[test]
#[should_panic(expected = "something went past the steps")]
fn who_goes_past_the_steps_is_seen() {
    Recording::new(|_| {}, |recorder| put(recorder.folder(), "a", "x"));
}

#[test]
fn two_recordings_do_not_mix_and_other_threads_are_heard() {
    let act = |recorder: &Recorder<'_>| {
        let inner = Recording::new(|_| {}, |other| drop(create(other, "b", "")));
        assert_eq!(inner.runs[0].steps.len(), 2);
        thread::scope(|scope| scope.spawn(|| drop(create(recorder, "a", ""))).join())
            .expect("written");
    };
    assert_eq!(Recording::new(|_| {}, act).runs[0].steps.len(), 2);
}

#[test]
fn of_many_changes_the_first_ones_and_all_but_a_few_are_looked_at() {
    let subsets = |count| model::subsets(count).into_iter().collect::<BTreeSet<_>>();
    assert_eq!(subsets(0), BTreeSet::from([0]));
    assert_eq!(subsets(8).len(), 256);
    let many = subsets(20);
    for looked_at in [0, 0b1, 0x1_FFFF, 0xF_FFFF, 0xF_FFBF, 0x7_FFFE, 0b100_0010] {
        assert!(many.contains(&looked_at), "{looked_at:b}");
    }
    assert!(many.len() < 500);
}
