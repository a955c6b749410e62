//! Whatever happens to a card ends with its page, without power on the card, and with the
//! next person's check. Every command of the PIN flow is struck.

use kiosk_core::{CardTrouble, Event, Screen};
use whole::{
    Desk,
    desk::{NEXT, PERSON, is_of, is_trouble, verifications},
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
    Sorry(CardTrouble),
}

use Ending::{Passes, Sorry};

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
    let sent = if command < VERIFY && expected != Passes { 0 } else { 1 };
    assert_eq!(verifications(&journal), sent, "{told}: the card heard {journal}");
    desk.leaves_nothing(&told);
}

/// The commands of a whole conversation: the tests below strike every one of them.
#[test]
fn the_commands_are_numbered_as_they_are_sent() {
    let desk = Desk::new();
    is_of(&desk.check(PERSON.card, PERSON.pin), PERSON, "nothing");
    let journal = desk.pcscd.journal();
    let commands: Vec<&str> =
        journal.split("; ").filter(|it| !["on", "off", "reset"].contains(it)).collect();
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
        strike(&desk, command, "pull", Sorry(CardTrouble::Removed));
    }
    // The signature was there already.
    strike(&desk, LEAVE, "pull", Passes);
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
    Sorry(CardTrouble::Unreadable)
}

/// Refused as a whole, it is another card.
fn wrong_card_at_first(command: u16) -> Ending {
    Sorry(if command == SELECT_JPKI { CardTrouble::WrongCard } else { CardTrouble::Unreadable })
}

fn blocked_at_the_pin(command: u16) -> Ending {
    match command {
        TRIES | VERIFY => Sorry(CardTrouble::PinBlocked),
        command => wrong_card_at_first(command),
    }
}

#[test]
fn status_61xx_at_every_command() {
    strike_all_with("6110", unreadable);
}

#[test]
fn status_6cxx_at_every_command() {
    strike_all_with("6C10", unreadable);
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
        SELECT_JPKI | SELECT_TOKEN => Sorry(CardTrouble::WrongCard),
        _ => Sorry(CardTrouble::Unreadable),
    });
}

#[test]
fn status_6f00_at_every_command() {
    strike_all_with("6F00", |command| match command {
        // Some cards need a second SELECT to wake up.
        SELECT_JPKI => Passes,
        _ => Sorry(CardTrouble::Unreadable),
    });
}
