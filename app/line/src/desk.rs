//! Where orders wait and reports leave. One check lies on it at a time.
//!
//! The worker takes a job, works without holding the desk, and comes back with the answer.
//! Only here it is decided whether the answer is still wanted, under the same lock as
//! `Forget`: after that order nothing about the check goes out any more.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kiosk_core::{
    AccountOrder, CardProof, CheckId, Consents, GatewayTrouble, OpenCheck, RelayAnswers, Way,
    menu::OrderId, network::Proxy,
};
use kiosk_gateway::answer::Opened;
use kiosk_process::{
    Link,
    journal::{ENTRIES_MAX, Entry, Health},
    words::{LineOrder, LineReport},
};
use log::warn;

use crate::{gateway::Gateway, outbox::Outbox};

/// Shared by the thread that listens and the thread that works.
#[derive(Debug)]
pub(crate) struct Desk {
    lying: Mutex<Lying>,
    changed: Condvar,
    /// Results on their way to the reception PC, which outlive their check.
    pub(crate) outbox: Outbox,
}

#[derive(Debug)]
struct Lying {
    kiosk: Link<LineReport, LineOrder>,
    check: Option<Check>,
    /// An administrator's; none is given while a check lies here.
    account: Option<(OrderId, AccountOrder)>,
    /// Another way to the gateway.
    proxy: Option<Option<Proxy>>,
    /// To be handed over when no check lies here.
    journal: Option<Journal>,
    /// The call under way.
    call: Option<Call>,
    /// The kiosk has gone.
    ended: bool,
}

/// The one check.
#[derive(Debug)]
struct Check {
    id: CheckId,
    /// To be opened.
    open: Option<Way>,
    /// As the gateway has opened it.
    opened: Option<Opened>,
    /// To be handed over.
    from_card: Option<FromCard>,
}

/// What the card gave, and what its holder agreed to show.
#[derive(Debug)]
pub(crate) enum FromCard {
    Proof(Box<CardProof>, Consents),
    /// One round of 目視.
    Round(Box<RelayAnswers>, Consents),
}

impl FromCard {
    /// The report that goes with it when nothing came of it.
    pub(crate) fn refused(&self, id: CheckId, trouble: GatewayTrouble) -> LineReport {
        match self {
            Self::Proof(..) => LineReport::Answered(id, Err(trouble)),
            Self::Round(..) => LineReport::Relayed(id, Err(trouble)),
        }
    }
}

/// Entries of the device journal, and how the device is.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) entries: Vec<Entry>,
    pub(crate) health: Health,
}

#[derive(Debug)]
struct Call {
    /// `None` for a look at the line, and for the journal.
    check: Option<CheckId>,
    gateway: Arc<Gateway>,
}

/// What the worker is to do.
#[derive(Debug)]
pub(crate) enum Job {
    Open(CheckId, Way),
    HandOver(CheckId, Opened, FromCard),
    Account(OrderId, AccountOrder),
    Proxy(Option<Proxy>),
    Journal(Journal),
    /// Nothing came for a while.
    Look,
    /// The kiosk has gone.
    End,
}

impl Desk {
    pub(crate) fn new(kiosk: Link<LineReport, LineOrder>) -> Self {
        let lying = Lying {
            kiosk,
            check: None,
            account: None,
            proxy: None,
            journal: None,
            call: None,
            ended: false,
        };
        Self { lying: Mutex::new(lying), changed: Condvar::new(), outbox: Outbox::default() }
    }

    /// Lays an order down. Never waits for a call.
    pub(crate) fn order(&self, order: LineOrder) {
        let mut lying = self.lying();
        match order {
            LineOrder::Open(id, way) => {
                lying.interrupt_unless(id);
                lying.check = Some(Check { id, open: Some(way), opened: None, from_card: None });
            }
            LineOrder::Check(id, proof, consents) => {
                lying.lay_down(id, FromCard::Proof(proof, consents));
            }
            LineOrder::Relay(id, round, consents) => {
                lying.lay_down(id, FromCard::Round(round, consents));
            }
            LineOrder::Journal(mut entries, health) => {
                entries.truncate(ENTRIES_MAX);
                lying.journal = Some(Journal { entries, health });
            }
            LineOrder::StopHandover(id) => self.outbox.stop(id),
            LineOrder::Account(id, order) => lying.account = Some((id, order)),
            LineOrder::Proxy(proxy) => {
                lying.proxy = Some(proxy);
                lying.interrupt_aside();
            }
            LineOrder::Forget(id) => {
                if lying.current(id).is_some() {
                    lying.check = None;
                    lying.interrupt();
                }
            }
        }
        self.changed.notify_all();
    }

    /// The kiosk has gone: whoever works, stops.
    pub(crate) fn end(&self) {
        self.outbox.end();
        let mut lying = self.lying();
        lying.ended = true;
        lying.check = None;
        lying.interrupt();
        self.changed.notify_all();
    }

    /// Waits for the next job; [`Job::Look`] if none comes within `patience`.
    pub(crate) fn next(&self, patience: Duration) -> Job {
        let idle = |lying: &mut Lying| !lying.ended && !lying.has_work();
        let waited = self.changed.wait_timeout_while(self.lying(), patience, idle);
        let (mut lying, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if lying.ended {
            return Job::End;
        }
        let Some(check) = &mut lying.check else {
            if let Some(proxy) = lying.proxy.take() {
                return Job::Proxy(proxy);
            }
            if let Some((id, order)) = lying.account.take() {
                return Job::Account(id, order);
            }
            return lying.journal.take().map_or(Job::Look, Job::Journal);
        };
        if let Some(way) = check.open.take() {
            return Job::Open(check.id, way);
        }
        let Some(from_card) = check.from_card.take() else { return Job::Look };
        let id = check.id;
        match check.opened.clone() {
            Some(opened) => Job::HandOver(id, opened, from_card),
            None => {
                lying.report(&from_card.refused(id, GatewayTrouble::Stale));
                Job::Look
            }
        }
    }

    /// Before a call: lets an order of the kiosk end it. `false` if nobody wants it any more.
    pub(crate) fn begin(&self, id: CheckId, gateway: &Arc<Gateway>) -> bool {
        let mut lying = self.lying();
        let wanted = lying.current(id).is_some();
        lying.call = wanted.then(|| Call { check: Some(id), gateway: Arc::clone(gateway) });
        wanted
    }

    /// Before a call that no check asked for: a check that comes meanwhile ends it. `false`
    /// if one is there already.
    pub(crate) fn begin_aside(&self, gateway: &Arc<Gateway>) -> bool {
        let mut lying = self.lying();
        let free = !lying.ended && !lying.has_check_work();
        lying.call = free.then(|| Call { check: None, gateway: Arc::clone(gateway) });
        free
    }

    /// Whether no check lies here, not even one that waits for its card.
    pub(crate) fn is_free(&self) -> bool {
        self.lying().check.is_none()
    }

    /// After such a call; `false` if it was cut off, so that it says nothing about the line.
    pub(crate) fn end_aside(&self) -> bool {
        self.lying().call.take().is_some()
    }

    /// A journal that was cut off waits again, unless a later one has come.
    pub(crate) fn put_back(&self, journal: Journal) {
        self.lying().journal.get_or_insert(journal);
    }

    pub(crate) fn is_wanted(&self, id: CheckId) -> bool {
        self.lying().current(id).is_some()
    }

    /// A check was opened, or not.
    pub(crate) fn opened(&self, id: CheckId, outcome: Result<(Opened, OpenCheck), GatewayTrouble>) {
        let mut lying = self.lying();
        lying.call = None;
        // An answer to an earlier order about the same check gives way to the later one.
        if let Some(check) = lying.current(id).filter(|check| check.open.is_none()) {
            let outcome = outcome.map(|(opened, open)| {
                check.opened = Some(opened);
                open
            });
            lying.report(&LineReport::Opened(id, outcome));
        }
    }

    /// What the card gave was answered, or not. Whether the kiosk was told.
    pub(crate) fn answered(&self, id: CheckId, reports: &[LineReport]) -> bool {
        let mut lying = self.lying();
        lying.call = None;
        let wanted = lying.current(id).is_some();
        for report in reports.iter().filter(|_| wanted) {
            lying.report(report);
        }
        wanted
    }

    /// What belongs to no check.
    pub(crate) fn report(&self, report: &LineReport) {
        self.lying().report(report);
    }

    fn lying(&self) -> MutexGuard<'_, Lying> {
        // What a panic left behind is whole: every change is one assignment.
        self.lying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lying {
    fn current(&mut self, id: CheckId) -> Option<&mut Check> {
        self.check.as_mut().filter(|check| check.id == id)
    }

    fn lay_down(&mut self, id: CheckId, from_card: FromCard) {
        match self.current(id) {
            Some(check) => check.from_card = Some(from_card),
            // Its challenge is gone, so there is nothing it could prove.
            None => self.report(&from_card.refused(id, GatewayTrouble::Stale)),
        }
    }

    fn has_work(&self) -> bool {
        let has_aside = self.account.is_some() || self.proxy.is_some() || self.journal.is_some();
        self.has_check_work() || (self.check.is_none() && has_aside)
    }

    fn has_check_work(&self) -> bool {
        self.check.as_ref().is_some_and(|check| check.open.is_some() || check.from_card.is_some())
    }

    fn interrupt_unless(&mut self, id: CheckId) {
        if self.call.as_ref().is_some_and(|call| call.check != Some(id)) {
            self.interrupt();
        }
    }

    /// A look at the line by a way that is no more.
    fn interrupt_aside(&mut self) {
        if self.call.as_ref().is_some_and(|call| call.check.is_none()) {
            self.interrupt();
        }
    }

    fn interrupt(&mut self) {
        if let Some(call) = self.call.take() {
            call.gateway.interrupt();
        }
    }

    fn report(&mut self, report: &LineReport) {
        if let Err(problem) = self.kiosk.send(report) {
            warn!("{problem}");
            self.ended = true;
        }
    }
}
