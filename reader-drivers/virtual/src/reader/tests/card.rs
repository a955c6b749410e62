//! Presence, power, commands, and hands that reach in between.

use std::thread;
use std::time::Instant;

use super::{LONG, MOMENT, Tins};
use crate::reader::{Power, Refusal};

const COMMAND: &[u8] = &[0x00, 0xA4, 0x04, 0x0C];

#[test]
fn an_insertion_ends_the_wait_at_once() {
    let (reader, _) = Tins::reader();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let start = Instant::now();
            reader.wait_for_event(LONG);
            (start.elapsed(), reader.presence())
        });
        thread::sleep(MOMENT);
        assert_eq!(reader.hand("insert anna"), "ok");
        let (waited, presence) = waiting.join().unwrap();
        assert!(MOMENT / 2 < waited && waited < LONG / 2, "{waited:?}");
        assert_eq!(presence, Ok(true));
    });
}

#[test]
fn a_wake_ends_one_wait_and_no_more() {
    let (reader, _) = Tins::reader();
    reader.wake();
    reader.wake();
    let start = Instant::now();
    reader.wait_for_event(LONG);
    assert!(start.elapsed() < LONG / 2);
    reader.wait_for_event(MOMENT);
    assert!(start.elapsed() >= MOMENT, "the second wait was quiet");
}

#[test]
fn a_swap_is_seen_as_a_removal_and_an_insertion() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.hand("swap bob"), "ok");
    assert_eq!(reader.presence(), Ok(true), "pcscd has not looked yet");
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::NoCard), "no word to a card unknown");
    reader.wait_for_event(LONG);
    assert_eq!(reader.presence(), Ok(false));
    assert_eq!(reader.power(Power::Up), Err(Refusal::NoCard));
    reader.wait_for_event(LONG);
    assert_eq!(reader.presence(), Ok(true));
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::Communication), "not powered yet");
    assert_eq!(reader.power(Power::Up), Ok(Tins::ATR.to_vec()));
    assert!(reader.transmit(COMMAND).is_ok());
}

#[test]
fn the_same_card_out_and_in_again_is_noticed() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.hand("remove"), "ok");
    assert_eq!(reader.hand("insert anna"), "ok");
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::NoCard));
    reader.wait_for_event(LONG);
    assert_eq!(reader.presence(), Ok(false));
}

#[test]
fn power_reaches_the_card_and_is_needed() {
    let (reader, diary) = Tins::reader_with("anna");
    assert_eq!(reader.atr(), Tins::ATR);
    assert_eq!(reader.power(Power::Reset), Ok(Tins::ATR.to_vec()));
    assert_eq!(reader.power(Power::Down), Ok(Vec::new()));
    assert!(reader.atr().is_empty());
    assert_eq!(reader.power(Power::Reset), Err(Refusal::Power));
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::Communication));
    let expected = ["anna off", "anna on", "anna reset", "anna off"];
    assert_eq!(*diary.lock().unwrap(), expected);
}

#[test]
fn an_answer_without_a_status_word_is_none() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.transmit(&[]), Err(Refusal::Communication));
    assert_eq!(reader.transmit(&[0xFF, 0, 0, 0]), Err(Refusal::Communication));
    assert_eq!(reader.hand("journal"), "ok on; 00 00 00 none");
}

#[test]
fn a_card_pulled_in_mid_command_never_gets_its_answer_out() {
    let (reader, _) = Tins::reader_with("anna");
    thread::scope(|scope| {
        let slow = scope.spawn(|| reader.transmit(&[0xFD, 0, 0, 0]));
        thread::sleep(MOMENT);
        assert_eq!(reader.hand("swap bob"), "ok");
        assert!(!slow.is_finished(), "the hand did not wait for the card");
        assert_eq!(slow.join().unwrap(), Err(Refusal::NoCard));
    });
    assert_eq!(reader.hand("journal"), "ok", "nothing of it in the journal of the next card");
}

#[test]
fn an_unplugged_reader_is_no_device_and_its_card_loses_power() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.hand("unplug"), "ok");
    reader.wait_for_event(LONG);
    assert_eq!(reader.presence(), Err(Refusal::NoReader));
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::NoReader));
    assert_eq!(reader.power(Power::Up), Err(Refusal::NoReader));
    assert_eq!(reader.hand("status"), "ok card anna unpowered apdus=0 unplugged");
    assert_eq!(reader.hand("plug"), "ok");
    reader.wait_for_event(LONG);
    assert_eq!(reader.presence(), Ok(false), "first gone, so that nobody misses it");
    reader.wait_for_event(LONG);
    assert_eq!(reader.presence(), Ok(true));
    assert_eq!(reader.transmit(COMMAND), Err(Refusal::Communication));
}

#[test]
fn a_hung_command_goes_on_when_released() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.hand("hang"), "ok");
    thread::scope(|scope| {
        let hung = scope.spawn(|| reader.transmit(COMMAND));
        while reader.hand("status") != "ok card anna powered apdus=0 hanging" {
            assert!(!hung.is_finished(), "it should hang");
            thread::sleep(MOMENT);
        }
        assert_eq!(reader.hand("release"), "ok");
        assert!(hung.join().unwrap().is_ok());
    });
    assert!(reader.transmit(COMMAND).is_ok(), "only one command hangs");
}

#[test]
fn closing_ends_every_wait() {
    let (reader, _) = Tins::reader_with("anna");
    assert_eq!(reader.hand("hang"), "ok");
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| reader.transmit(COMMAND));
        scope.spawn(|| reader.wait_for_event(LONG));
        scope.spawn(|| reader.keys_typed(LONG));
        thread::sleep(MOMENT);
        reader.close();
    });
    assert!(start.elapsed() < LONG / 2);
}
