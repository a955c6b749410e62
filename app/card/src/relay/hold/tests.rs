//! Whole relays with a card that misbehaves at will.

mod played;

use std::sync::mpsc::{self, SyncSender};

use kiosk_core::{
    Attempt, CardTrouble, CheckId, GatewayTrouble, Presence, RelayAnswers,
    proof::Hierarchy,
    relay::{Pieces, RelayCommands},
};

use super::*;
use crate::{
    actor::{Actor, certificate},
    relay::samples::{self, DIGEST, rounds, select},
};

const ATTEMPT: Attempt = Attempt { check: CheckId(1), number: 1 };

fn order(round: u8, commands: Vec<Vec<u8>>) -> Box<RelayOrder> {
    Box::new(RelayOrder {
        attempt: ATTEMPT,
        card: Presence(7),
        digest: DIGEST,
        hierarchy: Hierarchy::Test,
        commands: RelayCommands { round, commands: Pieces(commands) },
    })
}

/// A relay under test: how it ended, and what the kiosk was told.
struct Played {
    end: End,
    told: Vec<(Box<RelayAnswers>, ReadFigures)>,
}

impl Played {
    fn trouble(&self) -> Option<Trouble> {
        self.end.failed.map(|(trouble, _)| trouble)
    }
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(15)
}

/// Plays `first`; after each round `then` does what the kiosk would.
fn play(
    card: &mut impl Transport,
    first: Box<RelayOrder>,
    deadline: Instant,
    then: impl Fn(u8, &SyncSender<Job>, &Over),
) -> Played {
    let ((sender, jobs), over) = (mpsc::sync_channel(8), Over::default());
    let mut told = Vec::new();
    let tell = |report| match report {
        CardReport::Relayed { attempt: ATTEMPT, outcome: Ok(answers), figures } => {
            then(answers.round, &sender, &over);
            told.push((answers, figures));
        }
        report => panic!("{report:?} is not about a round"),
    };
    let end = hold(card, first, (Instant::now(), deadline), (&jobs, &over), tell);
    Played { end, told }
}

fn send(jobs: &SyncSender<Job>, job: CardOrder) {
    jobs.send(Job::Order(job)).expect("there is room");
}

/// All rounds of a check, then the end of it.
fn check_through(card: &mut Actor) -> Played {
    let all = rounds(card.certificate.len());
    play(card, order(1, all[0].clone()), soon(), |round, jobs, _| {
        jobs.send(Job::Look).expect("there is room");
        send(
            jobs,
            match all.get(usize::from(round)) {
                Some(commands) => CardOrder::Relay(order(round + 1, commands.clone())),
                None => CardOrder::Forget,
            },
        );
    })
}

#[track_caller]
fn was_left(card: &Actor) {
    let leaving = card.heard.iter().filter(|it| it.starts_with("SELECT ISD")).count();
    assert_eq!(leaving, 1, "{:#?}", card.heard);
    assert!(card.heard.last().is_some_and(|it| it.starts_with("SELECT ISD")));
}

#[test]
fn a_check_is_three_rounds_and_the_kiosk_adds_one_command() {
    let mut card = Actor::default();
    let played = check_through(&mut card);
    assert_eq!(played.trouble(), None);
    assert!(matches!(played.end.next, Some(CardOrder::Forget)));
    let apdus: Vec<_> = played.told.iter().map(|(_, figures)| figures.apdus).collect();
    assert_eq!(apdus, [5, 11, 3], "with a certificate of 1,590 bytes");
    assert_eq!(card.heard.len(), 1 + 19 + 1, "the wake-up, the gateway's, the leaving");
    was_left(&card);

    let answers: Vec<_> = played.told.iter().map(|(answers, _)| answers).collect();
    assert_eq!(answers.iter().map(|it| it.round).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(answers[0].answers.0[4], [&card.certificate[..4], &[0x90, 0x00]].concat());
    let read = answers[1].answers.0[..7].iter().flat_map(|it| &it[..it.len() - 2]);
    assert!(read.eq(&card.certificate));
    assert_eq!(answers[2].answers.0[2].len(), 258);
    let days = answers.iter().map(|it| it.not_after.map(|day| day.to_string()));
    assert_eq!(days.collect::<Vec<_>>(), [None, Some("2031年04月01日".to_owned()), None]);

    let sent: Vec<_> = rounds(1590).concat();
    assert_eq!(card.wires[1..20], sent, "byte for byte");
}

#[test]
fn a_card_that_has_to_wake_up_is_asked_once_more_and_not_again() {
    let mut card = Actor { sleeps: 2, ..Actor::default() };
    let played = check_through(&mut card);
    assert_eq!((played.trouble(), played.told[0].1.apdus), (None, 6));

    let mut card = Actor { sleeps: 3, ..Actor::default() };
    let played = check_through(&mut card);
    assert_eq!(played.trouble(), Some(CardTrouble::Unreadable.into()));
    assert_eq!(card.heard.len(), 3);
}

#[test]
fn other_cards_phones_and_the_other_world_end_it() {
    let production = certificate(1590, 0x03);
    let label = |label| Actor { label, ..Actor::default() };
    for (mut card, expected, heard) in [
        (label("JPKIAPGPSETOKEN"), CardTrouble::Phone, 4),
        (label("JPKIAPIOSTOKEN"), CardTrouble::Phone, 4),
        (label("JPKIAPICCTOKEN"), CardTrouble::WrongCard, 4),
        (label("SOMETHINGELSE"), CardTrouble::WrongCard, 4),
        (Actor { at: Some((1, 0x6A82)), ..Actor::default() }, CardTrouble::WrongCard, 2),
        (Actor { at: Some((1, 0x6283)), ..Actor::default() }, CardTrouble::Unreadable, 2),
        (Actor { at: Some((2, 0x6A82)), ..Actor::default() }, CardTrouble::WrongCard, 3),
        (Actor { at: Some((3, 0x6986)), ..Actor::default() }, CardTrouble::Unreadable, 5),
        (Actor { certificate: production, ..Actor::default() }, CardTrouble::WrongHierarchy, 13),
        (Actor { certificate: vec![0xAB; 1590], ..Actor::default() }, CardTrouble::Unreadable, 6),
        (Actor { short_piece: Some(2), ..Actor::default() }, CardTrouble::Unreadable, 9),
    ] {
        let played = check_through(&mut card);
        assert_eq!(played.trouble(), Some(expected.into()), "{:#?}", card.heard);
        let left = usize::from(card.heard.len() > 2);
        assert_eq!(card.heard.len(), heard + left, "{expected:?}");
        assert!(played.told.len() <= 1, "nothing of the last round is told");
    }
}

#[test]
fn what_the_card_says_otherwise_is_the_gateways_business() {
    // The terminal's certificate, its signature, the challenge, the proof, the signature.
    for at in [14, 15, 16, 17, 19] {
        for status in
            [0x6300, 0x6982, 0x6985, 0x6986, 0x6A80, 0x6A82, 0x6D00, 0x6F00, 0x6110, 0x6C00]
        {
            let mut card = Actor { at: Some((at, status)), ..Actor::default() };
            let played = check_through(&mut card);
            assert_eq!(played.trouble(), None);
            let answers: Vec<_> = played.told.iter().flat_map(|(it, _)| &it.answers.0).collect();
            assert_eq!(answers.len(), 19, "all commands are sent");
            assert_eq!(**answers[at - 1], status.to_be_bytes());
            was_left(&card);
        }
    }
}

#[test]
fn a_card_gone_at_any_command_ends_it_there() {
    for (gone, trouble) in [
        (Gone::Card, CardTrouble::Removed),
        (Gone::Reset, CardTrouble::Hung),
        (Gone::Reader, CardTrouble::ReaderGone),
        (Gone::Service, CardTrouble::ReaderGone),
    ] {
        for last in 0..20 {
            let mut card = Actor { gone: Some((last, gone)), ..Actor::default() };
            let played = check_through(&mut card);
            assert_eq!(played.trouble(), Some(trouble.into()), "gone at {last}");
            assert_eq!(played.end.gone, Some(gone));
            assert_eq!(card.heard.len(), last + 1, "nothing is sent after it");
        }
    }
}

#[test]
fn a_gateway_that_asks_for_more_is_refused_and_the_card_left() {
    let refused = Some(GatewayTrouble::RelayRefused.into());
    let verify = vec![0x00, 0x20, 0x00, 0x80, 0x04, 0x31, 0x32, 0x33, 0x34];
    for bad in [verify, select(0x0018), samples::sign([0xEE; 32]), Vec::new()] {
        let mut card = Actor::default();
        let all = rounds(1590);
        let played = play(&mut card, order(1, all[0].clone()), soon(), |_, jobs, _| {
            let commands = [&all[1][..], std::slice::from_ref(&bad)].concat();
            send(jobs, CardOrder::Relay(order(2, commands)));
        });
        assert_eq!(played.trouble(), refused);
        assert_eq!(card.heard.len(), 1 + 5 + 1, "of that round the card hears nothing");
        was_left(&card);
    }
}

#[test]
fn a_gateway_without_an_end_is_refused() {
    let mut card = Actor::default();
    let played = play(&mut card, order(1, rounds(1590)[0].clone()), soon(), |round, jobs, _| {
        send(jobs, CardOrder::Relay(order(round + 1, vec![samples::challenge()])));
    });
    assert_eq!(played.trouble(), Some(GatewayTrouble::RelayRefused.into()));
    assert_eq!(played.told.len(), 16);
    was_left(&card);
}

#[test]
fn a_round_that_is_missing_or_comes_twice_is_refused() {
    for round in [0, 1, 3, 255] {
        let mut card = Actor::default();
        let all = rounds(1590);
        let played = play(&mut card, order(1, all[0].clone()), soon(), |_, jobs, _| {
            send(jobs, CardOrder::Relay(order(round, all[1].clone())));
        });
        assert_eq!(played.trouble(), Some(GatewayTrouble::RelayRefused.into()), "round {round}");
        was_left(&card);
    }
}

#[test]
fn another_order_ends_it_and_is_not_lost() {
    let mut card = Actor::default();
    let first = || order(1, rounds(1590)[0].clone());
    let played = play(&mut card, first(), soon(), |_, jobs, _| {
        let other = Attempt { number: 2, ..ATTEMPT };
        send(jobs, CardOrder::Relay(Box::new(RelayOrder { attempt: other, ..*first() })));
    });
    assert_eq!(played.trouble(), None);
    assert!(matches!(played.end.next, Some(CardOrder::Relay(it)) if it.attempt.number == 2));
    was_left(&card);
}

#[test]
fn the_end_of_the_kiosk_ends_it() {
    let mut card = Actor::default();
    let played =
        play(&mut card, order(1, rounds(1590)[0].clone()), soon(), |_, _, over| over.now());
    assert_eq!((played.trouble(), played.end.next.is_none()), (None, true));
    was_left(&card);
}

#[test]
fn a_gateway_that_is_too_slow_loses_the_card() {
    let at_once = Instant::now() + Duration::from_millis(300);
    let mut card = Actor::default();
    let played = play(&mut card, order(1, rounds(1590)[0].clone()), at_once, |_, _, _| {});
    assert_eq!((played.trouble(), played.end.next.is_none()), (None, true));
    assert!(Instant::now() >= at_once);
    was_left(&card);

    // And where a round waits for its answer, the kiosk is told.
    let mut card = Actor::default();
    let played = play(&mut card, order(1, rounds(1590)[0].clone()), Instant::now(), |_, _, _| {});
    assert_eq!(played.trouble(), Some(CardTrouble::Hung.into()));
    assert!(card.heard.is_empty(), "{:#?}", card.heard);
}

#[test]
fn nothing_of_a_relay_is_printed() {
    let mut card = Actor::default();
    let played = check_through(&mut card);
    let told = format!("{:?} {:?}", played.told, played.end);
    assert!(told.contains("11 pieces"), "{told}");
    assert!(!card.heard.iter().any(|it| it.contains("7E, 7E")), "{:#?}", card.heard);
}
