//! `kiosk-journal` on journals that hold, that end early, and that somebody changed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::SystemTime,
};

use kiosk_core::Way;
use kiosk_process::journal::{Chain, Facts, Lines, Store, Who};
use proptest::{collection::vec, prelude::*};
use tempfile::TempDir;

fn facts(outcome: &'static str) -> Facts {
    let time = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_795_309_323);
    Facts { time, who: Who::Nobody, way: Some(Way::Pin), check: None, outcome }
}

/// The journal of a kiosk that did so many checks.
fn journal(count: usize) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path(), SystemTime::now()).expect("opened");
    (0..count).for_each(|_| store.append(&facts("valid")).expect("written"));
    let file = folder.path().join("journal.jsonl");
    (folder, file)
}

/// Whether it is content, and everything that it says.
fn run(verb: &str, files: &[&Path]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kiosk-journal"))
        .arg(verb)
        .args(files)
        .output()
        .expect("it runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).expect("text"))
}

#[track_caller]
fn check(verb: &str, files: &[&Path], is_good: bool, expected: &str) {
    let (good, said) = run(verb, files);
    assert!(good == is_good && said.contains(expected), "{good}: {said}");
}

#[test]
fn a_chain_that_holds_is_told_with_its_times() {
    let (_folder, file) = journal(3);
    let times = "from 2026-11-22T01:02:03Z to 2026-11-22T01:02:03Z";
    check("verify", &[&file], true, &format!("the chain holds: 3 entries, 1 to 3\n{times}\n"));
    check("show", &[&file], true, "2026-11-22T01:02:03Z  nobody      pin");
    fs::write(&file, "").expect("written");
    check("verify", &[&file], true, "no entries");
}

#[test]
fn the_first_entry_that_does_not_hold_is_named() {
    let (_folder, file) = journal(3);
    let whole = fs::read_to_string(&file).expect("readable");
    let changed = whole.replacen("\"seq\":2,\"time\":\"2026", "\"seq\":2,\"time\":\"2025", 1);
    fs::write(&file, changed).expect("written");
    check("verify", &[&file], false, "entry 2 was changed after it was written; the 1 before it");
    check("show", &[&file], false, "entry 2 was changed");
    fs::write(&file, &whole[..whole.len() - 9]).expect("written");
    check("verify", &[&file], false, "entry 3 is not finished: the power was cut");
    fs::write(&file, "資格　太郎\n").expect("written");
    let (good, said) = run("verify", &[&file]);
    assert!(!good && said.contains("entry 1 cannot be read") && !said.contains("資格"), "{said}");
}

#[test]
fn two_files_are_one_chain_the_oldest_first() {
    let (folder, file) = journal(4);
    let whole = fs::read_to_string(&file).expect("readable");
    let middle = whole.match_indices('\n').nth(1).expect("four lines").0 + 1;
    let older = folder.path().join("journal.1.jsonl");
    fs::write(&older, &whole[..middle]).expect("written");
    fs::write(&file, &whole[middle..]).expect("written");
    check("verify", &[&older, &file], true, "the chain holds: 4 entries, 1 to 4");
    check("verify", &[&file], true, "older entries are not in these files");
    check("verify", &[&file, &older], false, "entry 1 does not have the number that comes next");
}

#[test]
fn a_wrong_call_says_how() {
    let (folder, file) = journal(1);
    check("look", &[&file], false, "usage: kiosk-journal verify FILE");
    check("verify", &[], false, "usage: kiosk-journal verify FILE");
    check("show", &[&file, &file], false, "usage: kiosk-journal verify FILE");
    check("verify", &[&folder.path().join("none")], false, "cannot read");
}

/// Whole lines, beginnings of lines and other bytes, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let mut chain = Chain::default();
    let lines: Vec<Vec<u8>> = (0..3)
        .map(|_| serde_json::to_vec(&chain.append(&facts("valid"))).expect("JSON"))
        .map(|line| [line, b"\n".to_vec()].concat())
        .collect();
    let line = prop::sample::select(lines);
    let cut = (line.clone(), any::<prop::sample::Index>())
        .prop_map(|(line, at)| line[..at.index(line.len())].to_vec());
    let piece = prop_oneof![4 => line, 1 => cut, 1 => vec(any::<u8>(), 0..40)];
    vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    /// Whatever lies there, the kiosk begins, and what it writes from then on holds.
    #[test]
    fn any_bytes_are_a_beginning(now in pieces(), before in pieces(), acknowledged in pieces()) {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.expect("a folder");
        let file = |name: &str| folder.path().join(name);
        fs::write(file("journal.jsonl"), &now).expect("written");
        fs::write(file("journal.1.jsonl"), &before).expect("written");
        fs::write(file("journal.acknowledged"), &acknowledged).expect("written");
        let mut store = Store::open(folder.path(), SystemTime::now()).expect("opened");
        store.append(&facts("invalid")).expect("written");

        let bytes = fs::read(file("journal.jsonl")).expect("readable");
        let lines = Lines::read(&bytes, None);
        prop_assert_eq!(lines.broken, None);
        let last = lines.entries.last().expect("just written");
        prop_assert_eq!(last.outcome.as_str(), "invalid");
        let waiting = store.unacknowledged();
        prop_assert_eq!(waiting.last(), Some(last));
        let again = Store::open(folder.path(), SystemTime::now()).expect("opened");
        prop_assert_eq!(again.unacknowledged(), waiting);
    }
}
