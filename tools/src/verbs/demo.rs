//! `cargo tools demo`: PIN checks on the programs as they are shipped.
//!
//! Everything it makes lies in `target/demo`: the pictures, `logs/`, and while it runs
//! `run/` with the keys and the state of this one demo.

use std::{env, path::PathBuf};

use crate::{
    cargo,
    demo::{
        desk,
        display::Display,
        kiosk::Kiosk,
        life::LIFE,
        office::{self, Office},
        scenes::{SCENES, Scene},
        story,
        times::Times,
    },
    descendants,
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

/// Every scene by real pointer events on a display without a screen.
pub(crate) fn story(install: Install) -> Result<(), Stop> {
    let mut times = prepare(install, WITH_PICTURES, office::PACKAGES, &[])?;
    on_a_display(&mut times, SCENES, |folders, times| {
        let office = Office::open(&folders.run, &folders.logs, times)?;
        Ok((office, Kiosk::ready))
    })
}

/// The whole life of a unit, from its box to its removal; first its facility prepares in a
/// browser. Its programs are built for tests: a mock clock lets 30 minutes pass.
pub(crate) fn life(install: Install) -> Result<(), Stop> {
    places::use_debug_build();
    let features = ["--features", "kiosk/mock-clock,reference-gateway/mock-clock"];
    let purposes = [WITH_PICTURES, &[Purpose::Browser]].concat();
    // What presses in the browser is a program of the tests.
    let packages = [office::PACKAGES, &["whole"]].concat();
    let mut times = prepare(install, &purposes, &packages, &features)?;
    on_a_display(&mut times, LIFE, |folders, times| {
        let office = Office::around_a_new_unit(&folders.run, &folders.logs, times)?;
        // Its first page is waited for at the end of the first scene.
        Ok((office, |_: &mut Kiosk| Ok(())))
    })
}

const WITH_PICTURES: &[Purpose] = &[Purpose::Build, Purpose::Run, Purpose::Window, Purpose::Demo];

/// Plays `scenes`. `furnish` sets the office up, and says what to wait for first.
fn on_a_display<First: FnOnce(&mut Kiosk) -> Result<(), Stop>>(
    times: &mut Times,
    scenes: &[Scene],
    furnish: impl FnOnce(&Folders, &mut Times) -> Result<(Office, First), Stop>,
) -> Result<(), Stop> {
    let folders = Folders::make()?;
    let outcomes = descendants::with_nothing_left(&folders.run, || {
        let (mut office, first) = furnish(&folders, times)?;
        let mut display = Display::start(&folders.logs, &folders.pictures)?;
        times.part("display");
        let mut kiosk = start_kiosk(&office, Some(display.name()), &folders)?;
        first(&mut kiosk)?;
        times.part("kiosk, to its first screen");
        let outcomes = story::play(scenes, &mut office, &mut display, &mut kiosk, times)?;
        Ok((outcomes, display.taken()))
    });
    times.part("cleaning up");
    let (outcomes, taken) = outcomes?;
    println!("\nResults:\n{}", story::table(&outcomes));
    println!("Times:\n{times}\n");
    println!("{taken} pictures in {}; no process is left.", folders.pictures.display());
    Ok(())
}

/// The kiosk in a window, until the person at the desk has seen enough.
pub(crate) fn window(install: Install) -> Result<(), Stop> {
    if env::var_os("DISPLAY").is_none() {
        return Err(Stop::ByHand(
            "--window needs an X display (DISPLAY is not set). Without one: cargo tools demo"
                .into(),
        ));
    }
    let purposes = [Purpose::Build, Purpose::Run, Purpose::Window];
    let mut times = prepare(install, &purposes, office::PACKAGES, &[])?;
    let folders = Folders::make()?;
    descendants::with_nothing_left(&folders.run, || {
        let office = Office::open(&folders.run, &folders.logs, &mut times)?;
        let mut kiosk = start_kiosk(&office, None, &folders)?;
        kiosk.ready()?;
        desk::serve(&mut Table { office, kiosk })
    })
}

/// The demo's reader, and its kiosk.
struct Table {
    office: Office,
    kiosk: Kiosk,
}

impl desk::Beside for Table {
    fn lay(&mut self, card: &str) -> Result<(), Stop> {
        self.office.replace(card)
    }

    fn take(&mut self) -> Result<(), Stop> {
        self.office.remove()
    }

    fn runs(&mut self) -> bool {
        self.kiosk.runs()
    }
}

fn prepare(
    install: Install,
    purposes: &[Purpose],
    programs: &[&str],
    more: &[&str],
) -> Result<Times, Stop> {
    let mut times = Times::start();
    packages::ensure(install, purposes)?;
    times.part("installation");
    cargo::build_with(programs, more)?;
    times.part("build");
    Ok(times)
}

fn start_kiosk(office: &Office, display: Option<&str>, folders: &Folders) -> Result<Kiosk, Stop> {
    Kiosk::start("kiosk", office.settings(), &office.pcscd(), display, &folders.logs)
}

struct Folders {
    pictures: PathBuf,
    logs: PathBuf,
    run: PathBuf,
}

impl Folders {
    /// Pictures and logs of the last demo are removed.
    fn make() -> Result<Self, Stop> {
        let pictures = places::target()?.join("demo");
        let logs = pictures.join("logs");
        places::remove(&pictures)?;
        places::empty(&logs)?;
        let run = places::run_folder(&pictures.join("run"))?;
        Ok(Self { pictures, logs, run })
    }
}
