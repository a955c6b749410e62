//! The power goes at any step: what was written down stays, and nothing looks like damage.

use super::*;
use crate::crash::{Crash, Recorder, Recording};

const NONE: [&str; 0] = [];
/// Three lines, so that a journal of five is in two files.
const THREE: u64 = 1000;

fn open(folder: &Path) -> Store {
    Store::with_size(&folder.join("state"), morning(), THREE).expect("opened")
}

fn append(recorder: &Recorder<'_>, store: &mut Store, count: usize) {
    for _ in 0..count {
        store.append(&facts()).expect("written");
        recorder.told();
    }
}

fn nothing(_: &Path) {}

/// Each one is told when it is written down.
fn five_entries(recorder: &Recorder<'_>) {
    append(recorder, &mut open(recorder.folder()), 5);
}

fn names(crash: &Crash<'_>) -> Vec<String> {
    let names = fs::read_dir(crash.folder().join("state")).expect("listed");
    names.map(|it| it.expect("listed").file_name().to_string_lossy().into_owned()).collect()
}

/// They are there one after the other, and the next one can be written.
fn are_there(crash: &Crash<'_>) {
    let mut store = open(crash.folder());
    let there = numbers(&store);
    assert!(there.iter().copied().eq(1..=there.len() as u64), "{there:?}");
    assert!(there.len() >= crash.told(), "{there:?} after {}", crash.told());
    assert!(!names(crash).iter().any(|name| name.contains("damaged")), "{:?}", names(crash));
    store.append(&facts()).expect("written");
}

#[test]
fn what_was_written_down_is_there_after_a_power_cut() {
    let recording = Recording::new(nothing, five_entries);
    let states = recording.check(|crash| {
        let there = numbers(&open(crash.folder())).len();
        assert!(there <= crash.told() + 1);
        are_there(crash);
    });
    assert!(states > 50, "{states}");
}

#[test]
fn a_journal_that_goes_on_after_a_kill_loses_nothing_either() {
    let one_more = |recorder: &Recorder<'_>| append(recorder, &mut open(recorder.folder()), 1);
    let recording = Recording::new(nothing, five_entries).or_killed(one_more);
    recording.check(are_there);
    assert_eq!(recording.needless_syncs(are_there), NONE);
}

/// Sends all that is there, as after a start, and hears that it has come.
fn send(recorder: &Recorder<'_>) {
    let mut store = open(recorder.folder());
    if let Some(last) = numbers(&store).last() {
        store.acknowledged(*last).expect("written");
        recorder.told();
    }
}

#[test]
fn what_the_gateway_has_is_never_more_than_what_is_here() {
    let is_here = |crash: &Crash<'_>| {
        let store = open(crash.folder());
        assert_ne!(last(&store), "journal-damaged");
        assert!(!names(crash).iter().any(|name| name.contains("damaged")), "{:?}", names(crash));
    };
    let recording = Recording::new(nothing, five_entries).or_killed(send);
    recording.check(is_here);

    let sent = |crash: &Crash<'_>| {
        is_here(crash);
        assert!(crash.told() == 0 || numbers(&open(crash.folder())).is_empty());
    };
    Recording::new(|folder| drop(filled(folder, 5)), send).check(sent);
}

/// A journal of so many entries.
fn filled(folder: &Path, count: usize) -> PathBuf {
    let mut store = open(folder);
    (0..count).for_each(|_| store.append(&facts()).expect("written"));
    folder.join("state")
}

/// Changes what the second entry of this file says; what it held.
fn damage(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("readable");
    let changed = text.replacen(":\"valid", ":\"invalid", 2).replacen("invalid", "valid", 1);
    fs::write(file, &changed).expect("written");
    changed
}

/// Opens a journal that does not hold, and says so.
fn repair(recorder: &Recorder<'_>) {
    assert_eq!(last(&open(recorder.folder())), "journal-damaged");
    recorder.told();
}

/// What holds is there, and also what does not, wherever it is by now.
fn is_repaired(crash: &Crash<'_>, damaged: &str) {
    let held = |name: &String| fs::read_to_string(crash.folder().join("state").join(name));
    let all: Vec<_> = names(crash).iter().map(|name| held(name).expect("readable")).collect();
    assert!(all.iter().any(|text| text == damaged), "{all:?}");
    let there = numbers(&open(crash.folder()));
    assert!(there.starts_with(&[1]) && there.len() > crash.told(), "{there:?}");
}

#[test]
fn a_repair_that_the_power_cuts_off_loses_neither_what_holds_nor_what_does_not() {
    let mut damaged = String::new();
    let in_this_file = |folder: &Path| damaged = damage(&filled(folder, 3).join(NOW));
    let recording = Recording::new(in_this_file, repair).or_killed(repair_or_go_on);
    let holds = |crash: &Crash<'_>| is_repaired(crash, &damaged);
    assert!(recording.check(holds) > 10);

    let mut damaged = String::new();
    let in_the_one_before = |folder: &Path| {
        let state = filled(folder, 4);
        fs::remove_file(state.join(NOW)).expect("removed");
        damaged = damage(&state.join(BEFORE));
    };
    let recording = Recording::new(in_the_one_before, repair).or_killed(repair_or_go_on);
    let holds = |crash: &Crash<'_>| is_repaired(crash, &damaged);
    assert!(recording.check(holds) > 10);
}

/// The files may be repaired already.
fn repair_or_go_on(recorder: &Recorder<'_>) {
    open(recorder.folder());
}
