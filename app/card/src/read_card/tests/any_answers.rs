//! Any answers at all: what never happens, whatever lies on the reader.

use std::cell::Cell;

use card::Command;
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::*;

/// Two more for each of the seventeen are more than any answer can cause.
const COMMANDS_MAX: usize = 18 + 16 * 5;

/// How one answer differs from a good one.
#[derive(Clone, Debug)]
enum Slip {
    Status(u16),
    Data(Vec<u8>),
    Cut(usize),
    Wire(Vec<u8>),
}

fn slip() -> impl Strategy<Value = Slip> {
    let status = prop_oneof![
        Just(0x6100u16),
        (0x6C00..=0x6CFFu16),
        (0x63C0..=0x63CFu16),
        (0x6982..=0x6986u16),
        any::<u16>(),
    ];
    prop_oneof![
        6 => status.prop_map(Slip::Status),
        2 => vec(any::<u8>(), 0..300).prop_map(Slip::Data),
        2 => (0..40usize).prop_map(Slip::Cut),
        2 => vec(any::<u8>(), 2..300).prop_map(Slip::Wire),
    ]
}

/// An honest card, and what comes out of the reader instead.
struct Slipping {
    card: Actor,
    slips: Vec<(usize, Slip)>,
}

impl Transport for Slipping {
    fn transmit(&mut self, command: &Command) -> Result<Response, Gone> {
        let number = self.card.heard.len();
        let mut answer = self.card.transmit(command)?;
        for (_, slip) in self.slips.iter().filter(|(at, _)| *at == number) {
            match slip {
                Slip::Status(status) => answer.status = StatusWord(*status),
                Slip::Data(data) => answer.data = Zeroizing::new(data.clone()),
                Slip::Cut(by) => {
                    let length = answer.data.len().saturating_sub(*by);
                    answer.data.truncate(length);
                }
                Slip::Wire(wire) => answer = Response::decode(wire).expect("two bytes at least"),
            }
        }
        Ok(answer)
    }
}

fn holder() -> impl Strategy<Value = (Holder, &'static str)> {
    prop_oneof![
        Just((Holder::CardPin(pin(b"1234")), "JPKIAPICCTOKEN2")),
        Just((Holder::CardPin(pin(b"0000")), "JPKIAPICCTOKEN2")),
        Just((Holder::AndroidPin(pin(b"1234")), "JPKIAPGPSETOKEN")),
        Just((Holder::Iphone, "JPKIAPIOSTOKEN")),
    ]
}

#[test]
fn no_answer_makes_it_send_a_pin_twice_or_without_end() {
    let good = certificate(600, 0x00);
    let (proofs, troubles) = (Cell::new(0), Cell::new(0));
    let all = (holder(), vec((0..20usize, slip()), 0..3), 0..=3u8);
    let mut runner = TestRunner::new(Config { cases: 3000, ..Config::default() });
    let outcome = runner.run(&all, |((holder, label), slips, tries)| {
        let is_iphone = matches!(holder, Holder::Iphone);
        let order = ReadOrder { holder, ..order() };
        let certificate = good.clone();
        let card =
            Actor { label, certificate, tries, knows_its_holder: is_iphone, ..Actor::default() };
        let mut slipping = Slipping { card, slips };
        let reading = read_card(&mut slipping, &order, HERE);
        let heard = &slipping.card.heard;

        let verifies: Vec<_> =
            heard.iter().enumerate().filter(|(_, it)| it.starts_with("VERIFY [")).collect();
        assert!(verifies.len() <= usize::from(!is_iphone), "{heard:#?}");
        for (at, _) in verifies {
            assert!(heard[at - 1].starts_with("VERIFY? ["), "{heard:#?}");
        }
        assert!(heard.len() <= COMMANDS_MAX && usize::from(reading.apdus) == heard.len() - 1);
        let is_selected = count(heard, "SELECT EF") > 0;
        assert!(!is_selected || heard.last().is_some_and(|it| it.starts_with("SELECT ISD")));
        match reading.outcome {
            Ok(proof) => {
                assert_eq!(proof.signature.len(), 256);
                proofs.set(proofs.get() + 1);
            }
            Err(_) => troubles.set(troubles.get() + 1),
        }
        Ok(())
    });
    assert_eq!(outcome.map_err(|error| error.to_string()), Ok(()));
    let seen = [proofs.get(), troubles.get()];
    assert!(seen.iter().all(|count| *count >= 200), "the walks saw too little: {seen:?}");
}
