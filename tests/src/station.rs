//! A kiosk without its window: the real machine and loop, the real card and line
//! processes. Touches are events; what would be shown is kept for the test to read.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Condvar, Mutex,
        mpsc::{self, Sender},
    },
    thread,
    time::{Duration, Instant},
};

use kiosk::{
    journal::Arrival,
    run::{machine, run},
    workers::Workers,
};
use kiosk_core::{Digit, Event, Letter, Screen, Shown, form::Field};
use kiosk_process::Settings;

use crate::{
    gateway::{FACILITY, Gateway, PASSWORD, USER},
    processes, programs,
};

/// A station in a folder of its own.
#[derive(Debug)]
pub struct Station {
    folder: PathBuf,
    events: Sender<Event>,
    shown: Arc<(Mutex<Vec<Shown>>, Condvar)>,
}

/// 職員コード of every station.
pub const STAFF_CODE: &str = "4711";
/// The admin passcode that every prepared station has.
pub const PASSCODE: &str = "2468";

/// Long enough for a busy machine with two cores; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

impl Station {
    /// Registers the device through the real `POST /v1/devices` and starts the station.
    /// `socket` is where pcscd listens.
    pub fn start(folder: &Path, gateway: &Gateway, socket: &Path) -> Self {
        Self::prepare(folder, gateway);
        Self::run(folder, socket, &[])
    }

    /// Starts a station that was prepared. Its workers get `environment`.
    pub fn run(folder: &Path, socket: &Path, environment: &[(&str, &str)]) -> Self {
        let shown = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let keep = Arc::clone(&shown);
        let events = begin(folder, socket, environment, move |now| {
            keep.0.lock().expect("no test thread panicked").push(now.clone());
            keep.1.notify_all();
        });
        Self { folder: folder.to_owned(), events, shown }
    }

    /// Writes the settings and registers the device: all that a kiosk needs to start.
    pub fn prepare(folder: &Path, gateway: &Gateway) {
        Self::prepare_at(folder, gateway, gateway.url(), &gateway.ca_pem());
    }

    /// As [`Station::prepare`], for a device that finds its gateway at `url` and trusts
    /// the CAs `pins` (PEM).
    pub fn prepare_at(folder: &Path, gateway: &Gateway, url: &str, pins: &str) {
        Self::unpack(folder, url, pins);
        enrol(folder, gateway);
        kiosk::staff::set(&folder.join("state"), STAFF_CODE.as_bytes()).expect("set");
        kiosk::passcode::set(&folder.join("state"), PASSCODE.as_bytes()).expect("set");
    }

    /// Writes the settings alone: a unit as it comes out of its box.
    pub fn unpack(folder: &Path, url: &str, pins: &str) {
        fs::create_dir_all(folder).expect("a folder of its own");
        write_settings(folder, url, pins);
    }

    /// Touches the screen.
    pub fn touch(&self, event: Event) {
        self.events.send(event).expect("the loop runs");
    }

    /// Types four digits and presses 次へ.
    pub fn type_pin(&self, pin: &str) {
        typed(pin).for_each(|event| self.touch(event));
    }

    /// Opens a field of a form, types, and goes back to the form.
    pub fn fill(&self, field: Field, text: &str) {
        self.touch(Event::Field(field));
        self.touch(Event::EraseAll);
        for letter in text.chars() {
            self.touch(Event::Letter(Letter::new(letter).expect("visible ASCII")));
        }
        self.touch(Event::Next);
    }

    /// Waits until what is shown fits, and gives it.
    ///
    /// # Panics
    /// After 20 s, with what was shown instead.
    #[track_caller]
    pub fn wait_for(&self, told: &str, mut fits: impl FnMut(&Screen) -> bool) -> Shown {
        self.wait_shown(told, |it| fits(&it.screen))
    }

    /// The same, also by what surrounds the page.
    ///
    /// # Panics
    /// As [`Station::wait_for`].
    #[track_caller]
    pub fn wait_shown(&self, told: &str, mut fits: impl FnMut(&Shown) -> bool) -> Shown {
        let (lock, bell) = &*self.shown;
        let end = Instant::now() + PATIENCE;
        let mut all = lock.lock().expect("no test thread panicked");
        loop {
            if let Some(now) = all.last().filter(|it| fits(it)) {
                return now.clone();
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited for {told}; {:?}; {}", all.last(), self.logs());
            all = bell.wait_timeout(all, left).expect("no test thread panicked").0;
        }
    }

    /// How many pages were shown up to now, for [`Station::wait_since`].
    pub fn pages(&self) -> usize {
        self.shown.0.lock().expect("no test thread panicked").len()
    }

    /// Waits until one of the pages after the first `pages` fits, also if it is gone by now.
    ///
    /// # Panics
    /// As [`Station::wait_for`].
    #[track_caller]
    pub fn wait_since(&self, pages: usize, told: &str, fits: impl Fn(&Screen) -> bool) {
        let (lock, bell) = &*self.shown;
        let end = Instant::now() + PATIENCE;
        let mut all = lock.lock().expect("no test thread panicked");
        while !all[pages..].iter().any(|it| fits(&it.screen)) {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited for {told}; {:?}; {}", all.last(), self.logs());
            all = bell.wait_timeout(all, left).expect("no test thread panicked").0;
        }
    }

    /// Kills a worker (`kiosk-card`, `kiosk-line`) as a crash would.
    ///
    /// # Panics
    /// When there is none, or more than one.
    #[track_caller]
    pub fn crash(&self, worker: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            match processes::find(worker, &self.folder.join("kiosk.toml"))[..] {
                [process] => return processes::crash(process),
                ref found => assert!(Instant::now() < end, "{worker}: {} of them", found.len()),
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// What the card and the line process wrote down.
    fn logs(&self) -> String {
        let read = |name| fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        format!("card:\n{}line:\n{}", read("kiosk-card.log"), read("kiosk-line.log"))
    }
}

/// Starts machine and workers of a prepared `folder`; every screen goes to `show`. They run
/// as long as the events can come.
pub fn begin(
    folder: &Path,
    socket: &Path,
    environment: &[(&str, &str)],
    mut show: impl FnMut(&Shown) + Send + 'static,
) -> Sender<Event> {
    let programs = programs::wrapped(folder, socket, environment);
    let (file, settings) =
        Settings::open(&folder.join("kiosk.toml")).expect("a prepared folder has good settings");
    let (tell, events) = mpsc::channel();
    let workers_tell = tell.clone();
    thread::spawn(move || {
        let kiosk = machine(&settings);
        let workers = Workers::start(&programs, &file, &settings, workers_tell);
        let show = |shown: &Shown, arrival: Option<Arrival>| {
            show(shown);
            if let Some(arrival) = arrival {
                arrival.write_down();
            }
        };
        run(kiosk, &events, |effect| workers.start_effect(effect), show);
    });
    tell
}

/// Four digits and 次へ.
pub fn typed(pin: &str) -> impl Iterator<Item = Event> {
    let digit = |digit: u8| Event::Digit(Digit::new(digit - b'0').expect("a digit"));
    pin.bytes().map(digit).chain([Event::Next])
}

fn write_settings(folder: &Path, url: &str, pins: &str) {
    fs::write(folder.join("pins.pem"), pins).expect("written");
    let text = format!(
        "state_folder = \"state\"\n\
         [station]\nmode = \"attended\"\nmethod = \"pin\"\n\
         [gateway]\nurl = \"{url}\"\npins = \"pins.pem\"\n\
         [reader]\nname = \"Kiosk Virtual Reader\"\n",
    );
    fs::write(folder.join("kiosk.toml"), text).expect("written");
}

fn enrol(folder: &Path, gateway: &Gateway) {
    let mut command = Command::new(programs::program("kiosk-line"));
    command.arg("--settings").arg(folder.join("kiosk.toml"));
    command.args(["enrol", "--facility", FACILITY, "--user", USER, "--serial", "SK-TEST"]);
    command.args(["--code", &gateway.code()]);
    programs::run(command, PASSWORD);
}
