//! Packets byte by byte, as QEMU 10 sends and takes them.

use super::{bulk, hello, packet};
use crate::machine::Packet as _;
use crate::usb::{
    decode::{Decoder, ProtocolError},
    packet::{FromHost, Setup, Status, ToHost, kind},
};

const SETUP: Setup =
    Setup { endpoint: 0x80, request: 6, request_type: 0x80, value: 0x0100, index: 0, length: 18 };

#[track_caller]
fn check_sent(packet: &ToHost, expected: &[u8]) {
    assert_eq!(packet.encode(), expected);
}

#[track_caller]
fn check_read(bytes: &[u8], expected: Result<FromHost, ProtocolError>) {
    let mut decoder = Decoder::default();
    decoder.push(&hello(0xFF));
    assert_eq!(decoder.next(), Ok(Some(FromHost::Hello { caps: 0xFF })));
    // In two bites, whatever they are.
    for cut in 0..bytes.len().min(32) {
        let mut decoder = Decoder::default();
        decoder.push(&hello(0xFF));
        decoder.next().unwrap();
        decoder.push(&bytes[..cut]);
        if let Ok(early) = decoder.next() {
            assert_eq!(early, None, "cut at {cut}");
        }
        decoder.push(&bytes[cut..]);
        assert_eq!(decoder.next().map(Option::unwrap), expected, "cut at {cut}");
    }
}

#[test]
fn the_hello_has_a_short_header() {
    let bytes = ToHost::Hello.encode();
    assert_eq!(bytes.len(), 12 + 64 + 4);
    assert_eq!(bytes[..12], [0, 0, 0, 0, 68, 0, 0, 0, 0, 0, 0, 0]);
    assert!(bytes[12..].starts_with(b"shikaku virtual-reader\0"));
    assert_eq!(bytes[76..], [0x78, 0, 0, 0], "disconnect ack, packet sizes, long ids, long bulk");
}

#[test]
fn a_device_is_announced_with_its_interface_and_endpoints() {
    let interfaces = ToHost::Interfaces.encode();
    assert_eq!(interfaces.len(), 16 + 132);
    assert_eq!(interfaces[..20], [4, 0, 0, 0, 132, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(interfaces[16 + 4 + 32], 0x0B, "the class of the first interface");
    let endpoints = ToHost::Endpoints.encode();
    assert_eq!(endpoints.len(), 16 + 160);
    let (types, rest) = endpoints[16..].split_at(32);
    assert_eq!((types[0], types[1], types[16], types[18], types[19]), (0, 2, 0, 2, 3));
    assert_eq!(types.iter().filter(|kind| **kind == 255).count(), 27);
    assert_eq!(rest[19], 16, "the interrupt endpoint's interval");
    let sizes = &rest[64..];
    assert_eq!(
        (&sizes[2..4], &sizes[36..38], &sizes[38..40]),
        (&[64, 0][..], &[64, 0][..], &[8, 0][..])
    );
    let head = [1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let expected = [&head[..], &[1, 0, 0, 0, 0xE6, 0x04, 0x16, 0x51]].concat();
    check_sent(&ToHost::Connect, &expected);
    check_sent(&ToHost::Disconnect, &packet(2, 0, &[]));
}

#[test]
fn answers_carry_the_id_and_the_status() {
    let (id, endpoint) = (0x0102_0304_0506_0708, 0x82);
    let status = Status::Stall;
    let configuration = ToHost::Configuration { id, status, configuration: 1 };
    check_sent(&configuration, &packet(8, id, &[4, 1]));
    let alternate = ToHost::Alternate { id, status: Status::Success, interface: 0, alternate: 0 };
    check_sent(&alternate, &packet(11, id, &[0, 0, 0]));
    let interrupts = ToHost::Interrupts { id, status: Status::Invalid, endpoint: 0x83 };
    check_sent(&interrupts, &packet(17, id, &[2, 0x83]));
    let control = ToHost::Control { id, status, setup: SETUP, length: 2, data: vec![7, 8] };
    check_sent(&control, &packet(100, id, &[0x80, 6, 0x80, 4, 0, 1, 0, 0, 2, 0, 7, 8]));
    let read = ToHost::Read { id, status: Status::Cancelled, endpoint, data: vec![7] };
    check_sent(&read, &packet(101, id, &[0x82, 1, 1, 0, 0, 0, 0, 0, 0, 0, 7]));
    let written = ToHost::Written { id, status: Status::Success, endpoint: 1, length: 0x1_0002 };
    check_sent(&written, &packet(101, id, &[1, 0, 2, 0, 0, 0, 0, 0, 1, 0]));
    let interrupt = ToHost::Interrupt { id, endpoint: 0x83, data: vec![0x50, 3] };
    check_sent(&interrupt, &packet(103, id, &[0x83, 0, 2, 0, 0x50, 3]));
}

#[test]
fn requests_are_read_whole() {
    check_read(&packet(3, 0, &[]), Ok(FromHost::Reset));
    check_read(&packet(6, 5, &[1]), Ok(FromHost::SetConfiguration { id: 5, configuration: 1 }));
    check_read(&packet(7, 5, &[]), Ok(FromHost::GetConfiguration { id: 5 }));
    let set = FromHost::SetAlternate { id: 5, interface: 0, alternate: 1 };
    check_read(&packet(9, 5, &[0, 1]), Ok(set));
    check_read(&packet(10, 5, &[2]), Ok(FromHost::GetAlternate { id: 5, interface: 2 }));
    check_read(&packet(15, 5, &[0x83]), Ok(FromHost::StartInterrupts { id: 5, endpoint: 0x83 }));
    check_read(&packet(16, 5, &[0x83]), Ok(FromHost::StopInterrupts { id: 5, endpoint: 0x83 }));
    check_read(&packet(21, u64::MAX, &[]), Ok(FromHost::Cancel { id: u64::MAX }));
    check_read(&packet(22, 0, &[]), Ok(FromHost::Rejected));
    check_read(&packet(23, 0, b"-1,-1,-1,-1,1\0"), Ok(FromHost::Filter));
    check_read(&packet(24, 0, &[]), Ok(FromHost::DisconnectAck));
    let control = packet(100, 5, &[0x80, 6, 0x80, 0, 0, 1, 0, 0, 18, 0]);
    check_read(&control, Ok(FromHost::Control { id: 5, setup: SETUP, data: Vec::new() }));
    let data = vec![1, 2, 3];
    let write = FromHost::Write { id: 5, endpoint: 1, data: data.clone() };
    check_read(&packet(101, 5, &bulk(1, 3, &data)), Ok(write));
    let read = FromHost::Read { id: 5, endpoint: 0x82, length: 0x1_0010 };
    check_read(&packet(101, 5, &bulk(0x82, 0x1_0010, &[])), Ok(read));
}

#[test]
fn lengths_that_do_not_fit_are_refused() {
    let wrong = |kind, length| Err(ProtocolError::Length { kind, length });
    check_read(&packet(3, 0, &[0]), wrong(3, 1));
    check_read(&packet(6, 0, &[]), wrong(6, 0));
    check_read(&packet(101, 0, &[1; 9]), wrong(101, 9));
    check_read(&packet(101, 0, &bulk(1, 4, &[1, 2, 3])), wrong(101, 13));
    check_read(&packet(101, 0, &bulk(1, 2, &[1, 2, 3])), wrong(101, 13));
    check_read(&packet(101, 0, &bulk(0x82, 3, &[1, 2, 3])), wrong(101, 13));
    check_read(&packet(100, 0, &[0, 9, 0, 0, 0, 0, 0, 0, 1, 0]), wrong(100, 10));
    // Only the header came: nothing waits for what would be too much.
    let header =
        |kind: u32, length: u32| [&kind.to_le_bytes()[..], &length.to_le_bytes(), &[0; 8]].concat();
    check_read(&header(kind::BULK, 0xFFFF_FFFF), wrong(101, 0xFFFF_FFFF));
    check_read(&header(kind::BULK, 131_083), wrong(101, 131_083));
    check_read(&header(kind::FILTER, 4097), wrong(23, 4097));
    check_read(&header(12, 0), Err(ProtocolError::Unknown(12)));
    check_read(&header(0x7FFF_FFFF, 0), Err(ProtocolError::Unknown(0x7FFF_FFFF)));
}

#[test]
fn whoever_does_not_greet_well_is_sent_away() {
    let first = |bytes: &[u8]| {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        decoder.next()
    };
    assert_eq!(first(&packet(3, 0, &[])), Err(ProtocolError::NoHello(3)));
    assert_eq!(first(b"GET / HTTP/1.1\r\n\r\n"), Err(ProtocolError::NoHello(0x2054_4547)));
    assert_eq!(first(&hello(0x70)), Err(ProtocolError::Capabilities(0x78, 0x70)));
    assert_eq!(first(&hello(0xFF)[..79]), Ok(None));
    let mut without = hello(0);
    without.truncate(76);
    without[4] = 64;
    assert_eq!(first(&without), Err(ProtocolError::Capabilities(0x78, 0)));
    let mut again = packet(0, 0, &hello(0xFF)[12..]);
    again.splice(0..0, hello(0xFF));
    let mut decoder = Decoder::default();
    decoder.push(&again);
    decoder.next().unwrap();
    assert_eq!(decoder.next(), Err(ProtocolError::SecondHello));
}
