//! The kiosk's own window under a virtual screen of 1280×800, and a finger.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::programs;

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const TURN: Duration = Duration::from_millis(5);

/// A program that ends with the test.
#[derive(Debug)]
pub struct Running(pub(crate) Child);

impl Running {
    /// Its process id.
    pub fn id(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A virtual screen.
#[derive(Debug)]
pub struct VirtualScreen {
    _server: Running,
    display: String,
}

impl VirtualScreen {
    /// Its number is free, since Xvfb chooses it; `folder` gets its output.
    #[track_caller]
    pub fn start(folder: &Path) -> Self {
        let number = folder.join("display");
        let said = fs::File::create(&number).expect("a file");
        let child = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
            .stdout(said)
            .stderr(Stdio::null())
            .spawn()
            .expect("Xvfb (Debian package xvfb) is installed");
        let server = Running(child);
        let display = wait_until("the virtual screen", || {
            let text = fs::read_to_string(&number).ok()?;
            text.ends_with('\n').then(|| format!(":{}", text.trim()))
        });
        Self { _server: server, display }
    }

    /// A finger on a button of the demo's `touches.toml`.
    #[track_caller]
    pub fn touch(&self, button: &str) {
        let (x, y) = point(button);
        let mut xdotool = Command::new("xdotool");
        xdotool.env("DISPLAY", &self.display).args(["mousemove", &x, &y, "click", "1"]);
        programs::run(xdotool, "");
    }
}

/// The real kiosk in its window.
#[derive(Debug)]
pub struct Window {
    kiosk: Running,
    log: PathBuf,
    /// Up to where its log was waited for.
    seen: usize,
}

impl Window {
    /// Starts it in the prepared `folder`.
    pub fn start(folder: &Path, screen: &VirtualScreen, socket: &Path) -> Self {
        let log = folder.join("kiosk.log");
        let child = Command::new(programs::program("kiosk"))
            .arg("--settings")
            .arg(folder.join("kiosk.toml"))
            .env("DISPLAY", &screen.display)
            .env("PCSCLITE_CSOCK_NAME", socket)
            .stderr(fs::File::create(&log).expect("a log"))
            .spawn()
            .expect("the kiosk starts");
        Self { kiosk: Running(child), log, seen: 0 }
    }

    pub fn id(&self) -> u32 {
        self.kiosk.id()
    }

    /// What it wrote down.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log")
    }

    /// Waits until a line that ends so comes after the last one that was waited for.
    #[track_caller]
    pub fn wait_for(&mut self, line: &str) {
        assert!(self.comes(line, PATIENCE), "waited for {line}; the kiosk:\n{}", self.log());
    }

    /// Whether such a line comes within `patience`; only then it counts as waited for.
    pub fn comes(&mut self, line: &str, patience: Duration) -> bool {
        let line = format!("{line}\n");
        let found = look_for(patience, || {
            let text = self.log();
            text[self.seen..].find(&line).map(|at| self.seen + at + line.len())
        });
        self.seen = found.unwrap_or(self.seen);
        found.is_some()
    }

    /// Waits until its log says all of these, in any order.
    #[track_caller]
    pub fn wait_until_said(&self, parts: &[&str]) {
        wait_until(&parts.join(", "), || {
            let text = self.log();
            parts.iter().all(|part| text.contains(part)).then_some(())
        });
    }
}

/// Looks until there is something; gives it.
///
/// # Panics
/// After 30 s without.
#[track_caller]
pub fn wait_until<T>(what: &str, look: impl FnMut() -> Option<T>) -> T {
    look_for(PATIENCE, look).unwrap_or_else(|| panic!("waited for {what}"))
}

/// The same, and nothing after `patience`.
pub(crate) fn look_for<T>(patience: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let end = Instant::now() + patience;
    loop {
        let found = look();
        if found.is_some() || Instant::now() >= end {
            return found;
        }
        thread::sleep(TURN);
    }
}

/// Where the demo touches, at 1280×800; a test of the pages holds each to its button.
fn point(name: &str) -> (String, String) {
    let text = include_str!("../../tools/demo/touches.toml");
    let table: toml::Table = text.parse().expect("touches.toml is TOML");
    let point = table[name].as_table().expect("a point");
    let place = |axis| point[axis].as_integer().expect("a number of pixels").to_string();
    (place("x"), place("y"))
}
