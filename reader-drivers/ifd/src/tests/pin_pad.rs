//! The PIN pad after PC/SC part 10.

use std::thread;
use std::time::Duration;

use reader_virtual::reader::{Reader, Tins};

use super::MOMENT;
use crate::codes::Refusal;
use crate::pin_pad::control;

const VERIFY_PIN_DIRECT: u64 = 0x4233_0006;

/// As a careful client asks for the four digits of a My Number card.
const QUESTION: [u8; 28] = [
    0x1E, 0x1E, 0x82, 0x04, 0x00, 0x04, 0x04, 0x02, 0x01, 0x09, 0x04, 0x00, 0x00, 0x00,
    0x00, //
    0x09, 0x00, 0x00, 0x00, // data length
    0x00, 0x20, 0x00, 0x80, 0x04, 0xFF, 0xFF, 0xFF, 0xFF,
];

/// `QUESTION` with other bytes from `at` on.
fn question(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut question = QUESTION.to_vec();
    question[at..at + bytes.len()].copy_from_slice(bytes);
    question
}

/// A question with another template.
fn with_template(head: &[(usize, u8)], template: &[u8]) -> Vec<u8> {
    let mut question = QUESTION[..19].to_vec();
    question[15] = u8::try_from(template.len()).unwrap();
    for (at, byte) in head {
        question[*at] = *byte;
    }
    [&question, template].concat()
}

#[track_caller]
fn ask(reader: &Reader, keys: &str, question: &[u8]) -> Vec<u8> {
    assert_eq!(reader.hand(&format!("pinpad {keys}")), "ok");
    control(reader, VERIFY_PIN_DIRECT, question).expect("an answer")
}

/// The tin card answers with the command it got.
#[track_caller]
fn check_sent(keys: &str, question: &[u8], sent: &[u8]) {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(ask(&reader, keys, question), [sent, &[0x90, 0x00]].concat());
}

#[test]
fn the_features_are_listed_with_their_codes_in_big_endian() {
    let (reader, _) = Tins::reader();
    let features = control(&reader, 0x4200_0D48, &[]).expect("also without a card");
    assert_eq!(features[..6], [0x06, 4, 0x42, 0x33, 0x00, 0x06]);
    let tags: Vec<u8> = features.chunks(6).map(|feature| feature[0]).collect();
    assert_eq!(tags, [0x06, 0x0A, 0x12]);
    assert_eq!(control(&reader, 0x4233_000A, &[]), Ok(vec![0, 0, 2, 0]));
    assert!(control(&reader, 0x4233_0012, &[]).is_ok());
    assert_eq!(control(&reader, 0x4233_0007, &[]), Err(Refusal::NotSupported));
}

#[test]
fn the_pin_goes_into_the_command_where_the_host_wants_it() {
    check_sent("1234", &QUESTION, b"\x00\x20\x00\x80\x041234");
    let padded = with_template(
        &[(2, 0x8A), (3, 0x06), (6, 0x01)],
        b"\x00\x20\x00\x80\x08\x00\xFF\xFF\xFF\xFF\xFF\xFF\x11",
    );
    check_sent("12", &padded, b"\x00\x20\x00\x80\x08\x0012\xFF\xFF\xFF\xFF\x11");
    let right = with_template(&[(2, 0x86), (6, 0x01)], b"\x00\x20\x00\x80\x04\xFF\xFF\xFF\xFF");
    check_sent("12", &right, b"\x00\x20\x00\x80\x04\xFF\xFF12");
    check_sent("1234", &with_template(&[], b"\x00\x20\x00\x80"), b"\x00\x20\x00\x80\x041234");
    check_sent("1234", &with_template(&[], b"\x00\x20\x00\x80\x00"), b"\x00\x20\x00\x80\x041234");
}

#[test]
fn keys_are_used_once_and_go_with_the_card() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(ask(&reader, "1234", &QUESTION).last_chunk(), Some(&[0x90, 0x00]));
    let in_a_second = question(0, &[1]);
    assert_eq!(control(&reader, VERIFY_PIN_DIRECT, &in_a_second), Ok(vec![0x64, 0x00]));
    assert_eq!(reader.hand("pinpad 1234"), "ok");
    assert_eq!(reader.hand("swap bob"), "ok");
    reader.wait_for_event(MOMENT);
    reader.wait_for_event(MOMENT);
    assert!(reader.keys_typed(Duration::ZERO).expect("bob is there").is_none());
}

#[test]
fn keys_may_come_while_the_pad_waits() {
    let (reader, _) = Tins::reader_with("anna");
    thread::scope(|scope| {
        let waiting = scope.spawn(|| control(&reader, VERIFY_PIN_DIRECT, &QUESTION));
        thread::sleep(MOMENT);
        assert_eq!(reader.hand("pinpad 1234"), "ok");
        assert_eq!(waiting.join().unwrap().expect("an answer").last_chunk(), Some(&[0x90, 0x00]));
    });
    thread::scope(|scope| {
        let waiting = scope.spawn(|| control(&reader, VERIFY_PIN_DIRECT, &QUESTION));
        thread::sleep(MOMENT);
        assert_eq!(reader.hand("remove"), "ok");
        assert_eq!(waiting.join().unwrap(), Err(Refusal::NoCard));
    });
}

#[test]
fn a_pin_that_does_not_fit_never_reaches_the_card() {
    let (reader, diary) = Tins::reader_with("anna");
    assert_eq!(ask(&reader, "123", &QUESTION), [0x64, 0x03]);
    assert_eq!(ask(&reader, "12345", &QUESTION), [0x64, 0x03]);
    assert_eq!(ask(&reader, "12345", &question(5, &[5])), [0x64, 0x03], "longer than its block");
    assert_eq!(ask(&reader, "cancel", &QUESTION), [0x64, 0x01]);
    assert_eq!(diary.lock().unwrap().len(), 2, "off and on");
}

#[test]
fn what_the_pad_cannot_do_is_refused_before_a_key_is_asked_for() {
    let (reader, _) = Tins::reader_with("anna");
    let bad = [
        QUESTION[..18].to_vec(),
        QUESTION[..27].to_vec(),
        question(2, &[0x81]),           // BCD
        question(2, &[0x0A]),           // a position in bits
        question(2, &[0x8A]),           // a block behind the end
        question(3, &[0x44]),           // a length field
        question(5, &[2]),              // longest below shortest
        question(15, &[8]),             // a wrong length
        question(20, &[0x24]),          // not a VERIFY
        question(23, &[0x05]),          // Lc longer than the data
        with_template(&[], &[0, 0x20]), // not a command
    ];
    for question in bad {
        assert_eq!(ask(&reader, "1234", &question), [0x6B, 0x80], "{question:02X?}");
    }
    let keys = reader.keys_typed(Duration::ZERO).expect("a card is there");
    assert!(keys.is_some(), "nobody took the keys");
}

#[test]
fn without_a_card_there_is_nothing_to_verify() {
    let (reader, _) = Tins::reader();
    assert_eq!(control(&reader, VERIFY_PIN_DIRECT, &QUESTION), Err(Refusal::NoCard));
}
