//! The loop: an event in, an effect out, a screen up. The only reader of the clock.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::Instant,
};

use kiosk_core::{Effect, Event, Kiosk, Setup, Shown, Text};

use crate::{
    choices::Choices,
    journal::{Arrival, Journal},
    passcode, staff,
};

/// The machine as the settings and the state folder want it.
pub fn machine(settings: &kiosk_process::Settings) -> Kiosk {
    let choices = Choices::read(&settings.state_folder);
    let factory = machine_settings(settings);
    let settings = choices.settled(settings.clone());
    let setup = Setup {
        factory: Some(factory),
        has_passcode: passcode::is_set(&settings.state_folder),
        passcode_at_start: choices.passcode_at_start,
        notices_read: choices.notices_read,
        reader: choices.reader,
        facility: settings
            .facility
            .as_deref()
            .and_then(|it| Text::new(it.as_bytes()))
            .unwrap_or_default(),
    };
    Kiosk::new(Instant::now(), machine_settings(&settings), setup)
}

fn machine_settings(settings: &kiosk_process::Settings) -> kiosk_core::Settings {
    kiosk_core::Settings {
        method: settings.method,
        station: settings.station,
        phones: settings.phones,
        staff_code: staff::is_set(&settings.state_folder),
        look: settings.look,
    }
}

/// Runs until every sender of `events` is gone.
///
/// `start` hands work to a worker and returns at once; `show` puts a screen up and then
/// writes its page down.
/// Neither may block: while they run, nobody is listening to the patient.
pub fn run(
    mut kiosk: Kiosk,
    events: &Receiver<Event>,
    mut start: impl FnMut(Effect),
    mut show: impl FnMut(&Shown, Option<Arrival>),
) {
    let mut journal = Journal::default();
    let mut shown = kiosk.shown();
    show(&shown, journal.screen(&shown.screen));

    while let Some(event) = next(events, kiosk.deadline()) {
        let now = Instant::now();
        journal.event(&event);
        for effect in kiosk.handle(now, event) {
            journal.effect(&effect, now);
            start(effect);
        }
        let next = kiosk.shown();
        if next != shown {
            show(&next, journal.screen(&next.screen));
            shown = next;
            // The page before may have been somebody's result.
            kiosk_process::scrub_stack();
        }
    }
}

/// The next event, or [`Event::TimePassed`] at the deadline; `None` at the end.
fn next(events: &Receiver<Event>, deadline: Option<Instant>) -> Option<Event> {
    let Some(deadline) = deadline else { return events.recv().ok() };
    match events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        Ok(event) => Some(event),
        Err(RecvTimeoutError::Timeout) => Some(Event::TimePassed),
        Err(RecvTimeoutError::Disconnected) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use kiosk_core::{
        LineStatus, ReaderStatus, Screen, Settings, check::Station, proof::Method,
        screen::Readiness,
    };

    use super::*;

    #[test]
    fn an_event_puts_one_screen_up_and_nothing_is_shown_twice() {
        let settings = Settings {
            method: Method::Pin,
            station: Station::Attended,
            phones: false,
            staff_code: false,
            look: Default::default(),
        };
        let (send, events) = mpsc::channel();
        for event in [
            Event::Reader(ReaderStatus::Empty),
            Event::Reader(ReaderStatus::Empty),
            Event::Line(LineStatus::Up { simulator: true }),
            Event::Next,
        ] {
            send.send(event).expect("the loop listens");
        }
        drop(send);

        let (mut effects, mut screens) = (0, Vec::new());
        run(
            Kiosk::new(Instant::now(), settings, Setup { has_passcode: true, ..Setup::default() }),
            &events,
            |_| effects += 1,
            |shown, _| screens.push(shown.clone()),
        );

        let pages: Vec<_> = screens.into_iter().map(|shown| shown.screen).collect();
        let ready = |readiness| Screen::Ready {
            method: Method::Pin,
            readiness,
            phones: false,
            can_switch: false,
        };
        let expected = [ready(Readiness::Starting), ready(Readiness::Ready), Screen::Confirm];
        assert_eq!((effects, &pages[..]), (1, &expected[..]));
    }
}
