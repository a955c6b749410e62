//! What may be written down: pages, codes, outcome classes, durations. Never a
//! person, a PIN, a certificate or a number of one.

use std::time::Instant;

use kiosk_core::{
    AccountTrouble, Effect, Event, Relayed, Screen,
    eligibility::{Code, Validity},
    menu::{CodeAsk, MenuList, MenuPage},
};
use kiosk_process::words::ReadFigures;
use log::info;

/// Tells pages by their difference, so that no transition can forget to.
#[derive(Debug, Default)]
pub struct Journal {
    page: &'static str,
    read_since: Option<Instant>,
}

impl Journal {
    pub fn event(&mut self, event: &Event) {
        match event {
            Event::Line(status) => info!("line: {status:?}"),
            Event::Reader(status) => info!("reader: {status:?}"),
            Event::Opened(id, Err(trouble)) => info!("check {} not opened: {trouble:?}", id.0),
            Event::CardRead(attempt, Err(trouble)) => {
                info!("check {} attempt {}: {trouble:?}", attempt.check.0, attempt.number);
            }
            Event::Answered(id, Ok(answer)) | Event::Relayed(id, Ok(Relayed::Done(answer))) => {
                info!("check {} result: {}", id.0, word(&answer.validity));
            }
            Event::Handover(id, handover) => info!("check {} handover: {handover:?}", id.0),
            Event::CardAnswered(attempt, Err(trouble)) => {
                info!("check {} attempt {}: {trouble:?}", attempt.check.0, attempt.number);
            }
            Event::Relayed(id, Err(trouble)) => {
                info!("check {} not answered: {trouble:?}", id.0);
            }
            Event::Answered(id, Err(trouble)) => {
                info!("check {} not answered: {trouble:?}", id.0);
            }
            _ => {}
        }
    }

    pub fn effect(&mut self, effect: &Effect, now: Instant) {
        let begins = match effect {
            Effect::ReadCard(_) => true,
            Effect::RelayToGateway(_, answers, _) => answers.round == 0,
            _ => false,
        };
        if begins {
            self.read_since = Some(now);
        }
    }

    /// What is to be written down when this screen is up; nothing if its page is there.
    pub fn screen(&mut self, screen: &Screen) -> Option<Arrival> {
        let page = page(screen);
        if page == self.page {
            return None;
        }
        self.page = page;
        let trouble = match screen {
            Screen::Sorry { trouble, .. } => Some(trouble.code()),
            Screen::Menu(MenuPage::Trouble { trouble, .. }) => Some(trouble.code()),
            Screen::Menu(MenuPage::Form { form, .. }) => form.refused.map(AccountTrouble::code),
            _ => None,
        };
        let read_since = match screen {
            Screen::Result { .. } => self.read_since.take(),
            _ => None,
        };
        Some(Arrival { page, trouble, read_since })
    }
}

/// A page that is about to be put up. Whoever puts it up writes it down, since a line must
/// not be there before what it tells of.
#[derive(Debug)]
#[must_use = "the page is not written down"]
pub struct Arrival {
    page: &'static str,
    trouble: Option<&'static str>,
    read_since: Option<Instant>,
}

impl Arrival {
    /// Call when the page is up.
    pub fn write_down(self) {
        info!("screen: {}", self.page);
        if let Some(code) = self.trouble {
            info!("trouble: {code}");
        }
        if let Some(since) = self.read_since {
            info!("card to result: {} µs", since.elapsed().as_micros());
        }
    }
}

/// One line a reading: how many commands, how long.
pub fn reading(figures: ReadFigures) {
    info!("reading: {} APDUs, {} µs", figures.apdus, figures.microseconds);
}

fn page(screen: &Screen) -> &'static str {
    match screen {
        Screen::Ready { .. } => "ready",
        Screen::Outage { .. } => "outage",
        Screen::Phones => "phones",
        Screen::Staff { .. } => "staff",
        Screen::Compare => "compare",
        Screen::Consents { .. } => "consents",
        Screen::Consent { .. } => "consent",
        Screen::Confirm => "confirm",
        Screen::Pin { .. } => "pin",
        Screen::Card { .. } => "card",
        Screen::Reading => "reading",
        Screen::Asking => "asking",
        Screen::LastTry => "last-try",
        Screen::Result { .. } => "result",
        Screen::TakeCard => "take-card",
        Screen::Sorry { .. } => "sorry",
        Screen::Languages => "languages",
        Screen::Cleaning { .. } => "cleaning",
        Screen::Menu(page) => menu_page(page),
    }
}

fn menu_page(page: &MenuPage) -> &'static str {
    match page {
        MenuPage::Code { ask: CodeAsk::Open, .. } => "menu-open",
        MenuPage::Code { ask: CodeAsk::Current, .. } => "menu-current",
        MenuPage::Code { ask: CodeAsk::New(_), .. } => "menu-new",
        MenuPage::Code { ask: CodeAsk::Again(_), .. } => "menu-again",
        MenuPage::List(MenuList::Top { .. }) => "menu",
        MenuPage::List(MenuList::Security { .. }) => "menu-security",
        MenuPage::List(MenuList::Display { .. }) => "menu-display",
        MenuPage::Info { .. } => "menu-info",
        MenuPage::Licences => "menu-licences",
        MenuPage::Readers { .. } => "menu-readers",
        MenuPage::Network { .. } => "menu-network",
        MenuPage::Records(_) => "menu-records",
        MenuPage::Done(_) => "menu-done",
        MenuPage::Question(_) => "menu-question",
        MenuPage::Wait => "menu-wait",
        MenuPage::Starting => "menu-starting",
        MenuPage::Terms { .. } => "menu-terms",
        MenuPage::Trouble { .. } => "menu-trouble",
        MenuPage::Form { .. } => "menu-form",
        MenuPage::Type(_) => "menu-type",
        MenuPage::Notices(_) => "menu-notices",
        MenuPage::Notice(..) => "menu-notice",
    }
}

fn word(validity: &Code<Validity>) -> &'static str {
    match validity {
        Code::Known(Validity::Valid) => "valid",
        Code::Known(Validity::Invalid) => "invalid",
        Code::Known(Validity::InvalidNewerExists) => "invalid, newer exists",
        Code::Known(Validity::NotFound) => "not found",
        Code::Known(Validity::Several) => "several",
        Code::Known(Validity::ValidUnregistered) => "valid, unregistered",
        Code::Unknown(_) => "unknown code",
    }
}
