//! Every fault that the kiosk promises to survive has a test that strikes it.
//!
//! `faults.toml` says which; the names stand here as well, so that none can be dropped
//! there unseen.

use std::{collections::BTreeSet, fs, path::Path};

/// What must be survived, by the part that fails.
const FAULTS: &[&str] = &[
    // Cards.
    "card pulled at every command by PIN",
    "card pulled at every command by sight",
    "card pulled by hand",
    "card hangs",
    "card is mute",
    "wrong card",
    "garbage certificate",
    "oversize certificate",
    "endless certificate",
    "status 61xx",
    "status 6Cxx",
    "status 6300",
    "status 6982",
    "status 6983",
    "status 6984",
    "status 6985",
    "status 6986",
    "status 6A82",
    "status 6F00",
    "PIN wrong",
    "PIN last try",
    "PIN blocked, 63C0",
    "PIN blocked, 6983",
    "PIN blocked, 6984",
    "certificate revoked",
    // Readers.
    "no reader",
    "reader unplugged in the middle",
    "reader replaced by another",
    "pcscd killed and restarted",
    "two readers",
    "another client holds the card",
    "reader that nobody knows",
    // The line and the gateway.
    "gateway unreachable",
    "gateway slow",
    "gateway drips",
    "one gateway of two killed",
    "one gateway of two killed before the card",
    "wrong CA",
    "wrong name",
    "plain HTTP",
    "expired certificate",
    "TLS 1.2 only",
    "redirect",
    "4xx",
    "5xx",
    "truncated answer",
    "1-byte chunks",
    "100 MB body",
    "wrong XML",
    "Shift_JIS with CP932-only characters",
    "shuffled elements",
    "impossible dates",
    "entity bombs",
    "stale check id",
    "repeated check id",
    "relay outside the list",
    "relay of a gateway that asks too much",
    "relay of 10,000 rounds",
    "relay with a refused command",
    "clock wrong",
    "clock behind",
    "certificate of the device ended",
    // Processes.
    "kiosk process killed",
    "card process killed",
    "line process killed",
    "workers killed at any moment",
    // The reception PC.
    "reception PC off",
    "reception PC without its folder",
    "reception PC with a full disk",
    "reception PC of somebody else",
    "reception PC that does not know the kiosk",
    "result page closed during the hand-over",
];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Fault {
    name: String,
    file: String,
    function: String,
}

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn listed() -> Vec<Fault> {
    let text = fs::read_to_string(folder().join("faults.toml")).expect("readable");
    let table: toml::Table = text.parse().expect("faults.toml is TOML");
    let faults = table["fault"].as_array().expect("[[fault]]");
    let member = |fault: &toml::Value, name: &str| {
        let members = fault.as_table().expect("a table");
        assert_eq!(members.len(), 2, "name and test, no more: {members:?}");
        members[name].as_str().expect("a text").to_owned()
    };
    let read = |fault| {
        let test = member(fault, "test");
        let (file, function) = test.split_once("::").expect("file::function");
        Fault { name: member(fault, "name"), file: file.into(), function: function.into() }
    };
    faults.iter().map(read).collect()
}

/// The functions of a file of tests that run: `#[test]` and nothing between it and `fn`.
fn tests_of(file: &str) -> BTreeSet<String> {
    let path = folder().join("tests").join(file).with_extension("rs");
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("no {}", path.display()));
    let lines: Vec<&str> = text.lines().collect();
    let pairs = lines.windows(2).filter(|pair| pair[0] == "#[test]");
    let name = |pair: &[&str]| Some(pair[1].strip_prefix("fn ")?.strip_suffix("() {")?.to_owned());
    pairs.filter_map(name).collect()
}

#[test]
fn every_fault_has_its_test() {
    let listed = listed();
    let names: Vec<&str> = listed.iter().map(|fault| &*fault.name).collect();
    assert_eq!(names, FAULTS, "faults.toml and this list, in the same order");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a name stands twice");
    for Fault { name, file, function } in &listed {
        let is_there = tests_of(file).contains(function);
        assert!(is_there, "{name}: tests/{file}.rs has no test {function}");
    }
}

#[test]
fn a_test_that_is_ignored_or_missing_does_not_count() {
    assert!(tests_of("faults").contains("every_fault_has_its_test"));
    assert!(!tests_of("faults").contains("tests_of"));
    let none = |name: &str| tests_of("faults").iter().all(|it| it != name);
    assert!(none("listed") && none("folder"));
}
