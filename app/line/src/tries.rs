//! How often a result is tried to be handed over: a few times while its page is up, and
//! never later.

use std::time::Duration;

use kiosk_core::HandoverTrouble;

/// After each try but the last. With 5 s for each connection that nobody answers it is over
/// within 27 s: before the page of an unattended station closes by itself.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Of one result.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    failed: usize,
}

/// What follows a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Done,
    TryAfter(Duration),
    GiveUp(HandoverTrouble),
}

/// Why a try failed, and whether another one may do better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failed {
    pub(crate) trouble: HandoverTrouble,
    pub(crate) may_pass: bool,
}

impl Tries {
    /// To be asked after every try, until it is over.
    pub(crate) fn after(&mut self, outcome: Result<(), Failed>) -> Next {
        let Err(Failed { trouble, may_pass }) = outcome else { return Next::Done };
        match PAUSES.get(self.failed).filter(|_| may_pass) {
            Some(pause) => {
                self.failed += 1;
                Next::TryAfter(*pause)
            }
            None => Next::GiveUp(trouble),
        }
    }

    /// Of the try that is made now.
    pub(crate) fn number(&self) -> usize {
        self.failed + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn failed(trouble: HandoverTrouble, may_pass: bool) -> Result<(), Failed> {
        Err(Failed { trouble, may_pass })
    }

    #[test]
    fn four_tries_and_the_last_trouble_is_told() {
        let seconds = |count| Next::TryAfter(Duration::from_secs(count));
        let mut tries = Tries::default();
        for pause in [1, 2, 4] {
            assert_eq!(tries.after(failed(HandoverTrouble::NotReached, true)), seconds(pause));
        }
        let last = tries.after(failed(HandoverTrouble::Folder, true));
        assert_eq!((last, tries.number()), (Next::GiveUp(HandoverTrouble::Folder), 4));
    }

    #[test]
    fn what_does_not_pass_is_told_at_once_and_what_passed_is_done() {
        let refused = failed(HandoverTrouble::NotAdmitted, false);
        let told = Next::GiveUp(HandoverTrouble::NotAdmitted);
        assert_eq!(Tries::default().after(refused), told);
        let mut tries = Tries::default();
        tries.after(failed(HandoverTrouble::DiskFull, true));
        assert_eq!(tries.after(refused), told);
        assert_eq!(tries.after(Ok(())), Next::Done);
    }
}
