//! Whole checks by touch: from the card to the result.

use std::time::Instant;

use super::{
    figures::Figures,
    surroundings::{PATIENCE, Surroundings},
};
use crate::{program::Program, stop::Stop};

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
fn pin_check(at: &mut Surroundings, kiosk: &mut Program, card: &str) -> Result<Check, Stop> {
    at.display.touch("next")?;
    page(kiosk, "confirm")?;
    at.display.touch("confirm")?;
    page(kiosk, "pin")?;
    for key in ["key-1", "key-2", "key-3", "key-4", "pin-next"] {
        at.display.touch(key)?;
    }
    page(kiosk, "card")?;
    let began = Instant::now();
    at.hand(&format!("insert {card}"))?;
    let mut check = Check { apdus: 0.0, reading: 0.0, outside: 0.0, inside: 0.0 };
    kiosk.wait("the result", PATIENCE, |line| {
        if let Some((apdus, time)) =
            line.split_once(" reading: ").and_then(|(_, it)| it.split_once(" APDUs, "))
        {
            check.apdus = apdus.parse().ok()?;
            check.reading = microseconds(time)? / 1000.0;
        } else if line.contains(" screen: result") {
            check.outside = began.elapsed().as_secs_f64() * 1000.0;
        } else if let Some((_, time)) = line.split_once(" card to result: ") {
            check.inside = microseconds(time)? / 1000.0;
            return Some(());
        }
        None
    })?;
    at.hand("remove")?;
    kiosk.wait("the empty reader", PATIENCE, |line| line.contains(" reader: Empty").then_some(()))?;
    at.display.touch("close")?;
    page(kiosk, "ready")?;
    Ok(check)
}

fn microseconds(text: &str) -> Option<f64> {
    text.trim().strip_suffix(" µs")?.parse().ok()
}

pub(crate) fn page(kiosk: &mut Program, name: &str) -> Result<(), Stop> {
    let line = format!(" screen: {name}");
    kiosk.wait(name, PATIENCE, |it| it.ends_with(&line).then_some(()))
}
