//! Between a card and our programs: how soon a card is seen, how long a command takes.

use super::{
    figures::Figures,
    surroundings::{Surroundings, column},
};
use crate::stop::Stop;

/// Cards in a row for one figure.
const EVENTS: usize = 20;

pub(crate) fn measure(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let control = at.office.control().display().to_string();
    let events = (at.repeats * EVENTS).to_string();
    let times = at.measure("card events", &["card-event", &control, &events])?;
    figures.add("card_event_ms", "card on the reader to our watcher, ms", column(&times, 0));
    let rounds = (at.repeats * 2).to_string();
    let times = at.measure("commands", &["commands", &control, &rounds])?;
    let what = "PC/SC, pcscd and reader per command, µs";
    figures.add("middleware_us_per_apdu", what, column(&times, 0));
    figures.tell("… on two cores that wake each other, µs", column(&times, 1));
    Ok(())
}
