//! What lies on the reader, and what its host was told of it.

use std::sync::{Arc, Mutex};

use super::{
    Card, Keys, Refusal,
    fault::{Faults, Kind},
    journal::Journal,
};

pub(super) struct State {
    pub(super) card: Option<Lying>,
    /// The visit that the host was told of last.
    pub(super) shown: Option<u64>,
    pub(super) visits: u64,
    /// The waiting thread is to return now, whatever happened.
    pub(super) poked: bool,
    pub(super) plugged: bool,
    pub(super) plugs: u64,
    /// A driver has sent its first command since the plug went in.
    pub(super) driven: bool,
    pub(super) hang: Hang,
    pub(super) faults: Faults,
    /// What a hand typed on the pad and nobody has asked for yet.
    pub(super) keys: Option<Keys>,
    pub(super) journal: Journal,
    pub(super) closed: bool,
}

/// A card on the reader.
pub(super) struct Lying {
    pub(super) id: String,
    /// What the card said when it was powered; without power there is none.
    pub(super) atr: Option<Vec<u8>>,
    /// Tells this stay on the reader from every other one, also of the same card.
    pub(super) visit: u64,
    pub(super) card: Arc<Mutex<Box<dyn Card>>>,
}

impl Lying {
    pub(super) fn powered(&self) -> bool {
        self.atr.is_some()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Hang {
    No,
    /// The next command will hang.
    Asked,
    /// A command hangs.
    Hanging,
}

impl Default for State {
    /// Empty, and plugged in.
    fn default() -> Self {
        Self {
            card: None,
            shown: None,
            visits: 0,
            poked: false,
            plugged: true,
            plugs: 1,
            driven: false,
            hang: Hang::No,
            faults: Faults::default(),
            keys: None,
            journal: Journal::default(),
            closed: false,
        }
    }
}

impl State {
    /// Lays a card on the reader and begins its journal.
    pub(super) fn lay(&mut self, id: &str, card: Box<dyn Card>) {
        let visit = self.new_visit();
        let card = Arc::new(Mutex::new(card));
        self.card = Some(Lying { id: id.to_owned(), atr: None, visit, card });
        self.keys = None;
        self.journal = Journal::default();
        self.faults.powered_down();
    }

    /// Takes the card away: it is off at once, and a command that is under way
    /// never gets its answer out.
    pub(super) fn take(&mut self) -> Option<Lying> {
        self.keys = None;
        self.faults.powered_down();
        self.card.take()
    }

    /// Plugs or unplugs the reader. A card that lies on it loses its power, and stays.
    pub(super) fn plug(&mut self, plugged: bool) {
        if self.plugged == plugged {
            return;
        }
        self.plugged = plugged;
        self.plugs += u64::from(plugged);
        self.driven = false;
        self.poked = true;
        let visit = self.new_visit();
        if let Some(lying) = &mut self.card {
            lying.visit = visit;
            lying.atr = None;
        }
        self.faults.powered_down();
    }

    /// Lets the next command hang; one that hangs already goes on doing so.
    pub(super) fn ask_to_hang(&mut self) {
        if self.hang == Hang::No {
            self.hang = Hang::Asked;
        }
    }

    /// Counts a command that can reach the card.
    pub(super) fn strike(&mut self, apdu: &[u8]) -> Option<Kind> {
        let reaches = self.usable().is_ok_and(Lying::powered) && !apdu.is_empty();
        if reaches { self.faults.strike(apdu) } else { None }
    }

    fn new_visit(&mut self) -> u64 {
        self.visits += 1;
        self.visits
    }

    /// The next thing the host is to see, when that is not what it saw last.
    pub(super) fn next(&self) -> Option<Option<u64>> {
        let real = self.card.as_ref().map(|lying| lying.visit);
        if !self.plugged || real == self.shown {
            return None;
        }
        Some(if self.shown.is_some() { None } else { real })
    }

    /// The card, when the host knows of it and the reader is plugged.
    pub(super) fn usable(&self) -> Result<&Lying, Refusal> {
        if !self.plugged {
            return Err(Refusal::NoReader);
        }
        let lying = self.card.as_ref().ok_or(Refusal::NoCard)?;
        if self.shown == Some(lying.visit) { Ok(lying) } else { Err(Refusal::NoCard) }
    }

    /// The card of that `visit`, when it still lies there.
    pub(super) fn same(&mut self, visit: u64) -> Result<&mut Lying, Refusal> {
        if !self.plugged {
            return Err(Refusal::NoReader);
        }
        self.card.as_mut().filter(|lying| lying.visit == visit).ok_or(Refusal::NoCard)
    }
}
