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
    CardProof, CheckId, Eligibility, GatewayTrouble, LineStatus, OpenCheck, proof::Method,
};
use kiosk_gateway::answer::Opened;
use kiosk_process::{
    Link,
    words::{LineOrder, LineReport},
};
use log::warn;

use crate::gateway::Gateway;

/// Shared by the thread that listens and the thread that works.
#[derive(Debug)]
pub(crate) struct Desk {
    lying: Mutex<Lying>,
    changed: Condvar,
}

#[derive(Debug)]
struct Lying {
    kiosk: Link<LineReport, LineOrder>,
    check: Option<Check>,
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
    open: Option<Method>,
    /// As the gateway has opened it.
    opened: Option<Opened>,
    /// To be handed over.
    proof: Option<Box<CardProof>>,
}

#[derive(Debug)]
struct Call {
    /// `None` for a look at the line.
    check: Option<CheckId>,
    gateway: Arc<Gateway>,
}

/// What the worker is to do.
#[derive(Debug)]
pub(crate) enum Job {
    Open(CheckId, Method),
    Prove(CheckId, Opened, Box<CardProof>),
    /// Nothing came for a while.
    Look,
    /// The kiosk has gone.
    End,
}

impl Desk {
    pub(crate) fn new(kiosk: Link<LineReport, LineOrder>) -> Self {
        let lying = Lying { kiosk, check: None, call: None, ended: false };
        Self { lying: Mutex::new(lying), changed: Condvar::new() }
    }

    /// Lays an order down. Never waits for a call.
    pub(crate) fn order(&self, order: LineOrder) {
        let mut lying = self.lying();
        match order {
            LineOrder::Open(id, method) => {
                lying.interrupt_unless(id);
                lying.check = Some(Check { id, open: Some(method), opened: None, proof: None });
            }
            LineOrder::Check(id, proof) => match lying.current(id) {
                Some(check) => check.proof = Some(proof),
                // Its challenge is gone, so there is nothing the proof could prove.
                None => lying.report(&LineReport::Answered(id, Err(GatewayTrouble::Stale))),
            },
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
        let Some(check) = &mut lying.check else { return Job::Look };
        if let Some(method) = check.open.take() {
            return Job::Open(check.id, method);
        }
        let Some(proof) = check.proof.take() else { return Job::Look };
        let id = check.id;
        match check.opened.clone() {
            Some(opened) => Job::Prove(id, opened, proof),
            None => {
                lying.report(&LineReport::Answered(id, Err(GatewayTrouble::Stale)));
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

    /// Before a look at the line: a check that comes meanwhile ends it. `false` if one is
    /// there already.
    pub(crate) fn begin_look(&self, gateway: &Arc<Gateway>) -> bool {
        let mut lying = self.lying();
        let free = !lying.ended && !lying.has_work();
        lying.call = free.then(|| Call { check: None, gateway: Arc::clone(gateway) });
        free
    }

    /// After a look; `false` if it was cut off, so that it says nothing about the line.
    pub(crate) fn end_look(&self) -> bool {
        self.lying().call.take().is_some()
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

    /// A proof was answered, or not.
    pub(crate) fn answered(&self, id: CheckId, outcome: Result<Box<Eligibility>, GatewayTrouble>) {
        let mut lying = self.lying();
        lying.call = None;
        if lying.current(id).is_some() {
            lying.report(&LineReport::Answered(id, outcome));
        }
    }

    pub(crate) fn status(&self, status: LineStatus) {
        self.lying().report(&LineReport::Status(status));
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

    fn has_work(&self) -> bool {
        self.check.as_ref().is_some_and(|check| check.open.is_some() || check.proof.is_some())
    }

    fn interrupt_unless(&mut self, id: CheckId) {
        if self.call.as_ref().is_some_and(|call| call.check != Some(id)) {
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
