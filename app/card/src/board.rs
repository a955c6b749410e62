//! What lies on the reader now: written by the watcher, read by the worker.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kiosk_core::{Presence, ReaderStatus};
use reader_pcsc::{Sight, Slot, Stay};

/// Shared between the threads.
#[derive(Clone)]
pub(crate) struct Board {
    shared: Arc<(Mutex<Sight>, Condvar)>,
    /// Where presences begin, so that another process's are other numbers.
    base: u32,
}

impl Board {
    pub(crate) fn new(process_id: u32) -> Self {
        let shared = Arc::new((Mutex::new(Sight::Settling), Condvar::new()));
        Self { shared, base: process_id.wrapping_shl(12) }
    }

    pub(crate) fn set(&self, sight: Sight) {
        *self.sight() = sight;
        self.shared.1.notify_all();
    }

    pub(crate) fn get(&self) -> Sight {
        self.sight().clone()
    }

    /// What the kiosk is told.
    pub(crate) fn status(&self) -> ReaderStatus {
        match &*self.sight() {
            Sight::NoService(_) | Sight::Settling => ReaderStatus::Starting,
            Sight::NoReader => ReaderStatus::Missing,
            Sight::Unsupported(_) => ReaderStatus::Unsupported,
            Sight::Reader(_, slot) => match slot {
                Slot::Busy => ReaderStatus::Busy,
                Slot::Empty => ReaderStatus::Empty,
                Slot::Card(stay) => ReaderStatus::Card(self.presence(*stay)),
                Slot::Mute(stay) => ReaderStatus::Mute(self.presence(*stay)),
            },
        }
    }

    pub(crate) fn presence(&self, stay: Stay) -> Presence {
        Presence(self.base.wrapping_add(stay.number))
    }

    /// Whether `stay` is over, or ends within `patience`.
    pub(crate) fn ends(&self, stay: Stay, patience: Duration) -> bool {
        let lies = |sight: &mut Sight| matches!(sight, Sight::Reader(_, Slot::Card(it) | Slot::Mute(it)) if *it == stay);
        let waited = self
            .shared
            .1
            .wait_timeout_while(self.sight(), patience, lies)
            .unwrap_or_else(PoisonError::into_inner);
        !waited.1.timed_out()
    }

    fn sight(&self) -> MutexGuard<'_, Sight> {
        // One value, set whole: a panic elsewhere leaves it as it was.
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use reader_pcsc::ReaderName;

    use super::*;

    fn lying(number: u32) -> Sight {
        let slot = Slot::Card(Stay { number, events: 1 });
        Sight::Reader(ReaderName::from(c"Reader 00 00"), slot)
    }

    #[test]
    fn two_processes_never_count_alike() {
        let told = |process| {
            let board = Board::new(process);
            board.set(lying(1));
            board.status()
        };
        assert_eq!(told(100), ReaderStatus::Card(Presence((100 << 12) + 1)));
        assert_ne!(told(100), told(101));
        assert_ne!(told(u32::MAX), told(1));
    }

    #[test]
    fn a_stay_that_ended_is_known() {
        let board = Board::new(1);
        let stay = Stay { number: 1, events: 1 };
        board.set(lying(1));
        assert!(!board.ends(stay, Duration::from_millis(1)));
        board.set(lying(2));
        assert!(board.ends(stay, Duration::from_millis(1)));
    }
}
