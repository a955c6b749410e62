//! Requests and their answers.

use super::Tins;

#[track_caller]
fn check(requests: &[(&str, &str)]) {
    let (reader, _) = Tins::reader();
    for (request, answer) in requests {
        assert_eq!(reader.hand(request), *answer, "{request}");
    }
}

#[test]
fn one_card_at_a_time() {
    check(&[
        ("status", "ok empty apdus=0"),
        ("remove", "error no card lies on the reader"),
        ("swap anna", "error no card lies on the reader: insert one"),
        ("insert anna", "ok"),
        ("status", "ok card anna unpowered apdus=0"),
        ("insert bob", "error anna lies on the reader: remove it first, or swap"),
        ("swap bob", "ok"),
        ("  status  ", "ok card bob unpowered apdus=0"),
        ("remove", "ok"),
        ("status", "ok empty apdus=0"),
    ]);
}

#[test]
fn a_driver_has_the_reader_until_the_plug_is_pulled() {
    let (reader, _) = Tins::reader();
    reader.driven();
    assert_eq!(reader.hand("status"), "ok empty apdus=0 driven");
    assert_eq!(reader.hand("unplug"), "ok");
    assert_eq!(reader.hand("plug"), "ok");
    assert_eq!(reader.hand("status"), "ok empty apdus=0");
}

#[test]
fn a_card_that_cannot_be_had_changes_nothing() {
    check(&[
        ("insert nobody", "error no card nobody"),
        ("status", "ok empty apdus=0"),
        ("insert anna", "ok"),
        ("swap nobody", "error no card nobody"),
        ("status", "ok card anna unpowered apdus=0"),
    ]);
}

#[test]
fn wrong_requests_are_named() {
    let (reader, _) = Tins::reader();
    for request in ["", "eject", "insert", "insert a b", "status now", "INSERT anna"] {
        assert!(reader.hand(request).starts_with("error unknown request: insert ID"), "{request}");
    }
    for id in ["../../etc/passwd", "anna.toml", "A", &"a".repeat(65)] {
        let answer = reader.hand(&format!("insert {id}"));
        assert!(answer.starts_with("error a card id has at most 64"), "{answer}");
    }
    for keys in ["12x4", "12345678901234567", "Cancel"] {
        let answer = reader.hand(&format!("pinpad {keys}"));
        assert_eq!(answer, "error the pad takes 1 to 16 digits, or cancel");
    }
}

#[test]
fn a_card_still_lies_there_after_the_service_ended() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.office.remembered(), Ok(Some("anna".to_owned())));
    reader.lock().take();
    reader.remember().expect("the card can be had");
    assert_eq!(reader.hand("status"), "ok card anna unpowered apdus=0");
    assert_eq!(reader.hand("remove"), "ok");
    assert_eq!(reader.office.remembered(), Ok(None));
}

#[test]
fn the_journal_begins_with_each_card() {
    let (reader, _) = Tins::reader_with("anna");
    reader.transmit(b"\x00\x20\x00\x80\x041234").expect("an answer");
    assert_eq!(reader.hand("journal"), "ok on; 20 00 80 + 9000");
    assert_eq!(reader.hand("status"), "ok card anna powered apdus=1");
    assert_eq!(reader.hand("remove"), "ok");
    assert_eq!(reader.hand("status"), "ok empty apdus=1", "still to be counted");
    assert_eq!(reader.hand("insert bob"), "ok");
    assert_eq!(reader.hand("journal"), "ok");
}
