//! The reader as a USB device: plugged in, described, configured, unplugged.

use super::{Bench, hello, packet};
use crate::machine::Front as _;
use crate::reader::Slot;
use crate::usb::{
    decode::ProtocolError,
    packet::{Setup, Status, ToHost, kind},
};

fn control(bench: &mut Bench, head: [u8; 2], value: u16, length: u16) -> Option<Vec<u8>> {
    let [request_type, request] = head;
    let [low, high] = value.to_le_bytes();
    let [short, long] = length.to_le_bytes();
    let endpoint = request_type & 0x80;
    let body = [endpoint, request, request_type, 0, low, high, 0, 0, short, long];
    bench.say(&packet(kind::CONTROL, 77, &body)).unwrap();
    let setup = Setup { endpoint, request, request_type, value, index: 0, length };
    match bench.got.pop_back().expect("an answer") {
        ToHost::Control { id: 77, status, setup: back, length, data } => {
            assert_eq!(back, setup);
            assert_eq!(usize::from(length), data.len());
            (status == Status::Success).then_some(data)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_greets_and_is_connected_when_the_machine_has_greeted() {
    let mut bench = Bench::stranger();
    bench.look();
    assert_eq!(bench.got, [], "nobody is there");
    let greeting = bench.device.met();
    bench.carry_out(greeting);
    assert_eq!(bench.got, [ToHost::Hello]);
    bench.say(&hello(0xFF)).unwrap();
    let connection = [ToHost::Hello, ToHost::Interfaces, ToHost::Endpoints, ToHost::Connect];
    assert_eq!(bench.got, connection);
    bench.look();
    assert_eq!(bench.got, connection, "once");
}

#[test]
fn it_describes_itself() {
    let mut bench = Bench::new();
    let device = control(&mut bench, [0x80, 6], 0x0100, 64).expect("a device");
    let expected = [18, 1, 0x10, 1, 0, 0, 0, 64, 0xE6, 4, 0x16, 0x51, 0, 1, 1, 2, 3, 1];
    assert_eq!(device, expected);
    assert_eq!(control(&mut bench, [0x80, 6], 0x0100, 8).as_deref(), Some(&expected[..8]));
    let all = control(&mut bench, [0x80, 6], 0x0200, 1000).expect("a configuration");
    assert_eq!((all.len(), all[2], all[4]), (93, 93, 1));
    assert_eq!(all[9..18], [9, 4, 0, 0, 3, 0x0B, 0, 0, 4]);
    let ccid = &all[18..72];
    assert_eq!(ccid[..6], [54, 0x21, 0x10, 1, 0, 7]);
    assert_eq!(ccid[40..44], 0x0004_04BA_u32.to_le_bytes(), "extended APDUs");
    assert_eq!(ccid[44..48], 65_546_u32.to_le_bytes());
    assert_eq!(ccid[52..], [0, 1], "no PIN pad, one slot at a time");
    assert_eq!(
        all[72..],
        [7, 5, 0x01, 2, 64, 0, 0, 7, 5, 0x82, 2, 64, 0, 0, 7, 5, 0x83, 3, 8, 0, 16]
    );
    assert_eq!(control(&mut bench, [0x80, 6], 0x0300, 255), Some(vec![4, 3, 9, 4]));
    let serial = control(&mut bench, [0x80, 6], 0x0303, 255).expect("a serial number");
    assert_eq!(serial[..6], [20, 3, b'S', 0, b'I', 0]);
    for absent in [0x0305, 0x0600, 0x0101, 0x2200] {
        assert_eq!(control(&mut bench, [0x80, 6], absent, 255), None, "{absent:04X}");
    }
    assert_eq!(control(&mut bench, [0x80, 0], 0, 2), Some(vec![0, 0]));
    assert_eq!(control(&mut bench, [0x02, 1], 0, 0), Some(vec![]), "a halt is cleared");
    assert_eq!(control(&mut bench, [0xA1, 3], 0, 255), None, "no table of speeds");
}

#[test]
fn configurations_and_settings_are_answered() {
    let mut bench = Bench::new();
    let ask = |bench: &mut Bench, kind, body: &[u8]| {
        bench.say(&packet(kind, 9, body)).unwrap();
        bench.got.pop_front()
    };
    let configuration =
        |status, configuration| Some(ToHost::Configuration { id: 9, status, configuration });
    assert_eq!(ask(&mut bench, 7, &[]), configuration(Status::Success, 1));
    assert_eq!(ask(&mut bench, 6, &[2]), configuration(Status::Stall, 1));
    assert_eq!(ask(&mut bench, 6, &[0]), configuration(Status::Success, 0));
    let setting =
        |status, interface| Some(ToHost::Alternate { id: 9, status, interface, alternate: 0 });
    assert_eq!(ask(&mut bench, 9, &[0, 0]), setting(Status::Success, 0));
    assert_eq!(ask(&mut bench, 9, &[0, 1]), setting(Status::Stall, 0));
    assert_eq!(ask(&mut bench, 10, &[1]), setting(Status::Stall, 1));
    let interrupts = |status, endpoint| Some(ToHost::Interrupts { id: 9, status, endpoint });
    assert_eq!(ask(&mut bench, 15, &[0x82]), interrupts(Status::Invalid, 0x82));
    assert_eq!(ask(&mut bench, 15, &[0x83]), interrupts(Status::Success, 0x83));
}

#[test]
fn without_a_configuration_nothing_is_transferred() {
    let mut bench = Bench::new();
    bench.say(&packet(kind::SET_CONFIGURATION, 1, &[0])).unwrap();
    bench.got.clear();
    bench.want(64);
    assert!(matches!(bench.got.pop_front(), Some(ToHost::Read { status: Status::Stall, .. })));
    bench.say(&packet(kind::BULK, 5, &super::bulk(1, 1, &[0x65]))).unwrap();
    assert!(matches!(bench.got.pop_front(), Some(ToHost::Written { status: Status::Stall, .. })));
}

#[test]
fn cards_are_told_of_while_somebody_listens() {
    let mut bench = Bench::new();
    bench.hand("insert anna");
    assert_eq!(bench.told(), [Some(true)]);
    bench.hand("swap bob");
    assert_eq!(bench.told(), [Some(false), Some(true)], "a swap is both");
    bench.say(&packet(kind::STOP_INTERRUPTS, 3, &[0x83])).unwrap();
    bench.hand("remove");
    assert_eq!(bench.told(), []);
    bench.say(&packet(kind::START_INTERRUPTS, 4, &[0x83])).unwrap();
    assert_eq!(bench.told(), [Some(false)], "told late");
    bench.say(&packet(kind::STOP_INTERRUPTS, 5, &[0x83])).unwrap();
    bench.say(&packet(kind::START_INTERRUPTS, 6, &[0x83])).unwrap();
    assert_eq!(bench.told(), [], "nothing new");
}

#[test]
fn unplugged_it_is_gone_until_the_machine_has_confirmed_it() {
    let mut bench = Bench::with_power();
    bench.hand("unplug");
    assert_eq!(bench.got, [ToHost::Disconnect]);
    assert_eq!(bench.slot(), Slot::Empty);
    bench.hand("plug");
    // Meant for the device that is gone.
    bench.say(&packet(kind::SET_CONFIGURATION, 1, &[1])).unwrap();
    bench.want(64);
    assert_eq!(bench.got, [ToHost::Disconnect]);
    bench.say(&packet(kind::DISCONNECT_ACK, 0, &[])).unwrap();
    let again = [ToHost::Disconnect, ToHost::Interfaces, ToHost::Endpoints, ToHost::Connect];
    assert_eq!(bench.got, again);
    bench.say(&packet(kind::SET_CONFIGURATION, 1, &[1])).unwrap();
    bench.say(&packet(kind::START_INTERRUPTS, 2, &[0x83])).unwrap();
    assert_eq!(bench.told(), [Some(true)], "the card still lies there");
    bench.got.clear();
    assert_eq!(bench.ask(0x65, [0; 3], &[])[7], 1, "and has no power");
}

#[test]
fn unplugged_and_plugged_between_two_looks_is_seen() {
    let mut bench = Bench::new();
    assert_eq!(bench.reader.hand("unplug"), "ok");
    bench.hand("plug");
    assert_eq!(bench.got, [ToHost::Disconnect]);
    bench.say(&packet(kind::DISCONNECT_ACK, 0, &[])).unwrap();
    assert_eq!(bench.got.back(), Some(&ToHost::Connect));
}

#[test]
fn a_reset_of_the_bus_takes_the_power() {
    for end in [packet(kind::RESET, 0, &[]), packet(kind::SET_CONFIGURATION, 1, &[1])] {
        let mut bench = Bench::with_power();
        assert_eq!(bench.slot(), Slot::Powered);
        bench.say(&end).unwrap();
        assert_eq!(bench.slot(), Slot::Unpowered);
        assert_eq!(bench.diary.lock().unwrap().last().map(String::as_str), Some("anna off"));
    }
}

#[test]
fn a_machine_that_is_gone_takes_the_power_and_the_next_one_is_greeted() {
    let mut bench = Bench::with_power();
    let last = bench.device.lost(bench.slot());
    bench.carry_out(last);
    assert_eq!(bench.slot(), Slot::Unpowered);
    bench.got.clear();
    let greeting = bench.device.met();
    bench.carry_out(greeting);
    bench.say(&hello(0xFF)).unwrap();
    assert_eq!(bench.got.back(), Some(&ToHost::Connect));
}

#[test]
fn a_machine_that_rejects_the_device_is_an_error() {
    let mut bench = Bench::new();
    assert_eq!(bench.say(&packet(kind::REJECTED, 0, &[])), Err(ProtocolError::Rejected));
}

#[test]
fn too_many_reads_are_an_error() {
    let mut bench = Bench::new();
    for _ in 0..64 {
        bench.want(16);
    }
    let one_more = packet(kind::BULK, 99, &super::bulk(0x82, 16, &[]));
    assert_eq!(bench.say(&one_more), Err(ProtocolError::Reads(65)));
}
