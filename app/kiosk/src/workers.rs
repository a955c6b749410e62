//! The two workers as the machine sees them: effects become orders, reports become
//! events, and a worker that ended answers what it was asked.

use std::{
    ffi::OsString,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{self, Sender},
    },
};

use kiosk_core::{
    AccountAnswer, AccountTrouble, Attempt, CardTrouble, CheckId, Effect, Event, GatewayTrouble,
    LineStatus, ReaderLabel, ReaderStatus,
};
use kiosk_process::{
    Settings,
    words::{CardOrder, CardReport, LineOrder, LineReport},
};

use crate::{
    admin::AdminDesk,
    choices::Choices,
    device_journal::{self, Told},
    journal, network,
    staff::StaffDesk,
    worker::{Origin, Worker},
};

/// The card process and the line process.
#[derive(Debug)]
pub struct Workers {
    card: Worker<CardOrder, CardReport>,
    line: Arc<Worker<LineOrder, LineReport>>,
    /// Keeps the device journal.
    keeper: Sender<Told>,
    events: Sender<Event>,
    staff: StaffDesk,
    admin: AdminDesk,
    /// What the card process owes an answer for.
    owed: Owed,
    reader: Reader,
}

/// Which reader every card process is told to use.
#[derive(Clone, Debug)]
struct Reader(Arc<Mutex<Option<ReaderLabel>>>);

impl Reader {
    fn new(reader: Option<ReaderLabel>) -> Self {
        Self(Arc::new(Mutex::new(reader)))
    }

    fn set(&self, reader: Option<ReaderLabel>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reader;
    }

    fn order(&self) -> CardOrder {
        CardOrder::Use(self.0.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// The first word to a card process.
    fn greeting(&self) -> impl Fn() -> Option<CardOrder> + Send + use<> {
        let reader = self.clone();
        move || Some(reader.order())
    }
}

type Owed = Arc<Mutex<Option<Asked>>>;

/// A card process is asked one thing at a time.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Reading(Attempt),
    Round(Attempt),
}

impl Asked {
    /// Nobody will answer any more.
    fn lost(self) -> Event {
        match self {
            Self::Reading(attempt) => Event::CardRead(attempt, Err(CardTrouble::Hung)),
            Self::Round(attempt) => Event::CardAnswered(attempt, Err(CardTrouble::Hung.into())),
        }
    }
}

impl Workers {
    /// Starts both: on a desk from the folder where this program lies. `file` is where
    /// `settings` were read.
    pub fn start(programs: &Path, file: &Path, settings: &Settings, events: Sender<Event>) -> Self {
        let owed = Owed::default();
        let origin = |name: &str, verb: Option<&str>| match &settings.appliance {
            Some(appliance) => Origin::Socket(appliance.workers.join(name)),
            None => Origin::Program {
                file: programs.join(format!("kiosk-{name}")),
                arguments: ["--settings".into(), file.into()]
                    .into_iter()
                    .chain(verb.map(OsString::from))
                    .collect(),
            },
        };
        let (tell, asked) = (events.clone(), Arc::clone(&owed));
        let reader = Reader::new(Choices::read(&settings.state_folder).reader);
        let greet = reader.greeting();
        let heard = move |report| {
            for event in card_events(report, &asked) {
                send(&tell, event);
            }
        };
        let card = Worker::start("card", origin("card", None), greet, heard);
        let (tell, (keeper, told)) = (events.clone(), mpsc::channel());
        let tell_keeper = keeper.clone();
        let folder = settings.state_folder.clone();
        // A line goes straight to the gateway until it is told otherwise.
        let through = move || network::proxy(&folder).map(|it| LineOrder::Proxy(Some(it)));
        let heard = move |report| line_heard(report, &tell, &tell_keeper);
        let line = Worker::start("line", origin("line", Some("serve")), through, heard);
        let line = Arc::new(line);
        let (going, folder) = (Arc::clone(&line), settings.state_folder.clone());
        let line_anew = move || {
            // One that is not there is told when it begins.
            let _ = going.order(&LineOrder::Proxy(network::proxy(&folder)));
        };
        network::watch(line_anew.clone());
        device_journal::keep(&settings.state_folder.join("journal"), told, Arc::clone(&line));
        let staff = StaffDesk::start(&settings.state_folder, events.clone());
        let (to_keeper, tell) = (keeper.clone(), events.clone());
        let admin = AdminDesk::start(&settings.state_folder, to_keeper, Box::new(line_anew), tell);
        Self { card, line, keeper, events, staff, admin, owed, reader }
    }

    /// Hands an effect to the worker that does it. Returns at once.
    pub fn start_effect(&self, effect: Effect) {
        match effect {
            Effect::OpenCheck(id, way) => {
                self.line(&LineOrder::Open(id, way), |lost| Event::Opened(id, Err(lost)));
            }
            Effect::CheckEligibility(id, proof, consents) => {
                let order = LineOrder::Check(id, proof, consents);
                self.line(&order, |lost| Event::Answered(id, Err(lost)));
            }
            Effect::RelayToGateway(id, answers, consents) => {
                let order = LineOrder::Relay(id, answers, consents);
                self.line(&order, |lost| Event::Relayed(id, Err(lost)));
            }
            Effect::ReadCard(order) => {
                self.card(Asked::Reading(order.attempt), &CardOrder::Read(order));
            }
            Effect::RelayToCard(order) => {
                self.card(Asked::Round(order.attempt), &CardOrder::Relay(order));
            }
            Effect::TryStaffCode(id, code) => self.staff.ask(id, code),
            Effect::Admin(id, order) => self.admin.order(id, order),
            Effect::Account(id, order) => {
                let refused = |lost| AccountAnswer::Refused(AccountTrouble::Gateway(lost));
                self.line(&LineOrder::Account(id, order), |lost| Event::Account(id, refused(lost)));
            }
            Effect::RestartCard => {
                set(&self.owed, None);
                self.card.restart();
            }
            Effect::Forget(id) => self.forget(id),
            Effect::StopHandover(id) => {
                // A line that is not there has nothing to wipe.
                let _ = self.line.order(&LineOrder::StopHandover(id));
            }
            Effect::Note(note) => device_journal::tell(&self.keeper, Told::Note(note)),
            Effect::Record(deed) => device_journal::tell(&self.keeper, Told::Deed(deed)),
            Effect::UseReader(reader) => {
                self.reader.set(reader);
                // One that is not there is told when it begins.
                let _ = self.card.order(&self.reader.order());
            }
        }
    }

    fn line(&self, order: &LineOrder, lost: impl FnOnce(GatewayTrouble) -> Event) {
        if self.line.order(order).is_err() {
            send(&self.events, lost(GatewayTrouble::LineLost));
        }
    }

    fn card(&self, asked: Asked, order: &CardOrder) {
        set(&self.owed, Some(asked));
        if self.card.order(order).is_err()
            && let Some(asked) = take(&self.owed)
        {
            send(&self.events, asked.lost());
        }
    }

    fn forget(&self, id: CheckId) {
        // A worker that is not there has nothing to forget.
        let _ = self.card.order(&CardOrder::Forget);
        let _ = self.line.order(&LineOrder::Forget(id));
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
        Some(CardReport::Relayed { attempt, outcome, figures }) => {
            journal::reading(figures);
            set(owed, None);
            vec![Event::CardAnswered(attempt, outcome)]
        }
        Some(CardReport::ReaderKnown(known)) => vec![Event::ReaderKnown(known)],
        Some(CardReport::Readers(readers)) => {
            vec![Event::Readers(readers.iter().cloned().collect())]
        }
        None => {
            let lost = take(owed).map(Asked::lost);
            lost.into_iter().chain([Event::Reader(ReaderStatus::Starting)]).collect()
        }
    }
}

fn line_heard(report: Option<LineReport>, events: &Sender<Event>, keeper: &Sender<Told>) {
    let event = match report {
        Some(LineReport::Status(status)) => {
            if matches!(status, LineStatus::Up { .. }) {
                device_journal::tell(keeper, Told::LineUp);
            }
            Event::Line(status)
        }
        Some(LineReport::Offers(consents)) => Event::Offers(consents),
        Some(LineReport::Account(id, answer)) => Event::Account(id, answer),
        Some(LineReport::Notices(notices)) => Event::Notices(notices.into()),
        Some(LineReport::Opened(id, answer)) => Event::Opened(id, answer),
        Some(LineReport::Answered(id, answer)) => Event::Answered(id, answer),
        Some(LineReport::Relayed(id, answer)) => Event::Relayed(id, answer),
        Some(LineReport::Handover(id, handover)) => Event::Handover(id, handover),
        Some(LineReport::Device(device)) => Event::Device(device.map(|it| (*it).into())),
        Some(LineReport::Did(deed)) => return device_journal::tell(keeper, Told::Deed(deed)),
        Some(LineReport::Acknowledged(seq)) => {
            return device_journal::tell(keeper, Told::Acknowledged(seq));
        }
        None => Event::Line(LineStatus::Down(GatewayTrouble::LineLost)),
    };
    send(events, event);
}

fn set(owed: &Owed, asked: Option<Asked>) {
    *owed.lock().unwrap_or_else(PoisonError::into_inner) = asked;
}

fn take(owed: &Owed) -> Option<Asked> {
    owed.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn send(events: &Sender<Event>, event: Event) {
    // An error means the loop has ended, and the program with it.
    let _ = events.send(event);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_process_that_ended_answers_what_it_was_asked_once() {
        let attempt = Attempt { check: CheckId(3), number: 1 };
        let owed = Owed::default();
        set(&owed, Some(Asked::Reading(attempt)));
        let told = format!("{:?}", card_events(None, &owed));
        let expected =
            "[CardRead(Attempt { check: CheckId(3), number: 1 }, Err(Hung)), Reader(Starting)]";
        assert_eq!(told, expected);
        assert_eq!(format!("{:?}", card_events(None, &owed)), "[Reader(Starting)]");
    }
}
