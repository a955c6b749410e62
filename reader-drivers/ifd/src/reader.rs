//! The reader: what pcscd asks of it, free of pointers.
//!
//! ```text
//!              hands: insert        wait_for_event          presence
//!  no card ───────────────▶ real ───────────────▶ shown ─────────────▶ pcscd knows
//!     ▲                      │ remove, swap                                │
//!     └──────────────────────┴─────────────────────────────────────────────┘
//! ```
//!
//! Two truths are kept apart: the card that lies there (`card`) and the card that
//! pcscd was told of (`shown`). [`Reader::wait_for_event`] moves the second towards the
//! first, one step a call: pcscd asks for the presence between two calls, so that a swap
//! within a millisecond is seen as a removal and an insertion and no client talks
//! to the new card believing it is the old one.
//!
//! No lock is held while a card works: hands reach in at any time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::card::{Card, Office};
use crate::codes::{Power, Refusal};
use crate::fault::{Faults, Kind};
use crate::journal::Journal;
use crate::pin_pad::Keys;

/// A hung `transmit` ends by itself after this long, so that a forgotten `hang` does
/// not outlive its test. Longer than the patience of any step of the kiosk.
const LONGEST_HANG: Duration = Duration::from_secs(120);

/// One reader with one slot.
pub(crate) struct Reader {
    pub(crate) office: Box<dyn Office>,
    state: Mutex<State>,
    changed: Condvar,
}

pub(crate) struct State {
    pub(crate) card: Option<Lying>,
    /// The visit that pcscd was told of last.
    shown: Option<u64>,
    visits: u64,
    /// The waiting thread is to return now, whatever happened.
    poked: bool,
    pub(crate) plugged: bool,
    pub(crate) hang: Hang,
    pub(crate) faults: Faults,
    /// What a hand typed on the pad and nobody has asked for yet.
    pub(crate) keys: Option<Keys>,
    pub(crate) journal: Journal,
    closed: bool,
}

/// A card on the reader.
pub(crate) struct Lying {
    pub(crate) id: String,
    /// What the card said when it was powered; without power there is none.
    atr: Option<Vec<u8>>,
    /// Tells this stay on the reader from every other one, also of the same card.
    visit: u64,
    card: Arc<Mutex<Box<dyn Card>>>,
}

impl Lying {
    pub(crate) fn powered(&self) -> bool {
        self.atr.is_some()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hang {
    No,
    /// The next command will hang.
    Asked,
    /// A command hangs.
    Hanging,
}

impl Reader {
    /// An empty reader.
    pub(crate) fn new(office: Box<dyn Office>) -> Self {
        let state = State {
            card: None,
            shown: None,
            visits: 0,
            poked: false,
            plugged: true,
            hang: Hang::No,
            faults: Faults::default(),
            keys: None,
            journal: Journal::default(),
            closed: false,
        };
        Self { office, state: Mutex::new(state), changed: Condvar::new() }
    }

    /// Whether pcscd is to see a card.
    ///
    /// Errors: [`Refusal::NoReader`] while unplugged.
    pub(crate) fn presence(&self) -> Result<bool, Refusal> {
        let state = self.lock();
        if state.plugged { Ok(state.shown.is_some()) } else { Err(Refusal::NoReader) }
    }

    /// Waits until there is something new to see, [`Reader::wake`] is called, or
    /// `patience` is over.
    pub(crate) fn wait_for_event(&self, patience: Duration) {
        let quiet = |state: &mut State| !state.poked && !state.closed && state.next().is_none();
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), patience, quiet)
            .unwrap_or_else(PoisonError::into_inner);
        state.poked = false;
        if let Some(next) = state.next() {
            state.shown = next;
        }
    }

    /// Ends one [`Reader::wait_for_event`], the present or the next one, and no more:
    /// pcscd calls this on every disconnect of a client.
    pub(crate) fn wake(&self) {
        self.change(|state| state.poked = true);
    }

    /// Ends every wait for good.
    pub(crate) fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Powers the card; gives the ATR, which is empty for [`Power::Down`].
    ///
    /// Errors: no card, no reader, or a reset without power.
    pub(crate) fn power(&self, action: Power) -> Result<Vec<u8>, Refusal> {
        let (visit, powered, card) = {
            let state = self.lock();
            let lying = state.usable()?;
            (lying.visit, lying.powered(), Arc::clone(&lying.card))
        };
        let (atr, entry) = {
            let mut card = lock(&card);
            match action {
                Power::Up => {
                    card.power_off();
                    (card.power_on(), "on")
                }
                Power::Down => {
                    card.power_off();
                    (Vec::new(), "off")
                }
                Power::Reset if powered => (card.warm_reset(), "reset"),
                Power::Reset => return Err(Refusal::Power),
            }
        };
        let mut state = self.lock();
        state.same(visit)?.atr = (action != Power::Down).then(|| atr.clone());
        match action {
            Power::Up => state.faults.powered_up(),
            Power::Down => state.faults.powered_down(),
            Power::Reset => {}
        }
        state.journal.note_power(entry);
        Ok(atr)
    }

    /// The ATR of the powered card; empty without one.
    pub(crate) fn atr(&self) -> Vec<u8> {
        let state = self.lock();
        state.usable().ok().and_then(|lying| lying.atr.clone()).unwrap_or_default()
    }

    /// One command to the card, or what a fault makes of it. The journal gets its header
    /// and the status word.
    ///
    /// Errors: no card (also when it was pulled meanwhile), no reader, or a card
    /// that is not powered, was asked nothing, or answered without a status word.
    pub(crate) fn transmit(&self, apdu: &[u8]) -> Result<Vec<u8>, Refusal> {
        let (visit, card) = {
            let mut state = self.lock();
            match state.strike(apdu) {
                None => {}
                Some(Kind::Hang) => state.ask_to_hang(),
                Some(kind) => return self.suffer(kind, state, apdu),
            }
            let state = self.hang_if_asked(state);
            let lying = state.usable()?;
            if !lying.powered() || apdu.is_empty() {
                return Err(Refusal::Communication);
            }
            (lying.visit, Arc::clone(&lying.card))
        };
        let answer = lock(&card).transmit(apdu);
        let mut state = self.lock();
        state.same(visit)?;
        state.journal.note_apdu(apdu, &answer);
        if answer.len() < 2 { Err(Refusal::Communication) } else { Ok(answer) }
    }

    /// What comes of a command that a fault struck.
    fn suffer(
        &self,
        kind: Kind,
        mut state: MutexGuard<'_, State>,
        apdu: &[u8],
    ) -> Result<Vec<u8>, Refusal> {
        let answer = kind.answer(apdu);
        state.journal.note_apdu(apdu, &answer);
        if kind == Kind::Pull {
            state.take();
            drop(state);
            self.changed.notify_all();
            // pcscd cannot be told; when it is started anew, the card would lie there again.
            let _ = self.office.remember(None);
            return Err(Refusal::NoCard);
        }
        if answer.is_empty() { Err(Refusal::Communication) } else { Ok(answer) }
    }

    /// What a hand typed on the pad: now, or within `patience`.
    ///
    /// Errors: the card or the reader went away while waiting.
    pub(crate) fn keys_typed(&self, patience: Duration) -> Result<Option<Keys>, Refusal> {
        let visit = self.lock().usable()?.visit;
        let waiting =
            |state: &mut State| !state.closed && state.keys.is_none() && state.same(visit).is_ok();
        let (mut state, _) = self
            .changed
            .wait_timeout_while(self.lock(), patience, waiting)
            .unwrap_or_else(PoisonError::into_inner);
        state.same(visit)?;
        Ok(state.keys.take())
    }

    /// Changes the state and tells everyone who waits.
    pub(crate) fn change<T>(&self, how: impl FnOnce(&mut State) -> T) -> T {
        let result = how(&mut self.lock());
        self.changed.notify_all();
        result
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    fn hang_if_asked<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        if state.hang != Hang::Asked {
            return state;
        }
        state.hang = Hang::Hanging;
        let hanging = |state: &mut State| state.hang == Hang::Hanging && !state.closed;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, LONGEST_HANG, hanging)
            .unwrap_or_else(PoisonError::into_inner);
        state.hang = Hang::No;
        state
    }
}

impl State {
    /// Lays a card on the reader and begins its journal.
    pub(crate) fn lay(&mut self, id: &str, card: Box<dyn Card>) {
        let visit = self.new_visit();
        let card = Arc::new(Mutex::new(card));
        self.card = Some(Lying { id: id.to_owned(), atr: None, visit, card });
        self.keys = None;
        self.journal = Journal::default();
        self.faults.powered_down();
    }

    /// Takes the card away: it is off at once, and a command that is under way
    /// never gets its answer out.
    pub(crate) fn take(&mut self) -> Option<Lying> {
        self.keys = None;
        self.faults.powered_down();
        self.card.take()
    }

    /// Plugs or unplugs the reader. A card that lies on it loses its power, and stays.
    pub(crate) fn plug(&mut self, plugged: bool) {
        if self.plugged == plugged {
            return;
        }
        self.plugged = plugged;
        self.poked = true;
        let visit = self.new_visit();
        if let Some(lying) = &mut self.card {
            lying.visit = visit;
            lying.atr = None;
        }
        self.faults.powered_down();
    }

    /// Lets the next command hang; one that hangs already goes on doing so.
    pub(crate) fn ask_to_hang(&mut self) {
        if self.hang == Hang::No {
            self.hang = Hang::Asked;
        }
    }

    /// Counts a command that can reach the card.
    fn strike(&mut self, apdu: &[u8]) -> Option<Kind> {
        let reaches = self.usable().is_ok_and(Lying::powered) && !apdu.is_empty();
        if reaches { self.faults.strike(apdu) } else { None }
    }

    fn new_visit(&mut self) -> u64 {
        self.visits += 1;
        self.visits
    }

    /// The next thing pcscd is to see, when that is not what it saw last.
    fn next(&self) -> Option<Option<u64>> {
        let real = self.card.as_ref().map(|lying| lying.visit);
        if !self.plugged || real == self.shown {
            return None;
        }
        Some(if self.shown.is_some() { None } else { real })
    }

    /// The card, when pcscd knows of it and the reader is plugged.
    fn usable(&self) -> Result<&Lying, Refusal> {
        if !self.plugged {
            return Err(Refusal::NoReader);
        }
        let lying = self.card.as_ref().ok_or(Refusal::NoCard)?;
        if self.shown == Some(lying.visit) { Ok(lying) } else { Err(Refusal::NoCard) }
    }

    /// The card of that `visit`, when it still lies there.
    fn same(&mut self, visit: u64) -> Result<&mut Lying, Refusal> {
        if !self.plugged {
            return Err(Refusal::NoReader);
        }
        self.card.as_mut().filter(|lying| lying.visit == visit).ok_or(Refusal::NoCard)
    }
}

/// Locks also after a panic: a card that panicked must not take the reader with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
