//! The real kiosk behind its window, by pointer events: the process that shows a person's
//! data is the one that must forget it best.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use whole::programs;

use crate::{
    leak::nothing_new,
    memory,
    people::{Person, Secret},
    station::WORKERS,
    world::World,
};

/// So many people before the search.
pub(crate) const CHECKS: usize = 50;
/// A page, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const TURN: Duration = Duration::from_millis(5);

/// Makes the checks and searches; gives where was looked.
///
/// Errors: a page that did not come, or what is left.
pub(crate) fn run(world: &World, folder: &Path, people: &[Person]) -> Result<String, String> {
    let mut window = Window::start(world, folder)?;
    let secrets: Vec<&Secret> = people.iter().flat_map(|person| &person.secrets).collect();
    let processes = window.processes()?;
    let before = processes
        .iter()
        .map(|(_, pid)| memory::in_process(*pid, &secrets))
        .collect::<Result<Vec<BTreeSet<usize>>, _>>()?;
    for (at, person) in people.iter().cycle().take(CHECKS).enumerate() {
        window.check(world, person).map_err(|what| format!("check {at} by touch: {what}"))?;
    }
    for ((name, pid), before) in processes.iter().zip(&before) {
        nothing_new(name, *pid, &secrets, before)?;
    }
    let told = processes.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let known: usize = before.iter().map(BTreeSet::len).sum();
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
        window.wait("screen: ready")?;
        window.seen = 0;
        window.wait("line: Up")?;
        window.seen = 0;
        window.wait("reader: Empty")?;
        Ok(window)
    }

    /// The kiosk and its two workers.
    fn processes(&self) -> Result<[(&'static str, u32); 3], String> {
        let kiosk = self.kiosk.id();
        let find = |name| memory::child(kiosk, name).ok_or_else(|| format!("no {name} runs"));
        Ok([
            ("kiosk", kiosk),
            (WORKERS[0], find(WORKERS[0])?),
            (WORKERS[1], find(WORKERS[1])?),
        ])
    }

    /// From 認証選択 to 認証選択.
    fn check(&mut self, world: &World, person: &Person) -> Result<(), String> {
        self.touch("next")?;
        self.wait("screen: confirm")?;
        self.touch("confirm")?;
        self.wait("screen: pin")?;
        for digit in person.pin.chars() {
            self.touch(&format!("key-{digit}"))?;
        }
        self.touch("pin-next")?;
        self.wait("screen: card")?;
        world.hand(&format!("insert {}", person.card));
        self.wait("screen: result")?;
        world.hand("remove");
        self.wait("reader: Empty")?;
        self.touch("close")?;
        self.wait("screen: ready")
    }

    /// Waits for a word of the journal behind those that were read.
    fn wait(&mut self, word: &str) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
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
