//! Where a result waits to be handed over: one at a time, in memory, until the kiosk says
//! that its page is gone.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use kiosk_core::CheckId;

use crate::{ask::Ask, gateway::Original};

/// Shared by who puts a result in, who stops it, and the courier.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    lying: Mutex<Lying>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Lying {
    /// Whose it is, whether it may go, and the result unless the courier has it.
    parcel: Option<(CheckId, bool, Option<Original>)>,
    /// The call under way.
    call: Option<Arc<Ask>>,
    /// The kiosk has gone.
    ended: bool,
}

impl Outbox {
    /// Lays a result down, in the place of another one. It does not go yet.
    pub(crate) fn put(&self, id: CheckId, original: Original) {
        let mut lying = self.lying();
        lying.interrupt();
        lying.parcel = Some((id, false, Some(original)));
    }

    /// Its page is up: it may go.
    pub(crate) fn go(&self, id: CheckId) {
        if let Some((of, may_go, _)) = &mut self.lying().parcel
            && *of == id
        {
            *may_go = true;
        }
        self.changed.notify_all();
    }

    /// Its page is gone: wiped, wherever it is.
    pub(crate) fn stop(&self, id: CheckId) {
        let mut lying = self.lying();
        if lying.has(id) {
            lying.parcel = None;
            lying.interrupt();
        }
        self.changed.notify_all();
    }

    /// The kiosk has gone.
    pub(crate) fn end(&self) {
        let mut lying = self.lying();
        lying.ended = true;
        lying.parcel = None;
        lying.interrupt();
        self.changed.notify_all();
    }

    /// Waits for a result that may go; `None` at the end.
    pub(crate) fn next(&self) -> Option<(CheckId, Original)> {
        let waits =
            |lying: &mut Lying| !lying.ended && !matches!(lying.parcel, Some((_, true, Some(_))));
        let waited = self.changed.wait_while(self.lying(), waits);
        let mut lying = waited.unwrap_or_else(PoisonError::into_inner);
        let (id, _, original) = lying.parcel.as_mut()?;
        Some((*id, original.take()?))
    }

    /// Before a call: lets [`Outbox::stop`] end it. `false` if nobody wants it any more.
    pub(crate) fn begin(&self, id: CheckId, ask: &Arc<Ask>) -> bool {
        let mut lying = self.lying();
        let wanted = lying.has(id);
        lying.call = wanted.then(|| Arc::clone(ask));
        wanted
    }

    /// Waits between two tries; `false` if nobody wants it any more.
    pub(crate) fn pause(&self, id: CheckId, pause: Duration) -> bool {
        let waited = self.changed.wait_timeout_while(self.lying(), pause, |lying| lying.has(id));
        let (lying, _) = waited.unwrap_or_else(PoisonError::into_inner);
        lying.has(id)
    }

    /// It is over. `false` if nobody wants to know.
    pub(crate) fn over(&self, id: CheckId) -> bool {
        let mut lying = self.lying();
        let wanted = lying.has(id);
        if wanted {
            lying.parcel = None;
            lying.call = None;
        }
        wanted
    }

    fn lying(&self) -> MutexGuard<'_, Lying> {
        // What a panic left behind is whole: every change is one assignment.
        self.lying.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lying {
    fn has(&self, id: CheckId) -> bool {
        self.parcel.as_ref().is_some_and(|(of, ..)| *of == id)
    }

    fn interrupt(&mut self) {
        if let Some(call) = self.call.take() {
            call.interrupt();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const ONE: CheckId = CheckId(1);
    const TWO: CheckId = CheckId(2);

    fn original(text: &str) -> Original {
        Original { xml: text.as_bytes().to_vec().into(), is_simulator: true }
    }

    fn taken(outbox: &Outbox) -> Option<String> {
        let (_, original) = outbox.next()?;
        Some(String::from_utf8(original.xml.to_vec()).expect("text"))
    }

    #[test]
    fn a_result_goes_once_its_page_is_up_and_once() {
        let outbox = Outbox::default();
        outbox.put(ONE, original("one"));
        outbox.go(TWO);
        assert!(!matches!(outbox.lying().parcel, Some((_, true, _))));
        outbox.go(ONE);
        assert_eq!(taken(&outbox).as_deref(), Some("one"));
        outbox.go(ONE);
        thread::scope(|scope| {
            let waits = scope.spawn(|| taken(&outbox));
            outbox.put(TWO, original("two"));
            outbox.go(TWO);
            assert_eq!(waits.join().expect("it ends").as_deref(), Some("two"));
        });
        assert!(!outbox.over(ONE) && outbox.over(TWO) && !outbox.over(TWO));
    }

    #[test]
    fn what_is_stopped_is_gone_wherever_it_is() {
        let outbox = Outbox::default();
        outbox.put(ONE, original("one"));
        outbox.stop(TWO);
        assert!(outbox.lying().has(ONE));
        outbox.stop(ONE);
        outbox.go(ONE);
        assert!(outbox.lying().parcel.is_none());

        outbox.put(TWO, original("two"));
        outbox.go(TWO);
        taken(&outbox).expect("it goes");
        thread::scope(|scope| {
            // A test that hangs here has not noticed the stop.
            let waits = scope.spawn(|| outbox.pause(TWO, Duration::from_secs(600)));
            outbox.stop(TWO);
            assert!(!waits.join().expect("it ends"));
        });
    }

    #[test]
    fn the_end_ends_all_waiting() {
        let outbox = Outbox::default();
        thread::scope(|scope| {
            let waits = scope.spawn(|| taken(&outbox));
            outbox.put(ONE, original("one"));
            outbox.end();
            assert_eq!(waits.join().expect("it ends"), None);
        });
        assert!(!outbox.pause(ONE, Duration::from_secs(600)));
    }
}
