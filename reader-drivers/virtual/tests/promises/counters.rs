//! PIN counters: counted down, kept across power and process, never given away.

use std::fs;

use crate::bench::{self, ASK, RIGHT, WRONG, at_the_pin, card, load, select, signs, status, tried};
use reader_virtual::{OfficeError, VirtualCard, reset};

fn ask(card: &mut VirtualCard) -> u16 {
    at_the_pin(card);
    status(card, ASK)
}

#[test]
fn tries_are_counted_down_and_restored() {
    let (mut card, _office) = card("serial = 1");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, ASK), 0x63C3);
    assert_eq!(status(&mut card, WRONG), 0x63C2);
    assert_eq!(status(&mut card, ASK), 0x63C2);
    assert_eq!(status(&mut card, WRONG), 0x63C1);
    assert_eq!(status(&mut card, RIGHT), 0x9000);
    assert_eq!(status(&mut card, ASK), 0x63C3);
}

#[test]
fn a_blocked_pin_stays_blocked() {
    let (mut card, office) = card("serial = 1");
    at_the_pin(&mut card);
    for expected in [0x63C2, 0x63C1, 0x63C0, 0x6984, 0x6984] {
        assert_eq!(status(&mut card, WRONG), expected);
    }
    assert_eq!(status(&mut card, RIGHT), 0x6984, "the right one comes too late");
    assert_eq!(status(&mut card, ASK), 0x63C0);
    assert!(!signs(&mut card));
    card.power_off();
    card.power_on();
    assert_eq!(ask(&mut card), 0x63C0);
    assert_eq!(ask(&mut load(office.path())), 0x63C0);
    assert_eq!(tried(&card), [0x63C2, 0x63C1, 0x63C0, 0x6984, 0x6984, 0x6984]);
}

#[test]
fn cards_differ_in_how_they_say_blocked() {
    for (option, asked, tried) in [
        ("", 0x63C0, 0x6984),
        ("blocked_as = \"63C0\"", 0x63C0, 0x6984),
        ("blocked_as = \"6984\"", 0x6984, 0x6984),
        ("blocked_as = \"6983\"", 0x6983, 0x6983),
    ] {
        let (mut card, _office) = card(&format!("serial = 1\ntries_left = 0\n{option}"));
        assert_eq!(ask(&mut card), asked);
        assert_eq!(status(&mut card, RIGHT), tried);
        // The other PIN answers as OpenSC needs it.
        assert_eq!(select(&mut card, 0x001B), 0x9000);
        assert_eq!(status(&mut card, ASK), 0x63C5);
    }
}

#[test]
fn tries_survive_a_new_process() {
    let (mut card, office) = card("serial = 1");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, WRONG), 0x63C2);
    drop(card);
    let mut card = load(office.path());
    assert_eq!(ask(&mut card), 0x63C2);
    assert_eq!(status(&mut card, RIGHT), 0x9000);
    assert_eq!(ask(&mut load(office.path())), 0x63C3);
}

#[test]
fn a_card_in_two_hands_has_one_counter() {
    let (mut one, office) = card("serial = 1");
    let mut other = load(office.path());
    at_the_pin(&mut one);
    assert_eq!(status(&mut one, WRONG), 0x63C2);
    other.power_off();
    other.power_on();
    assert_eq!(ask(&mut other), 0x63C2);
}

#[test]
fn issuing_again_gives_no_tries_away_and_a_reset_does() {
    let text = "serial = 1\ntries_left = 2";
    let (mut card, office) = card(text);
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, WRONG), 0x63C1);
    reader_virtual::issue_cards(office.path(), &[("one", text)], bench::now()).expect("issued");
    assert_eq!(ask(&mut load(office.path())), 0x63C1);
    reset(office.path(), "one").expect("reset");
    assert_eq!(ask(&mut load(office.path())), 0x63C2);
}

#[test]
fn a_face_card_never_had_a_try() {
    let (mut card, office) = card("serial = 1\nface = true");
    assert_eq!(ask(&mut card), 0x63C0);
    assert_eq!(status(&mut card, RIGHT), 0x6984);
    reset(office.path(), "one").expect("reset");
    assert_eq!(ask(&mut load(office.path())), 0x63C0);
    assert_eq!(select(&mut card, 0x000A), 0x9000, "the certificate is for the gateway");
    assert_eq!(status(&mut card, b"\x00\xB0\x00\x00\x04"), 0x9000);
}

#[test]
fn a_try_that_cannot_be_written_down_is_not_answered() {
    let (mut card, office) = card("serial = 1\ntries_left = 2");
    let state = office.path().join("state");
    fs::remove_dir_all(&state).expect("removed");
    fs::write(&state, "in the way").expect("written");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, WRONG), 0x6581);
    assert_eq!(status(&mut card, RIGHT), 0x6581, "restoring the tries cannot be written either");
    assert!(!signs(&mut card));
}

#[test]
fn counters_that_make_no_sense_give_nothing_away() {
    for text in ["auth = 4\nsign = 5\n", "auth = 3\n", "auth = 3\nsign = 5\nx = 1\n", "\u{FFFD}"] {
        let (mut card, office) = card("serial = 1");
        fs::write(office.path().join("state/one.toml"), text).expect("written");
        let error = VirtualCard::load(office.path(), "one").expect_err("refused");
        assert!(matches!(error, OfficeError::Wrong { .. }), "{error}");
        card.power_off();
        card.power_on();
        assert_eq!(ask(&mut card), 0x63C0, "{text:?}");
    }
}

#[test]
fn lengths_no_pin_has_cost_a_try_or_are_refused() {
    let (mut card, _office) = card("serial = 1");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, b"\x00\x20\x00\x80\x05\x31\x32\x33\x34\x00"), 0x63C2);
    assert_eq!(status(&mut card, &[&[0, 0x20, 0, 0x80, 17][..], &[b'1'; 17]].concat()), 0x6700);
    assert_eq!(status(&mut card, b"\x00\x20\x00\x80\x00"), 0x6700);
    assert_eq!(status(&mut card, ASK), 0x63C2);
}
