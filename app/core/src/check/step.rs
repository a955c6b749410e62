//! Where a check is, how long it waits there, and what that looks like.

use std::{sync::Arc, time::Duration};

use super::{Check, Station, staff::Asked};
use crate::{
    Consents, Date, LineStatus, Presence, ReaderStatus, Screen, Trouble, Way, pin::Typed,
    proof::Holder, result_page::ResultPage, screen::Readiness, staff::StaffReason,
};

/// A step owns its secrets: leaving it wipes them.
#[derive(Debug)]
pub(super) enum Step {
    Ready,
    /// iPhone or Android.
    Phones,
    Staff {
        asked: Asked,
        reason: StaffReason,
    },
    /// 目視 at a station of 暗証番号: compare photo and face.
    Compare,
    Confirm,
    AskPin {
        typed: Typed,
        tries_left: Option<u8>,
        wrong: bool,
    },
    Consents {
        known: Known,
        offered: Consents,
        /// One by one: those agreed to, and how many were asked.
        one_by_one: Option<(Consents, u8)>,
    },
    AskCard {
        known: Known,
        nothing_there: bool,
    },
    /// A card lies there; the gateway has not opened the check yet.
    Warming {
        known: Known,
    },
    /// The PIN stays for the case that the card asks about the last try.
    Reading {
        holder: Holder,
        card: Presence,
    },
    LastTry {
        holder: Holder,
        card: Presence,
    },
    /// 目視: rounds between gateway and card.
    Relaying {
        card: Presence,
        round: u8,
        /// Of the certificate, once it was read.
        not_after: Option<Date>,
        /// Whose answer is awaited: the card's, or the gateway's.
        of_card: bool,
    },
    Asking {
        card: Presence,
        not_after: Date,
    },
    Showing(Arc<ResultPage>),
    TakeCard,
    Sorry(Trouble),
}

/// How the holder is known to a check.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// Staff have compared photo and face.
    Seen,
    By(Holder),
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
        !matches!(
            self,
            Self::Ready | Self::Phones | Self::Showing(_) | Self::TakeCard | Self::Sorry(_)
        )
    }

    pub(super) fn is_relaying(&self) -> bool {
        matches!(self, Self::Relaying { .. })
    }

    pub(super) fn patience(&self, station: Station) -> Option<Patience> {
        use Patience::{Machine, Person, Quiet};
        let seconds = Duration::from_secs;
        Some(match self {
            // A look that somebody chose and then left.
            Self::Ready => Quiet(seconds(60)),
            // Long enough to find one's glasses; a PIN in memory lives no longer.
            Self::Phones
            | Self::Staff { .. }
            | Self::Compare
            | Self::Confirm
            | Self::AskPin { .. }
            | Self::Consents { .. }
            | Self::AskCard { .. }
            | Self::LastTry { .. } => Person(seconds(60)),
            // The line process gives up after 10 s; this catches one that died.
            Self::Warming { .. } => Machine(seconds(15)),
            // Seven READ BINARY and a signature, on the slowest reader of the list.
            Self::Reading { .. } => Machine(seconds(15)),
            // The guard in the card process ends it after 15 s; this catches what died.
            Self::Relaying { .. } => Machine(seconds(20)),
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
}

impl Check {
    pub(crate) fn screen(&self) -> Screen {
        match &self.step {
            Step::Ready => self.ready_screen(),
            Step::Phones => Screen::Phones,
            Step::Staff { asked, reason } => {
                Screen::Staff { reason: *reason, typed: asked.typed.count(), wait_s: asked.wait_s }
            }
            Step::Compare => Screen::Compare,
            Step::Confirm => Screen::Confirm,
            Step::AskPin { typed, tries_left, wrong } => {
                Screen::Pin { typed: typed.count(), tries_left: *tries_left, wrong: *wrong }
            }
            Step::Consents { offered, one_by_one, .. } => consent_screen(*offered, *one_by_one),
            Step::AskCard { nothing_there, .. } => {
                Screen::Card { token: self.way.token(), nothing_there: *nothing_there }
            }
            Step::Warming { .. } | Step::Reading { .. } | Step::Relaying { .. } => Screen::Reading,
            Step::LastTry { .. } => Screen::LastTry,
            Step::Asking { .. } => Screen::Asking,
            Step::Showing(page) => {
                Screen::Result { page: Arc::clone(page), take_card: self.reader.is_occupied() }
            }
            Step::TakeCard => Screen::TakeCard,
            Step::Sorry(trouble) => {
                Screen::Sorry { trouble: *trouble, can_retry: trouble.can_retry() }
            }
        }
    }

    fn ready_screen(&self) -> Screen {
        let readiness = self.readiness(self.settings.method.into());
        match readiness {
            Readiness::LineDown(_) => Screen::Outage { why: readiness, may_try: true },
            Readiness::ReaderMissing | Readiness::ReaderUnsupported | Readiness::ReaderUnknown => {
                Screen::Outage { why: readiness, may_try: false }
            }
            _ => Screen::Ready {
                method: self.settings.method,
                readiness,
                phones: self.settings.phones,
                can_switch: self.settings.staff_code,
            },
        }
    }

    /// What stands in the way of a check of this way.
    pub(super) fn readiness(&self, way: Way) -> Readiness {
        let allowed = self.is_reader_trusted() || self.settings.staff_code;
        match readiness(self.reader, self.line) {
            Readiness::Ready | Readiness::LineDown(_) if way.asks_pin() && !allowed => {
                Readiness::ReaderUnknown
            }
            Readiness::Ready if way == Way::Visual && !self.settings.staff_code => {
                Readiness::NoStaffCode
            }
            readiness => readiness,
        }
    }
}

fn consent_screen(offered: Consents, one_by_one: Option<(Consents, u8)>) -> Screen {
    let next = one_by_one.and_then(|(_, asked)| {
        let consent = offered.iter().nth(asked.into())?;
        Some(Screen::Consent { consent, number: asked + 1, of: offered.iter().count() as u8 })
    });
    next.unwrap_or(Screen::Consents { offered })
}

/// What 認証選択 says before anyone queues up. The reader comes first: without it
/// nothing can be read, whatever the line does.
fn readiness(reader: ReaderStatus, line: LineStatus) -> Readiness {
    match (reader, line) {
        (ReaderStatus::Missing, _) => Readiness::ReaderMissing,
        (ReaderStatus::Unsupported, _) => Readiness::ReaderUnsupported,
        (ReaderStatus::Busy, _) => Readiness::ReaderBusy,
        (ReaderStatus::Card(_) | ReaderStatus::Mute(_), _) => Readiness::TakeCard,
        (ReaderStatus::Starting, _) | (_, LineStatus::Starting) => Readiness::Starting,
        (ReaderStatus::Empty, LineStatus::Down(trouble)) => Readiness::LineDown(trouble),
        // The menu opens over it and registers the device.
        (ReaderStatus::Empty, LineStatus::Unregistered | LineStatus::Removing) => {
            Readiness::LineDown(crate::GatewayTrouble::Unregistered)
        }
        (ReaderStatus::Empty, LineStatus::Up { .. }) => Readiness::Ready,
    }
}
