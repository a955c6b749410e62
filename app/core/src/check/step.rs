//! Where a check is, how long it waits there, and what that looks like.

use std::{sync::Arc, time::Duration};

use super::Station;
use crate::{
    Date, LineStatus, Pin, Presence, ReaderStatus, Screen, Trouble, pin::Typed, proof::Method,
    result_page::ResultPage, screen::Readiness,
};

/// A step owns its secrets: leaving it wipes them.
#[derive(Debug)]
pub(super) enum Step {
    Ready,
    Confirm,
    AskPin {
        typed: Typed,
        tries_left: Option<u8>,
        wrong: bool,
    },
    AskCard {
        pin: Pin,
        nothing_there: bool,
    },
    /// A card lies there; the gateway has not opened the check yet.
    Warming {
        pin: Pin,
    },
    /// The PIN stays for the case that the card asks about the last try.
    Reading {
        pin: Pin,
        card: Presence,
    },
    LastTry {
        pin: Pin,
        card: Presence,
    },
    Asking {
        card: Presence,
        not_after: Date,
    },
    Showing(Arc<ResultPage>),
    TakeCard,
    Sorry(Trouble),
}

/// How long a step waits, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// Touches renew it, and it warns before it ends.
    Person(Duration),
    /// Silent: nobody is asked to hurry.
    Quiet(Duration),
    /// For a worker; touches do not renew it.
    Machine(Duration),
}

/// Time to answer the warning (WCAG 2.2, timing adjustable: at least 20 s).
const WARNING: Duration = Duration::from_secs(20);

impl Patience {
    pub(super) fn whole(self) -> Duration {
        let (Self::Person(whole) | Self::Quiet(whole) | Self::Machine(whole)) = self;
        whole
    }

    pub(super) fn warns(self) -> bool {
        matches!(self, Self::Person(_))
    }

    pub(super) fn before_warning(self) -> Duration {
        if self.warns() { self.whole().saturating_sub(WARNING) } else { self.whole() }
    }
}

impl Step {
    /// 認証選択
    pub(super) fn is_ready(&self) -> bool {
        matches!(self, Self::Ready)
    }

    /// From 次へ until the gateway has answered: workers hold something of it.
    pub(super) fn is_active(&self) -> bool {
        !matches!(self, Self::Ready | Self::Showing(_) | Self::TakeCard | Self::Sorry(_))
    }

    pub(super) fn patience(&self, station: Station) -> Option<Patience> {
        use Patience::{Machine, Person, Quiet};
        let seconds = Duration::from_secs;
        Some(match self {
            // A look that somebody chose and then left.
            Self::Ready => Quiet(seconds(60)),
            // Long enough to find one's glasses; a PIN in memory lives no longer.
            Self::Confirm | Self::AskPin { .. } | Self::AskCard { .. } | Self::LastTry { .. } => {
                Person(seconds(60))
            }
            // The line process gives up after 10 s; this catches one that died.
            Self::Warming { .. } => Machine(seconds(15)),
            // Seven READ BINARY and a signature, on the slowest reader of the list.
            Self::Reading { .. } => Machine(seconds(15)),
            // One call of 10 s and one repetition of it.
            Self::Asking { .. } => Machine(seconds(25)),
            Self::Showing(_) => match station {
                Station::Attended => Person(seconds(120)),
                Station::Unattended => Person(seconds(45)),
            },
            Self::Sorry(_) => Person(seconds(60)),
            Self::TakeCard => return None,
        })
    }

    pub(super) fn screen(&self, method: Method, reader: ReaderStatus, line: LineStatus) -> Screen {
        match self {
            Self::Ready => Screen::Ready { method, readiness: readiness(reader, line) },
            Self::Confirm => Screen::Confirm,
            Self::AskPin { typed, tries_left, wrong } => {
                Screen::Pin { typed: typed.count(), tries_left: *tries_left, wrong: *wrong }
            }
            Self::AskCard { nothing_there, .. } => Screen::Card { nothing_there: *nothing_there },
            Self::Warming { .. } | Self::Reading { .. } => Screen::Reading,
            Self::LastTry { .. } => Screen::LastTry,
            Self::Asking { .. } => Screen::Asking,
            Self::Showing(page) => {
                Screen::Result { page: Arc::clone(page), take_card: reader.is_occupied() }
            }
            Self::TakeCard => Screen::TakeCard,
            Self::Sorry(trouble) => {
                Screen::Sorry { trouble: *trouble, can_retry: trouble.can_retry() }
            }
        }
    }
}

/// What 認証選択 says before anyone queues up. The reader comes first: without it
/// nothing can be read, whatever the line does.
pub(super) fn readiness(reader: ReaderStatus, line: LineStatus) -> Readiness {
    match (reader, line) {
        (ReaderStatus::Missing, _) => Readiness::ReaderMissing,
        (ReaderStatus::Unsupported, _) => Readiness::ReaderUnsupported,
        (ReaderStatus::Busy, _) => Readiness::ReaderBusy,
        (ReaderStatus::Card(_) | ReaderStatus::Mute(_), _) => Readiness::TakeCard,
        (ReaderStatus::Starting, _) | (_, LineStatus::Starting) => Readiness::Starting,
        (ReaderStatus::Empty, LineStatus::Down(trouble)) => Readiness::LineDown(trouble),
        (ReaderStatus::Empty, LineStatus::Up { .. }) => Readiness::Ready,
    }
}
