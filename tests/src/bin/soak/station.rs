//! A kiosk without its window: the real machine and loop in this process, the real card
//! and line processes beside it. Only the page that is up is kept, however many there were.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
    time::{Duration, Instant},
};

use kiosk::{run::run, workers::Workers};
use kiosk_core::{Check, Digit, Event, Screen, Settings, Shown};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use whole::programs;

use crate::memory;

/// The two worker programs.
pub(crate) const WORKERS: [&str; 2] = ["kiosk-card", "kiosk-line"];

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
        let programs = wrapped_programs(folder, socket);
        let file = folder.join("kiosk.toml");
        let text = fs::read_to_string(&file).expect("a registered device");
        let settings = kiosk_process::Settings::read(&text, folder).expect("good settings");
        let (method, station, look) = (settings.method, settings.station, settings.look);
        let check = Check::new(Settings { method, station, look });
        let now = check.shown();
        let (events, listen) = mpsc::channel();
        let (show, shown) = mpsc::channel();
        let workers_tell = events.clone();
        thread::spawn(move || {
            let workers = Workers::start(&programs, &file, workers_tell);
            let show = |it: &Shown| {
                // An error means that the soak has ended, and the program with it.
                let _ = show.send(it.clone());
            };
            run(check, &listen, |effect| workers.start_effect(effect), show);
        });
        Self { events, shown, now }
    }

    /// Touches the screen.
    pub(crate) fn touch(&self, event: Event) {
        self.events.send(event).expect("the loop runs as long as this program");
    }

    /// Types four digits and presses 次へ.
    pub(crate) fn type_pin(&self, pin: &str) {
        for digit in pin.bytes() {
            self.touch(Event::Digit(Digit::new(digit - b'0').expect("a digit")));
        }
        self.touch(Event::Next);
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
        // One that ended meanwhile is as it should be.
        let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
    }
}

/// The real programs behind small scripts that say where pcscd listens.
fn wrapped_programs(folder: &Path, socket: &Path) -> PathBuf {
    let wrapped = folder.join("programs");
    fs::create_dir_all(&wrapped).expect("a folder of its own");
    for name in WORKERS {
        let script = format!(
            "#!/bin/sh\nPCSCLITE_CSOCK_NAME='{}' exec '{}' \"$@\" 2>>'{}/{name}.log'\n",
            socket.display(),
            programs::program(name).display(),
            folder.display(),
        );
        let file = wrapped.join(name);
        fs::write(&file, script).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("made executable");
    }
    wrapped
}
