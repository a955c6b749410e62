//! Whatever a card is told, it answers, and keeps its secrets.

use std::cell::RefCell;

use crate::bench::{self, ASK, at_the_pin, card, status, tried};
use proptest::prelude::*;

/// Interesting values for one byte of a header.
const BYTES: [u8; 20] = [
    0x00, 0x01, 0x02, 0x04, 0x0C, 0x10, 0x20, 0x24, 0x2A, 0x7F, 0x80, 0x82, 0x84, 0x97, 0x98, 0xA2,
    0xA4, 0xB0, 0xC1, 0xFF,
];

#[test]
fn headers_cut_short_are_answered() {
    let (mut card, _office) = card("serial = 1");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, &[]), 0x6700);
    for a in 0..=0xFF {
        assert_eq!(status(&mut card, &[a]), 0x6700);
        for b in 0..=0xFF {
            assert_eq!(status(&mut card, &[a, b]), 0x6700);
        }
    }
    for a in BYTES {
        for b in BYTES {
            for c in BYTES {
                assert_eq!(status(&mut card, &[a, b, c]), 0x6700);
            }
        }
    }
    assert_eq!(tried(&card), []);
    assert_eq!(status(&mut card, ASK), 0x63C3);
}

#[test]
fn every_header_is_answered() {
    let (mut card, _office) = card("serial = 1");
    for ins in 0..=0xFF {
        let known = [0xA4, 0xB0, 0x20, 0x82, 0x84].contains(&ins);
        for p1 in BYTES {
            for p2 in BYTES {
                at_the_pin(&mut card);
                let answer = status(&mut card, &[0x00, ins, p1, p2]);
                assert_eq!(answer == 0x6D00, !known, "{ins:02X} {p1:02X} {p2:02X}: {answer:04X}");
            }
        }
    }
    for cla in (0x01..=0xFF).filter(|cla| *cla != 0x80) {
        assert_eq!(status(&mut card, &[cla, 0xA4, 0x00, 0x00]), 0x6E00);
    }
    assert_eq!(status(&mut card, &[0x80, 0xA4, 0x00, 0x00]), 0x6D00);
    // Another country's command.
    assert_eq!(status(&mut card, b"\x00\xCA\xDF\x30\x00"), 0x6D00);
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, ASK), 0x63C3);
}

#[test]
fn lengths_that_lie_are_refused() {
    let (mut card, _office) = card("serial = 1");
    at_the_pin(&mut card);
    for command in [
        &b"\x00\x20\x00\x80\x04123"[..],
        b"\x00\x20\x00\x80\x0412345678",
        b"\x00\x20\x00\x80\x00\x00\x041234",
        b"\x00\x20\x00\x80\x041234\x00",
        &[0; 300],
        &[0xFF; 70_000],
    ] {
        assert_eq!(status(&mut card, command), 0x6700);
    }
    assert_eq!(status(&mut card, ASK), 0x63C3);
}

#[test]
fn the_journal_has_an_end_and_no_bodies() {
    let (mut card, _office) = card("serial = 1");
    at_the_pin(&mut card);
    for _ in 0..5000 {
        status(&mut card, ASK);
    }
    assert_eq!(card.apdus(), 5002);
    assert_eq!(card.journal().len(), 4096);
    status(&mut card, bench::RIGHT);
    let last = card.journal().pop().expect("an entry");
    assert_eq!(
        format!("{last:?}"),
        "Entry { ins: 32, p1: 0, p2: 128, has_body: true, status: SW 9000 }"
    );
    assert_eq!(format!("{card:?}"), "VirtualCard(one, power on)");
}

#[test]
fn nothing_makes_it_panic_and_only_verify_costs_tries() {
    let (card, _office) = card("serial = 1\nsigning = true\nkind = \"iphone\"");
    let card = RefCell::new(card);
    let byte = prop_oneof![prop::sample::select(&BYTES[..]), any::<u8>()];
    let command = prop_oneof![
        prop::collection::vec(byte.clone(), 0..12),
        // Well formed: a header, a body with its length, perhaps an Le.
        (
            prop::array::uniform4(byte),
            prop::collection::vec(any::<u8>(), 0..=255),
            prop::option::of(any::<u8>()),
        )
            .prop_map(|(header, body, le)| {
                let length = u8::try_from(body.len()).expect("at most 255");
                let length = (length > 0).then_some(length);
                header.into_iter().chain(length).chain(body).chain(le).collect()
            }),
    ];
    let commands = prop::collection::vec(command, 1..20);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) };
    proptest!(config, |(commands in commands)| {
        let mut card = card.borrow_mut();
        at_the_pin(&mut card);
        let before = (status(&mut card, ASK), tried(&card).len());
        for command in &commands {
            let answer = card.transmit(command);
            prop_assert!((2..=258).contains(&answer.len()));
        }
        at_the_pin(&mut card);
        let after = (status(&mut card, ASK), tried(&card).len());
        prop_assert!(before.0 == after.0 || before.1 != after.1);
    });
}
