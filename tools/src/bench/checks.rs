//! Whole checks by touch: from the card to the result.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{figures::Figures, surroundings::Surroundings};
use crate::{
    demo::{
        kiosk::{Kiosk, Word},
        office::STAFF_CODE,
    },
    stop::Stop,
};

/// After a word of the journal the page is drawn and takes touches within this time.
const DRAWN: Duration = Duration::from_millis(100);
/// A touch that came too early is made again, so often.
const AGAIN: Duration = Duration::from_secs(2);
const TOUCHES: u32 = 10;

/// The throw-away SELECT is not counted.
const WAKE: f64 = 1.0;

/// What one check took.
struct Check {
    /// Commands, as the kiosk says it.
    apdus: f64,
    /// Commands, as the card says it.
    heard: f64,
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
    let checks = checks(at, pin_to_the_card, "shikaku-taro", at.repeats * 2 + 1)?.split_off(1);
    let each = |what: fn(&Check) -> f64| checks.iter().map(what).collect::<Vec<_>>();
    figures.add("apdus_pin", "commands of a check by PIN", each(|it| it.heard));
    figures.add("tap_to_result_ms", "card laid down to the result, ms", each(|it| it.outside));
    figures.tell("… of this, as the kiosk says it, ms", each(|it| it.inside));
    figures.tell("… of this, at the card, ms", each(|it| it.reading));
    figures.tell("… the whole reading per command, µs", each(|it| it.reading * 1000.0 / it.apdus));
    Ok(())
}

/// The same with the card that takes 20 ms a command and 400 ms for the signature.
pub(crate) fn slow(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let checks = checks(at, pin_to_the_card, "slow", at.repeats)?;
    let each = |what: fn(&Check) -> f64| checks.iter().map(what).collect::<Vec<_>>();
    figures.tell("20 ms a command: kiosk, at the card, ms", each(|it| it.reading));
    figures.tell("20 ms a command: kiosk, to the result, ms", each(|it| it.outside));
    Ok(())
}

/// 目視 by relay: the gateway's commands, and what the kiosk adds.
pub(crate) fn visual(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let checks = checks(at, visual_to_the_card, "shikaku-taro", at.repeats + 1)?.split_off(1);
    let each = |what: fn(&Check) -> f64| checks.iter().map(what).collect::<Vec<_>>();
    figures.add("apdus_visual", "commands of a check by 目視", each(|it| it.heard));
    // The kiosk counts the rounds; its own command to leave comes after the last.
    figures.tell("… of these asked by the gateway", each(|it| it.apdus));
    figures.tell("目視: card laid down to the result, ms", each(|it| it.outside));
    Ok(())
}

/// By touch from 認証選択 to the page that asks for the card.
type Way = fn(&mut Surroundings, &mut Kiosk) -> Result<(), Stop>;

fn pin_to_the_card(at: &mut Surroundings, kiosk: &mut Kiosk) -> Result<(), Stop> {
    go(at, kiosk, "next", "confirm")?;
    go(at, kiosk, "confirm", "pin")?;
    type_digits(at, "1234")?;
    go(at, kiosk, "pin-next", "consents")?;
    go(at, kiosk, "consent-none", "card")
}

fn visual_to_the_card(at: &mut Surroundings, kiosk: &mut Kiosk) -> Result<(), Stop> {
    go(at, kiosk, "switch", "staff")?;
    type_digits(at, STAFF_CODE)?;
    go(at, kiosk, "staff-next", "compare")?;
    go(at, kiosk, "compare-next", "consents")?;
    go(at, kiosk, "consent-none", "card")
}

fn type_digits(at: &mut Surroundings, digits: &str) -> Result<(), Stop> {
    thread::sleep(DRAWN);
    digits.chars().try_for_each(|digit| at.display.touch(&format!("key-{digit}")))
}

fn checks(at: &mut Surroundings, way: Way, card: &str, count: usize) -> Result<Vec<Check>, Stop> {
    let mut kiosk = at.start_kiosk("kiosk")?;
    let checks = (0..count).map(|_| check(at, &mut kiosk, way, card)).collect();
    kiosk.end()?;
    checks
}

/// From 認証選択 to 認証選択.
fn check(at: &mut Surroundings, kiosk: &mut Kiosk, way: Way, card: &str) -> Result<Check, Stop> {
    way(at, kiosk)?;
    let began = Instant::now();
    at.office.insert(card)?;
    let mut check = Check { apdus: 0.0, heard: 0.0, reading: 0.0, outside: 0.0, inside: 0.0 };
    kiosk.wait("the result", |word| {
        match word {
            // 目視 has several rounds.
            Word::Reading { apdus, microseconds } => {
                check.apdus += f64::from(apdus);
                check.reading += milliseconds(microseconds);
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
    // The card's power ends a moment after the result.
    thread::sleep(DRAWN);
    check.heard = at.apdus()? - WAKE;
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
