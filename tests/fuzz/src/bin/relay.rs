//! A gateway that asks for anything, in any order, and a card that answers anything: what
//! is admitted stands on the list that was decided (D16), in its order and within its limits.
#![no_main]

use std::time::{Duration, Instant};

use card::{Response, StatusWord};
use fuzz::Tape;
use kiosk_card::relay::{guard::Guard, list::list};
use kiosk_core::proof::Hierarchy;
use libfuzzer_sys::fuzz_target;

const DIGEST: [u8; 32] = [0xD1; 32];
const AID: [u8; 10] = [0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];
/// What stands in front of a SHA-256 digest that a card signs.
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

fuzz_target!(
    init: {
        // The whole relay of an honest gateway, and each of its commands alone.
        let select = |file| [2, file, 0];
        let read = |offset: u8, le| [3, offset, 0, le, 0];
        let whole = [
            &[3][..], &[1, 0], &select(0), &read(0, 32),
            &[8], &select(1), &read(0, 0), &read(1, 0), &read(2, 0), &read(3, 0), &[4, 0, 16, 0],
            &[6, 1, 7, 0], &[5, 1, 7, 0], &[2], &select(3), &[7, 0],
        ];
        fuzz::seed("honest", &whole.concat());
        for template in 0..10_u8 {
            fuzz::seed(&format!("round-{template}"), &[2, 1, 0, template, 0, 0, 32, 0]);
        }
    },
    |bytes: &[u8]| {
        let mut tape = Tape::new(bytes);
        let now = Instant::now();
        let mut guard = Guard::new(DIGEST, Hierarchy::Test, now + Duration::from_secs(15));
        let mut seen = Seen::default();
        for round in 1..=u8::MAX {
            if tape.is_over() {
                break;
            }
            let commands: Vec<Vec<u8>> =
                (0..usize::from(tape.byte()) % 18).map(|_| command(&mut tape)).collect();
            if guard.begin_round(round, &commands, now).is_err() {
                return is_over(&mut guard);
            }
            seen.round(round, &commands);
            if play(&mut guard, &commands, &mut tape, &mut seen, now).is_none() {
                return is_over(&mut guard);
            }
            match guard.end_of_round() {
                Ok(_) => {}
                Err(_) => return is_over(&mut guard),
            }
        }
    }
);

/// Sends a round to the card; `None` when the guard ends it.
fn play(
    guard: &mut Guard,
    commands: &[Vec<u8>],
    tape: &mut Tape<'_>,
    seen: &mut Seen,
    now: Instant,
) -> Option<()> {
    for command in commands {
        guard.admit(command, now).ok()?;
        seen.admitted(command);
        let answer = answer(seen, command, tape);
        seen.bytes += answer.data.len() + 2;
        guard.learn(&answer).ok()?;
    }
    Some(())
}

/// Nothing is admitted any more.
fn is_over(guard: &mut Guard) {
    let select = [&[0x00, 0xA4, 0x04, 0x0C, 0x0A], &AID[..]].concat();
    assert!(guard.admit(&select, Instant::now()).is_err());
    assert!(guard.begin_round(1, &[select], Instant::now()).is_err());
    assert!(guard.end_of_round().is_err());
}

/// A command by a template, with the tape's numbers in it, or bytes of the tape.
fn command(tape: &mut Tape<'_>) -> Vec<u8> {
    match tape.byte() {
        1 => [&[0x00, 0xA4, 0x04, 0x0C, 0x0A], &AID[..]].concat(),
        2 => {
            let file = [0x06, 0x0A, 0x16, 0x17, 0x18, 0x01][usize::from(tape.byte()) % 6];
            vec![0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, file]
        }
        3 => vec![0x00, 0xB0, tape.byte(), tape.byte(), tape.byte()],
        4 => vec![0x00, 0x84, tape.byte(), 0x00, tape.byte()],
        5 => {
            let body = tape.some();
            [&[0x00, 0x82, 0x00, 0x00, body.len() as u8], &body[..]].concat()
        }
        6 => {
            let body = tape.some();
            let length = (body.len() as u16).to_be_bytes();
            [&[0x80, 0xA2, 0x06, 0xC1, 0x00], &length[..], &body].concat()
        }
        7 => [&[0x80, 0x2A, 0x00, 0x80, 0x33][..], &DIGEST_INFO, &DIGEST, &[0x00]].concat(),
        8 => [&[0x80, 0x2A, 0x00, 0x80, 0x33][..], &DIGEST_INFO, &[tape.byte(); 32], &[0x00]]
            .concat(),
        9 => [&[0x00, 0x20, 0x00, 0x80, 0x04][..], b"1234"].concat(),
        _ => tape.some(),
    }
}

/// An honest card's answer, or what the tape says.
fn answer(seen: &Seen, command: &[u8], tape: &mut Tape<'_>) -> Response {
    let (data, status) = match tape.byte() {
        0..0xA0 => match command {
            [0x00, 0xB0, high, low, le] => {
                let label = format!("{:32}", "JPKIAPICCTOKEN2");
                let file = match seen.file {
                    0x06 => label.as_bytes(),
                    0x0A => fuzz::test_certificate(),
                    _ => &[0x5A; 300],
                };
                let begin = usize::from(u16::from_be_bytes([*high, *low])).min(file.len());
                let le = if *le == 0 { 256 } else { usize::from(*le) };
                (file[begin..(begin + le).min(file.len())].to_vec(), 0x9000)
            }
            [0x00, 0x84, _, _, le] => (vec![0xC5; usize::from(*le)], 0x9000),
            [0x80, 0x2A, ..] => (vec![0x5A; 256], 0x9000),
            _ => (Vec::new(), 0x9000),
        },
        0xA0.. => (tape.some(), u16::from_be_bytes([tape.byte(), tape.byte()])),
    };
    let answer = [&data[..], &StatusWord(status).0.to_be_bytes()].concat();
    Response::decode(&answer).expect("it has a status word")
}

/// What the guard let pass, counted here once more and by hand.
#[derive(Default)]
struct Seen {
    commands: usize,
    bytes: usize,
    file: u8,
    is_selected: bool,
    signatures: usize,
    /// Something of the certificate was asked for.
    has_read: bool,
}

impl Seen {
    fn round(&self, round: u8, commands: &[Vec<u8>]) {
        assert!((1..=16).contains(&round), "round {round}");
        assert!((1..=16).contains(&commands.len()), "{} commands at once", commands.len());
        assert!(self.commands + commands.len() <= 64, "more than 64 commands");
        commands.iter().for_each(|it| allowed(it));
    }

    fn admitted(&mut self, command: &[u8]) {
        allowed(command);
        self.commands += 1;
        self.bytes += command.len();
        assert!(self.bytes <= list().limits.bytes, "{} bytes", self.bytes);
        match command {
            [0x00, 0xA4, 0x04, ..] => {
                self.is_selected = true;
                self.file = 0;
            }
            _ => assert!(self.is_selected, "{command:02X?} before the application"),
        }
        if let [0x00, 0xA4, 0x02, .., file] = command {
            self.file = *file;
        }
        self.has_read |= command[1] == 0xB0 && self.file == 0x0A;
        if command[1] == 0x2A {
            self.signatures += 1;
            assert_eq!((self.signatures, self.file), (1, 0x17), "a signature too many");
            assert!(self.has_read, "a signature before the certificate was read");
        }
    }
}

/// D16 once more, by hand and not from the file.
fn allowed(command: &[u8]) {
    let fits = match command {
        [0x00, 0xA4, 0x04, 0x0C, 0x0A, aid @ ..] => *aid == AID,
        [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x06 | 0x0A | 0x16 | 0x17] => true,
        [0x00, 0xB0, 0x00..=0x7F, _, _] | [0x00, 0x84, 0x00, 0x00, _] => true,
        [0x00, 0x82, _, _, length, body @ ..] => {
            usize::from(*length) == body.len() && !body.is_empty()
        }
        [0x80, 0xA2, _, _, 0x00, high, low, body @ ..] => {
            usize::from(u16::from_be_bytes([*high, *low])) == body.len() && body.len() <= 512
        }
        [0x80, 0xA2, _, _, length, body @ ..] => usize::from(*length) == body.len(),
        [0x80, 0x2A, 0x00, 0x80, 0x33, body @ .., 0x00] => {
            *body == [&DIGEST_INFO[..], &DIGEST].concat()
        }
        _ => false,
    };
    assert!(fits, "admitted: {command:02X?}");
}
