//! Conversations with a card that misbehaves at will, and notes what it was told.

mod any_answers;
mod phones;
mod played;
mod replies;

use kiosk_core::{Attempt, CheckId};

use super::*;
use crate::actor::{Actor, certificate};

const HERE: Presence = Presence(7);

fn order() -> ReadOrder {
    ReadOrder {
        attempt: Attempt { check: CheckId(1), number: 1 },
        card: HERE,
        digest: [0xD1; 32],
        hierarchy: Hierarchy::Test,
        holder: Holder::CardPin(pin(b"1234")),
        last_try: None,
    }
}

fn pin(digits: &[u8; 4]) -> Pin {
    Pin::new(digits).expect("four digits")
}

/// The trouble, and what the card was told.
#[track_caller]
fn check(mut actor: Actor, order: &ReadOrder, expected: CardTrouble) -> Vec<String> {
    let reading = read_card(&mut actor, order, HERE);
    assert_eq!(reading.outcome.err(), Some(expected), "{:#?}", actor.heard);
    assert_eq!(usize::from(reading.apdus), actor.heard.len() - 1, "all but the wake-up count");
    actor.heard
}

fn count(heard: &[String], name: &str) -> usize {
    heard.iter().filter(|it| it.starts_with(name)).count()
}

#[track_caller]
fn no_pin_was_sent(heard: &[String]) {
    assert_eq!(count(heard, "VERIFY ["), 0, "{heard:#?}");
}

#[track_caller]
fn was_left(heard: &[String]) {
    assert!(heard.last().is_some_and(|it| it.starts_with("SELECT ISD")), "{heard:#?}");
}

#[test]
fn seventeen_commands_and_none_twice() {
    let mut actor = Actor::default();
    assert_eq!(actor.certificate.len(), 1590);
    let reading = read_card(&mut actor, &order(), HERE);
    let proof = reading.outcome.expect("a proof");
    assert_eq!((reading.apdus, reading.gone), (17, None));
    assert_eq!(proof.token, TokenKind::Card);
    assert_eq!(proof.certificate[..], actor.certificate[..]);
    assert_eq!(proof.signature[..32], [0xD1; 32]);
    assert_eq!(proof.not_after.to_string(), "2031年04月01日");

    let names: Vec<_> = actor.heard.iter().map(|it| it.split(" [").next().expect("one")).collect();
    let reads = ["READ BINARY"; 7];
    let expected: Vec<_> = ["SELECT", "SELECT JPKI", "SELECT EF", "READ BINARY", "SELECT EF"]
        .into_iter()
        .chain(reads)
        .chain(["SELECT EF", "VERIFY?", "VERIFY", "SELECT EF", "COMPUTE DIGITAL SIGNATURE"])
        .chain(["SELECT ISD"])
        .collect();
    assert_eq!(names, expected);

    let mut once = actor.wires;
    once.sort();
    once.dedup();
    assert_eq!(once.len(), actor.heard.len(), "a command was sent twice");
}

#[test]
fn certificates_of_all_lengths_are_read_to_the_byte() {
    for length in [512, 513, 767, 768, 769, 1024, 4095, 4096] {
        let mut actor = Actor { certificate: certificate(length, 0x00), ..Actor::default() };
        let reading = read_card(&mut actor, &order(), HERE);
        let proof = reading.outcome.expect("a proof");
        assert_eq!(proof.certificate[..], actor.certificate[..], "{length} bytes");
        assert_eq!(usize::from(reading.apdus), 10 + length.div_ceil(256));
    }
}

#[test]
fn a_card_that_has_to_wake_up_is_asked_once_more_and_not_again() {
    let mut actor = Actor { sleeps: 1, ..Actor::default() };
    assert_eq!(read_card(&mut actor, &order(), HERE).apdus, 17);

    let mut actor = Actor { sleeps: 2, ..Actor::default() };
    let reading = read_card(&mut actor, &order(), HERE);
    assert!(reading.outcome.is_ok());
    assert_eq!(reading.apdus, 18);

    let heard = check(Actor { sleeps: 3, ..Actor::default() }, &order(), CardTrouble::Unreadable);
    assert_eq!(count(&heard, "SELECT JPKI"), 2);
    assert_eq!(heard.len(), 3);
}

#[test]
fn other_cards_and_phones_are_told_apart() {
    for status in [0x6A82, 0x6A81, 0x6D00, 0x6E00, 0x6700, 0x6985] {
        let actor = Actor { at: Some((1, status)), ..Actor::default() };
        let heard = check(actor, &order(), CardTrouble::WrongCard);
        assert_eq!(heard.len(), 2, "an application that was not selected needs no leaving");
    }
    for (label, expected) in [
        ("JPKIAPICCTOKEN", CardTrouble::WrongCard),
        ("SOMETHINGELSE", CardTrouble::WrongCard),
        ("JPKIAPGPSETOKEN", CardTrouble::Phone),
        ("JPKIAPIOSTOKEN", CardTrouble::Phone),
    ] {
        let heard = check(Actor { label, ..Actor::default() }, &order(), expected);
        no_pin_was_sent(&heard);
        was_left(&heard);
    }
    let heard = check(
        Actor { at: Some((2, 0x6A82)), ..Actor::default() },
        &order(),
        CardTrouble::WrongCard,
    );
    was_left(&heard);
}

#[test]
fn a_card_gone_at_any_command_ends_the_conversation_there() {
    for (gone, trouble) in [
        (Gone::Card, CardTrouble::Removed),
        (Gone::Reset, CardTrouble::Hung),
        (Gone::Reader, CardTrouble::ReaderGone),
        (Gone::Service, CardTrouble::ReaderGone),
    ] {
        for last in 0..17 {
            let mut actor = Actor { gone: Some((last, gone)), ..Actor::default() };
            let reading = read_card(&mut actor, &order(), HERE);
            assert_eq!(reading.outcome.err(), Some(trouble), "gone at {last}");
            assert_eq!(reading.gone, Some(gone));
            assert_eq!(actor.heard.len(), last + 1, "{:#?}", actor.heard);
            assert_eq!(usize::from(reading.apdus), last, "what was not sent does not count");
            assert!(count(&actor.heard, "VERIFY [") <= 1);
        }
    }
}

#[test]
fn a_card_gone_at_the_very_end_has_given_its_proof() {
    let mut actor = Actor { gone: Some((17, Gone::Card)), ..Actor::default() };
    let reading = read_card(&mut actor, &order(), HERE);
    assert!(reading.outcome.is_ok());
    assert_eq!(reading.gone, Some(Gone::Card));
}

#[test]
fn a_status_that_makes_no_sense_ends_the_conversation_properly() {
    for status in [0x6282, 0x6300, 0x6982, 0x6985, 0x6986, 0x6B00, 0x6F00, 0x0000] {
        for at in 2..=16 {
            let actor = Actor { at: Some((at, status)), ..Actor::default() };
            let heard = check(actor, &order(), CardTrouble::Unreadable);
            assert_eq!(heard.len(), at + 2, "nothing but the leaving follows");
            was_left(&heard);
        }
    }
}

#[test]
fn certificates_that_are_none_are_refused_before_the_pin() {
    let good = certificate(1590, 0x00);
    let header = |bytes: &[u8]| [bytes, &good[4..]].concat();
    for (case, bytes) in [
        ("garbage", vec![0xAB; 1590]),
        ("an empty file", vec![0xFF; 300]),
        ("nothing", Vec::new()),
        ("half a header", vec![0x30, 0x82]),
        ("too long by one", header(&[0x30, 0x82, 0x0F, 0xFD])),
        ("as long as can be said", header(&[0x30, 0x82, 0xFF, 0xFF])),
        ("longer than the file", header(&[0x30, 0x82, 0x0F, 0x00])),
        ("the other long form", header(&[0x30, 0x83, 0x00, 0x06])),
        ("too short for its content", header(&[0x30, 0x82, 0x02, 0x00])),
    ] {
        let actor = Actor { certificate: bytes, is_padded: false, ..Actor::default() };
        let heard = check(actor, &order(), CardTrouble::Unreadable);
        no_pin_was_sent(&heard);
        was_left(&heard);
        assert!(count(&heard, "READ BINARY") <= 1 + 16, "{case}");
    }
}

#[test]
fn a_short_piece_is_no_certificate() {
    for piece in 0..7 {
        let actor = Actor { short_piece: Some(piece), ..Actor::default() };
        let heard = check(actor, &order(), CardTrouble::Unreadable);
        assert_eq!(count(&heard, "READ BINARY"), piece + 2);
        was_left(&heard);
    }
}

#[test]
fn a_certificate_of_the_other_world_is_refused_before_the_pin() {
    let production = || Actor { certificate: certificate(1590, 0x03), ..Actor::default() };
    let neither = || Actor { certificate: certificate(1590, 0x07), ..Actor::default() };
    let real = ReadOrder { hierarchy: Hierarchy::Production, ..order() };
    for (actor, order) in [
        (production(), &order()),
        (neither(), &order()),
        (neither(), &real),
        (Actor::default(), &real),
    ] {
        let heard = check(actor, order, CardTrouble::WrongHierarchy);
        no_pin_was_sent(&heard);
        was_left(&heard);
    }
    assert!(read_card(&mut production(), &real, HERE).outcome.is_ok());
}

#[test]
fn a_wrong_pin_is_sent_once_and_its_tries_are_told() {
    let wrong = ReadOrder { holder: Holder::CardPin(pin(b"0000")), ..order() };
    let heard = check(Actor::default(), &wrong, CardTrouble::WrongPin { tries_left: 2 });
    assert_eq!(count(&heard, "VERIFY ["), 1);
    was_left(&heard);
}

#[test]
fn a_blocked_pin_is_said_so_and_not_tried() {
    for status in [0x6983, 0x6984, 0x63C0] {
        let actor = Actor { at: Some((13, status)), ..Actor::default() };
        let heard = check(actor, &order(), CardTrouble::PinBlocked);
        no_pin_was_sent(&heard);
        was_left(&heard);

        let actor = Actor { at: Some((14, status)), ..Actor::default() };
        let heard = check(actor, &order(), CardTrouble::PinBlocked);
        assert_eq!(count(&heard, "VERIFY ["), 1);
        was_left(&heard);
    }
}

#[test]
fn the_last_try_is_not_spent_without_consent_to_this_very_card() {
    for last_try in [None, Some(Presence(6)), Some(Presence(8))] {
        let order = ReadOrder { last_try, ..order() };
        let actor = Actor { tries: 1, ..Actor::default() };
        let heard = check(actor, &order, CardTrouble::LastTry { card: HERE });
        no_pin_was_sent(&heard);
        was_left(&heard);
    }
    let consent = ReadOrder { last_try: Some(HERE), ..order() };
    let mut actor = Actor { tries: 1, ..Actor::default() };
    assert!(read_card(&mut actor, &consent, HERE).outcome.is_ok());

    let wrong = ReadOrder { holder: Holder::CardPin(pin(b"0000")), ..consent };
    let heard = check(Actor { tries: 1, ..Actor::default() }, &wrong, CardTrouble::PinBlocked);
    assert_eq!(count(&heard, "VERIFY ["), 1);
}

#[test]
fn a_signature_has_256_bytes() {
    for length in [0, 128, 255] {
        let actor = Actor { signature_length: length, ..Actor::default() };
        was_left(&check(actor, &order(), CardTrouble::Unreadable));
    }
}

#[test]
fn nothing_of_a_reading_is_printed() {
    let reading = read_card(&mut Actor::default(), &order(), HERE);
    let expected = "Reading { outcome: Ok(CardProof(Card, 1590 bytes)), apdus: 17, gone: None }";
    assert_eq!(format!("{reading:?}"), expected);
}
