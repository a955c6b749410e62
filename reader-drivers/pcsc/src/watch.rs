//! The thread that watches the reader. What it sees is [`crate::sight`]'s business.

use std::{
    fmt, io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use pcsc::{Context, Error, PNP_NOTIFICATION, ReaderState, Scope, State};

use crate::{
    Fault, InUse, ReaderName, Sight, connection,
    names::{Choice, choose, takes_cards},
    sight::{Look, Tracker},
};

/// Between two tries to reach the service: doubled each time, up to the second.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));

/// Between two tries to end a wait.
const CANCEL_AGAIN: Duration = Duration::from_millis(10);

/// What a watcher tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    Sight(Sight),
    /// The readers that are connected, without the slots that take no card; each with whether
    /// it is the one in use.
    Readers(Vec<(ReaderName, bool)>),
}

/// Watches the reader until it is dropped.
pub struct Watcher {
    stop: Arc<Stop>,
    thread: Option<JoinHandle<()>>,
}

impl Watcher {
    /// Starts a thread that calls `told` with all that is new. With `wanted` it watches the
    /// first reader whose name begins so, else the first usable one.
    ///
    /// Errors: no thread can be started.
    pub fn start(
        wanted: Option<String>,
        in_use: InUse,
        told: impl FnMut(Seen) + Send + 'static,
    ) -> io::Result<Self> {
        let stop = Arc::new(Stop::default());
        stop.state().wanted = wanted;
        let watch = Watch {
            in_use,
            tracker: Tracker::new(),
            listed: Vec::new(),
            stop: Arc::clone(&stop),
            told,
        };
        let thread = thread::Builder::new().name("watcher".to_owned()).spawn(|| watch.run())?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Watches another reader from now on; `wanted` as in [`Watcher::start`].
    pub fn want(&self, wanted: Option<String>) {
        self.stop.want(wanted);
    }
}

impl Drop for Watcher {
    /// Waits for the thread to end.
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        self.stop.now();
        while !thread.is_finished() {
            // A cancel that comes between two waits has no effect: it is sent again.
            thread::sleep(CANCEL_AGAIN);
            self.stop.now();
        }
        // A watcher that panicked has ended too.
        let _ = thread.join();
    }
}

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}

/// How the thread learns that it is over.
#[derive(Default)]
struct Stop {
    state: Mutex<Stopping>,
    changed: Condvar,
}

#[derive(Default)]
struct Stopping {
    is_over: bool,
    wanted: Option<String>,
    /// The context whose wait is to be cancelled.
    context: Option<Context>,
}

impl Stop {
    fn state(&self) -> MutexGuard<'_, Stopping> {
        // Two plain values: a panic cannot leave them half-written.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) {
        let mut state = self.state();
        state.is_over = true;
        self.changed.notify_all();
        if let Some(context) = &state.context {
            // A context that cannot be cancelled is dead, and its wait has ended.
            let _ = context.cancel();
        }
    }

    fn want(&self, wanted: Option<String>) {
        let mut state = self.state();
        state.wanted = wanted;
        if let Some(context) = &state.context {
            // A wait that begins just now ends by itself: none is longer than two seconds.
            let _ = context.cancel();
        }
    }

    fn is_over(&self) -> bool {
        self.state().is_over
    }

    fn sleep(&self, time: Duration) {
        let state = self.state();
        // How it ended does not matter: the caller looks.
        let _ = self.changed.wait_timeout_while(state, time, |state| !state.is_over);
    }
}

struct Watch<Told> {
    in_use: InUse,
    tracker: Tracker,
    /// What was told of the readers.
    listed: Vec<(ReaderName, bool)>,
    stop: Arc<Stop>,
    told: Told,
}

impl<Told: FnMut(Seen)> Watch<Told> {
    fn run(mut self) {
        let mut back_off = BACK_OFF.0;
        while !self.stop.is_over() {
            let fault = match Context::establish(Scope::System) {
                Ok(context) => {
                    self.stop.state().context = Some(context.clone());
                    let (fault, has_worked) = self.watch(&context);
                    self.stop.state().context = None;
                    if has_worked {
                        back_off = BACK_OFF.0;
                    }
                    fault
                }
                Err(error) => Fault(error),
            };
            if self.stop.is_over() {
                return;
            }
            let sight = self.tracker.service_went(fault);
            self.tell(sight);
            self.list(&[], &Choice::None);
            self.stop.sleep(back_off);
            back_off = (back_off * 2).min(BACK_OFF.1);
        }
    }

    /// Watches until the context dies; tells why, and whether it ever worked.
    fn watch(&mut self, context: &Context) -> (Fault, bool) {
        let mut has_worked = false;
        loop {
            if self.stop.is_over() {
                return (Fault(Error::Cancelled), has_worked);
            }
            match self.turn(context, has_worked) {
                // A reader that went away between the list and the look: list again, but
                // not in a tight circle.
                Err(Error::UnknownReader) => self.stop.sleep(BACK_OFF.0),
                Ok(()) | Err(Error::Timeout | Error::Cancelled) => has_worked = true,
                Err(error) => return (Fault(error), has_worked),
            }
        }
    }

    /// Looks at the readers, tells what is new, waits for a change.
    fn turn(&mut self, context: &Context, has_worked: bool) -> Result<(), Error> {
        let names: Vec<ReaderName> =
            context.list_readers_owned()?.iter().map(|name| name.as_c_str().into()).collect();
        if !has_worked {
            let sight = self.tracker.service_came(Instant::now());
            self.tell(sight);
        }
        let wanted = self.stop.state().wanted.clone();
        let choice = choose(&names, wanted.as_deref(), self.tracker.reader());
        self.list(&names, &choice);
        // The special reader's state counts readers; a state without a counter means
        // "tell me what changes from now on" to every version of pcsc-lite.
        let mut states = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        let mut look = None;
        if let Choice::Use(name) = &choice {
            let ours_before = self.in_use.is_ours();
            let fresh = connection::look(context, name)?;
            look = read(&fresh, ours_before || self.in_use.is_ours());
            states.push(fresh);
        }
        let sight = self.tracker.look(Instant::now(), choice, look);
        self.tell(sight);
        states.iter_mut().for_each(ReaderState::sync_current_state);
        context.get_status_change(self.tracker.patience(Instant::now()), &mut states)
    }

    fn tell(&mut self, sight: Option<Sight>) {
        if let Some(sight) = sight {
            (self.told)(Seen::Sight(sight));
        }
    }

    /// The readers, whenever they are others than before, or another one is in use.
    fn list(&mut self, names: &[ReaderName], choice: &Choice) {
        let in_use = match choice {
            Choice::Use(name) => Some(name),
            Choice::Unsupported(_) | Choice::None => None,
        };
        let readers = names.iter().filter(|name| takes_cards(name));
        let listed: Vec<_> = readers.map(|name| (name.clone(), in_use == Some(name))).collect();
        if listed != self.listed {
            self.listed.clone_from(&listed);
            (self.told)(Seen::Readers(listed));
        }
    }
}

/// `None` when the reader is listed and does not work.
fn read(state: &ReaderState, is_ours: bool) -> Option<Look> {
    let flags = state.event_state();
    if flags.intersects(State::UNAVAILABLE | State::UNKNOWN) {
        return None;
    }
    Some(Look {
        present: flags.contains(State::PRESENT),
        mute: flags.contains(State::MUTE),
        held: !is_ours && flags.intersects(State::EXCLUSIVE | State::INUSE),
        events: state.event_count(),
    })
}
