//! Whatever happens to a card ends with its page, without power on the card, and with the
//! next person's check. Every command of the PIN flow is struck.

use std::{thread, time::Duration};

use kiosk_core::{CardTrouble, Event, GatewayTrouble, Screen, Trouble};
use whole::{
    Desk,
    desk::{PERSON, commands, is_of, is_trouble, verifications},
};

/// The commands of a check by PIN with a certificate of 1,590 bytes, as the journal shows
/// them; the first is the throw-away SELECT.
const WAKE: u16 = 1;
const SELECT_JPKI: u16 = 2;
const SELECT_TOKEN: u16 = 3;
const READ_TOKEN: u16 = 4;
const SELECT_CERTIFICATE: u16 = 5;
const READ_CERTIFICATE: u16 = 6;
const LAST_PIECE: u16 = 12;
const TRIES: u16 = 14;
const VERIFY: u16 = 15;
const SIGN: u16 = 17;
const LEAVE: u16 = 18;

/// The ways a check can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The fault came too early or too late to matter.
    Passes,
    Sorry(Trouble),
}

use Ending::{Passes, Sorry};

const fn sorry(trouble: CardTrouble) -> Ending {
    Sorry(Trouble::Card(trouble))
}

/// Strikes one command of one check with a fault, and looks at what is left.
#[track_caller]
fn strike(desk: &Desk, command: u16, kind: &str, expected: Ending) {
    let told = format!("{kind} at command {command}");
    desk.up_to_the_card(PERSON.pin);
    desk.pcscd.fault(command, kind);
    desk.pcscd.insert(PERSON.card);
    let shown = desk.ending();
    match expected {
        Passes => is_of(&shown, PERSON, &told),
        Sorry(trouble) => is_trouble(&shown, trouble, &told),
    }
    let (status, journal) = (desk.pcscd.status(), desk.pcscd.journal());
    assert!(!status.contains("fault"), "{told}: it never struck: {status}; {journal}");
    let spoke_for_it = !matches!(expected, Sorry(Trouble::Card(_)));
    let may_be_sent = usize::from(command >= VERIFY || spoke_for_it);
    assert!(verifications(&journal) <= may_be_sent, "{told}: the card heard {journal}");
    desk.leaves_nothing(&told);
}

/// The commands of a whole conversation: the tests below strike every one of them.
#[test]
fn the_commands_are_numbered_as_they_are_sent() {
    let desk = Desk::new();
    is_of(&desk.check(PERSON.card, PERSON.pin), PERSON, "nothing");
    let journal = desk.pcscd.journal();
    let commands = commands(&journal);
    let begins = |number: u16, header: &str| {
        let command = commands[usize::from(number) - 1];
        assert!(command.starts_with(header), "command {number} is {command}, not {header}");
    };
    assert_eq!(commands.len(), usize::from(LEAVE), "{journal}");
    begins(WAKE, "A4");
    begins(SELECT_JPKI, "A4 04 0C +");
    begins(SELECT_TOKEN, "A4 02 0C +");
    begins(READ_TOKEN, "B0");
    begins(SELECT_CERTIFICATE, "A4 02 0C +");
    begins(READ_CERTIFICATE, "B0 00 00");
    begins(LAST_PIECE, "B0 06 00");
    begins(TRIES, "20 00 80 63C");
    begins(VERIFY, "20 00 80 + 9000");
    begins(SIGN, "2A 00 80 +");
    begins(LEAVE, "A4 04 0C +");
}

#[test]
fn a_card_pulled_at_every_command_of_the_pin_flow() {
    let desk = Desk::new();
    for command in WAKE..LEAVE {
        strike(&desk, command, "pull", sorry(CardTrouble::Removed));
    }
    // The signature was there already.
    strike(&desk, LEAVE, "pull", Passes);
}

/// A hand is slower than a command, and in the middle of one: this card takes 20 ms for
/// each, and 400 ms for the signature. Pulled before the first command, it is asked for
/// once more, and nothing has failed.
#[test]
fn a_card_pulled_by_hand() {
    let desk = Desk::new();
    for moment in (1..=6).map(|step| step * 100) {
        let told = format!("pulled after {moment} ms of reading");
        desk.up_to_the_card(PERSON.pin);
        desk.pcscd.insert("slow");
        desk.station.wait_for("reading", |it| matches!(it, Screen::Reading));
        thread::sleep(Duration::from_millis(moment));
        desk.pcscd.remove();
        let shown = desk.ending();
        // A sleep may last until the reading is over.
        if !matches!(shown.screen, Screen::Result { .. }) {
            is_trouble(&shown, CardTrouble::Removed, &told);
        }
        desk.leaves_nothing(&told);
    }
}

/// What a status word other than 9000 means at each command.
#[track_caller]
fn strike_all_with(status: &str, meaning: impl Fn(u16) -> Ending) {
    let desk = Desk::new();
    for command in WAKE..=LEAVE {
        let expected = match command {
            WAKE | LEAVE => Passes,
            command => meaning(command),
        };
        strike(&desk, command, &format!("sw {status}"), expected);
    }
}

/// Not understood anywhere: the kiosk asks for lengths itself, so that no card has a
/// reason to say so.
fn unreadable(_: u16) -> Ending {
    sorry(CardTrouble::Unreadable)
}

/// Refused as a whole, it is another card.
fn wrong_card_at_first(command: u16) -> Ending {
    sorry(if command == SELECT_JPKI { CardTrouble::WrongCard } else { CardTrouble::Unreadable })
}

fn blocked_at_the_pin(command: u16) -> Ending {
    match command {
        TRIES | VERIFY => sorry(CardTrouble::PinBlocked),
        command => wrong_card_at_first(command),
    }
}

#[test]
fn status_61xx_at_every_command() {
    strike_all_with("6110", unreadable);
}

/// The card is asked once more with the length that it wants; where that cannot be right,
/// or the command must not be sent twice, it is unreadable.
#[test]
fn status_6cxx_at_every_command() {
    strike_all_with("6C10", |command| match command {
        READ_TOKEN | READ_CERTIFICATE..=LAST_PIECE | TRIES | VERIFY | SIGN => {
            sorry(CardTrouble::Unreadable)
        }
        _ => Passes,
    });
}

#[test]
fn status_6300_at_every_command() {
    strike_all_with("6300", unreadable);
}

#[test]
fn status_6982_at_every_command() {
    strike_all_with("6982", wrong_card_at_first);
}

#[test]
fn status_6983_at_every_command() {
    strike_all_with("6983", blocked_at_the_pin);
}

#[test]
fn status_6984_at_every_command() {
    strike_all_with("6984", blocked_at_the_pin);
}

#[test]
fn status_6985_at_every_command() {
    strike_all_with("6985", wrong_card_at_first);
}

#[test]
fn status_6986_at_every_command() {
    strike_all_with("6986", wrong_card_at_first);
}

#[test]
fn status_6a82_at_every_command() {
    strike_all_with("6A82", |command| match command {
        // A JPKI application without this file is none of a My Number card.
        SELECT_JPKI | SELECT_TOKEN => sorry(CardTrouble::WrongCard),
        _ => sorry(CardTrouble::Unreadable),
    });
}

#[test]
fn status_6f00_at_every_command() {
    strike_all_with("6F00", |command| match command {
        // Some cards need a second SELECT to wake up.
        SELECT_JPKI => Passes,
        _ => sorry(CardTrouble::Unreadable),
    });
}

#[test]
fn status_63c0_is_a_blocked_pin() {
    let desk = Desk::new();
    for command in [TRIES, VERIFY] {
        strike(&desk, command, "sw 63C0", sorry(CardTrouble::PinBlocked));
    }
}

#[test]
fn a_certificate_of_garbage() {
    let desk = Desk::new();
    for command in READ_CERTIFICATE..=LAST_PIECE {
        strike(&desk, command, "garbage", sorry(CardTrouble::Unreadable));
    }
}

#[test]
fn a_certificate_in_pieces_that_are_too_long() {
    let desk = Desk::new();
    for command in READ_CERTIFICATE..=LAST_PIECE {
        strike(&desk, command, "oversize", sorry(CardTrouble::Unreadable));
    }
}

#[test]
fn a_certificate_without_end() {
    let desk = Desk::new();
    for command in READ_CERTIFICATE..LAST_PIECE {
        strike(&desk, command, "endless", sorry(CardTrouble::Unreadable));
    }
    // Zeros where the end of the issuer's signature was: only the gateway can tell.
    let refused = Sorry(Trouble::Gateway(GatewayTrouble::CertificateRefused));
    strike(&desk, LAST_PIECE, "endless", refused);
}

/// The reader says that the card does not answer, or answers less than a status word.
#[test]
fn a_card_that_is_mute() {
    let desk = Desk::new();
    for command in [SELECT_JPKI, READ_CERTIFICATE, VERIFY, SIGN] {
        strike(&desk, command, "mute", sorry(CardTrouble::Hung));
        strike(&desk, command, "short", sorry(CardTrouble::Removed));
    }
}

/// PC/SC knows no time-out: the card process is ended, and the next one comes to a reader
/// that still hangs. The worst place is VERIFY: nobody knows whether it counts.
#[test]
fn a_card_that_hangs() {
    let desk = Desk::new();
    desk.up_to_the_card(PERSON.pin);
    desk.pcscd.fault(VERIFY, "hang");
    desk.pcscd.insert(PERSON.card);
    is_trouble(&desk.ending(), CardTrouble::Hung, "a hanging card");
    assert!(desk.pcscd.status().ends_with("hanging"), "{}", desk.pcscd.status());
    desk.station.touch(Event::Close);
    desk.station.wait_for("認証選択", |it| whole::desk::readiness(it).is_some());
    // What staff do: they take the card, and the reader comes to itself.
    desk.pcscd.release();
    desk.wait_unpowered("a card that hung");
    assert!(verifications(&desk.pcscd.journal()) <= 1, "{}", desk.pcscd.journal());
    desk.leaves_nothing("a card that hung");
}

#[test]
fn a_wrong_card() {
    let desk = Desk::new();
    for (card, expected) in [
        ("juki", CardTrouble::WrongCard),
        ("other-card", CardTrouble::WrongCard),
        ("android", CardTrouble::Phone),
        ("iphone", CardTrouble::Phone),
        ("production", CardTrouble::WrongHierarchy),
    ] {
        is_trouble(&desk.check(card, PERSON.pin), expected, card);
        let journal = desk.pcscd.journal();
        assert_eq!(verifications(&journal), 0, "{card} heard a VERIFY: {journal}");
        desk.leaves_nothing(card);
    }
}

#[test]
fn a_wrong_pin() {
    let desk = Desk::new();
    desk.up_to_the_card("0000");
    desk.pcscd.insert(PERSON.card);
    let wrong = Screen::Pin { typed: 0, tries_left: Some(2), wrong: true };
    desk.station.wait_for("two tries left", |it| *it == wrong);
    let journal = desk.pcscd.journal();
    assert_eq!(verifications(&journal), 1, "one try was typed: {journal}");
    desk.leaves_nothing("a wrong PIN");
    // The page came from the card's own counter, which the next wrong PIN continues.
    desk.up_to_the_card("0001");
    desk.pcscd.insert(PERSON.card);
    let wrong = Screen::Pin { typed: 0, tries_left: Some(1), wrong: true };
    desk.station.wait_for("one try left", |it| *it == wrong);
    desk.leaves_nothing("the second wrong PIN");
}

#[test]
fn a_last_try() {
    let desk = Desk::new();
    for (pin, told) in [("9999", "a wrong PIN, not sent"), ("1234", "the right one, not sent")] {
        let shown = desk.check("last-try", pin);
        assert_eq!(shown.screen, Screen::LastTry, "{told}");
        let journal = desk.pcscd.journal();
        assert_eq!(verifications(&journal), 0, "{told}: {journal}");
        desk.leaves_nothing(told);
    }
    // With the holder's word it is sent, and wrong: the card is blocked from then on.
    desk.check("last-try", "9999");
    desk.station.touch(Event::SpendLastTry);
    let blocked = |it: &Screen| matches!(it, Screen::Sorry { .. });
    let shown = desk.station.wait_for("blocked", blocked);
    is_trouble(&shown, CardTrouble::PinBlocked, "the last try");
    desk.leaves_nothing("a spent last try");
}

#[test]
fn a_blocked_pin() {
    let desk = Desk::new();
    for card in ["blocked", "face-card"] {
        is_trouble(&desk.check(card, PERSON.pin), CardTrouble::PinBlocked, card);
        let journal = desk.pcscd.journal();
        assert_eq!(verifications(&journal), 0, "{card} heard a VERIFY: {journal}");
        desk.leaves_nothing(card);
    }
}

/// Cards that the gateway does not accept, or cannot say anything about.
#[test]
fn a_refused_certificate() {
    let desk = Desk::new();
    for (card, expected) in [
        ("expired-long", GatewayTrouble::CertificateRefused),
        ("revoked", GatewayTrouble::CertificateRefused),
        ("error", GatewayTrouble::NoAnswer),
    ] {
        is_trouble(&desk.check(card, PERSON.pin), expected, card);
        desk.leaves_nothing(card);
    }
}
