//! A card that speaks T=0, for a reader that knows nothing else.
//!
//! Such a reader hands over commands as they come (TPDU level), and the two ends of the line
//! do what a better reader does alone (ISO 7816-3, 10.3; 7816-4, 5.3):
//!
//! ```text
//!  command and body ─▶ 61 xx, GET RESPONSE ─▶ the answer
//!  more asked for than there is ─▶ 6C xx, the same with xx ─▶ the answer
//! ```
//!
//! Commands and answers of the short form only.

use std::mem;

use super::{Card, Office};

/// Nothing of T=0 that is not the rule, and historical bytes that say what this is.
const ATR: [u8; 11] = [0x3B, 0x09, b'S', b'I', b'M', b'U', b'L', b'A', b'T', b'E', b'D'];
const HEADER: usize = 4;
/// `CLA INS P1 P2 P3`, 255 bytes and an Le.
const LONGEST: usize = 5 + 255 + 1;
const OK: [u8; 2] = [0x90, 0x00];
const WRONG_LENGTH: [u8; 2] = [0x67, 0x00];
/// GET RESPONSE where nothing waits.
const NOTHING_WAITS: [u8; 2] = [0x69, 0x85];

/// Hands out the cards of another office, on contacts.
#[derive(Debug)]
pub struct OnContacts<O>(pub O);

impl<O: Office> Office for OnContacts<O> {
    fn card(&self, id: &str) -> Result<Box<dyn Card>, String> {
        let card = self.0.card(id)?;
        Ok(Box::new(Contacts { card, waiting: Vec::new() }))
    }

    fn remember(&self, lying: Option<&str>) -> Result<(), String> {
        self.0.remember(lying)
    }

    fn remembered(&self) -> Result<Option<String>, String> {
        self.0.remembered()
    }
}

struct Contacts {
    card: Box<dyn Card>,
    /// What GET RESPONSE brings.
    waiting: Vec<u8>,
}

/// What a command sends and fetches. T=0 cannot tell: its P3 is one or the other, and the card
/// knows by the instruction.
enum Case<'a> {
    /// Neither; or a body.
    Sends(&'a [u8]),
    /// An answer of so many bytes.
    Fetches(usize),
    /// A body, and then an answer.
    Both(&'a [u8]),
    GetResponse(usize),
}

impl<'a> Case<'a> {
    /// `None`: no length that goes with the command.
    fn read(tpdu: &'a [u8]) -> Option<Self> {
        let (&[_, ins, _, _], rest) = tpdu.split_first_chunk::<HEADER>()?;
        let (p3, rest) = rest.split_first().unwrap_or((&0, &[]));
        if matches!(ins, 0x84 | 0xB0 | 0xC0) {
            // GET CHALLENGE, READ BINARY, GET RESPONSE
            if tpdu.len() != HEADER + 1 {
                return None;
            }
            let length = if *p3 == 0 { 256 } else { usize::from(*p3) };
            return Some(match ins {
                0xC0 => Self::GetResponse(length),
                _ => Self::Fetches(length),
            });
        }
        // An Le after the body is not of T=0, yet drivers pass it on.
        let body = match rest.len().checked_sub((*p3).into())? {
            0 => rest,
            1 if *p3 > 0 => &rest[..rest.len() - 1],
            _ => return None,
        };
        Some(match ins {
            0x2A => Self::Both(body), // COMPUTE DIGITAL SIGNATURE
            _ => Self::Sends(body),
        })
    }
}

impl Contacts {
    fn answer(&mut self, tpdu: &[u8]) -> Vec<u8> {
        let waiting = mem::take(&mut self.waiting);
        let case = if tpdu.len() > LONGEST { None } else { Case::read(tpdu) };
        match case {
            None => WRONG_LENGTH.to_vec(),
            Some(Case::GetResponse(wanted)) => self.get_response(waiting, wanted),
            Some(Case::Sends(body)) => self.card.transmit(&apdu(tpdu, body, None)),
            Some(Case::Fetches(wanted)) => {
                let answer = self.card.transmit(tpdu);
                match answer.strip_suffix(&OK) {
                    Some(data) if data.len() < wanted && !data.is_empty() => {
                        vec![0x6C, length(data)]
                    }
                    _ => answer,
                }
            }
            Some(Case::Both(body)) => {
                let answer = self.card.transmit(&apdu(tpdu, body, Some(0)));
                match answer.strip_suffix(&OK) {
                    Some(data) if !data.is_empty() => {
                        self.waiting = data.to_vec();
                        vec![0x61, length(data)]
                    }
                    _ => answer,
                }
            }
        }
    }

    fn get_response(&mut self, mut waiting: Vec<u8>, wanted: usize) -> Vec<u8> {
        if waiting.is_empty() {
            return NOTHING_WAITS.to_vec();
        }
        if wanted > waiting.len() {
            let exact = vec![0x6C, length(&waiting)];
            self.waiting = waiting;
            return exact;
        }
        let rest = waiting.split_off(wanted);
        match rest.is_empty() {
            true => waiting.extend(OK),
            false => waiting.extend([0x61, length(&rest)]),
        }
        self.waiting = rest;
        waiting
    }
}

/// As status words say it: 0 is 256, or more.
fn length(data: &[u8]) -> u8 {
    u8::try_from(data.len()).unwrap_or(0)
}

/// The command as a card without T=0 wants it.
fn apdu(tpdu: &[u8], body: &[u8], le: Option<u8>) -> Vec<u8> {
    let lc = u8::try_from(body.len()).ok().filter(|length| *length > 0);
    let mut apdu = tpdu[..HEADER].to_vec();
    apdu.extend(lc);
    apdu.extend(body);
    apdu.extend(le);
    apdu
}

impl Card for Contacts {
    fn power_on(&mut self) -> Vec<u8> {
        self.waiting.clear();
        self.card.power_on();
        ATR.to_vec()
    }

    fn power_off(&mut self) {
        self.waiting.clear();
        self.card.power_off();
    }

    fn warm_reset(&mut self) -> Vec<u8> {
        self.waiting.clear();
        self.card.warm_reset();
        ATR.to_vec()
    }

    fn transmit(&mut self, tpdu: &[u8]) -> Vec<u8> {
        self.answer(tpdu)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers with what is told, and remembers what it was asked.
    struct Parrot {
        answer: Vec<u8>,
        asked: std::sync::Arc<std::sync::Mutex<Vec<Vec<u8>>>>,
    }

    impl Card for Parrot {
        fn power_on(&mut self) -> Vec<u8> {
            vec![0x3B, 0x80, 0x80, 0x01, 0x01]
        }

        fn power_off(&mut self) {}

        fn warm_reset(&mut self) -> Vec<u8> {
            self.power_on()
        }

        fn transmit(&mut self, apdu: &[u8]) -> Vec<u8> {
            self.asked.lock().unwrap().push(apdu.to_vec());
            self.answer.clone()
        }
    }

    /// A card with that answer is asked `tpdus`; what comes back, and what reached it.
    fn ask(answer: &[u8], tpdus: &[&[u8]]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let asked = std::sync::Arc::default();
        let card = Parrot { answer: answer.to_vec(), asked: std::sync::Arc::clone(&asked) };
        let mut card = Contacts { card: Box::new(card), waiting: Vec::new() };
        let answers = tpdus.iter().map(|tpdu| card.transmit(tpdu)).collect();
        let asked = asked.lock().unwrap().clone();
        (answers, asked)
    }

    fn signature() -> Vec<u8> {
        [&[7; 256][..], &OK].concat()
    }

    #[test]
    fn a_signature_waits_to_be_fetched() {
        let with_le = [0x80, 0x2A, 0, 0x80, 2, 1, 2, 0];
        for sign in [&with_le[..], &with_le[..7]] {
            let (answers, asked) = ask(&signature(), &[sign, &[0, 0xC0, 0, 0, 0]]);
            assert_eq!(answers, [vec![0x61, 0], signature()]);
            assert_eq!(asked, [with_le.to_vec()], "GET RESPONSE does not reach it");
        }
    }

    #[test]
    fn it_is_fetched_in_pieces_and_once() {
        let sign = [0x80, 0x2A, 0, 0x80, 1, 1];
        let get = |le| [0, 0xC0, 0, 0, le];
        let (answers, _) = ask(
            &[1, 2, 3, 0x90, 0],
            &[
                &get(0),
                &sign,
                &get(0),
                &get(2),
                &get(1),
                &get(1),
                &sign,
                &[0, 0x20, 0, 0x80],
                &get(3),
            ],
        );
        let expected: [&[u8]; 9] = [
            &NOTHING_WAITS,
            &[0x61, 3],
            &[0x6C, 3],
            &[1, 2, 0x61, 1],
            &[3, 0x90, 0],
            &NOTHING_WAITS,
            &[0x61, 3],
            &[1, 2, 3, 0x90, 0],
            &NOTHING_WAITS,
        ];
        assert_eq!(answers, expected);
    }

    #[test]
    fn too_much_asked_for_is_told_the_right_length() {
        let read = |le| [0, 0xB0, 0, 0, le];
        let (answers, _) = ask(&[1, 2, 3, 0x90, 0], &[&read(0), &read(4), &read(3)]);
        assert_eq!(answers, [vec![0x6C, 3], vec![0x6C, 3], vec![1, 2, 3, 0x90, 0]]);
        let (answers, _) = ask(&[0x6B, 0], &[&read(0)]);
        assert_eq!(answers, [vec![0x6B, 0]]);
        let (answers, _) = ask(&signature(), &[&read(0)]);
        assert_eq!(answers, [signature()]);
    }

    #[test]
    fn a_command_without_an_answer_may_have_a_zero_too_many() {
        for verify in [&[0, 0x20, 0, 0x80][..], &[0, 0x20, 0, 0x80, 0]] {
            assert_eq!(ask(&[0x63, 0xC3], &[verify]).1, [vec![0, 0x20, 0, 0x80]]);
        }
        let select = [0, 0xA4, 2, 0x0C, 2, 0, 6];
        let with_le = [&select[..], &[0]].concat();
        assert_eq!(ask(&OK, &[&select, &with_le]).1, [select, select]);
    }

    #[test]
    fn what_is_no_short_command_does_not_reach_the_card() {
        let terminal = [&[0x80, 0xA2, 6, 0xC1, 0, 0x01, 0x33][..], &[0; 0x133]].concat();
        let wrong: [&[u8]; 7] = [
            &[],
            &[0, 0xB0, 0],
            &[0, 0xB0, 0, 0],
            &[0, 0xB0, 0, 0, 1, 1],
            &[0, 0xA4, 2, 0x0C, 3, 0, 6],
            &[0, 0xA4, 2, 0x0C, 1, 0, 6, 0],
            &terminal,
        ];
        let (answers, asked) = ask(&OK, &wrong);
        assert_eq!(answers, [WRONG_LENGTH; 7]);
        assert!(asked.is_empty(), "{asked:02X?}");
    }

    #[test]
    fn a_reset_leaves_nothing_to_be_fetched() {
        for reset in [Card::power_on, Card::warm_reset] {
            let card = Parrot { answer: signature(), asked: std::sync::Arc::default() };
            let mut card = Contacts { card: Box::new(card), waiting: Vec::new() };
            assert_eq!(card.transmit(&[0x80, 0x2A, 0, 0x80, 1, 1]), [0x61, 0]);
            assert_eq!(reset(&mut card), ATR);
            assert_eq!(card.transmit(&[0, 0xC0, 0, 0, 0]), NOTHING_WAITS);
        }
    }
}
