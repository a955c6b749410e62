//! Plays the demo's scenes: people come, one after the other, and things go wrong. Each
//! scene begins on the page where the one before it ended.

use std::time::{Duration, Instant};

use super::{
    display::Display,
    kiosk::{Kiosk, Word},
    office::Office,
    scenes::{
        Ending, FORGETS, Scene, Step,
        Step::{
            Address, Both, BothAs, ByPin, GatewayReturns, GatewayStops, Later, Lay, Page, Picture,
            Plug, Prepare, PullAt, Seen, Spell, TakeCard, Touch, Type, TypeCode, Unplug,
        },
    },
    times::Times,
};
use crate::{progress::time, stop::Stop};

/// Every button that is touched by name.
#[cfg(test)]
pub(super) fn buttons() -> impl Iterator<Item = &'static str> {
    use super::{life::LIFE, scenes::SCENES};

    let steps = SCENES.iter().chain(LIFE).flat_map(|scene| scene.steps);
    let touched = steps.filter_map(|step| match step {
        Touch(name) => Some(*name),
        _ => None,
    });
    touched.chain(["close", "language", "language-en", "language-ja", "shift", "symbols"])
}

/// What a scene came to: the words of the kiosk's journal, and one time taken outside.
#[derive(Default)]
pub(crate) struct Outcome {
    name: &'static str,
    ending: String,
    /// All commands to the card in this scene; of the last reading for a PIN.
    apdus: u32,
    at_card: Duration,
    /// From the last thing that was done to the page.
    to_ending: Duration,
}

/// Every scene, in order.
pub(crate) fn play(
    scenes: &[Scene],
    office: &mut Office,
    display: &mut Display,
    kiosk: &mut Kiosk,
    times: &mut Times,
) -> Result<Vec<Outcome>, Stop> {
    let mut outcomes = Vec::new();
    for scene in scenes {
        println!("{}:", scene.name);
        let play = Play { office, display, kiosk, lies: false, begins: true };
        outcomes.push(play.run(scene)?);
        times.part(scene.name);
    }
    Ok(outcomes)
}

struct Play<'a> {
    office: &'a mut Office,
    display: &'a mut Display,
    kiosk: &'a mut Kiosk,
    /// Whether something lies on the reader.
    lies: bool,
    /// The scene's first page: it was waited for when the one before ended.
    begins: bool,
}

impl Play<'_> {
    fn run(mut self, scene: &Scene) -> Result<Outcome, Stop> {
        let mut began = Instant::now();
        for step in scene.steps {
            began = Instant::now();
            self.step(step)?;
            self.begins = false;
        }
        if let Ending::Ready | Ending::At(_) = scene.ending {
            let page = scene.ending.word();
            self.kiosk.screen(page)?;
            return Ok(Outcome { name: scene.name, ending: page.into(), ..Outcome::default() });
        }
        let outcome = self.ending(scene, began)?;
        self.display.picture(&file_name(scene))?;
        self.leave(scene)?;
        println!("  {}, {} APDUs, {}", outcome.ending, outcome.apdus, time(outcome.to_ending));
        match scene.apdus_max.filter(|max| outcome.apdus > *max) {
            None => Ok(outcome),
            Some(max) => {
                Err(Stop::Failed(format!("{} APDUs; at most {max} are promised", outcome.apdus)))
            }
        }
    }

    fn step(&mut self, step: &Step) -> Result<(), Stop> {
        match *step {
            Touch(name) => self.display.touch(name),
            Type(digits) => {
                digits.chars().try_for_each(|it| self.display.touch(&format!("key-{it}")))
            }
            Page(name) => self.kiosk.screen(name),
            Seen(name) => {
                self.arrive(name)?;
                self.display.picture(name)
            }
            Picture(name) => self.display.picture(name),
            ByPin(pin) => [
                Touch("next"),
                Page("confirm"),
                Touch("confirm"),
                Page("pin"),
                Type(pin),
                Touch("pin-next"),
                Page("consents"),
                Touch("consent-none"),
                Page("card"),
            ]
            .iter()
            .try_for_each(|step| self.step(step)),
            Lay(card) => {
                self.lies = true;
                self.office.insert(card)
            }
            PullAt(command) => self.office.fault(command, "pull"),
            GatewayStops => self.office.stop_gateway(),
            GatewayReturns => self.office.return_gateway(),
            Unplug => self.office.hand("unplug").map(drop),
            Plug => self.office.hand("plug").map(drop),
            Both(name) => {
                self.arrive(name)?;
                self.in_both_languages(name, name)
            }
            BothAs(page, picture) => self.in_both_languages(page, picture),
            Address(text) => address_keys(text).try_for_each(|key| self.display.touch(&key)),
            Spell(text) => text.chars().try_for_each(|it| self.spell(it)),
            Prepare => {
                let pictures = self.office.prepare(self.display.pictures())?;
                self.display.count(pictures);
                Ok(())
            }
            TypeCode => {
                let mut digits = self.office.code().chars();
                digits.try_for_each(|it| self.display.touch(&format!("key-{it}")))
            }
            Later(minutes) => self.office.later(minutes),
            TakeCard => self.take(),
        }
    }

    fn arrive(&mut self, name: &str) -> Result<(), Stop> {
        if self.begins { Ok(()) } else { self.kiosk.screen(name) }
    }

    /// The page's picture, and the same in English: by 言語 and back.
    fn in_both_languages(&mut self, page: &str, picture: &str) -> Result<(), Stop> {
        self.display.picture(picture)?;
        for (language, suffix) in [("language-en", Some("en")), ("language-ja", None)] {
            self.display.touch("language")?;
            self.kiosk.screen("languages")?;
            self.display.touch(language)?;
            self.kiosk.screen(page)?;
            if let Some(suffix) = suffix {
                self.display.picture(&format!("{picture}-{suffix}"))?;
            }
        }
        Ok(())
    }

    fn spell(&mut self, character: char) -> Result<(), Stop> {
        keys_of(character).iter().try_for_each(|key| self.display.touch(key))
    }

    fn take(&mut self) -> Result<(), Stop> {
        self.lies = false;
        self.office.remove()
    }

    fn ending(&mut self, scene: &Scene, began: Instant) -> Result<Outcome, Stop> {
        let mut outcome = Outcome { name: scene.name, ..Outcome::default() };
        let by_rounds = scene.apdus_max.is_none();
        let page = self.kiosk.wait("how it ends", |word| match word {
            // A reading that found a wrong PIN is told too: the last one counts. A relay
            // is told round by round: all of them count.
            Word::Reading { apdus, microseconds } => {
                let before = if by_rounds { outcome.apdus } else { 0 };
                outcome.apdus = before + apdus;
                outcome.at_card = Duration::from_micros(microseconds);
                None
            }
            Word::Result(validity) => {
                outcome.ending = validity;
                None
            }
            Word::Trouble(code) => Some(code),
            Word::Screen(name) if name == "result" => Some(name),
            _ => None,
        })?;
        outcome.to_ending = began.elapsed();
        if page != "result" {
            outcome.ending = page;
        }
        let wanted = scene.ending.word();
        match outcome.ending == wanted {
            true => Ok(outcome),
            false => Err(Stop::Failed(format!(
                "{} should have ended with {wanted}, not {}; the kiosk's journal says why",
                scene.name, outcome.ending
            ))),
        }
    }

    /// The first card is forgotten and asked for; the others are taken at once.
    fn leave(&mut self, scene: &Scene) -> Result<(), Stop> {
        let forgets = scene.name == FORGETS;
        // A card that was pulled away is not there any more.
        self.lies &= !matches!(scene.ending, Ending::Trouble("C-02"));
        if self.lies && !forgets {
            self.take()?;
        }
        self.display.touch("close")?;
        if forgets {
            self.kiosk.screen("take-card")?;
            self.display.picture("take-card")?;
            self.take()?;
        }
        let after =
            if matches!(scene.ending, Ending::Trouble("G-01")) { "outage" } else { "ready" };
        self.kiosk.screen(after)
    }
}

/// The buttons for one character on the screen's keyboard; capitals and symbols take their
/// layer.
pub(crate) fn keys_of(character: char) -> Vec<String> {
    let on_layer = |layer: &str, key| vec![layer.to_owned(), key, layer.to_owned()];
    match character {
        'A'..='Z' => on_layer("shift", format!("letter-{}", character.to_ascii_lowercase())),
        'a'..='z' | '0'..='9' => vec![format!("letter-{character}")],
        symbol => on_layer("symbols", format!("symbol-{symbol}")),
    }
}

pub(crate) fn address_keys(text: &str) -> impl Iterator<Item = String> {
    text.chars().map(|it| match it {
        '.' | '/' => format!("address-{it}"),
        other => format!("letter-{other}"),
    })
}

fn file_name(scene: &Scene) -> String {
    let word = scene.ending.word();
    let who = scene.steps.iter().find_map(|step| match step {
        Lay(card) => Some(*card),
        _ => None,
    });
    format!("{word}-{}", who.unwrap_or("nobody"))
}

/// Outcomes as a table.
pub(crate) fn table(outcomes: &[Outcome]) -> String {
    let mut table = format!(
        "  {:>6} {:>12} {:>12}  {:<10} {}\n",
        "APDUs", "at the card", "to the page", "ended with", "scene"
    );
    for it in outcomes {
        table += &format!(
            "  {:>6} {:>12} {:>12}  {:<10} {}\n",
            it.apdus,
            time(it.at_card),
            time(it.to_ending),
            it.ending,
            it.name
        );
    }
    table
}
