//! What a gateway cannot make of the listed commands.

mod any_order;

use std::time::Duration;

use card::{Command, Transport};

use super::*;
use crate::{
    actor::{Actor, certificate},
    relay::samples::{
        DIGEST, authenticate, challenge, read, read_all, rounds, select, select_jpki, sign,
        terminal_certificate,
    },
};

fn guard() -> Guard {
    Guard::new(DIGEST, Hierarchy::Test, Instant::now() + Duration::from_secs(600))
}

/// The answers of a round, as they would leave, and the certificate's last day.
type Round = Result<(Vec<Response>, Option<Date>), Stop>;

/// One round with a card that is there; `watch` stands between guard and card.
fn play_watched(
    guard: &mut Guard,
    card: &mut Actor,
    (round, commands): (u8, &[Vec<u8>]),
    mut watch: impl FnMut(&[u8], &Response),
) -> Round {
    guard.begin_round(round, commands, Instant::now())?;
    let mut answers = Vec::new();
    for command in commands {
        let name = guard.admit(command, Instant::now())?;
        let (header, rest) = command.split_first_chunk().expect("it was admitted");
        let answer = card.transmit(&Command::raw(name, *header, rest)).expect("it is there");
        watch(command, &answer);
        guard.learn(&answer)?;
        answers.push(answer);
    }
    Ok((answers, guard.end_of_round()?))
}

fn play(guard: &mut Guard, card: &mut Actor, round: u8, commands: &[Vec<u8>]) -> Round {
    play_watched(guard, card, (round, commands), |_, _| {})
}

/// Rounds after a first one in which the label was read; what the last of them came to.
fn after_label(card: &mut Actor, more: &[&[Vec<u8>]]) -> Round {
    let mut guard = guard();
    let label = [select_jpki(), select(0x0006), read(0, 0x20)];
    let mut last = play(&mut guard, card, 1, &label);
    for (at, commands) in more.iter().enumerate() {
        last.expect("all but the last are allowed");
        last = play(&mut guard, card, at as u8 + 2, commands);
    }
    last
}

#[track_caller]
fn refused(round: Round, because: &str) {
    match round {
        Err(Stop::Refused(why)) => assert!(why.to_string().contains(because), "{why}"),
        other => panic!("not refused: {other:?}"),
    }
}

#[track_caller]
fn check_after_label(more: &[&[Vec<u8>]], because: &str) {
    refused(after_label(&mut Actor::default(), more), because);
}

#[test]
fn a_whole_check_passes() {
    let (mut guard, mut card) = (guard(), Actor::default());
    for (at, commands) in rounds(1590).iter().enumerate() {
        let (answers, _) = play(&mut guard, &mut card, at as u8 + 1, commands).expect("allowed");
        assert_eq!(answers.len(), commands.len());
    }
    let spent: usize = 19 + 7 * 2 + 1590;
    assert!(guard.spent.bytes > spent && guard.spent.bytes < 4096, "{guard:?}");
}

#[test]
fn nothing_comes_before_the_application() {
    for command in [select(0x0006), read(0, 4), challenge(), authenticate(), terminal_certificate()]
    {
        refused(play(&mut guard(), &mut Actor::default(), 1, &[command]), "application");
    }
}

#[test]
fn the_label_comes_before_the_certificate_and_the_signature() {
    let early = [select_jpki(), select(0x000A), read(0, 4)];
    refused(play(&mut guard(), &mut Actor::default(), 1, &early), "label");
    let early = [select_jpki(), select(0x0017), sign(DIGEST)];
    refused(play(&mut guard(), &mut Actor::default(), 1, &early), "label");
    for not_a_label in [read(0, 15), read(1, 0x20), read(0x0100, 0)] {
        let commands = [select_jpki(), select(0x0006), not_a_label, select(0x000A), read(0, 4)];
        refused(play(&mut guard(), &mut Actor::default(), 1, &commands), "label");
    }
    for enough in [read(0, 16), read(0, 0x20), read(0, 0)] {
        let commands = [select_jpki(), select(0x0006), enough, select(0x000A), read(0, 4)];
        assert!(play(&mut guard(), &mut Actor::default(), 1, &commands).is_ok());
    }
}

#[test]
fn a_label_of_sixteen_bytes_is_nobody_elses() {
    let commands = [select_jpki(), select(0x0006), read(0, 16)];
    for (label, expected) in [
        ("JPKIAPICCTOKEN2X", CardTrouble::WrongCard),
        ("JPKIAPICCTOKEN", CardTrouble::WrongCard),
        ("JPKIAPGPSETOKEN", CardTrouble::Phone),
        ("JPKIAPIOSTOKEN", CardTrouble::Phone),
    ] {
        let mut card = Actor { label, ..Actor::default() };
        assert_eq!(play(&mut guard(), &mut card, 1, &commands).err(), Some(Stop::Card(expected)));
    }
}

#[test]
fn the_certificate_leaves_whole_or_not_at_all() {
    let file = || select(0x000A);
    let whole = [vec![file()], read_all(1590)].concat();
    check_after_label(&[&[file(), read(0, 5)]], "a part");
    check_after_label(&[&[file(), read(0, 4), read(4, 4)]], "a part");
    check_after_label(&[&whole[..7]], "a part");
    check_after_label(&[&[file(), read(4, 4)]], "gap");
    check_after_label(&[&[file(), read(0, 4)], &[read(4, 4)]], "gap");
    check_after_label(&[&whole[..1], &[read(0, 0), read(0x0200, 0)]], "gap");
    check_after_label(&[&whole, &[read(0x0100, 0)]], "gap");
    check_after_label(&[&whole, &[read(0, 0)]], "a part");

    let mut card = Actor::default();
    let (_, none) = after_label(&mut card, &[&[file(), read(0, 4)]]).expect("the length may");
    assert_eq!(none, None);
    let (answers, day) = after_label(&mut card, &[&whole]).expect("the whole may");
    assert_eq!((answers.len(), day.map(|day| day.year())), (8, Some(2031)));
    // Longer pieces than needed bring the padding of the file, which is nobody's.
    let longer = [vec![file()], read_all(1792)].concat();
    assert!(after_label(&mut card, &[&longer]).is_ok());
}

#[test]
fn a_certificate_of_the_other_world_does_not_leave() {
    let whole = [vec![select(0x000A)], read_all(1590)].concat();
    for world in [0x03, 0x07] {
        let mut card = Actor { certificate: certificate(1590, world), ..Actor::default() };
        let stop = after_label(&mut card, &[&whole]).err();
        assert_eq!(stop, Some(Stop::Card(CardTrouble::WrongHierarchy)));
    }
    let mut card = Actor { certificate: vec![0x30, 0x82, 0xFF, 0xFF], ..Actor::default() };
    let stop = after_label(&mut card, &[&[select(0x000A), read(0, 4)]]).err();
    assert_eq!(stop, Some(Stop::Card(CardTrouble::Unreadable)), "endless");
}

#[test]
fn one_signature_with_the_key_after_the_certificate() {
    let whole = [vec![select(0x000A)], read_all(1590)].concat();
    let key = select(0x0017);
    check_after_label(&[&[key.clone(), sign(DIGEST)]], "before the certificate");
    check_after_label(&[&whole, &[sign(DIGEST)]], "another file");
    check_after_label(&[&whole, &[select(0x0016), sign(DIGEST)]], "another file");
    check_after_label(&[&whole, &[select_jpki(), sign(DIGEST)]], "no file");
    check_after_label(&[&whole, &[key.clone(), sign(DIGEST), sign(DIGEST)]], "second");
    check_after_label(&[&whole, &[key.clone(), sign(DIGEST)], &[sign(DIGEST)]], "second");
    check_after_label(&[&whole, &[key.clone(), sign([0xD2; 32])]], "another body");
    // Not granted, and not to be tried again either.
    let mut card = Actor { at: Some((13, 0x6982)), ..Actor::default() };
    refused(after_label(&mut card, &[&whole, &[key, sign(DIGEST), sign(DIGEST)]]), "second");
}

#[test]
fn a_file_that_was_not_selected_is_not_guessed() {
    for (at, commands) in
        [(3, vec![select(0x000A), read(0, 4)]), (3, vec![select(0x0016), read(0, 4)])]
    {
        let mut card = Actor { at: Some((at, 0x6A82)), ..Actor::default() };
        let stop = after_label(&mut card, &[&commands]).err();
        assert_eq!(stop, Some(Stop::Card(CardTrouble::Unreadable)));
    }
}

#[test]
fn a_card_that_says_more_than_it_was_asked_is_not_believed() {
    use crate::actor::Manner;
    for number in 0..3 {
        let mut card = Actor { manner: Some((number, Manner::Longer(1))), ..Actor::default() };
        let stop = after_label(&mut card, &[]).err();
        assert_eq!(stop, Some(Stop::Card(CardTrouble::Unreadable)));
    }
}

#[test]
fn everything_has_an_end() {
    let (mut relay, mut card) = (guard(), Actor::default());
    let fill = vec![challenge(); 16];
    let first = [vec![select_jpki()], vec![challenge(); 15]].concat();
    play(&mut relay, &mut card, 1, &first).expect("16 are allowed");
    for round in 2..=4 {
        play(&mut relay, &mut card, round, &fill).expect("64 are allowed");
    }
    refused(play(&mut relay, &mut card, 5, &[challenge()]), "commands than");

    refused(play(&mut guard(), &mut card, 1, &vec![select_jpki(); 17]), "commands in one round");
    refused(play(&mut guard(), &mut card, 1, &[]), "without a command");
    refused(play(&mut guard(), &mut card, 2, &[select_jpki()]), "missing");

    let mut relay = guard();
    for round in 1..=16 {
        play(&mut relay, &mut card, round, &[select_jpki()]).expect("16 rounds are allowed");
    }
    refused(play(&mut relay, &mut card, 17, &[select_jpki()]), "rounds");

    let mut relay = guard();
    relay.spent.bytes = 65_536 - 15 - 2;
    play(&mut relay, &mut card, 1, &[select_jpki()]).expect("64 KiB are allowed");
    refused(play(&mut relay, &mut card, 2, &[select_jpki()]), "bytes");
}

#[test]
fn time_runs_out_before_and_within_a_round() {
    let now = Instant::now();
    let late = now + Duration::from_secs(15);
    let hung = Some(Stop::Card(CardTrouble::Hung));
    let mut relay = Guard::new(DIGEST, Hierarchy::Test, late);
    let commands = [select_jpki(), challenge()];
    assert_eq!(relay.begin_round(1, &commands, now), Ok(()));
    assert_eq!(relay.admit(&commands[0], late - Duration::from_millis(1)), Ok("SELECT JPKI"));
    assert_eq!(relay.learn(&Response::decode(&[0x90, 0x00]).expect("two bytes")), Ok(()));
    assert_eq!(relay.admit(&commands[1], late).err(), hung);
    let mut relay = Guard::new(DIGEST, Hierarchy::Test, late);
    assert_eq!(relay.begin_round(1, &commands, late).err(), hung);
}

#[test]
fn after_the_first_refusal_nothing_is_admitted() {
    let (mut relay, mut card) = (guard(), Actor::default());
    refused(play(&mut relay, &mut card, 1, &[challenge()]), "application");
    refused(play(&mut relay, &mut card, 1, &[select_jpki()]), "over");
    refused(play(&mut relay, &mut card, 2, &[select_jpki()]), "over");
    assert!(relay.admit(&select_jpki(), Instant::now()).is_err());
    assert!(relay.end_of_round().is_err());
    assert!(card.heard.is_empty());
}

#[test]
fn a_turn_is_not_skipped() {
    let now = Instant::now();
    let answer = Response::decode(&[0x90, 0x00]).expect("two bytes");
    assert!(guard().admit(&select_jpki(), now).is_err(), "no round has begun");
    assert!(guard().learn(&answer).is_err(), "nothing was asked");
    let mut relay = guard();
    relay.begin_round(1, &[select_jpki()], now).expect("allowed");
    relay.admit(&select_jpki(), now).expect("allowed");
    assert!(relay.admit(&challenge(), now).is_err(), "nothing was answered");
    let mut relay = guard();
    relay.begin_round(1, &[select_jpki()], now).expect("allowed");
    relay.admit(&select_jpki(), now).expect("allowed");
    assert!(relay.end_of_round().is_err(), "nothing was answered");
}
