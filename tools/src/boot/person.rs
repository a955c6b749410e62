//! Who stands in front of the unit: fingers on the glass, a card in the hand, and eyes that know
//! every page.

use std::{
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crate::{
    boot::{
        album::{Album, Picture},
        story::Chapter,
        surroundings::Surroundings,
    },
    demo::{display::Points, scenes::Step, story},
    descendants,
    image::{
        machine::{Running, Unit},
        qmp::{HEIGHT, WIDTH},
    },
    program::Program,
    progress::{Others, Progress, time},
    stop::Stop,
};

/// From power to the first page, on an emulated machine that shares its processors.
const BOOT: Duration = Duration::from_secs(400);
/// From a touch to the next page, the same.
const PAGE: Duration = Duration::from_secs(120);
/// Nobody touches a page in the moment in which it appears; the kiosk takes such a touch for one
/// that was meant for the page before.
const READS: Duration = Duration::from_millis(1500);
/// Who sees nothing come of a touch touches again: a unit that shares its processors with a build
/// may miss one.
const AGAIN: Duration = Duration::from_secs(15);
/// Before the name of a button of a panel that hangs so.
const UPSIDE_DOWN: &str = "upside down: ";
/// Between two looks at the panel.
const LOOK: Duration = Duration::from_millis(150);

/// What is done about a page that has no picture yet; all others are held against theirs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Eyes {
    Refuse,
    /// Makes the picture: somebody will look at it.
    Accept,
}

pub(crate) struct Person<'a> {
    pub(crate) machine: Running,
    reader: Program,
    points: Points,
    album: Album,
    eyes: Eyes,
    surroundings: &'a mut Surroundings,
    /// Of the pictures, across all times that the unit was turned on.
    taken: usize,
    /// What was to be seen before the last thing that was done.
    before: Vec<u8>,
    /// Where the last touch was, until a page followed.
    touched: Option<(u32, u32)>,
}

impl<'a> Person<'a> {
    /// Turns the unit on and waits for its page `first`; `taken` pictures are there already.
    pub(crate) fn turns_on(
        unit: &Unit<'_>,
        surroundings: &'a mut Surroundings,
        eyes: Eyes,
        taken: usize,
        first: &str,
    ) -> Result<Self, Stop> {
        let began = Instant::now();
        let machine = unit.start()?;
        let reader = surroundings.plug_reader_in(unit)?;
        let (points, album) = (Points::read()?, Album::read()?);
        let mut person = Self {
            machine,
            reader,
            points,
            album,
            eyes,
            surroundings,
            taken,
            before: Vec::new(),
            touched: None,
        };
        person.sees(first, BOOT)?;
        println!("  {} after power on (emulated)", time(began.elapsed()));
        Ok(person)
    }

    /// Does all that the chapters say.
    pub(crate) fn plays(&mut self, chapters: &[Chapter]) -> Result<(), Stop> {
        for (name, steps) in chapters {
            println!("{name}");
            steps.iter().try_for_each(|step| self.does(step))?;
        }
        Ok(())
    }

    fn does(&mut self, step: &Step) -> Result<(), Stop> {
        match *step {
            Step::Touch(name) => self.touch(name),
            Step::Type(digits) => self.types(digits),
            Step::TypeCode => {
                let code = self.surroundings.code()?;
                self.types(&code)
            }
            Step::Spell(text) => {
                let keys = text.chars().flat_map(story::keys_of);
                keys.into_iter().try_for_each(|key| self.touch(&key))
            }
            Step::Address(text) => story::address_keys(text).try_for_each(|key| self.touch(&key)),
            Step::Page(name) => self.sees(name, PAGE),
            Step::Lay(card) => self.hand(&format!("insert {card}")),
            Step::TakeCard => self.hand("remove"),
            Step::PullAt(command) => self.surroundings.hand(&format!("fault {command} pull")),
            Step::Unplug => self.hand("unplug"),
            Step::Plug => self.hand("plug"),
            Step::GatewayStops => self.surroundings.stop_gateway(),
            Step::GatewayReturns => {
                self.looks()?;
                self.surroundings.return_gateway()
            }
            _ => Err(Stop::Failed("nobody does that in front of a unit".to_owned())),
        }
    }

    /// Where the cards of the story lie.
    pub(crate) fn cards(&self) -> PathBuf {
        self.surroundings.folder.join("office/cards")
    }

    fn touch(&mut self, name: &str) -> Result<(), Stop> {
        let turned = name.strip_prefix(UPSIDE_DOWN);
        let (x, y) = self.points.of(turned.unwrap_or(name))?;
        let (x, y) = (u32::from(x), u32::from(y));
        let (x, y) = if turned.is_some() { (WIDTH - x, HEIGHT - y) } else { (x, y) };
        self.looks()?;
        self.touched = Some((x, y));
        self.machine.qmp.touch(x, y)
    }

    fn types(&mut self, digits: &str) -> Result<(), Stop> {
        digits.chars().try_for_each(|digit| self.touch(&format!("key-{digit}")))
    }

    fn hand(&mut self, request: &str) -> Result<(), Stop> {
        self.looks()?;
        self.touched = None;
        self.surroundings.hand(request)
    }

    fn looks(&mut self) -> Result<(), Stop> {
        self.before = self.machine.qmp.look()?;
        Ok(())
    }

    /// Waits for the page, and takes its picture.
    ///
    /// Errors: it does not come; with what is to be seen instead.
    fn sees(&mut self, page: &str, patience: Duration) -> Result<(), Stop> {
        let new = self.eyes == Eyes::Accept && !self.album.file(page).exists();
        let seen = match new {
            false => self.finds(page, patience),
            true => self.machine.qmp.next_page(page, &self.before, patience),
        };
        self.taken += 1;
        let file = self.surroundings.folder.join(format!("{:02}-{page}.png", self.taken));
        self.machine.qmp.picture(&file)?;
        println!("  picture {}", file.display());
        if new && seen.is_ok() {
            Picture::read(&file)?.write(&self.album.file(page))?;
        }
        seen
    }

    fn finds(&mut self, page: &str, patience: Duration) -> Result<(), Stop> {
        let _progress = Progress::new(format!("waiting for {page}"), Others::Quiet);
        let wanted = self.album.page(page)?;
        let (began, mut waited) = (Instant::now(), Instant::now());
        let mut told = "no page of the kiosk is to be seen".to_owned();
        while began.elapsed() < patience {
            let ppm = self.machine.qmp.look()?;
            if let Some(seen) = Picture::from_ppm(&ppm) {
                match self.album.difference(page, &wanted, &seen) {
                    None => {
                        thread::sleep(READS);
                        return Ok(());
                    }
                    Some(difference) => told = difference.to_string(),
                }
            }
            if let Some((x, y)) = self.touched
                && waited.elapsed() > AGAIN
                && Picture::from_ppm(&ppm) == Picture::from_ppm(&self.before)
            {
                println!("  nothing came of it: touched once more");
                self.machine.qmp.touch(x, y)?;
                waited = Instant::now();
            }
            thread::sleep(LOOK);
            if descendants::interrupted() {
                return Err(Stop::Interrupted);
            }
        }
        Err(Stop::Failed(format!(
            "{page} is not to be seen after {} s: {told}; hold the last picture in {} against {}",
            patience.as_secs(),
            self.surroundings.folder.display(),
            self.album.file(page).display()
        )))
    }

    /// The power is cut; gives how many pictures there are.
    pub(crate) fn leaves(self) -> Result<usize, Stop> {
        self.machine.cut_power()?;
        self.reader.stop()?;
        Ok(self.taken)
    }
}
