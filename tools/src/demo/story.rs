//! Three people come to the kiosk, one after the other.

use std::time::{Duration, Instant};

use super::{
    display::Display,
    kiosk::{Kiosk, Word},
    office::Office,
    times::Times,
};
use crate::{progress::time, stop::Stop};

/// A PIN check sends no more commands, the throw-away SELECT not counted: token label,
/// tries, certificate in blocks, VERIFY, signature, closing SELECT.
const APDUS_MAX: u32 = 17;

/// Somebody with a card.
struct Visitor {
    card: &'static str,
    /// What is typed first, by mistake.
    mistyped: Option<&'static str>,
    pin: &'static str,
    /// The first visitor forgets the card and is reminded.
    forgets: bool,
    /// The pages before the result are shown for the first visitor only.
    first: bool,
    result: &'static str,
}

const VISITORS: [Visitor; 3] = [
    Visitor {
        card: "shikaku-taro",
        mistyped: None,
        pin: "1234",
        forgets: true,
        first: true,
        result: "valid",
    },
    Visitor {
        card: "sato-hanako",
        mistyped: Some("2589"),
        pin: "2580",
        forgets: false,
        first: false,
        result: "valid",
    },
    Visitor {
        card: "two-results",
        mistyped: None,
        pin: "1234",
        forgets: false,
        first: false,
        result: "valid",
    },
];

/// What a visit came to: the words of the kiosk's journal, and one time taken outside.
#[derive(Default)]
pub(crate) struct Outcome {
    card: &'static str,
    result: String,
    apdus: u32,
    at_card: Duration,
    /// From the hand that lays the card down (or the last touch) to the page.
    card_to_result: Duration,
}

/// Everybody's visit, in order.
pub(crate) fn play(
    office: &Office,
    display: &mut Display,
    kiosk: &mut Kiosk,
    times: &mut Times,
) -> Result<Vec<Outcome>, Stop> {
    let mut outcomes = Vec::new();
    for visitor in &VISITORS {
        println!("{}:", visitor.card);
        outcomes.push(Visit { office, display: &mut *display, kiosk: &mut *kiosk }.run(visitor)?);
        times.part(format!("visit of {}", visitor.card));
    }
    Ok(outcomes)
}

struct Visit<'a> {
    office: &'a Office,
    display: &'a mut Display,
    kiosk: &'a mut Kiosk,
}

impl Visit<'_> {
    /// Begins and ends on the screen `ready`.
    fn run(mut self, visitor: &Visitor) -> Result<Outcome, Stop> {
        self.page("ready", visitor.first)?;
        self.display.touch("next")?;
        self.page("confirm", visitor.first)?;
        self.display.touch("confirm")?;
        self.page("pin", visitor.first)?;
        if let Some(wrong) = visitor.mistyped {
            self.mistype(wrong, visitor)?;
        }
        self.digits(visitor.pin)?;
        if visitor.first {
            self.display.picture("pin-entered")?;
        }
        // With the card on the reader already, the last touch is what starts it.
        let mut began = Instant::now();
        self.display.touch("pin-next")?;
        if visitor.mistyped.is_none() {
            self.page("card", visitor.first)?;
            began = Instant::now();
            self.office.insert(visitor.card)?;
        }
        let outcome = self.result(visitor.card, began)?;
        self.display.picture(&format!("result-{}", visitor.card))?;
        self.leave(visitor)?;
        let Outcome { result, apdus, card_to_result, .. } = &outcome;
        println!("  {result}: {apdus} APDUs, {} from card to result", time(*card_to_result));
        match (result == visitor.result, *apdus <= APDUS_MAX) {
            (true, true) => Ok(outcome),
            (false, _) => Err(Stop::Failed(format!(
                "{} should have been told {}, not {result}",
                visitor.card, visitor.result
            ))),
            (_, false) => {
                Err(Stop::Failed(format!("{apdus} APDUs; at most {APDUS_MAX} are promised")))
            }
        }
    }

    fn page(&mut self, name: &str, picture: bool) -> Result<(), Stop> {
        // `ready` is up since the last visit ended, or since the start: it was waited
        // for there.
        if name != "ready" {
            self.kiosk.screen(name)?;
        }
        if picture { self.display.picture(name) } else { Ok(()) }
    }

    fn digits(&mut self, pin: &str) -> Result<(), Stop> {
        pin.chars().try_for_each(|digit| self.display.touch(&format!("key-{digit}")))
    }

    /// The card says no, and how many tries are left; it stays on the reader.
    fn mistype(&mut self, wrong: &str, visitor: &Visitor) -> Result<(), Stop> {
        self.digits(wrong)?;
        self.display.touch("pin-next")?;
        self.kiosk.screen("card")?;
        self.office.insert(visitor.card)?;
        self.kiosk.screen("pin")?;
        self.display.picture("pin-tries-left")
    }

    fn result(&mut self, card: &'static str, began: Instant) -> Result<Outcome, Stop> {
        let mut outcome = Outcome { card, ..Outcome::default() };
        let page = self.kiosk.wait("the result", |word| match word {
            // A reading that found a wrong PIN is told too: the last one counts.
            Word::Reading { apdus, microseconds } => {
                (outcome.apdus, outcome.at_card) = (apdus, Duration::from_micros(microseconds));
                None
            }
            Word::Result(validity) => {
                outcome.result = validity;
                None
            }
            Word::Screen(name) if name == "result" || name == "sorry" => Some(name),
            _ => None,
        })?;
        outcome.card_to_result = began.elapsed();
        match page == "result" {
            true => Ok(outcome),
            false => Err(Stop::Failed("the kiosk came to no result; its journal says why".into())),
        }
    }

    fn leave(&mut self, visitor: &Visitor) -> Result<(), Stop> {
        if visitor.forgets {
            self.display.touch("close")?;
            self.kiosk.screen("take-card")?;
            self.display.picture("take-card")?;
            self.office.remove()?;
        } else {
            self.office.remove()?;
            self.display.touch("close")?;
        }
        self.kiosk.screen("ready")
    }
}

/// Results as a table.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut table = format!(
        "  {:<16} {:<10} {:>6} {:>12} {:>14}\n",
        "card", "result", "APDUs", "at the card", "card to result"
    );
    for it in outcomes {
        table += &format!(
            "  {:<16} {:<10} {:>6} {:>12} {:>14}\n",
            it.card,
            it.result,
            it.apdus,
            time(it.at_card),
            time(it.card_to_result)
        );
    }
    table
}
