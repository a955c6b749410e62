//! A reader with one slot, free of how a host reaches it: the IFD handler and the USB
//! device are fronts of this one.
//!
//! ```text
//!              hands: insert        wait_for_event          presence
//!  no card ───────────────▶ real ───────────────▶ shown ─────────────▶ the host knows
//!     ▲                      │ remove, swap                                │
//!     └──────────────────────┴─────────────────────────────────────────────┘
//! ```
//!
//! Two truths are kept apart: the card that lies there (`card`) and the card that
//! the host was told of (`shown`). [`Reader::wait_for_event`] moves the second towards the
//! first, one step a call: a front passes the presence on between two calls, so that a swap
//! within a millisecond is seen as a removal and an insertion and no client talks
//! to the new card believing it is the old one.
//!
//! No lock is held while a card works: hands reach in at any time.

mod card;
mod control;
mod fault;
mod hands;
mod journal;
mod keys;
mod state;
mod t0;
mod tin;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fault::Kind;
use state::{Hang, State};

pub use card::{Card, Desk, Office};
pub use control::{Control, ControlError};
pub use keys::{Keys, MOST_DIGITS};
pub use t0::OnContacts;
pub use tin::{Diary, Tins};

/// A hung `transmit` ends by itself after this long, so that a forgotten `hang` does
/// not outlive its test. Longer than the patience of any step of the kiosk.
const LONGEST_HANG: Duration = Duration::from_secs(120);

/// Why a reader did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The card was asked to reset without power.
    Power,
    /// The card has no power, or gave no answer that is one.
    Communication,
    /// No card lies on the reader.
    NoCard,
    /// The reader is unplugged.
    NoReader,
}

/// What is to be done to a card's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    Up,
    Down,
    Reset,
}

/// What a host can see of the slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    Empty,
    /// A card without power.
    Unpowered,
    Powered,
}

/// One reader with one slot.
pub struct Reader {
    office: Box<dyn Office>,
    has_pad: bool,
    has_plug: bool,
    state: Mutex<State>,
    changed: Condvar,
}

impl Reader {
    /// An empty reader without a PIN pad.
    pub fn new(office: Box<dyn Office>) -> Self {
        Self {
            office,
            has_pad: false,
            has_plug: true,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// The same with keys that hands can press.
    #[must_use]
    pub fn with_pad(self) -> Self {
        Self { has_pad: true, ..self }
    }

    /// The same with a plug that only the host can pull.
    #[must_use]
    pub fn without_plug(self) -> Self {
        Self { has_plug: false, ..self }
    }

    /// Whether the host is to see a card.
    ///
    /// Errors: [`Refusal::NoReader`] while unplugged.
    pub fn presence(&self) -> Result<bool, Refusal> {
        Ok(self.slot()? != Slot::Empty)
    }

    /// What the host is to see.
    ///
    /// Errors: [`Refusal::NoReader`] while unplugged.
    pub fn slot(&self) -> Result<Slot, Refusal> {
        let state = self.lock();
        if !state.plugged {
            return Err(Refusal::NoReader);
        }
        Ok(match (state.shown, state.usable()) {
            (None, _) => Slot::Empty,
            (Some(_), Ok(lying)) if lying.powered() => Slot::Powered,
            (Some(_), _) => Slot::Unpowered,
        })
    }

    /// How often the reader was plugged in since it was made: who was away while it was
    /// unplugged and plugged in again sees it by this.
    pub fn plugs(&self) -> u64 {
        self.lock().plugs
    }

    /// A driver has the reader in hand: it asked for the slot.
    pub(crate) fn driven(&self) {
        self.change(|state| state.driven = true);
    }

    /// Waits until there is something new to see, [`Reader::wake`] is called, or
    /// `patience` is over.
    pub fn wait_for_event(&self, patience: Duration) {
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
    /// pcscd has this done on every disconnect of a client.
    pub fn wake(&self) {
        self.change(|state| state.poked = true);
    }

    /// Ends every wait for good.
    pub fn close(&self) {
        self.change(|state| state.closed = true);
    }

    /// Powers the card; gives the ATR, which is empty for [`Power::Down`].
    ///
    /// Errors: no card, no reader, or a reset without power.
    pub fn power(&self, action: Power) -> Result<Vec<u8>, Refusal> {
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
    pub fn atr(&self) -> Vec<u8> {
        let state = self.lock();
        state.usable().ok().and_then(|lying| lying.atr.clone()).unwrap_or_default()
    }

    /// One command to the card, or what a fault makes of it. The journal gets its header
    /// and the status word.
    ///
    /// Errors: no card (also when it was pulled meanwhile), no reader, or a card
    /// that is not powered, was asked nothing, or answered without a status word.
    pub fn transmit(&self, apdu: &[u8]) -> Result<Vec<u8>, Refusal> {
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
            // The host cannot be told; when the reader is started anew, the card would lie there again.
            let _ = self.office.remember(None);
            return Err(Refusal::NoCard);
        }
        if answer.is_empty() { Err(Refusal::Communication) } else { Ok(answer) }
    }

    /// What a hand typed on the pad: now, or within `patience`.
    ///
    /// Errors: the card or the reader went away while waiting.
    pub fn keys_typed(&self, patience: Duration) -> Result<Option<Keys>, Refusal> {
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
    fn change<T>(&self, how: impl FnOnce(&mut State) -> T) -> T {
        let result = how(&mut self.lock());
        self.changed.notify_all();
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
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

/// Whether a card lies there, and no more: cards and keys are private.
impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader({:?})", self.slot())
    }
}

/// Locks also after a panic: a card that panicked must not take the reader with it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
