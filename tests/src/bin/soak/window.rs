//! The real kiosk behind its window, by pointer events: the process that shows a person's
//! data is the one that must forget it best.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use whole::{
    programs::WORKERS,
    window::{VirtualScreen, Window},
};

use crate::{
    leak::{all_of, nothing_new},
    memory::{self, Found},
    people::{self, Person},
    world::World,
};

/// So many people before the search.
pub(crate) const CHECKS: usize = 50;
/// A page, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// After a word of the journal the page is drawn and takes touches within this time.
const DRAWN: Duration = Duration::from_millis(100);
/// A touch that came too early is made again.
const AGAIN: Duration = Duration::from_secs(2);

/// Makes the checks and searches; gives where was looked.
///
/// Errors: a page that did not come, or what is left.
pub(crate) fn run(world: &World, folder: &Path, people: &[Person]) -> Result<String, String> {
    let mut kiosk = Kiosk::start(world, folder);
    let secrets = people::secrets(people);
    let processes = kiosk.processes()?;
    let before = processes
        .iter()
        .map(|(_, pid)| memory::in_process(*pid, &secrets))
        .collect::<Result<Vec<Found>, _>>()?;
    let cards = people.iter().filter(|it| it.phone.is_none());
    for (at, person) in cards.cycle().take(CHECKS).enumerate() {
        kiosk.check(world, person).map_err(|what| format!("check {at} by touch: {what}"))?;
    }
    let each = processes.iter().zip(&before);
    all_of(each.map(|((name, pid), before)| nothing_new(name, *pid, &secrets, before)).collect())?;
    let told = processes.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let known: usize = before.iter().map(Found::len).sum();
    Ok(format!("{told} ({} texts each; {known} were there before anybody came)", secrets.len()))
}

/// The kiosk and its screen.
struct Kiosk {
    window: Window,
    screen: VirtualScreen,
}

impl Kiosk {
    fn start(world: &World, folder: &Path) -> Self {
        let screen = VirtualScreen::start(folder);
        let mut window = Window::start(folder, &screen, &world.socket());
        window.wait_for("screen: ready");
        window.wait_until_said(&["line: Up", "reader: Empty"]);
        Self { window, screen }
    }

    /// The kiosk and its two workers.
    fn processes(&self) -> Result<[(&'static str, u32); 3], String> {
        let kiosk = self.window.id();
        let find = |name| memory::child(kiosk, name).ok_or_else(|| format!("no {name} runs"));
        Ok([("kiosk", kiosk), (WORKERS[0], find(WORKERS[0])?), (WORKERS[1], find(WORKERS[1])?)])
    }

    /// From 認証選択 to 認証選択.
    fn check(&mut self, world: &World, person: &Person) -> Result<(), String> {
        self.go("next", "screen: confirm")?;
        self.go("confirm", "screen: pin")?;
        thread::sleep(DRAWN);
        for digit in person.pin.chars() {
            self.screen.touch(&format!("key-{digit}"));
        }
        self.go("pin-next", "screen: card")?;
        world.hand(&format!("insert {}", person.card));
        self.wait("screen: result")?;
        world.hand("remove");
        self.wait("reader: Empty")?;
        self.go("close", "screen: ready")
    }

    /// Touches a button that leads to a page.
    fn go(&mut self, name: &str, word: &str) -> Result<(), String> {
        let end = Instant::now() + PATIENCE;
        thread::sleep(DRAWN);
        loop {
            self.screen.touch(name);
            match self.window.comes(word, AGAIN) {
                true => return Ok(()),
                false if Instant::now() > end => return Err(waited(word)),
                false => {}
            }
        }
    }

    fn wait(&mut self, word: &str) -> Result<(), String> {
        self.window.comes(word, PATIENCE).then_some(()).ok_or_else(|| waited(word))
    }
}

fn waited(word: &str) -> String {
    format!("waited for “{word}” in the kiosk's journal")
}
