//! A whole conversation with a card that says at every command what it likes: whatever
//! comes of it, no PIN is sent twice, and none that was not agreed to.
#![no_main]

use card::{Command, Gone, Response, Transport};
use fuzz::Tape;
use kiosk_card::read_card::read_card;
use kiosk_core::{
    CardTrouble, CheckId, Pin, Presence, ReadOrder,
    proof::{Attempt, Hierarchy, Holder, TokenKind},
};
use libfuzzer_sys::fuzz_target;

/// What lies there, and what the holder agreed to on another card.
const HERE: Presence = Presence(7);
const ELSEWHERE: Presence = Presence(6);
const PIN: &[u8] = b"1234";
/// Every answer in as many pieces as are taken, and the longest certificate.
const COMMANDS: usize = 256;

/// By the order's holder: card, Android, iPhone.
const LABELS: [&str; 3] = ["JPKIAPICCTOKEN2", "JPKIAPGPSETOKEN", "JPKIAPIOSTOKEN"];

fuzz_target!(
    init: {
        for holder in 0..3_u8 {
            for order in 0..3_u8 {
                // The card that does all that it is asked, and the one that is gone at once.
                fuzz::seed(&format!("honest-{holder}-{order}"), &[holder | order << 2]);
                fuzz::seed(&format!("gone-{holder}-{order}"), &[holder | order << 2, 0xFF]);
            }
        }
        // Each command of the honest conversation is answered with a status word in its turn.
        for at in 0..20 {
            for (name, status) in [("6F00", [0x6F, 0x00]), ("63C1", [0x63, 0xC1]), ("6110", [0x61, 0x10])] {
                let honest = vec![0; at];
                fuzz::seed(&format!("{name}-{at}"), &[&[0], &honest[..], &[0x80, 0x00], &status].concat());
            }
        }
    },
    |bytes: &[u8]| {
        let mut tape = Tape::new(bytes);
        let kind = tape.byte();
        let pin = || Pin::new(PIN).expect("four digits");
        let (holder, label) = match kind & 3 {
            0 | 3 => (Holder::CardPin(pin()), LABELS[0]),
            1 => (Holder::AndroidPin(pin()), LABELS[1]),
            _ => (Holder::Iphone, LABELS[2]),
        };
        let token = holder.token();
        let last_try = match kind >> 2 & 3 {
            0 => None,
            1 => Some(HERE),
            _ => Some(ELSEWHERE),
        };
        let order = ReadOrder {
            attempt: Attempt { check: CheckId(1), number: 1 },
            card: HERE,
            digest: [0xD1; 32],
            hierarchy: if kind & 0x10 == 0 { Hierarchy::Test } else { Hierarchy::Production },
            holder,
            last_try,
        };
        let mut card = Card { tape, label, file: 0, told: None, pins: 0, heard: 0, may_end: false };
        let reading = read_card(&mut card, &order, HERE);

        assert!(card.heard <= COMMANDS, "{} commands", card.heard);
        // The wake-up is not counted.
        assert_eq!(usize::from(reading.apdus) + 1, card.heard.max(1));
        assert!(card.pins == 0 || token != TokenKind::Iphone, "an iPhone was sent a PIN");
        if card.pins == 1 {
            assert!(
                card.told.is_some_and(|left| left > 1 || (left == 1 && last_try == Some(HERE))),
                "a PIN with {:?} tries and the consent {last_try:?}",
                card.told
            );
        }
        match &reading.outcome {
            Ok(proof) => {
                assert_eq!(proof.token, token);
                assert_eq!(proof.signature.len(), 256);
                assert!(reading.gone.is_none() || card.may_end, "a proof without its card");
                assert_eq!(order.hierarchy, Hierarchy::Test, "a test certificate somewhere else");
                assert_eq!(card.pins, usize::from(token != TokenKind::Iphone));
            }
            Err(CardTrouble::WrongPin { .. }) => assert_eq!(card.pins, 1, "wrong, and never sent"),
            Err(CardTrouble::LastTry { card: which }) => {
                assert_eq!((card.pins, *which), (0, HERE));
            }
            Err(_) => {}
        }
        // Neither the PIN nor anything of the card is printed.
        assert!(!format!("{reading:?}").contains("1234"));
    }
);

/// Answers honestly, or what the tape says.
struct Card<'a> {
    tape: Tape<'a>,
    label: &'static str,
    file: u16,
    /// The tries it said it has, when it was asked last.
    told: Option<u8>,
    /// PINs that it was sent.
    pins: usize,
    heard: usize,
    /// The command to leave was sent: nothing depends on it.
    may_end: bool,
}

impl Transport for Card<'_> {
    fn transmit(&mut self, command: &Command) -> Result<Response, Gone> {
        let wire = command.encode();
        self.heard += 1;
        self.note(&wire);
        let answer = match self.tape.byte() {
            0..0x80 => self.honest(&wire),
            0x80..0xF0 => {
                let data = self.tape.some();
                let status = [self.tape.byte(), self.tape.byte()];
                [&data[..], &status].concat()
            }
            0xF0..0xF4 => return Err(Gone::Reset),
            0xF4..0xF8 => return Err(Gone::Reader),
            0xF8..0xFC => return Err(Gone::Service),
            0xFC.. => return Err(Gone::Card),
        };
        let answer = Response::decode(&answer).expect("it has a status word");
        if *wire == [0x00, 0x20, 0x00, 0x80] {
            self.told = answer.status.tries_left();
        }
        Ok(answer)
    }
}

impl Card<'_> {
    /// Everything that may be sent, and nothing else.
    fn note(&mut self, wire: &[u8]) {
        match wire {
            [0x00, 0xA4, 0x00, 0x00] | [0x00, 0x20, 0x00, 0x80] => {}
            [0x00, 0xA4, 0x04, 0x0C, length, ..] => self.may_end = *length != 10,
            // With a length where the card asked for one.
            [0x00, 0xA4, 0x02, 0x0C, 0x02, high, low]
            | [0x00, 0xA4, 0x02, 0x0C, 0x02, high, low, _] => {
                self.file = u16::from_be_bytes([*high, *low]);
                assert!([0x06, 0x0A, 0x17, 0x18].contains(&self.file), "{:04X}", self.file);
            }
            [0x00, 0xB0, 0x00..=0x7F, _, _] | [0x00, 0xC0, 0x00, 0x00, _] => {}
            [0x00, 0x20, 0x00, 0x80, 0x04, pin @ ..] => {
                assert_eq!((self.file, pin), (0x18, PIN));
                self.pins += 1;
                assert_eq!(self.pins, 1, "a PIN was sent twice");
            }
            [0x80, 0x2A, 0x00, 0x80, 0x33, rest @ ..] => {
                assert_eq!((self.file, rest.len()), (0x17, 0x34));
            }
            other => panic!("a command of no conversation: {other:02X?}"),
        }
    }

    fn honest(&self, wire: &[u8]) -> Vec<u8> {
        const OK: [u8; 2] = [0x90, 0x00];
        match wire {
            [0x00, 0x20, 0x00, 0x80] => vec![0x63, 0xC3],
            [0x00, 0xB0, high, low, le] => {
                let padded = format!("{:32}", self.label);
                let file =
                    if self.file == 0x06 { padded.as_bytes() } else { fuzz::test_certificate() };
                let begin = usize::from(u16::from_be_bytes([*high, *low])).min(file.len());
                let le = if *le == 0 { 256 } else { usize::from(*le) };
                let end = (begin + le).min(file.len());
                [&file[begin..end], &OK].concat()
            }
            [0x80, 0x2A, ..] => [&[0x5A; 256][..], &OK].concat(),
            _ => OK.to_vec(),
        }
    }
}
