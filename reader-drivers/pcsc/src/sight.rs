//! From looks at PC/SC to what lies on the reader. Pure: time comes in.
//!
//! ```text
//! NoService ─▶ Settling ─▶ NoReader · Unsupported · Reader(Busy · Empty · Card · Mute)
//!     ▲                                        │
//!     └──────── the context died ──────────────┘
//! ```

use std::time::{Duration, Instant};

use crate::{Fault, ReaderName, names::Choice};

/// A reader that has just appeared, or a service that has just come back, shows EMPTY
/// (or no reader at all) for about 100 ms although a card lies there. What is missing is
/// believed only after this time. Else a forgotten card would seem to be lifted and put
/// down again.
const SETTLE: Duration = Duration::from_secs(1);

/// Other programs hold a reader for longer than this before it counts; what we have just
/// released ourselves can look like another program's for a moment.
const BUSY_AFTER: Duration = Duration::from_millis(300);

/// The longest wait for PC/SC's events. pcscd of Debian 12 forgets a reader that comes
/// between two waits; this finds it.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// One stay of one card. A card that was lifted and put back, or that was there through a
/// restart of the service, has another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stay {
    /// Counts up for the life of a watcher.
    pub number: u32,
    /// PC/SC's count of what came and went on this reader, 16 bits.
    pub events: u32,
}

/// What a watcher sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    /// The PC/SC service is not there; the watcher keeps trying.
    NoService(Fault),
    /// The service or the reader has just come; what it says is not believed yet.
    Settling,
    /// No reader is connected, or none of the wanted name.
    NoReader,
    /// Only readers are connected that the catalogue calls unsupported.
    Unsupported(ReaderName),
    Reader(ReaderName, Slot),
}

impl Sight {
    /// Whether the catalogue knows the reader that is in use; none is while it settles.
    pub fn is_known(&self) -> Option<bool> {
        match self {
            Self::Reader(name, _) => Some(name.is_known()),
            Self::NoService(_) | Self::Settling | Self::NoReader | Self::Unsupported(_) => None,
        }
    }
}

/// What lies on the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Another program holds the reader.
    Busy,
    Empty,
    Card(Stay),
    /// Something that does not answer: upside down, or no chip.
    Mute(Stay),
}

/// What one reader says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) present: bool,
    pub(crate) mute: bool,
    /// Another program is connected.
    pub(crate) held: bool,
    pub(crate) events: u32,
}

/// Turns looks into [`Sight`]s; a sight is told once.
#[derive(Debug)]
pub(crate) struct Tracker {
    told: Sight,
    /// The reader and, if something lies on it, the stay.
    reader: Option<(ReaderName, Option<Stay>)>,
    stays: u32,
    settled_at: Option<Instant>,
    held_since: Option<Instant>,
}

impl Tracker {
    pub(crate) fn new() -> Self {
        Self { told: Sight::Settling, reader: None, stays: 0, settled_at: None, held_since: None }
    }

    pub(crate) fn reader(&self) -> Option<&ReaderName> {
        self.reader.as_ref().map(|(name, _)| name)
    }

    /// A new context works.
    pub(crate) fn service_came(&mut self, now: Instant) -> Option<Sight> {
        self.settled_at = Some(now + SETTLE);
        self.tell(Sight::Settling)
    }

    /// The context is dead.
    pub(crate) fn service_went(&mut self, fault: Fault) -> Option<Sight> {
        self.reader = None;
        self.held_since = None;
        self.tell(Sight::NoService(fault))
    }

    /// One look at the chosen reader; without one when PC/SC calls it unavailable.
    pub(crate) fn look(
        &mut self,
        now: Instant,
        choice: Choice,
        look: Option<Look>,
    ) -> Option<Sight> {
        let sight = match (choice, look) {
            (Choice::Use(name), Some(look)) => {
                let slot = self.slot(now, &name, look);
                slot.map_or(Sight::Settling, |slot| Sight::Reader(name, slot))
            }
            (choice, _) => {
                self.reader = None;
                match choice {
                    _ if self.is_settling(now) => Sight::Settling,
                    Choice::Unsupported(name) => Sight::Unsupported(name),
                    Choice::Use(_) | Choice::None => Sight::NoReader,
                }
            }
        };
        self.tell(sight)
    }

    /// How long to wait for PC/SC's events before the next look.
    pub(crate) fn patience(&self, now: Instant) -> Duration {
        // Not every end of another program's use is an event.
        let look_again = if self.held_since.is_some() { BUSY_AFTER } else { LOOK_AGAIN };
        let settled = self.settled_at.map(|end| end.saturating_duration_since(now));
        settled.filter(|wait| !wait.is_zero()).map_or(look_again, |wait| wait.min(look_again))
    }

    fn slot(&mut self, now: Instant, name: &ReaderName, look: Look) -> Option<Slot> {
        let before = match self.reader.take() {
            Some((known, stay)) if known == *name => stay,
            _ => {
                self.settled_at = Some(now + SETTLE);
                None
            }
        };
        let stay = look.present.then(|| match before {
            Some(stay) if stay.events == look.events => stay,
            _ => {
                self.stays = self.stays.wrapping_add(1);
                Stay { number: self.stays, events: look.events }
            }
        });
        self.reader = Some((name.clone(), stay));
        if stay.is_some() {
            // A card that is seen needs no further proof, and is seen to leave.
            self.settled_at = None;
        }
        match stay {
            _ if self.is_held(now, look.held) => Some(Slot::Busy),
            Some(stay) if look.mute => Some(Slot::Mute(stay)),
            Some(stay) => Some(Slot::Card(stay)),
            None if self.is_settling(now) => None,
            None => Some(Slot::Empty),
        }
    }

    fn is_settling(&self, now: Instant) -> bool {
        self.settled_at.is_some_and(|end| now < end)
    }

    fn is_held(&mut self, now: Instant, held: bool) -> bool {
        self.held_since = held.then(|| self.held_since.unwrap_or(now));
        self.held_since.is_some_and(|since| now >= since + BUSY_AFTER)
    }

    fn tell(&mut self, sight: Sight) -> Option<Sight> {
        if self.told == sight {
            return None;
        }
        self.told = sight.clone();
        Some(sight)
    }
}

#[cfg(test)]
mod tests;
