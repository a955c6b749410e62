//! Faults at the N-th command after a power-up.

use std::thread;

use super::{LONG, MOMENT, Tins};
use crate::reader::{Power, Reader, Refusal};

const COMMAND: &[u8] = &[0x00, 0xA4, 0x04, 0x0C];
const READ_256: &[u8] = &[0x00, 0xB0, 0x00, 0x00, 0x00];

/// A reader whose card was powered after `fault` was armed.
fn armed(fault: &str) -> std::sync::Arc<Reader> {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.hand(&format!("fault {fault}")), "ok");
    reader.power(Power::Up).expect("a card is there");
    reader
}

/// What the tin card answers to `command`.
fn echo(command: &[u8]) -> Result<Vec<u8>, Refusal> {
    Ok([command, &[0x90, 0x00]].concat())
}

#[track_caller]
fn check_strikes_once(fault: &str, expected: &Result<Vec<u8>, Refusal>, noted: &str) {
    let reader = armed(&format!("2 {fault}"));
    assert_eq!(reader.transmit(COMMAND), echo(COMMAND), "{fault}: the first is left alone");
    assert_eq!(reader.hand("status"), format!("ok card anna powered apdus=1 fault 2 {fault}"));
    assert_eq!(&reader.transmit(READ_256), expected, "{fault}");
    assert_eq!(reader.transmit(COMMAND), echo(COMMAND), "{fault}: the third is left alone");
    assert_eq!(reader.hand("status"), "ok card anna powered apdus=3", "{fault}: spent");
    assert_eq!(
        reader.hand("journal"),
        format!("ok on; on; A4 04 0C 9000; B0 00 00 {noted}; A4 04 0C 9000")
    );
    reader.power(Power::Up).expect("a card is there");
    assert_eq!(reader.transmit(COMMAND), echo(COMMAND));
    assert_eq!(reader.transmit(READ_256), echo(READ_256), "{fault}: not a second time");
}

#[test]
fn an_answer_is_replaced_once() {
    check_strikes_once("mute", &Err(Refusal::Communication), "none");
    check_strikes_once("sw 6110", &Ok(vec![0x61, 0x10]), "6110");
    check_strikes_once("sw 6C10", &Ok(vec![0x6C, 0x10]), "6C10");
    check_strikes_once("sw 9000", &Ok(vec![0x90, 0x00]), "9000");
    check_strikes_once("short", &Ok(vec![0x90]), "none");
}

#[test]
fn a_card_is_pulled_before_it_answers() {
    let reader = armed("2 pull");
    assert!(reader.transmit(COMMAND).is_ok());
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::NoCard));
    assert_eq!(reader.hand("status"), "ok empty apdus=2");
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::NoCard));
    assert_eq!(reader.office.remembered(), Ok(None), "nor does it lie there after a restart");
    reader.wait_for_event(LONG);
    assert_eq!(reader.presence(), Ok(false), "and pcscd is told");
    assert_eq!(reader.hand("insert anna"), "ok");
}

#[test]
fn what_is_struck_never_reaches_the_card() {
    let (reader, diary) = Tins::reader_with("anna");
    for fault in ["mute", "sw 6F00", "short", "garbage", "oversize", "endless", "pull"] {
        assert_eq!(reader.hand(&format!("fault 1 {fault}")), "ok");
        reader.power(Power::Up).expect("a card is there");
        diary.lock().unwrap().clear();
        // What it comes to is another test's business.
        let _ = reader.transmit(READ_256);
        assert_eq!(*diary.lock().unwrap(), Vec::<String>::new(), "{fault}");
    }
}

#[test]
fn a_card_hangs_until_released() {
    let reader = armed("2 hang");
    assert!(reader.transmit(COMMAND).is_ok());
    thread::scope(|scope| {
        let hung = scope.spawn(|| reader.transmit(COMMAND));
        while reader.hand("status") != "ok card anna powered apdus=1 hanging" {
            assert!(!hung.is_finished(), "it should hang");
            thread::sleep(MOMENT);
        }
        assert_eq!(reader.hand("release"), "ok");
        assert_eq!(hung.join().unwrap(), echo(COMMAND));
    });
}

#[test]
fn garbage_is_always_the_same_and_no_certificate() {
    for (fault, length) in [("garbage", 256), ("oversize", 262)] {
        let answer = || armed(&format!("1 {fault}")).transmit(COMMAND).expect("an answer");
        let first = answer();
        assert!(first == answer(), "{fault}");
        let (data, status) = first.split_last_chunk().expect("a status word");
        assert_eq!((data.len(), status), (length, &[0x90, 0x00]), "{fault}");
        assert_ne!(data[0], 0x30, "{fault}");
        assert!((0..=255).filter(|byte| data.contains(byte)).count() > 100, "{fault}");
    }
}

#[test]
fn a_file_without_end_lasts_until_the_power_goes() {
    let reader = armed("2 endless");
    assert_eq!(reader.transmit(READ_256), echo(READ_256), "not yet");
    assert_eq!(reader.transmit(COMMAND), echo(COMMAND), "from here on, but only READ BINARY");
    let first = reader.transmit(READ_256).expect("an answer");
    assert_eq!((first.len(), &first[..5]), (258, &[0x30, 0x82, 0xFF, 0xFF, 0][..]));
    assert_eq!(first[256..], [0x90, 0x00]);
    let four = reader.transmit(&[0x00, 0xB0, 0x00, 0x00, 0x04]);
    assert_eq!(four, Ok(vec![0x30, 0x82, 0xFF, 0xFF, 0x90, 0x00]), "as many as asked for");
    let at_two = reader.transmit(&[0x00, 0xB0, 0x00, 0x02, 0x04]);
    assert_eq!(at_two, Ok(vec![0xFF, 0xFF, 0, 0, 0x90, 0x00]));
    let by_short_id = reader.transmit(&[0x00, 0xB0, 0x8A, 0x00, 0x02]);
    assert_eq!(by_short_id, Ok(vec![0x30, 0x82, 0x90, 0x00]));
    for offset in [0x01u8, 0x40, 0x7F] {
        let far = reader.transmit(&[0x00, 0xB0, offset, 0x00, 0x00]).expect("an answer");
        assert_eq!((far.len(), far[0]), (258, 0), "no end at {offset:02X}00");
    }
    assert_eq!(reader.transmit(COMMAND), echo(COMMAND));
    reader.power(Power::Reset).expect("a card is there");
    assert_eq!(reader.transmit(READ_256).expect("an answer").len(), 258, "a reset ends nothing");
    reader.power(Power::Up).expect("a card is there");
    assert_eq!(reader.transmit(READ_256), echo(READ_256));
}

#[test]
fn counting_begins_with_the_next_power_up_whoever_the_card_is() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.hand("fault 2 mute"), "ok");
    for _ in 0..3 {
        assert!(reader.transmit(COMMAND).is_ok(), "it had power already");
    }
    reader.power(Power::Reset).expect("a card is there");
    assert!(reader.transmit(COMMAND).is_ok());
    assert!(reader.transmit(COMMAND).is_ok(), "a reset is no power-up");
    for _ in 0..2 {
        reader.power(Power::Up).expect("a card is there");
        assert!(reader.transmit(COMMAND).is_ok(), "the first command after every power-up");
    }
    assert_eq!(reader.hand("swap bob"), "ok");
    reader.wait_for_event(LONG);
    reader.wait_for_event(LONG);
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::Communication), "no power, no command");
    reader.power(Power::Up).expect("a card is there");
    assert!(reader.transmit(COMMAND).is_ok());
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::Communication));
    assert_eq!(reader.hand("status"), "ok card bob powered apdus=2");
}

#[test]
fn a_fault_is_disarmed_or_replaced() {
    let reader = armed("1 mute");
    assert_eq!(reader.hand("fault off"), "ok");
    assert_eq!(reader.hand("status"), "ok card anna powered apdus=0");
    assert!(reader.transmit(COMMAND).is_ok());

    let reader = armed("1 endless");
    assert_eq!(reader.transmit(READ_256).expect("an answer").len(), 258);
    assert_eq!(reader.hand("fault off"), "ok");
    assert_eq!(reader.transmit(READ_256), echo(READ_256), "files have their ends again");

    let reader = armed("1 mute");
    assert_eq!(reader.hand("fault 3 sw 6f00"), "ok");
    assert_eq!(reader.hand("status"), "ok card anna powered apdus=0 fault 3 sw 6F00");
    assert!(reader.transmit(COMMAND).is_ok(), "the first one is gone, the second counts anew");
    assert_eq!(reader.hand("fault off"), "ok");
    assert_eq!(reader.hand("fault off"), "ok", "also when none is armed");
}

#[test]
fn wrong_faults_are_named_and_arm_nothing() {
    let (reader, _) = Tins::reader_with("anna");
    for request in [
        "fault",
        "fault 0 mute",
        "fault 10000 mute",
        "fault -1 mute",
        "fault mute",
        "fault 1",
        "fault 1 MUTE",
        "fault 1 sw",
        "fault 1 sw 90",
        "fault 1 sw 90000",
        "fault 1 sw +900",
        "fault 1 sw 90g0",
        "fault 1 mute now",
        "fault off now",
    ] {
        let answer = reader.hand(request);
        assert!(answer.starts_with("error a fault is off, or N and"), "{request}: {answer}");
        assert_eq!(reader.hand("status"), "ok card anna powered apdus=0", "{request}");
    }
}
