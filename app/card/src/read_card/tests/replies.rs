//! Answers that are not simply given: in pieces, with another length, too long, garbage.

use super::*;
use crate::actor::{Actor, Manner};

/// What gives data: the label, seven pieces of the certificate, the signature.
const WITH_DATA: [usize; 9] = [3, 5, 6, 7, 8, 9, 10, 11, 16];
/// The two that ask about the PIN and try it.
const VERIFIES: [usize; 2] = [13, 14];

fn at(number: usize, manner: Manner) -> Actor {
    Actor { manner: Some((number, manner)), ..Actor::default() }
}

#[test]
fn an_answer_that_waits_is_fetched() {
    for number in WITH_DATA {
        let mut actor = at(number, Manner::InPieces(255));
        let reading = read_card(&mut actor, &order(), HERE);
        let proof = reading.outcome.expect("a proof");
        assert_eq!(proof.certificate[..], actor.certificate[..], "waiting at {number}");
        let fetched = count(&actor.heard, "GET RESPONSE");
        assert_eq!(usize::from(reading.apdus), 17 + fetched, "they count");
        assert!(fetched <= 2, "{:#?}", actor.heard);
    }
    let mut actor = at(5, Manner::InPieces(64));
    assert!(read_card(&mut actor, &order(), HERE).outcome.is_ok());
    assert_eq!(count(&actor.heard, "GET RESPONSE"), 4);
}

#[test]
fn an_answer_that_never_ends_is_given_up() {
    for number in WITH_DATA {
        for manner in [Manner::Endless, Manner::InPieces(1)] {
            let heard = check(at(number, manner), &order(), CardTrouble::Unreadable);
            assert_eq!(count(&heard, "GET RESPONSE"), 4, "{manner:?} at {number}");
            was_left(&heard);
        }
    }
}

#[test]
fn an_answer_that_was_announced_and_does_not_come_is_none() {
    for number in (1..=12).chain([15, 16]) {
        let heard = check(at(number, Manner::Unfetched), &order(), CardTrouble::Unreadable);
        assert_eq!(count(&heard, "GET RESPONSE"), 1, "at {number}");
        assert_eq!(count(&heard, "VERIFY ["), usize::from(number > 14));
    }
}

#[test]
fn another_length_is_asked_for_once() {
    for number in WITH_DATA {
        let mut actor = at(number, Manner::OtherLength);
        let reading = read_card(&mut actor, &order(), HERE);
        assert!(reading.outcome.is_ok(), "at {number}");
        assert_eq!(reading.apdus, 18, "it counts");

        let heard = check(at(number, Manner::NoLength), &order(), CardTrouble::Unreadable);
        assert_eq!(heard.len(), number + 3, "asked again once, then left");
        was_left(&heard);
    }
}

#[test]
fn a_pin_is_never_sent_again_whatever_the_card_says() {
    for number in VERIFIES {
        for status in [0x6100, 0x6110, 0x61FF, 0x6C00, 0x6C04, 0x6CFF] {
            let actor = Actor { at: Some((number, status)), ..Actor::default() };
            let heard = check(actor, &order(), CardTrouble::Unreadable);
            assert_eq!(heard.len(), number + 2, "nothing but the leaving follows");
            assert_eq!(count(&heard, "GET RESPONSE"), 0);
            assert!(count(&heard, "VERIFY [") <= 1);
            was_left(&heard);
        }
    }
}

#[test]
fn more_than_was_asked_for_is_none_of_it() {
    for number in WITH_DATA {
        for by in [1, 256, 65_000] {
            let heard = check(at(number, Manner::Longer(by)), &order(), CardTrouble::Unreadable);
            assert_eq!(heard.len(), number + 2, "{by} bytes more at {number}");
            was_left(&heard);
        }
    }
}

#[test]
fn garbage_ends_the_conversation_wherever_it_comes() {
    for number in 1..=16 {
        let heard = check(at(number, Manner::Garbage), &order(), CardTrouble::Unreadable);
        assert_eq!(count(&heard, "VERIFY ["), usize::from(number >= 14), "garbage at {number}");
    }
}
