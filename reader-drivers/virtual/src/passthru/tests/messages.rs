//! Framing: what is cut out of a stream, and what is refused.

use proptest::prelude::*;

use super::{apdu, init, message, outcome};
use crate::machine::Packet as _;
use crate::passthru::message::{Decoder, FromHost, ProtocolError, ToHost};

/// All of a stream, in one piece.
fn read(bytes: &[u8]) -> Result<Vec<FromHost>, ProtocolError> {
    let mut decoder = Decoder::default();
    decoder.push(bytes);
    let mut all = Vec::new();
    while let Some(one) = decoder.next()? {
        all.push(one);
    }
    Ok(all)
}

#[test]
fn the_machine_has_three_things_to_say() {
    let stream = [init(), outcome(2), apdu(&[0, 0x84, 0, 0, 8]), apdu(&[])].concat();
    let expected = [
        FromHost::Init,
        FromHost::Outcome(2),
        FromHost::Command(vec![0, 0x84, 0, 0, 8]),
        FromHost::Command(Vec::new()),
    ];
    assert_eq!(read(&stream).unwrap(), expected);
}

#[test]
fn what_is_cut_short_waits_for_the_rest() {
    let stream = [init(), apdu(&[1, 2, 3])].concat();
    for cut in 0..stream.len() {
        let mut decoder = Decoder::default();
        decoder.push(&stream[..cut]);
        let mut all = Vec::new();
        while let Some(one) = decoder.next().unwrap() {
            all.push(one);
        }
        assert_eq!(all.len(), usize::from(cut >= init().len()), "{cut}");
        decoder.push(&stream[cut..]);
        while let Some(one) = decoder.next().unwrap() {
            all.push(one);
        }
        assert_eq!(all, [FromHost::Init, FromHost::Command(vec![1, 2, 3])], "{cut}");
    }
}

#[test]
fn other_types_are_refused_by_their_head() {
    for kind in [0, 3, 4, 5, 6, 8, 9, 10, 0x4745_5420, u32::MAX] {
        let head = [kind, 0, 0].map(u32::to_be_bytes).concat();
        assert_eq!(read(&head), Err(ProtocolError::Unknown(kind)));
    }
    assert_eq!(read(b"GET / HTTP/1.1\r\n"), Err(ProtocolError::Unknown(0x4745_5420)));
}

#[test]
fn lengths_are_bounded_before_their_bytes_come() {
    for (kind, length) in
        [(1, 0), (1, 11), (1, 13), (1, 65_540), (2, 0), (2, 3), (2, 5), (7, 65_537), (7, u32::MAX)]
    {
        let head = [kind, 0, length].map(u32::to_be_bytes).concat();
        assert_eq!(read(&head), Err(ProtocolError::Length { kind, length }));
    }
    let longest = apdu(&[7; 65_536]);
    assert_eq!(read(&longest).unwrap(), [FromHost::Command(vec![7; 65_536])]);
}

#[test]
fn a_stranger_is_told_by_its_greeting() {
    for greeting in [*b"VSCC\0\0\0\x02", *b"VSCD\0\x20\0\0", *b"DCSV\x02\0\0\0"] {
        let greeted = message(1, 0, &[&greeting[..], &[0; 4]].concat());
        assert_eq!(read(&greeted), Err(ProtocolError::Greeting(greeting)));
    }
    let later = message(1, 0, b"VSCD\0\x1F\xFF\xFF\0\0\0\x01\0\0\0\0");
    assert_eq!(read(&later).unwrap(), [FromHost::Init]);
}

#[test]
fn we_say_it_as_the_machine_reads_it() {
    let atr = vec![0x3B, 0];
    for (said, expected) in [
        (ToHost::Init, init()),
        (ToHost::CardRemove, message(6, 0, &[])),
        (ToHost::Atr(atr.clone()), message(5, 0, &atr)),
        (ToHost::Answer(vec![0x90, 0]), message(7, 0, &[0x90, 0])),
        (ToHost::Mute, message(2, 0, &[0, 0, 0, 1])),
    ] {
        assert_eq!(said.encode(), expected, "{said:?}");
    }
    let name = ToHost::ReaderAdd.encode();
    assert!(name.starts_with(&[3_u32, u32::MAX].map(u32::to_be_bytes).concat()));
    assert!(name.ends_with(b"[simulated]\0"), "the name says what it is");
}

proptest! {
    #[test]
    fn no_stream_is_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
        let _ = read(&apdu(&bytes));
    }
}
