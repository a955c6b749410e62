//! The real kiosk behind its window, by pointer events: the process that shows a person's
//! data is the one that must forget it best.

use std::{
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use whole::programs;

use crate::{
    leak::{all_of, nothing_new},
    memory::{self, Found},
    people::{self, Person},
    station::WORKERS,
    world::World,
};

/// So many people before the search.
pub(crate) const CHECKS: usize = 50;
/// A page, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const TURN: Duration = Duration::from_millis(5);
/// After a word of the journal the page is drawn and takes touches within this time.
const DRAWN: Duration = Duration::from_millis(100);
/// A touch that came too early is made again.
const AGAIN: Duration = Duration::from_secs(2);

/// Makes the checks and searches; gives where was looked.
///
/// Errors: a page that did not come, or what is left.
pub(crate) fn run(world: &World, folder: &Path, people: &[Person]) -> Result<String, String> {
    let mut window = Window::start(world, folder)?;
    let secrets = people::secrets(people);
    let processes = window.processes()?;
    let before = processes
        .iter()
        .map(|(_, pid)| memory::in_process(*pid, &secrets))
        .collect::<Result<Vec<Found>, _>>()?;
    for (at, person) in people.iter().cycle().take(CHECKS).enumerate() {
        window.check(world, person).map_err(|what| format!("check {at} by touch: {what}"))?;
    }
    let each = processes.iter().zip(&before);
    all_of(each.map(|((name, pid), before)| nothing_new(name, *pid, &secrets, before)).collect())?;
    let told = processes.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let known: usize = before.iter().map(Found::len).sum();
    Ok(format!("{told} ({} texts each; {known} were there before anybody came)", secrets.len()))
}

/// The kiosk, its screen, and how much of its journal was read.
struct Window {
    kiosk: Child,
    screen: Child,
    display: String,
    log: std::path::PathBuf,
    seen: usize,
    touches: toml::Table,
}

impl Window {
    fn start(world: &World, folder: &Path) -> Result<Self, String> {
        let (screen, display) = virtual_screen(folder)?;
        let log = folder.join("kiosk.log");
        let kiosk = Command::new(programs::program("kiosk"))
            .arg("--settings")
            .arg(folder.join("kiosk.toml"))
            .env("DISPLAY", &display)
            .env("PCSCLITE_CSOCK_NAME", world.socket())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .map_err(|error| format!("the kiosk does not start: {error}"))?;
        let touches = include_str!("../../../../tools/demo/touches.toml");
        let touches = touches.parse().expect("touches.toml is TOML");
        let mut window = Self { kiosk, screen, display, log, seen: 0, touches };
        let mut seen = 0;
        for word in ["screen: ready", "line: Up", "reader: Empty"] {
            // They come in any order.
            window.seen = 0;
            window.wait(word, PATIENCE)?;
            seen = seen.max(window.seen);
        }
        window.seen = seen;
        Ok(window)
    }

    /// The kiosk and its two workers.
    fn processes(&self) -> Result<[(&'static str, u32); 3], String> {
        let kiosk = self.kiosk.id();
        let find = |name| memory::child(kiosk, name).ok_or_else(|| format!("no {name} runs"));
        Ok([("kiosk", kiosk), (WORKERS[0], find(WORKERS[0])?), (WORKERS[1], find(WORKERS[1])?)])
    }

    /// From 認証選択 to 認証選択.
    fn check(&mut self, world: &World, person: &Person) -> Result<(), String> {
        self.go("next", "screen: confirm")?;
        self.go("confirm", "screen: pin")?;
        thread::sleep(DRAWN);
        for digit in person.pin.chars() {
            self.touch(&format!("key-{digit}"))?;
        }
        self.go("pin-next", "screen: card")?;
        world.hand(&format!("insert {}", person.card));
        self.wait("screen: result", PATIENCE)?;
        world.hand("remove");
        self.wait("reader: Empty", PATIENCE)?;
        self.go("close", "screen: ready")
    }

    /// Touches a button that leads to a page.
    fn go(&mut self, name: &str, word: &str) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        thread::sleep(DRAWN);
        loop {
            self.touch(name)?;
            match self.wait(word, AGAIN) {
                Err(why) if Instant::now() > end => return Err(why),
                Err(_) => {}
                Ok(()) => return Ok(()),
            }
        }
    }

    /// Waits for a word of the journal behind those that were read.
    fn wait(&mut self, word: &str, patience: Duration) -> Result<(), String> {
        let end = Instant::now() + patience;
        while Instant::now() < end {
            let text = fs::read_to_string(&self.log).unwrap_or_default();
            if let Some(at) = text.get(self.seen..).and_then(|new| new.find(word)) {
                self.seen += at + word.len();
                return Ok(());
            }
            thread::sleep(TURN);
        }
        Err(format!("waited for “{word}” in {}", self.log.display()))
    }

    fn touch(&self, name: &str) -> Result<(), String> {
        let point = self.touches[name].as_table().expect("a point");
        let place = |axis| point[axis].as_integer().expect("pixels").to_string();
        let done = Command::new("xdotool")
            .env("DISPLAY", &self.display)
            .args(["mousemove", &place("x"), &place("y"), "click", "1"])
            .stdin(Stdio::null())
            .status();
        match done {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("xdotool ended with {status}")),
            Err(error) => Err(format!("xdotool (Debian package xdotool): {error}")),
        }
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        for child in [&mut self.kiosk, &mut self.screen] {
            // Both fail only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// 1280×800, as `touches.toml` is measured; the server chooses a free number.
fn virtual_screen(folder: &Path) -> Result<(Child, String), String> {
    let number = folder.join("display");
    let said = File::create(&number).expect("a file in a folder of its own");
    let child = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp"])
        .stdout(said)
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("Xvfb (Debian package xvfb): {error}"))?;
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let text = fs::read_to_string(&number).unwrap_or_default();
        if text.ends_with('\n') {
            return Ok((child, format!(":{}", text.trim())));
        }
        thread::sleep(TURN);
    }
    Err("the virtual screen does not start".into())
}
