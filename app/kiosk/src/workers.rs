//! The two workers as the machine sees them: effects become orders, reports become
//! events, and a worker that ended answers what it was asked.

use std::{
    ffi::OsStr,
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc::Sender},
};

use kiosk_core::{Attempt, CardTrouble, Effect, Event, GatewayTrouble, LineStatus, ReaderStatus};
use kiosk_process::words::{CardOrder, CardReport, LineOrder, LineReport};

use crate::{journal, worker::Worker};

/// The card process and the line process.
#[derive(Debug)]
pub struct Workers {
    card: Worker<CardOrder, CardReport>,
    line: Worker<LineOrder, LineReport>,
    events: Sender<Event>,
    /// The reading that the card process owes an answer for.
    owed: Owed,
}

type Owed = Arc<Mutex<Option<Attempt>>>;

impl Workers {
    /// Starts both, from the folder where this program lies.
    pub fn start(programs: &Path, settings: &Path, events: Sender<Event>) -> Self {
        let owed = Owed::default();
        let arguments = [OsStr::new("--settings"), settings.as_os_str()];
        let (tell, asked) = (events.clone(), Arc::clone(&owed));
        let card = Worker::start("card", &programs.join("kiosk-card"), &arguments, move |report| {
            for event in card_events(report, &asked) {
                send(&tell, event);
            }
        });
        let tell = events.clone();
        let arguments = [arguments[0], arguments[1], OsStr::new("serve")];
        let line = Worker::start("line", &programs.join("kiosk-line"), &arguments, move |report| {
            send(&tell, line_event(report));
        });
        Self { card, line, events, owed }
    }

    /// Hands an effect to the worker that does it. Returns at once.
    pub fn start_effect(&self, effect: Effect) {
        match effect {
            Effect::OpenCheck(id, method) => {
                if self.line.order(&LineOrder::Open(id, method)).is_err() {
                    send(&self.events, Event::Opened(id, Err(GatewayTrouble::LineLost)));
                }
            }
            Effect::CheckEligibility(id, proof) => {
                if self.line.order(&LineOrder::Check(id, proof)).is_err() {
                    send(&self.events, Event::Answered(id, Err(GatewayTrouble::LineLost)));
                }
            }
            Effect::ReadCard(order) => {
                let attempt = order.attempt;
                set(&self.owed, Some(attempt));
                if self.card.order(&CardOrder::Read(order)).is_err() && take(&self.owed).is_some() {
                    send(&self.events, Event::CardRead(attempt, Err(CardTrouble::Hung)));
                }
            }
            Effect::RestartCard => {
                set(&self.owed, None);
                self.card.restart();
            }
            Effect::Forget(id) => {
                // A worker that is not there has nothing to forget.
                let _ = self.card.order(&CardOrder::Forget);
                let _ = self.line.order(&LineOrder::Forget(id));
            }
        }
    }
}

fn card_events(report: Option<CardReport>, owed: &Owed) -> Vec<Event> {
    match report {
        Some(CardReport::Reader(status)) => vec![Event::Reader(status)],
        Some(CardReport::Read { attempt, outcome, figures }) => {
            journal::reading(figures);
            set(owed, None);
            vec![Event::CardRead(attempt, outcome)]
        }
        None => {
            let lost = take(owed).map(|it| Event::CardRead(it, Err(CardTrouble::Hung)));
            lost.into_iter().chain([Event::Reader(ReaderStatus::Starting)]).collect()
        }
    }
}

fn line_event(report: Option<LineReport>) -> Event {
    match report {
        Some(LineReport::Status(status)) => Event::Line(status),
        Some(LineReport::Opened(id, answer)) => Event::Opened(id, answer),
        Some(LineReport::Answered(id, answer)) => Event::Answered(id, answer),
        None => Event::Line(LineStatus::Down(GatewayTrouble::LineLost)),
    }
}

fn set(owed: &Owed, attempt: Option<Attempt>) {
    *owed.lock().unwrap_or_else(PoisonError::into_inner) = attempt;
}

fn take(owed: &Owed) -> Option<Attempt> {
    owed.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn send(events: &Sender<Event>, event: Event) {
    // An error means the loop has ended, and the program with it.
    let _ = events.send(event);
}

#[cfg(test)]
mod tests {
    use kiosk_core::CheckId;

    use super::*;

    #[test]
    fn a_card_process_that_ended_answers_what_it_was_asked_once() {
        let attempt = Attempt { check: CheckId(3), number: 1 };
        let owed = Owed::default();
        set(&owed, Some(attempt));
        let told = format!("{:?}", card_events(None, &owed));
        let expected =
            "[CardRead(Attempt { check: CheckId(3), number: 1 }, Err(Hung)), Reader(Starting)]";
        assert_eq!(told, expected);
        assert_eq!(format!("{:?}", card_events(None, &owed)), "[Reader(Starting)]");
    }
}
