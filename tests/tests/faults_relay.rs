//! 目視 by relay: whatever happens to the card, and whatever the gateway asks, ends with its
//! page, without power on the card, and with the next person's check.

use card::jpki;
use kiosk_core::{CardTrouble, GatewayTrouble, Screen};
use whole::{
    Desk,
    desk::{self, PERSON, is_of, is_trouble, verifications},
    hostile::{Hostile, HostileDesk, Wanted, relaying},
};

/// With a certificate of 1,590 bytes: the throw-away SELECT, what the gateway sends in
/// three rounds, and one command to leave (`ways.rs` counts them).
const COMMANDS: u16 = 1 + 5 + 11 + 3 + 1;

#[test]
fn a_card_pulled_at_every_command_of_the_relay() {
    let desk = Desk::new();
    for command in 1..=COMMANDS {
        let told = format!("pulled at command {command}");
        desk.up_to_the_card_by_sight();
        desk.pcscd.fault(command, "pull");
        desk.pcscd.insert(PERSON.card);
        let shown = desk.ending();
        match command {
            // The signature was there already.
            COMMANDS => is_of(&shown, PERSON, &told),
            _ => is_trouble(&shown, CardTrouble::Removed, &told),
        }
        // The result does not wait for the command to leave.
        desk.wait_unpowered(&told);
        let status = desk.pcscd.status();
        assert!(status.starts_with("empty") && !status.contains("fault"), "{told}: {status}");
        desk.leaves_nothing(&told);
    }
}

/// The gateway is told what the card said, and ends the check; or the kiosk does.
#[test]
fn a_status_word_at_every_command_of_the_relay() {
    let desk = Desk::new();
    for command in 1..=COMMANDS {
        // Another one each time: all of them at all commands would take minutes.
        let words = ["6F00", "6300", "6982", "6A82", "6110", "6983"];
        let status = words[usize::from(command) % words.len()];
        let told = format!("{status} at command {command}");
        desk.up_to_the_card_by_sight();
        desk.pcscd.fault(command, &format!("sw {status}"));
        desk.pcscd.insert(PERSON.card);
        let shown = desk.ending();
        match command {
            1 | COMMANDS => is_of(&shown, PERSON, &told),
            _ => assert!(matches!(shown.screen, Screen::Sorry { .. }), "{told}: {shown:?}"),
        }
        desk.wait_unpowered(&told);
        let (now, journal) = (desk.pcscd.status(), desk.pcscd.journal());
        assert!(!now.contains("fault"), "{told}: it never struck: {now}; {journal}");
        assert_eq!(verifications(&journal), 0, "{told}: {journal}");
        desk.leaves_nothing(&told);
    }
}

fn select(file: [u8; 2]) -> Vec<u8> {
    [&[0x00, 0xA4, 0x02, 0x0C, 0x02], &file[..]].concat()
}

fn select_application(aid: [u8; 10]) -> Vec<u8> {
    [&[0x00, 0xA4, 0x04, 0x0C, 0x0A], &aid[..]].concat()
}

/// 券面事項入力補助: name and address.
const PROFILE: [u8; 10] = [0xD3, 0x92, 0x10, 0x00, 0x31, 0x00, 0x01, 0x01, 0x04, 0x08];
/// What a gateway might like to know or to do with somebody's card.
fn forbidden() -> Vec<(&'static str, Vec<u8>)> {
    let signature =
        [&[0x80, 0x2A, 0x00, 0x80, 0x33], &jpki::SHA256_DIGEST_INFO[..], &[7; 32], &[0]].concat();
    let long = [&[0x80, 0xA2, 0x06, 0xC1, 0x00, 0x02, 0x58][..], &[7; 600]].concat();
    vec![
        ("the PIN's counter", vec![0x00, 0x20, 0x00, 0x80]),
        ("a PIN", vec![0x00, 0x20, 0x00, 0x80, 0x04, b'1', b'2', b'3', b'4']),
        ("the PIN's file", select([0x00, 0x18])),
        ("the signing PIN's file", select([0x00, 0x1B])),
        ("the signing certificate", select([0x00, 0x01])),
        ("another application", select_application(PROFILE)),
        ("a change of the PIN", vec![0x00, 0x24, 0x01, 0x80, 0x04, b'0', b'0', b'0', b'0']),
        ("the unblocking of a PIN", vec![0x00, 0x2C, 0x02, 0x80]),
        ("a write", vec![0x00, 0xD6, 0x00, 0x00, 0x01, 0x00]),
        ("a file by its short name", vec![0x00, 0xB0, 0x8A, 0x00, 0x00]),
        ("the card's data objects", vec![0x00, 0xCA, 0x00, 0x00, 0x00]),
        ("an answer to a challenge", vec![0x00, 0x88, 0x00, 0x00, 0x00]),
        ("a signature under something else", signature),
        ("a longer command than any", long),
        ("a chain of commands", vec![0x10, 0x84, 0x00, 0x00, 0x10]),
        ("secure messaging", vec![0x0C, 0x84, 0x00, 0x00, 0x10]),
        ("half a header", vec![0x00, 0x84]),
        ("nothing", vec![]),
    ]
}

#[test]
fn a_relay_outside_the_list() {
    let bench = HostileDesk::new();
    for (told, command) in forbidden() {
        let commands = vec![select_application(jpki::AID), command];
        let script = relaying(move |_| commands.clone());
        let hostile = Hostile::start(Some((&bench.authority, &Wanted::default())), script);
        bench.switch.lay(hostile.port());
        let shown = bench.desk.check_by_sight(PERSON.card);
        let expected = match told {
            // No command at all, so that there is nothing to refuse.
            "half a header" | "nothing" => GatewayTrouble::Nonsense,
            _ => GatewayTrouble::RelayRefused,
        };
        is_trouble(&shown, expected, told);
        // At most the throw-away SELECT, that of the application, and one to leave.
        let journal = bench.desk.pcscd.journal();
        let heard = desk::commands(&journal);
        let harmless = heard.len() <= 3 && heard.iter().all(|it| it.starts_with("A4 0"));
        assert!(harmless, "{told}: the card heard {journal}");
        bench.heals(told);
    }
}

/// Everything that it asks is on the list, and there is no end of it.
#[test]
fn a_relay_of_10_000_rounds() {
    let bench = HostileDesk::new();
    for a_round in [1, 16] {
        let told = &format!("commands in a round: {a_round}");
        let script = relaying(move |round| match round {
            1 => vec![select_application(jpki::AID), select([0x00, 0x16])],
            ..10_000 => vec![vec![0x00, 0x84, 0x00, 0x00, 0x10]; a_round],
            _ => panic!("the kiosk goes on for ever"),
        });
        let hostile = Hostile::start(Some((&bench.authority, &Wanted::default())), script);
        bench.switch.lay(hostile.port());
        let shown = bench.desk.check_by_sight(PERSON.card);
        is_trouble(&shown, GatewayTrouble::RelayRefused, told);
        let rounds = hostile.heard().iter().filter(|line| line.ends_with("/relay")).count();
        assert!(rounds <= 17, "{told}: {rounds} rounds");
        bench.heals(told);
    }
}
