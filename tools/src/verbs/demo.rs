//! `cargo tools demo`: PIN checks on the programs as they are shipped.
//!
//! Everything it makes lies in `target/demo`: the pictures, `logs/`, and while it runs
//! `run/` with the keys and the state of this one demo.

use std::{env, path::PathBuf};

use crate::{
    cargo,
    demo::{desk, display::Display, kiosk::Kiosk, office, office::Office, story, times::Times},
    descendants,
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

/// Every scene by real pointer events on a display without a screen.
pub(crate) fn story(install: Install) -> Result<(), Stop> {
    use Purpose::{Build, Demo, Run, Window};
    let mut times = prepare(install, &[Build, Run, Window, Demo])?;
    let folders = Folders::make()?;
    let outcomes = descendants::with_nothing_left(&folders.run, || {
        let mut office = Office::open(&folders.run, &folders.logs, &mut times)?;
        let mut display = Display::start(&folders.logs, &folders.pictures)?;
        times.part("display");
        let mut kiosk = start_kiosk(&office, Some(display.name()), &folders)?;
        times.part("kiosk, to its first screen");
        let outcomes = story::play(&mut office, &mut display, &mut kiosk, &mut times)?;
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
    let mut times = prepare(install, &[Purpose::Build, Purpose::Run, Purpose::Window])?;
    let folders = Folders::make()?;
    descendants::with_nothing_left(&folders.run, || {
        let office = Office::open(&folders.run, &folders.logs, &mut times)?;
        let mut kiosk = start_kiosk(&office, None, &folders)?;
        desk::serve(&office, &mut kiosk)
    })
}

fn prepare(install: Install, purposes: &[Purpose]) -> Result<Times, Stop> {
    let mut times = Times::start();
    packages::ensure(install, purposes)?;
    times.part("installation");
    cargo::build_release(office::PACKAGES)?;
    times.part("build");
    Ok(times)
}

fn start_kiosk(office: &Office, display: Option<&str>, folders: &Folders) -> Result<Kiosk, Stop> {
    let mut kiosk =
        Kiosk::start("kiosk", office.settings(), &office.pcscd(), display, &folders.logs)?;
    kiosk.ready()?;
    Ok(kiosk)
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
