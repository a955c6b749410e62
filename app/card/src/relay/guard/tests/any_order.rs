//! Any commands in any order, with any card: what never happens.

use std::cell::Cell;

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::*;

/// Short, so that walks get far: three pieces.
const TOTAL: usize = 600;

/// What a gateway may think of, alone or in a row.
#[derive(Clone, Debug)]
enum Wish {
    /// Everything up to the label.
    Begin,
    Select(u16),
    Read(u16, u8),
    /// The whole certificate, or its first pieces.
    Certificate(usize),
    Authenticate,
    Sign(bool),
    Verify,
    Raw(Vec<u8>),
}

fn wish() -> impl Strategy<Value = Wish> {
    let files = [0x0006, 0x000A, 0x0016, 0x0017, 0x0018, 0x000B];
    let offset = prop_oneof![3 => Just(0), 1 => Just(4), 2 => (0..4u16).prop_map(|it| it * 256)];
    prop_oneof![
        3 => Just(Wish::Begin),
        20 => prop::sample::select(files[..4].to_vec()).prop_map(Wish::Select),
        1 => prop::sample::select(files.to_vec()).prop_map(Wish::Select),
        6 => (offset, prop::sample::select(vec![0, 1, 4, 16, 32, 88])).prop_map(|(o, l)| Wish::Read(o, l)),
        12 => (1..=3usize).prop_map(Wish::Certificate),
        4 => Just(Wish::Authenticate),
        8 => prop::bool::weighted(0.9).prop_map(Wish::Sign),
        1 => Just(Wish::Verify),
        1 => vec(any::<u8>(), 0..9).prop_map(Wish::Raw),
    ]
}

fn commands(wish: &Wish) -> Vec<Vec<u8>> {
    match wish {
        Wish::Begin => vec![select_jpki(), select(0x0006), read(0, 0x20)],
        Wish::Select(file) => vec![select(*file)],
        Wish::Read(offset, le) => vec![read(*offset, *le)],
        Wish::Certificate(pieces) => {
            [vec![select(0x000A)], read_all(TOTAL)[..*pieces].to_vec()].concat()
        }
        Wish::Authenticate => vec![terminal_certificate(), challenge(), authenticate()],
        Wish::Sign(ours) => vec![select(0x0017), sign(if *ours { DIGEST } else { [0xEE; 32] })],
        Wish::Verify => vec![vec![0x00, 0x20, 0x00, 0x80, 0x04, 0x31, 0x32, 0x33, 0x34]],
        Wish::Raw(bytes) => vec![bytes.clone()],
    }
}

/// What an onlooker between guard and card knows, without the guard's help.
#[derive(Default)]
struct Onlooker {
    file: u16,
    label_is_read: bool,
    /// Which bytes of the certificate were given in this round.
    given: Vec<bool>,
    was_whole: bool,
    signatures: usize,
}

impl Onlooker {
    fn hears(&mut self, command: &[u8], answer: &Response, label: &str) {
        let is_ok = answer.status == StatusWord::OK;
        match command {
            [0x00, 0xA4, 0x02, _, _, high, low] if is_ok => {
                self.file = u16::from_be_bytes([*high, *low]);
            }
            [0x00, 0xA4, 0x04, ..] => self.file = 0,
            [0x00, 0xB0, high, low, _] if self.file == 0x000A => {
                assert!(self.label_is_read && label == "JPKIAPICCTOKEN2");
                let offset = usize::from(u16::from_be_bytes([*high, *low]));
                let end = (offset + answer.data.len()).min(TOTAL);
                self.given.resize(TOTAL, false);
                self.given[offset.min(end)..end].fill(true);
                self.was_whole |= self.is_whole();
            }
            [0x00, 0xB0, 0, 0, _] if self.file == 0x0006 => {
                self.label_is_read |= is_ok && answer.data.len() >= 16;
            }
            [0x80, 0x2A, 0x00, 0x80, body @ ..] => {
                assert!(self.was_whole, "a signature before the certificate");
                assert_eq!(self.file, 0x0017);
                assert_eq!(&body[20..52], &DIGEST);
                self.signatures += 1;
                assert_eq!(self.signatures, 1);
            }
            [0x00, 0xB0 | 0x84 | 0x82, ..] | [0x80, 0xA2, ..] => {}
            other => assert!(other.starts_with(&[0x00, 0xA4, 0x02, 0x0C]), "{other:02X?}"),
        }
        assert!([0, 0x06, 0x0A, 0x16, 0x17].contains(&self.file), "EF {:04X}", self.file);
    }

    fn is_whole(&self) -> bool {
        !self.given.is_empty() && self.given.iter().all(|it| *it)
    }

    /// The answers of this round leave the kiosk.
    fn sees_leaving(&mut self, is_ours: bool, day: Option<Date>) {
        let is_exposed = self.given.iter().skip(4).any(|it| *it);
        assert!(!is_exposed || (self.is_whole() && is_ours), "a certificate leaves");
        assert_eq!(day.is_some(), self.is_whole());
        self.given.clear();
    }
}

/// One command of one walk is answered in another way.
fn slip() -> impl Strategy<Value = Option<(usize, u16)>> {
    let status = prop::sample::select(vec![0x6282, 0x6982, 0x6A82, 0x6F00, 0x6110, 0x6C10]);
    prop::option::weighted(0.3, (0..30usize, status))
}

#[test]
fn no_order_of_commands_gets_more_out_of_a_card() {
    let worlds = [certificate(TOTAL, 0x00), certificate(TOTAL, 0x03)];
    let labels = ["JPKIAPICCTOKEN2", "JPKIAPICCTOKEN", "JPKIAPGPSETOKEN"];
    let (signed, passed, refused) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let walk = (
        vec(vec(wish(), 1..5), 1..7),
        prop::bool::weighted(0.8),
        prop_oneof![8 => Just(0usize), 1 => Just(1), 1 => Just(2)],
        slip(),
    );
    let mut runner = TestRunner::new(Config { cases: 2000, ..Config::default() });
    let outcome = runner.run(&walk, |(rounds, is_ours, label, at)| {
        let label = labels[label];
        let certificate = worlds[usize::from(!is_ours)].clone();
        let mut card = Actor { certificate, label, at, ..Actor::default() };
        let (mut guard, mut onlooker) = (guard(), Onlooker::default());
        for (round, wishes) in rounds.iter().enumerate() {
            let mut sent: Vec<_> = wishes.iter().flat_map(commands).collect();
            if round == 0 {
                sent.splice(0..0, commands(&Wish::Begin));
            }
            let before = card.wires.len();
            let round = (round as u8 + 1, &sent[..]);
            let played = play_watched(&mut guard, &mut card, round, |command, answer| {
                onlooker.hears(command, answer, label);
            });
            match played {
                Ok((_, day)) => {
                    passed.set(passed.get() + usize::from(day.is_some()));
                    onlooker.sees_leaving(is_ours, day);
                }
                Err(_) => {
                    refused.set(refused.get() + 1);
                    assert!(card.wires.len() - before <= 16);
                    break;
                }
            }
        }
        signed.set(signed.get() + onlooker.signatures);
        Ok(())
    });
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
    let seen = [&signed, &passed, &refused].map(Cell::get);
    assert!(seen.iter().all(|count| *count >= 20), "the walks saw too little: {seen:?}");
}
