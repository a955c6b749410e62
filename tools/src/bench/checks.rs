//! Whole checks by touch: from the card to the result.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{figures::Figures, surroundings::Surroundings};
use crate::{
    demo::kiosk::{Kiosk, Word},
    stop::Stop,
};

/// After a word of the journal the page is drawn and takes touches within this time.
const DRAWN: Duration = Duration::from_millis(100);
/// A touch that came too early is made again, so often.
const AGAIN: Duration = Duration::from_secs(2);
const TOUCHES: u32 = 10;

/// What one check took.
struct Check {
    apdus: f64,
    /// At the card, ms.
    reading: f64,
    /// From the hand to the page, seen from outside, ms.
    outside: f64,
    /// From the order to read to the page, as the kiosk says it, ms.
    inside: f64,
}

/// 暗証番号, with a card that answers at once.
pub(crate) fn pin(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    // The first check of a program is not like the others.
    let checks = pin_checks(at, "shikaku-taro", at.repeats * 2 + 1)?.split_off(1);
    let each = |what: fn(&Check) -> f64| checks.iter().map(what).collect::<Vec<_>>();
    figures.add("apdus_pin", "commands of a check by PIN", each(|it| it.apdus));
    figures.add("tap_to_result_ms", "card laid down to the result, ms", each(|it| it.outside));
    figures.tell("… of this, as the kiosk says it, ms", each(|it| it.inside));
    figures.tell("… of this, at the card, ms", each(|it| it.reading));
    figures.tell("… the whole reading per command, µs", each(|it| it.reading * 1000.0 / it.apdus));
    Ok(())
}

/// The same with the card that takes 20 ms a command and 400 ms for the signature.
pub(crate) fn slow(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let checks = pin_checks(at, "slow", at.repeats)?;
    let each = |what: fn(&Check) -> f64| checks.iter().map(what).collect::<Vec<_>>();
    figures.tell("20 ms a command: kiosk, at the card, ms", each(|it| it.reading));
    figures.tell("20 ms a command: kiosk, to the result, ms", each(|it| it.outside));
    Ok(())
}

fn pin_checks(at: &mut Surroundings, card: &str, count: usize) -> Result<Vec<Check>, Stop> {
    let mut kiosk = at.start_kiosk("kiosk")?;
    let checks = (0..count).map(|_| pin_check(at, &mut kiosk, card)).collect();
    kiosk.end()?;
    checks
}

/// From 認証選択 to 認証選択.
fn pin_check(at: &mut Surroundings, kiosk: &mut Kiosk, card: &str) -> Result<Check, Stop> {
    go(at, kiosk, "next", "confirm")?;
    go(at, kiosk, "confirm", "pin")?;
    thread::sleep(DRAWN);
    for key in ["key-1", "key-2", "key-3", "key-4"] {
        at.display.touch(key)?;
    }
    go(at, kiosk, "pin-next", "consents")?;
    go(at, kiosk, "consent-none", "card")?;
    let began = Instant::now();
    at.office.insert(card)?;
    let mut check = Check { apdus: 0.0, reading: 0.0, outside: 0.0, inside: 0.0 };
    kiosk.wait("the result", |word| {
        match word {
            Word::Reading { apdus, microseconds } => {
                check.apdus = f64::from(apdus);
                check.reading = milliseconds(microseconds);
            }
            Word::Screen(name) if name == "result" => {
                check.outside = began.elapsed().as_secs_f64() * 1000.0;
            }
            Word::CardToResult { microseconds } => {
                check.inside = milliseconds(microseconds);
                return Some(());
            }
            _ => {}
        }
        None
    })?;
    at.office.remove()?;
    kiosk.wait("the empty reader", |word| (word == Word::ReaderEmpty).then_some(()))?;
    go(at, kiosk, "close", "ready")?;
    Ok(check)
}

fn milliseconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1000.0
}

/// Touches a button that leads to the page `name`.
pub(crate) fn go(
    at: &mut Surroundings,
    kiosk: &mut Kiosk,
    button: &str,
    name: &str,
) -> Result<(), Stop> {
    let page = Word::Screen(name.to_owned());
    let mut tried = 0;
    loop {
        tried += 1;
        thread::sleep(DRAWN);
        at.display.touch(button)?;
        match kiosk.wait_within(AGAIN, name, |word| (word == page).then_some(())) {
            Err(Stop::Failed(_)) if tried < TOUCHES => {}
            done => return done,
        }
    }
}
