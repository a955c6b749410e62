//! CCID: power, commands, long commands, faults, and drivers that do not wait.

use super::{Bench, message, packet};
use crate::reader::{Slot, Tins};
use crate::usb::packet::{Status, ToHost, kind};

const POWER_ON: u8 = 0x62;
const POWER_OFF: u8 = 0x63;
const SLOT_STATUS: u8 = 0x65;
const TRANSFER: u8 = 0x6F;
const ABORT: u8 = 0x72;
const NOTHING: [u8; 3] = [0; 3];
const SELECT: [u8; 4] = [0x00, 0xA4, 0x04, 0x0C];

/// Type, bStatus and bError.
fn head(answer: &[u8]) -> [u8; 3] {
    [answer[0], answer[7], answer[8]]
}

#[test]
fn the_slot_says_whether_a_card_is_there_and_has_power() {
    let mut bench = Bench::new();
    assert_eq!(head(&bench.ask(SLOT_STATUS, NOTHING, &[])), [0x81, 2, 0]);
    assert_eq!(bench.seen_empty, 1);
    bench.hand("insert anna");
    bench.got.clear();
    assert_eq!(head(&bench.ask(SLOT_STATUS, NOTHING, &[])), [0x81, 1, 0]);
    assert_eq!(bench.seen_empty, 1);
    let atr = bench.ask(POWER_ON, [1, 0, 0], &[]);
    assert_eq!((head(&atr), &atr[9..]), ([0x80, 0, 0], &[&[0][..], &Tins::ATR].concat()[..]));
    assert_eq!(head(&bench.ask(SLOT_STATUS, NOTHING, &[])), [0x81, 0, 0]);
    assert_eq!(head(&bench.ask(POWER_OFF, NOTHING, &[])), [0x81, 1, 0]);
    assert_eq!(bench.slot(), Slot::Unpowered);
    bench.hand("remove");
    bench.got.clear();
    for kind in [POWER_ON, TRANSFER] {
        assert_eq!(head(&bench.ask(kind, NOTHING, &[1])), [0x80, 0x42, 0xFE]);
    }
}

#[test]
fn power_on_with_power_is_a_warm_reset_and_without_a_cold_start() {
    let mut bench = Bench::with_power();
    bench.ask(POWER_ON, NOTHING, &[]);
    bench.ask(POWER_OFF, NOTHING, &[]);
    bench.ask(POWER_ON, NOTHING, &[]);
    let expected = ["off", "on", "reset", "off", "off", "on"].map(|what| format!("anna {what}"));
    assert_eq!(*bench.diary.lock().unwrap(), expected);
}

#[test]
fn a_command_reaches_the_card_and_its_answer_the_host() {
    let mut bench = Bench::with_power();
    let answer = bench.ask(TRANSFER, NOTHING, &SELECT);
    assert_eq!((head(&answer), answer[9]), ([0x80, 0, 0], 0));
    assert_eq!(answer[10..], [&SELECT[..], &[0x90, 0x00]].concat());
    bench.ask(POWER_OFF, NOTHING, &[]);
    assert_eq!(head(&bench.ask(TRANSFER, NOTHING, &SELECT)), [0x80, 0x41, 0xFE]);
}

#[test]
fn a_message_may_come_in_several_transfers_and_go_in_several_reads() {
    let mut bench = Bench::with_power();
    let command: Vec<u8> = (0..40_000_u32).map(|at| at.to_be_bytes()[3]).collect();
    let bytes = message(TRANSFER, 9, NOTHING, &command);
    for piece in bytes.chunks(16_384) {
        assert_eq!(bench.read(0).unwrap_or_default(), [], "not yet");
        bench.got.clear();
        bench.say(&packet(kind::CANCEL, bench.ids, &[])).unwrap();
        bench.got.clear();
        bench.write(piece);
    }
    let mut answer = Vec::new();
    for length in [10, 16_384, 16_384, 7_000, 16_384] {
        answer.extend(bench.read(length).expect("more"));
    }
    assert_eq!(answer.len(), 10 + command.len() + 2);
    assert_eq!(answer[10..40_010], command);
    assert_eq!(bench.read(64), None, "that was all");
}

#[test]
fn a_read_that_a_message_fills_is_followed_by_an_empty_one() {
    let mut bench = Bench::with_power();
    // Ten bytes of header, two of status word.
    bench.write(&message(TRANSFER, 9, NOTHING, &[7; 128 - 12]));
    assert_eq!(bench.read(128).expect("all of it").len(), 128);
    assert_eq!(bench.read(128), Some(Vec::new()), "the end");
    assert_eq!(bench.read(128), None);
    bench.write(&message(SLOT_STATUS, 10, NOTHING, &[]));
    let Some(ToHost::Read { data, .. }) = bench.got.pop_front() else { panic!("no answer") };
    assert_eq!(data.len(), 10, "the read that waited");
    bench.write(&message(TRANSFER, 11, NOTHING, &[7; 128 - 12]));
    assert_eq!(bench.read(128).expect("all of it").len(), 128);
    bench.write(&message(SLOT_STATUS, 12, NOTHING, &[]));
    assert_eq!(bench.read(128).expect("an answer").len(), 10, "not for the one before");
}

#[test]
fn an_extended_command_goes_and_comes_in_pieces() {
    let mut bench = Bench::with_power();
    let command: Vec<u8> = (0..65_544_u32).map(|at| at.to_be_bytes()[2]).collect();
    let (first, rest) = command.split_at(40_000);
    let (second, third) = rest.split_at(20_000);
    for (level, piece) in [(1, first), (3, second)] {
        let taken = bench.ask(TRANSFER, [0, level, 0], piece);
        assert_eq!((head(&taken), taken[9], taken.len()), ([0x80, 0, 0], 0x10, 10));
    }
    let begin = bench.ask(TRANSFER, [0, 2, 0], third);
    assert_eq!((begin[9], begin.len()), (1, 65_546));
    let end = bench.ask(TRANSFER, [0, 0x10, 0], &[]);
    assert_eq!((end[9], end.len()), (2, 10 + 10));
    assert_eq!([&begin[10..], &end[10..]].concat(), [&command[..], &[0x90, 0x00]].concat());
    assert_eq!(head(&bench.ask(TRANSFER, [0, 0x10, 0], &[])), [0x80, 0x40, 8], "no more");
}

#[test]
fn pieces_out_of_order_or_too_long_are_refused() {
    let mut bench = Bench::with_power();
    for level in [2, 3, 4, 0x10, 0xFF] {
        assert_eq!(head(&bench.ask(TRANSFER, [0, level, 0], &[1])), [0x80, 0x40, 8], "{level}");
    }
    bench.ask(TRANSFER, [0, 1, 0], &[7; 65_536]);
    assert_eq!(head(&bench.ask(TRANSFER, [0, 2, 0], &[7; 9])), [0x80, 0x40, 1], "9 too many");
    bench.ask(TRANSFER, [0, 1, 0], &[7; 10]);
    bench.ask(SLOT_STATUS, NOTHING, &[]);
    let after = bench.ask(TRANSFER, [0, 2, 0], &[8]);
    assert_eq!(
        after[9..],
        [0, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 0x90, 0x00],
        "status is no command"
    );
    bench.ask(TRANSFER, [0, 1, 0], &[7; 10]);
    bench.ask(POWER_ON, NOTHING, &[]);
    assert_eq!(head(&bench.ask(TRANSFER, [0, 2, 0], &[8])), [0x80, 0x40, 8], "power began anew");
}

#[test]
fn parameters_are_kept_until_the_next_power_up() {
    let mut bench = Bench::with_power();
    let default = bench.ask(0x6C, NOTHING, &[]);
    assert_eq!((head(&default), default[9], default.len()), ([0x82, 0, 0], 1, 17));
    let t1 = [0x18, 0x10, 0xFF, 0x45, 0, 0xFE, 0];
    assert_eq!(bench.ask(0x61, [1, 0, 0], &t1)[9..], [&[1][..], &t1].concat());
    assert_eq!(bench.ask(0x6C, NOTHING, &[])[10..], t1);
    assert_eq!(bench.ask(0x61, [0, 0, 0], &[1, 2, 3, 4, 5])[9..], [0, 1, 2, 3, 4, 5]);
    assert_eq!(head(&bench.ask(0x61, [1, 0, 0], &t1[..6])), [0x82, 0x40, 1]);
    assert_eq!(head(&bench.ask(0x61, [2, 0, 0], &t1)), [0x82, 0x40, 7]);
    assert_eq!(bench.ask(0x6D, NOTHING, &[])[9..], default[9..]);
    bench.ask(0x61, [1, 0, 0], &t1);
    bench.ask(POWER_ON, NOTHING, &[]);
    assert_eq!(bench.ask(0x6C, NOTHING, &[])[9..], default[9..]);
}

#[test]
fn what_the_reader_cannot_do_is_refused_in_its_own_type() {
    let mut bench = Bench::with_power();
    for (asked, told) in [
        (0x6B, 0x83),
        (0x69, 0x80),
        (0x73, 0x84),
        (0x6A, 0x81),
        (0x6E, 0x81),
        (0x71, 0x81),
        (0, 0x81),
    ] {
        assert_eq!(head(&bench.ask(asked, NOTHING, &[1, 2])), [told, 0x40, 0], "{asked:02X}");
    }
    let mut other_slot = message(SLOT_STATUS, 9, NOTHING, &[]);
    other_slot[5] = 1;
    bench.write(&other_slot);
    let refused = bench.read(64).expect("an answer");
    assert_eq!((head(&refused), refused[5]), ([0x81, 0x40, 5], 1));
}

#[test]
fn a_length_that_does_not_fit_is_refused_and_the_next_message_understood() {
    let mut bench = Bench::with_power();
    let (short, long) = (message(TRANSFER, 9, NOTHING, &SELECT), [7; 5]);
    let huge = [&[TRANSFER][..], &[0xFF; 4], &[0, 9, 0, 0, 0]].concat();
    for bytes in [&short[..13], &[&short[..], &long].concat(), &huge] {
        bench.write(bytes);
        assert_eq!(head(&bench.read(64).expect("an answer")), [0x80, 0x40, 1]);
        assert_eq!(bench.ask(TRANSFER, NOTHING, &SELECT).len(), 16);
    }
    bench.write(&[TRANSFER, 1]);
    assert_eq!(bench.read(64), None, "not even a header");
    bench.write(&message(SLOT_STATUS, 9, NOTHING, &[]));
    assert_eq!(bench.got.len(), 1, "the read that waited is answered");
}

#[test]
fn faults_as_a_driver_sees_them() {
    for (fault, expected, left) in [
        ("mute", [0x80, 0x40, 0xFE], 0),
        ("sw 6110", [0x80, 0, 0], 2),
        ("short", [0x80, 0, 0], 1),
        ("garbage", [0x80, 0, 0], 258),
        ("oversize", [0x80, 0, 0], 264),
        ("pull", [0x80, 0x42, 0xFE], 0),
    ] {
        let mut bench = Bench::with_card();
        bench.hand(&format!("fault 2 {fault}"));
        bench.ask(POWER_ON, NOTHING, &[]);
        assert_eq!(bench.ask(TRANSFER, NOTHING, &SELECT).len(), 16, "{fault}");
        let struck = bench.ask(TRANSFER, NOTHING, &SELECT);
        assert_eq!((head(&struck), struck.len() - 10), (expected, left), "{fault}");
    }
}

#[test]
fn a_pulled_card_is_told_of() {
    let mut bench = Bench::with_card();
    bench.hand("fault 1 pull");
    bench.ask(POWER_ON, NOTHING, &[]);
    bench.ask(TRANSFER, NOTHING, &SELECT);
    bench.reader.wait_for_event(super::LONG);
    bench.look();
    assert_eq!(bench.told(), [Some(false)]);
    assert_eq!(head(&bench.ask(SLOT_STATUS, NOTHING, &[])), [0x81, 2, 0]);
}

#[test]
fn a_command_before_the_answer_to_the_last_is_too_early() {
    let mut bench = Bench::with_power();
    bench.jobs = Some(Vec::new());
    bench.write(&message(TRANSFER, 7, NOTHING, &SELECT));
    assert_eq!(head(&bench.ask(TRANSFER, NOTHING, &SELECT)), [0x80, 0x40, 0xE0]);
    assert_eq!(head(&bench.ask(SLOT_STATUS, NOTHING, &[])), [0x81, 0, 0], "needs no card");
    bench.work();
    let answer = bench.read(64).expect("the first one's");
    assert_eq!((answer[6], answer.len()), (7, 16));
}

#[test]
fn an_answer_after_its_read_was_cancelled_is_nobodys() {
    let mut bench = Bench::with_power();
    bench.jobs = Some(Vec::new());
    bench.write(&message(TRANSFER, 7, NOTHING, &SELECT));
    let id = bench.want(64);
    bench.say(&packet(kind::CANCEL, id, &[])).unwrap();
    let (status, endpoint, data) = (Status::Cancelled, 0x82, Vec::new());
    assert_eq!(bench.got.pop_front(), Some(ToHost::Read { id, status, endpoint, data }));
    bench.say(&packet(kind::CANCEL, id, &[])).unwrap();
    assert_eq!(bench.got.pop_front(), None, "only once");
    bench.write(&message(TRANSFER, 8, NOTHING, &SELECT));
    assert_eq!(bench.want(64), bench.ids);
    assert_eq!(bench.got.pop_front(), None, "it waits its turn");
    bench.work();
    let Some(ToHost::Read { data, .. }) = bench.got.pop_front() else { panic!("no answer") };
    assert_eq!((data[6], data.len()), (8, 16));
    assert_eq!(bench.got, []);
}

#[test]
fn an_abort_needs_both_ways_and_ends_the_command() {
    let control = |sequence| packet(kind::CONTROL, 70, &[0, 1, 0x21, 0, 0, sequence, 0, 0, 0, 0]);
    for control_first in [true, false] {
        let mut bench = Bench::with_power();
        bench.jobs = Some(Vec::new());
        bench.write(&message(TRANSFER, 7, NOTHING, &SELECT));
        if control_first {
            bench.say(&control(9)).unwrap();
            bench.write(&message(TRANSFER, 8, NOTHING, &SELECT));
            bench.got.clear();
            assert_eq!(head(&bench.read(64).expect("an answer")), [0x80, 0x40, 0xFF]);
            bench.write(&message(ABORT, 9, NOTHING, &[]));
        } else {
            bench.write(&message(ABORT, 9, NOTHING, &[]));
            assert_eq!(bench.got, []);
            bench.say(&control(9)).unwrap();
            bench.got.clear();
        }
        let aborted = bench.read(64).expect("an answer");
        assert_eq!((head(&aborted), aborted[6]), ([0x81, 0, 0], 9));
        bench.work();
        assert_eq!(bench.read(64), None, "the card's answer is nobody's");
        bench.say(&packet(kind::CANCEL, bench.ids, &[])).unwrap();
        bench.got.clear();
        assert_eq!(bench.ask(TRANSFER, NOTHING, &SELECT).len(), 16);
    }
}

#[test]
fn a_machine_that_resets_while_the_card_works_gets_no_answer_and_the_card_no_power() {
    let mut bench = Bench::with_power();
    bench.jobs = Some(Vec::new());
    bench.write(&message(TRANSFER, 7, NOTHING, &SELECT));
    bench.say(&packet(kind::SET_CONFIGURATION, 1, &[1])).unwrap();
    bench.got.clear();
    assert_eq!(bench.slot(), Slot::Powered, "it works");
    bench.write(&message(POWER_ON, 8, NOTHING, &[]));
    bench.work();
    let atr = bench.read(64).expect("the ATR");
    assert_eq!((head(&atr), atr[6]), ([0x80, 0, 0], 8));
    let diary = bench.diary.lock().unwrap();
    let last: Vec<_> = diary.iter().rev().take(3).map(String::as_str).collect();
    assert_eq!(last, ["anna on", "anna off", "anna off"], "cold");
}
