//! What stands on the list, to the byte, and that nothing else does.

use std::collections::BTreeSet;

use super::*;

const DIGEST: [u8; 32] = [0xD1; 32];

/// By hand and from D16, not from the file.
fn expected(cla: u8, ins: u8, p1: u8, p2: u8) -> bool {
    match (cla, ins) {
        (0x00, 0xA4) => (p1, p2) == (0x04, 0x0C) || (p1, p2) == (0x02, 0x0C),
        (0x00, 0xB0) => p1 < 0x80,
        (0x00, 0x84) => (p1, p2) == (0, 0),
        (0x00, 0x82) | (0x80, 0xA2) => true,
        (0x80, 0x2A) => (p1, p2) == (0x00, 0x80),
        _ => false,
    }
}

#[test]
fn the_list_is_the_one_that_was_decided() {
    let rule = |command, [cla, ins]: [u8; 2], p1, p2, body, le| {
        let extended = command == Kind::TerminalCertificate;
        Rule { command, cla, ins, p1, p2, body, le, extended }
    };
    let (all, jpki) = ((0x00, 0xFF), card::jpki::AID.to_vec());
    let files = [0x06, 0x0A, 0x16, 0x17].map(|file| vec![0x00, file]).to_vec();
    let at = |value| (value, value);
    let limits =
        Limits { rounds: 16, commands_a_round: 16, commands: 64, bytes: 65_536, seconds: 15 };
    let decided = List {
        limits,
        allow: vec![
            rule(Kind::SelectJpki, [0x00, 0xA4], at(4), at(12), Body::OneOf(vec![jpki]), Le::None),
            rule(Kind::SelectFile, [0x00, 0xA4], at(2), at(12), Body::OneOf(files), Le::None),
            rule(Kind::ReadBinary, [0x00, 0xB0], (0x00, 0x7F), all, Body::None, Le::Any),
            rule(Kind::GetChallenge, [0x00, 0x84], at(0), at(0), Body::None, Le::Any),
            rule(Kind::ExternalAuthenticate, [0x00, 0x82], all, all, Body::AtMost(255), Le::None),
            rule(Kind::TerminalCertificate, [0x80, 0xA2], all, all, Body::AtMost(512), Le::None),
            rule(Kind::ComputeSignature, [0x80, 0x2A], at(0), at(0x80), Body::DigestInfo, Le::Full),
        ],
    };
    assert_eq!(*list(), decided);
    assert_eq!(list().limits.time(), Duration::from_secs(15));
}

#[test]
fn no_header_passes_but_those_that_were_decided() {
    let coarse = || (0..=u8::MAX).step_by(17).chain([0x01, 0x02, 0x04, 0x0C, 0x7F, 0x80]);
    let mut listed = 0;
    for (cla, ins) in (0..=u8::MAX).flat_map(|cla| (0..=u8::MAX).map(move |ins| (cla, ins))) {
        // Where something is allowed every parameter is tried, elsewhere a grid of them.
        let is_near = matches!((cla, ins), (0x00, 0xA4 | 0xB0 | 0x84 | 0x82) | (0x80, 0xA2 | 0x2A));
        let step = if is_near { 1 } else { 51 };
        for p1 in (0..=u8::MAX).step_by(step) {
            for p2 in (0..=u8::MAX).step_by(step) {
                let is_listed = header_is_listed(cla, ins, p1, p2);
                assert_eq!(
                    is_listed,
                    expected(cla, ins, p1, p2),
                    "{cla:02X} {ins:02X} {p1:02X} {p2:02X}"
                );
                listed += u32::from(is_listed);
            }
        }
    }
    assert_eq!(listed, 2 + 0x80 * 0x100 + 1 + 2 * 0x10000 + 1);
    for (cla, p1) in coarse().flat_map(|cla| coarse().map(move |p1| (cla, p1))) {
        for (ins, p2) in coarse().flat_map(|ins| coarse().map(move |p2| (ins, p2))) {
            assert_eq!(header_is_listed(cla, ins, p1, p2), expected(cla, ins, p1, p2));
        }
    }
}

#[test]
fn commands_that_could_cost_a_pin_or_reach_another_file_are_not_listed() {
    for header in [
        [0x00, 0x20, 0x00, 0x80], // VERIFY
        [0x00, 0x24, 0x01, 0x80], // CHANGE REFERENCE DATA
        [0x00, 0x2C, 0x00, 0x80], // RESET RETRY COUNTER
        [0x00, 0xB0, 0x80, 0x00], // READ BINARY by short file id
        [0x00, 0xC0, 0x00, 0x00], // GET RESPONSE
        [0x00, 0xD6, 0x00, 0x00], // UPDATE BINARY
        [0x80, 0x2A, 0x01, 0x80], // another padding
    ] {
        assert_eq!(list().find(&header, &DIGEST).err(), Some(NotListed::Header(header)));
    }
    for file in (0..=u16::MAX).filter(|file| ![0x06, 0x0A, 0x16, 0x17].contains(file)) {
        let [high, low] = file.to_be_bytes();
        let command = [0x00, 0xA4, 0x02, 0x0C, 0x02, high, low];
        assert!(list().find(&command, &DIGEST).is_err(), "{file:04X}");
    }
}

fn sign(digest: [u8; 32]) -> Vec<u8> {
    [&[0x80, 0x2A, 0x00, 0x80, 0x33][..], &SHA256_DIGEST_INFO, &digest, &[0x00]].concat()
}

#[track_caller]
fn check(command: &[u8], expected: Option<(Kind, usize, usize)>) {
    let found = list().find(command, &DIGEST).ok();
    assert_eq!(found.map(|it| (it.kind, it.body.len(), it.expects)), expected, "{command:02X?}");
}

#[test]
fn commands_are_read_to_the_last_byte() {
    check(&card::jpki::select_application().encode(), Some((Kind::SelectJpki, 10, 0)));
    check(&[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x0A], Some((Kind::SelectFile, 2, 0)));
    check(&[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x0A, 0x00], None);
    check(&[0x00, 0xA4, 0x02, 0x0C, 0x00, 0x00, 0x02, 0x00, 0x0A], None);
    check(&card::jpki::leave().encode(), None);
    check(&[0x00, 0xB0, 0x01, 0x00, 0x00], Some((Kind::ReadBinary, 0, 256)));
    check(&[0x00, 0xB0, 0x01, 0x00, 0x20], Some((Kind::ReadBinary, 0, 32)));
    check(&[0x00, 0xB0, 0x01, 0x00], None);
    check(&[0x00, 0xB0, 0x01, 0x00, 0x00, 0x10, 0x00], None);
    check(&[0x00, 0xB0, 0x01, 0x00, 0x01, 0x77], None);
    check(&[0x00, 0xB0, 0x01, 0x00, 0x00, 0x05], None);
    check(&[0x00, 0x84, 0x00, 0x00, 0x10], Some((Kind::GetChallenge, 0, 16)));
    check(&[0x00, 0x84, 0x00], None);
    check(&[], None);
    check(&sign(DIGEST), Some((Kind::ComputeSignature, 51, 256)));
    check(&sign([0xD2; 32]), None);
    check(&sign(DIGEST)[..56], None);
    check(&[&sign(DIGEST)[..56], &[0x10]].concat(), None);
}

#[test]
fn bodies_have_their_limits() {
    let short =
        |header: [u8; 4], body: usize| [&header[..], &[body as u8], &vec![0x55; body]].concat();
    let long = |header: [u8; 4], body: u16| {
        [&header[..], &[0x00], &body.to_be_bytes(), &vec![0x55; body.into()]].concat()
    };
    let (own, external) = ([0x80, 0xA2, 0x06, 0xC1], [0x00, 0x82, 0x00, 0x00]);
    check(&long(own, 307), Some((Kind::TerminalCertificate, 307, 0)));
    check(&long(own, 512), Some((Kind::TerminalCertificate, 512, 0)));
    check(&long(own, 513), None);
    check(&long(own, 0), None);
    check(&[long(own, 307), vec![0x00, 0x00]].concat(), None);
    check(&long(own, 307)[..200], None);
    check(&short(own, 64), Some((Kind::TerminalCertificate, 64, 0)));
    check(&own, None);
    check(&short(external, 96), Some((Kind::ExternalAuthenticate, 96, 0)));
    check(&short(external, 255), Some((Kind::ExternalAuthenticate, 255, 0)));
    check(&long(external, 96), None);
    check(&[short(external, 96), vec![0x00]].concat(), None);
    check(&external, None);
}

#[test]
fn nothing_of_a_command_is_printed_but_its_header() {
    let command = [0x00, 0x82, 0x00, 0x00, 0x02, 0x12, 0x34];
    let found = list().find(&command, &DIGEST).expect("listed");
    assert_eq!(format!("{found:?}"), "EXTERNAL AUTHENTICATE [00, 82, 00, 00] <2 bytes>");
    let names: BTreeSet<_> = list().allow.iter().map(|rule| rule.command.name()).collect();
    assert_eq!(names.len(), list().allow.len());
}
