//! What the card remembers between two commands, and what makes it forget
//! (the README says who published it).

use crate::{counters::Role, external_authentication::Progress};

/// What can be selected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Application {
    Jpki,
    IssuerSecurityDomain,
}

/// From power-on to power-off.
#[derive(Default)]
pub(crate) struct Session {
    /// The last one selected, also across a warm reset.
    application: Option<Application>,
    /// Whether it is selected now: a warm reset ends that, and nothing else.
    selected: bool,
    ef: Option<u16>,
    verified: Vec<Role>,
    /// The simulated external authentication.
    pub(crate) terminal: Progress,
}

impl Session {
    /// A verified PIN outlives selecting the same application again, not another one.
    /// So does a terminal.
    pub(crate) fn select(&mut self, application: Application) {
        if self.application != Some(application) {
            self.verified.clear();
            self.terminal = Progress::default();
        }
        self.application = Some(application);
        self.selected = true;
        self.ef = None;
    }

    pub(crate) fn select_file(&mut self, ef: u16) {
        self.ef = Some(ef);
    }

    /// Verified PINs stay: whoever resets a card has not locked it. A terminal goes.
    pub(crate) fn warm_reset(&mut self) {
        self.selected = false;
        self.terminal = Progress::default();
    }

    pub(crate) fn has_selection(&self) -> bool {
        self.selected
    }

    pub(crate) fn in_jpki(&self) -> bool {
        self.selected && self.application == Some(Application::Jpki)
    }

    pub(crate) fn ef(&self) -> Option<u16> {
        self.ef.filter(|_| self.in_jpki())
    }

    pub(crate) fn verify(&mut self, role: Role) {
        self.forget(role);
        self.verified.push(role);
    }

    pub(crate) fn forget(&mut self, role: Role) {
        self.verified.retain(|verified| *verified != role);
    }

    pub(crate) fn is_verified(&self, role: Role) -> bool {
        self.verified.contains(&role)
    }
}
