//! One eligibility check, from 次へ to 閉じる.

use std::time::Instant;

use crate::{
    Attempt, CardProof, CardTrouble, CheckId, Digit, Eligibility, GatewayTrouble, LineStatus, Look,
    OpenCheck, ReadOrder, ReaderStatus, Shown,
    look::{Language, TextSize, Theme},
    proof::Method,
};

/// What the station is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    pub method: Method,
    pub station: Station,
    /// The look that comes back after each patient.
    pub look: Look,
}

/// Whether staff stand by (D5: *attended* at the counter, *unattended* at the bed).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Station {
    Attended,
    #[default]
    Unattended,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// 次へ, on any page that has it.
    Next,
    /// OK, on the confirmation page.
    Confirm,
    Digit(Digit),
    Erase,
    EraseAll,
    /// ←
    Back,
    /// マイナンバーカードを読み取る
    ReadNow,
    /// The holder agrees to use the last try.
    SpendLastTry,
    /// もう一度, on a trouble page.
    Again,
    /// 閉じる
    Close,
    /// 続ける, while the page hurries.
    StillHere,
    Language(Language),
    TextSize(TextSize),
    Theme(Theme),

    Reader(ReaderStatus),
    Line(LineStatus),
    Opened(CheckId, Result<OpenCheck, GatewayTrouble>),
    CardRead(Attempt, Result<Box<CardProof>, CardTrouble>),
    Answered(CheckId, Result<Box<Eligibility>, GatewayTrouble>),
    /// Nothing happened until [`Check::deadline`].
    TimePassed,
}

/// The next thing for the world to do. At most two follow an event.
#[derive(Debug)]
pub enum Effect {
    /// Ask the gateway for a check and warm the line.
    OpenCheck(CheckId, Method),
    ReadCard(Box<ReadOrder>),
    CheckEligibility(CheckId, Box<CardProof>),
    /// The card process did not answer in time: end it; it comes back unpowered.
    RestartCard,
    /// The check is over: workers wipe what they hold of it.
    Forget(CheckId),
}

/// What an event sets going.
pub type Effects = heapless::Vec<Effect, 2>;

/// One check after another, at one station.
#[derive(Debug)]
pub struct Check {
    settings: Settings,
}

impl Check {
    pub fn new(settings: Settings) -> Self {
        Self { settings }
    }

    /// Takes an event; gives what is to be done. Never blocks, never fails.
    pub fn handle(&mut self, _now: Instant, _event: Event) -> Effects {
        Effects::new()
    }

    /// What is to be shown now.
    pub fn shown(&self) -> Shown {
        unreachable!("{:?}", self.settings)
    }

    /// When [`Event::TimePassed`] is due, if nothing else happens.
    pub fn deadline(&self) -> Option<Instant> {
        None
    }
}
