//! A kiosk without its window: the real machine and loop in this process, the real card
//! and line processes beside it. Only the page that is up is kept, however many there were.

use std::{
    path::Path,
    process,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use kiosk_core::{Event, Screen, Shown};
use nix::unistd::Pid;
use whole::{processes, station};

use crate::memory;

/// The running station.
#[derive(Debug)]
pub(crate) struct Station {
    events: Sender<Event>,
    shown: Receiver<Shown>,
    now: Shown,
}

impl Station {
    /// Starts a device that is registered in `folder`; `socket` is where pcscd listens.
    pub(crate) fn start(folder: &Path, socket: &Path) -> Self {
        let (show, shown) = mpsc::channel();
        let events = station::begin(folder, socket, &[], move |it: &Shown| {
            // An error means that the soak has ended, and the program with it.
            let _ = show.send(it.clone());
        });
        let now = shown.recv().expect("the loop begins with a page");
        Self { events, shown, now }
    }

    /// Touches the screen.
    pub(crate) fn touch(&self, event: Event) {
        self.events.send(event).expect("the loop runs as long as this program");
    }

    /// Types four digits and presses 次へ.
    pub(crate) fn type_pin(&self, pin: &str) {
        station::typed(pin).for_each(|event| self.touch(event));
    }

    /// The page that is up.
    pub(crate) fn page(&mut self) -> &Screen {
        if let Some(last) = self.shown.try_iter().last() {
            self.now = last;
        }
        &self.now.screen
    }

    /// Waits until a page fits; `None` when `patience` ends before.
    pub(crate) fn wait(
        &mut self,
        patience: Duration,
        mut fits: impl FnMut(&Screen) -> bool,
    ) -> Option<Screen> {
        let end = Instant::now() + patience;
        loop {
            // One by one: a page that is up for a moment only is not missed.
            if fits(&self.now.screen) {
                return Some(self.now.screen.clone());
            }
            match self.shown.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(next) => self.now = next,
                Err(RecvTimeoutError::Timeout) => return None,
                Err(RecvTimeoutError::Disconnected) => panic!("the station's loop has ended"),
            }
        }
    }
}

/// The process of a worker, while it runs.
pub(crate) fn worker(name: &str) -> Option<u32> {
    memory::child(process::id(), name)
}

/// Ends a worker as a crash would.
pub(crate) fn crash(name: &str) {
    if let Some(pid) = worker(name) {
        processes::crash(Pid::from_raw(pid.cast_signed()));
    }
}
