//! A registered unit, started anew.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{
    boot::{
        album::{Album, Picture},
        bench::{
            clock,
            moments::{Moments, Seen},
        },
        person::{Eyes, Person},
        story,
        surroundings::Surroundings,
    },
    demo::display::Points,
    descendants,
    image::{
        machine::{Running, Start, Unit},
        memory::Memory,
        qmp::is_page,
        tree::Tree,
    },
    progress::{Others, Progress},
    stop::Stop,
};

/// An emulated processor that is counted takes ten times the time, and shares ours.
const PATIENCE: Duration = Duration::from_secs(1500);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(100);
/// The page behind 次へ.
const AFTER: &str = "confirm";

/// What one start took.
pub(crate) struct Taken {
    pub(crate) moments: Moments,
    pub(crate) memory_mb: f64,
}

/// A unit as it was after its registration.
pub(crate) struct Registered<'a> {
    tools: &'a Tree,
    unit: Unit<'a>,
    surroundings: &'a mut Surroundings,
}

impl<'a> Registered<'a> {
    /// Registers a new one by touch, at the speed of `boot-test`.
    pub(crate) fn new(tools: &'a Tree, surroundings: &'a mut Surroundings) -> Result<Self, Stop> {
        let folder = surroundings.folder.clone();
        let unit = Unit::new(tools, &surroundings.provisioning()?, &folder)?;
        let mut person = Person::turns_on(&unit, surroundings, Eyes::Refuse, 0, story::NEW)?;
        person.plays(story::REGISTRATION)?;
        person.leaves()?;
        unit.keep()?;
        Ok(Self { tools, unit, surroundings })
    }

    /// Starts it as it was kept, until everything has come to pass.
    ///
    /// Errors: something does not come; with what.
    pub(crate) fn start(&mut self) -> Result<Taken, Stop> {
        self.unit.as_kept()?;
        let heard = Heard::from_now(&self.surroundings.folder.join("gateway.log"))?;
        let mut machine = self.unit.start_counted(Start::Firmware)?;
        let reader = self.surroundings.plug_reader_in(&self.unit)?;
        let mut look = Look::new(heard)?;
        let moments = look.until_all(&mut machine, self.surroundings)?;
        look.goes_back(&mut machine)?;
        let memory = Memory::of(&mut machine, self.tools)?.running;
        // For whoever asks where the seconds go.
        let log = self.surroundings.folder.join("kernel.log");
        fs::write(&log, memory.log.join("\n")).map_err(Stop::because(log.display()))?;
        machine.cut_power()?;
        reader.stop()?;
        let moments = moments.later(clock::begin(&memory.log)?);
        Ok(Taken { moments, memory_mb: memory.used_mb })
    }
}

/// Whether the gateway was asked anything since.
struct Heard {
    log: PathBuf,
    before: usize,
}

impl Heard {
    fn from_now(log: &Path) -> Result<Self, Stop> {
        let before = fs::read(log).map_err(Stop::because(log.display()))?.len();
        Ok(Self { log: log.to_owned(), before })
    }

    fn something(&self) -> Result<bool, Stop> {
        let said = fs::read(&self.log).map_err(Stop::because(self.log.display()))?;
        Ok(has_request(&said[self.before.min(said.len())..]))
    }
}

/// The gateway's log names method and path of every request of a device.
fn has_request(said: &[u8]) -> bool {
    let said = String::from_utf8_lossy(said);
    said.lines().any(|line| ["GET /v1/", "POST /v1/"].iter().any(|it| line.contains(it)))
}

struct Look {
    heard: Heard,
    album: Album,
    starting: Picture,
    ready: Picture,
    after: Picture,
    next: [u32; 2],
    back: [u32; 2],
}

impl Look {
    fn new(heard: Heard) -> Result<Self, Stop> {
        let (album, points) = (Album::read()?, Points::read()?);
        let page = |name| album.page(name);
        let [starting, ready, after] = [page(story::STARTING)?, page(story::READY)?, page(AFTER)?];
        let point = |name| points.of(name).map(|(x, y)| [x.into(), y.into()]);
        let (next, back) = (point("next")?, point("back")?);
        Ok(Self { heard, album, starting, ready, after, next, back })
    }

    fn until_all(
        &mut self,
        machine: &mut Running,
        surroundings: &Surroundings,
    ) -> Result<Moments, Stop> {
        let _progress = Progress::new("starting the unit, counted", Others::Quiet);
        let (mut moments, began) = (Moments::default(), Instant::now());
        while began.elapsed() < PATIENCE {
            let ppm = machine.qmp.look()?;
            let picture = Picture::from_ppm(&ppm);
            let shows = |name, page| self.album.shows(name, page, picture.as_ref());
            let seen = Seen {
                page: shows(story::STARTING, &self.starting) || is_page(&ppm),
                after_touch: shows(AFTER, &self.after),
                reader: surroundings.reader_is_driven()?,
                gateway: self.heard.something()?,
            };
            // Read after the look: a moment is never told too early.
            moments.note(clock::read(&mut machine.qmp)?, seen);
            if moments.are_all_there() {
                return Ok(moments);
            }
            if moments.touch_ready.is_none() && shows(story::READY, &self.ready) {
                let [x, y] = self.next;
                machine.qmp.touch(x, y)?;
            }
            wait()?;
        }
        Err(Stop::Failed(format!(
            "{} did not come within {} s; what is to be seen: seen.ppm in target/image",
            moments.missing().join(", "),
            PATIENCE.as_secs()
        )))
    }

    /// To 認証選択, for what its memory holds there.
    fn goes_back(&self, machine: &mut Running) -> Result<(), Stop> {
        let _progress = Progress::new("going back to 認証選択", Others::Quiet);
        let began = Instant::now();
        while began.elapsed() < PATIENCE {
            let seen = Picture::from_ppm(&machine.qmp.look()?);
            let shows = |name, page| self.album.shows(name, page, seen.as_ref());
            if shows(story::READY, &self.ready) {
                return Ok(());
            }
            if shows(AFTER, &self.after) {
                let [x, y] = self.back;
                machine.qmp.touch(x, y)?;
            }
            wait()?;
        }
        Err(Stop::Failed("認証選択 does not come back".to_owned()))
    }
}

/// Until the next look.
pub(super) fn wait() -> Result<(), Stop> {
    thread::sleep(LOOK);
    match descendants::interrupted() {
        true => Err(Stop::Interrupted),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_of_a_device_is_heard_and_nothing_else() {
        assert!(has_request(b"[INFO answer] GET /v1/notices 200 - 3 ms\n"));
        assert!(has_request(b"listening\n[INFO answer] POST /v1/sessions 200 - 3 ms\n"));
        assert!(!has_request(b"[INFO gateway] listening https://127.0.0.1:1\n"));
        assert!(!has_request(b""));
    }
}
