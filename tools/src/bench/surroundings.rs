//! What every scenario needs: an office with a device, a display, a folder, and the hands.

use std::path::{Path, PathBuf};

use crate::{
    demo::{display::Display, kiosk::Kiosk, office::Office, times::Times},
    places,
    program::ask,
    stop::Stop,
    unshared,
};

/// Everything that stands while the bench runs.
pub(crate) struct Surroundings {
    pub(crate) office: Office,
    pub(crate) display: Display,
    pub(crate) logs: PathBuf,
    folder: PathBuf,
    /// How often a figure is measured.
    pub(crate) repeats: usize,
}

impl Surroundings {
    /// Sets all of it up in `folder`.
    pub(crate) fn open(folder: &Path, logs: &Path, repeats: usize) -> Result<Self, Stop> {
        let office = Office::open(folder, logs, &mut Times::start())?;
        let display = Display::start(logs, folder)?;
        let (folder, logs) = (folder.to_owned(), logs.to_owned());
        Ok(Self { office, display, logs, folder, repeats })
    }

    /// An empty folder beside the others.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf, Stop> {
        let folder = self.folder.join(name);
        places::remove(&folder)?;
        places::private_folder(&folder)?;
        Ok(folder)
    }

    /// How many commands the card was sent since it came.
    pub(crate) fn apdus(&self) -> Result<f64, Stop> {
        let status = self.office.hand("status")?;
        let count = status.split("apdus=").nth(1).and_then(|it| it.split(' ').next()?.parse().ok());
        count.ok_or_else(|| Stop::Failed(format!("the virtual reader said {status}")))
    }

    /// Starts the kiosk and waits until a check can begin.
    pub(crate) fn start_kiosk(&self, log: &str) -> Result<Kiosk, Stop> {
        let (settings, pcscd) = (self.office.settings(), self.office.pcscd());
        let mut kiosk = Kiosk::start(log, settings, &pcscd, Some(self.display.name()), &self.logs)?;
        kiosk.ready()?;
        Ok(kiosk)
    }

    /// Runs `measure` with `words`; gives the numbers of each line that it says.
    pub(crate) fn measure(&self, what: &str, words: &[&str]) -> Result<Vec<Vec<f64>>, Stop> {
        let mut command = unshared::as_root(&places::release("measure")?);
        command.args(words);
        command.env("PCSCLITE_CSOCK_NAME", self.office.pcscd());
        command.env("DISPLAY", self.display.name()).env_remove("WAYLAND_DISPLAY");
        let told = ask(&format!("measure {what}"), &mut command, "")?;
        let numbers = |line: &str| line.split(' ').map(str::parse).collect::<Result<_, _>>();
        let all: Result<Vec<Vec<f64>>, _> = told.lines().map(numbers).collect();
        match all {
            Ok(all) if !all.is_empty() => Ok(all),
            _ => Err(Stop::Failed(format!("measure {what} said {told:?}"))),
        }
    }
}

/// The column `at` of lines of numbers.
pub(crate) fn column(lines: &[Vec<f64>], at: usize) -> Vec<f64> {
    lines.iter().filter_map(|line| line.get(at).copied()).collect()
}
