//! What happens at each message of the machine, at each move of the card and when the card is
//! done. No socket, no thread, no clock.
//!
//! ```text
//!            Init                 confirmed            a card, its power, its ATR
//!  stranger ──────▶ told: empty ───────────▶ empty ─────────────────────────────▶ card
//!                        ▲                                the card goes             │
//!                        └──────────────────────────────────────────────────────────┘
//! ```
//!
//! Between "empty" told and confirmed there may be commands on their way that were meant for the
//! card before: they are dropped, and the machine has ended them itself by then.

use std::{collections::VecDeque, mem, time::Duration};

use crate::{
    machine::{self, Done, Front, Job, Sight},
    reader::{Refusal, Slot},
};

use super::message::{Decoder, FromHost, ProtocolError, ToHost, kind};

type Effect = machine::Effect<ToHost>;

/// QEMU's reader answers a longer one never, and stands still: its messages have 384 bytes,
/// and 10 of them are CCID's header.
const LONGEST_ANSWER: usize = 374;
/// Commands that the machine may send before the first one is answered. libccid sends one,
/// and another when it waits no longer for that.
const MOST_COMMANDS: usize = 16;

#[derive(Default)]
pub(super) struct Link {
    decoder: Decoder,
    greeted: bool,
    has_card: bool,
    /// The machine was told of the card that lies there.
    told: bool,
    /// So many things the machine was told and has not confirmed.
    unconfirmed: usize,
    in_hand: Option<InHand>,
    /// Commands after the one in hand.
    commands: VecDeque<Vec<u8>>,
    effects: Vec<Effect>,
}

/// What the card works at.
struct InHand {
    what: What,
    /// Nobody waits for it any more.
    forgotten: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    PowerOn,
    PowerOff,
    Command,
}

impl Front for Link {
    type Packet = ToHost;
    type Problem = ProtocolError;

    /// Nobody hears when the host has seen the slot empty. Linux asks four times a second;
    /// a guest without KVM is slow.
    const KEEP_BACK: Duration = Duration::from_secs(3);

    fn met(&mut self) -> Vec<Effect> {
        self.send(ToHost::Init);
        self.take_effects()
    }

    fn lost(&mut self, slot: Slot) -> Vec<Effect> {
        self.decoder = Decoder::default();
        self.greeted = false;
        self.end_stay();
        self.follow(slot);
        self.take_effects()
    }

    fn came(&mut self, bytes: &[u8], slot: Slot) -> Result<Vec<Effect>, ProtocolError> {
        self.decoder.push(bytes);
        while let Some(message) = self.decoder.next()? {
            self.message(message)?;
            self.follow(slot);
        }
        Ok(self.take_effects())
    }

    fn seen(&mut self, sight: Sight, slot: Slot) -> Vec<Effect> {
        self.has_card = sight.has_card;
        if self.told && !self.has_card {
            self.end_stay();
            self.tell(ToHost::CardRemove);
        }
        self.follow(slot);
        self.take_effects()
    }

    fn done(&mut self, done: Done, slot: Slot) -> Vec<Effect> {
        if let Some(InHand { what, forgotten: false }) = self.in_hand.take() {
            self.worked(what, done);
        }
        self.follow(slot);
        self.take_effects()
    }
}

impl Link {
    fn message(&mut self, message: FromHost) -> Result<(), ProtocolError> {
        match message {
            // Also unasked, when the reader was plugged in again.
            FromHost::Init => {
                self.greeted = true;
                self.end_stay();
                self.unconfirmed = 0;
                self.tell(ToHost::ReaderAdd);
                // It may still believe in a card of someone who ended without a word.
                self.tell(ToHost::CardRemove);
                Ok(())
            }
            FromHost::Outcome(_) if !self.greeted => Err(ProtocolError::NotGreeted(kind::ERROR)),
            FromHost::Command(_) if !self.greeted => Err(ProtocolError::NotGreeted(kind::APDU)),
            // One more than expected is for what a reader was told that is gone.
            FromHost::Outcome(0) => {
                self.unconfirmed = self.unconfirmed.saturating_sub(1);
                Ok(())
            }
            FromHost::Outcome(code) => Err(ProtocolError::Refused(code)),
            FromHost::Command(_) if !self.told => Ok(()),
            FromHost::Command(_) if self.commands.len() == MOST_COMMANDS => {
                Err(ProtocolError::Impatient(MOST_COMMANDS + 1))
            }
            FromHost::Command(command) => {
                self.commands.push_back(command);
                Ok(())
            }
        }
    }

    /// What the machine knew of the card, and wanted of it, is of yesterday.
    fn end_stay(&mut self) {
        self.told = false;
        self.commands.clear();
        if let Some(in_hand) = &mut self.in_hand {
            in_hand.forgotten = true;
        }
    }

    /// The next thing for the card to do, when its hands are free.
    fn follow(&mut self, slot: Slot) {
        if self.in_hand.is_some() {
            return;
        }
        if self.told {
            if let Some(command) = self.commands.pop_front() {
                self.begin(What::Command, Job::Transmit(command));
            }
        } else if slot == Slot::Powered {
            // A stay begins cold.
            self.begin(What::PowerOff, Job::PowerOff);
        } else if self.greeted && self.has_card && self.unconfirmed == 0 {
            self.begin(What::PowerOn, Job::PowerOn);
        }
    }

    fn begin(&mut self, what: What, job: Job) {
        self.in_hand = Some(InHand { what, forgotten: false });
        self.effects.push(Effect::Work(job));
    }

    fn worked(&mut self, what: What, done: Done) {
        match (what, done) {
            (What::PowerOff, Ok(_)) => {}
            (What::PowerOn, Ok(atr)) => {
                self.told = true;
                self.tell(ToHost::Atr(atr));
            }
            (What::Command, Ok(answer)) if answer.len() <= LONGEST_ANSWER => {
                self.send(ToHost::Answer(answer));
            }
            (What::Command, Ok(_) | Err(Refusal::Communication | Refusal::Power)) => {
                self.send(ToHost::Mute);
            }
            // It is gone: a sight of that comes, and ends the command too. Until then there is
            // nothing to be done with it.
            (What::Command, Err(Refusal::NoCard | Refusal::NoReader)) => {}
            (What::PowerOn | What::PowerOff, Err(_)) => self.has_card = false,
        }
    }

    /// What the machine confirms.
    fn tell(&mut self, message: ToHost) {
        self.unconfirmed += 1;
        self.send(message);
    }

    fn send(&mut self, message: ToHost) {
        self.effects.push(Effect::Send(message));
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        mem::take(&mut self.effects)
    }
}
