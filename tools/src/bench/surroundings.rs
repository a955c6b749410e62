//! What every scenario needs: an office with a device, a display, a folder, and the hands.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use crate::{
    demo::{display::Display, office::Office, times::Times},
    places,
    program::{Program, ask},
    stop::Stop,
    unshared,
};

/// The kiosk's own time-outs are shorter.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

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

    /// The gateway's folder.
    pub(crate) fn gateway(&self) -> PathBuf {
        self.folder.join("gateway")
    }

    /// The issued cards.
    pub(crate) fn cards(&self) -> PathBuf {
        self.folder.join("office")
    }

    /// The virtual reader's socket for hands.
    pub(crate) fn control(&self) -> PathBuf {
        self.folder.join("reader/control")
    }

    /// An empty folder beside the others.
    pub(crate) fn scratch(&self, name: &str) -> Result<PathBuf, Stop> {
        let folder = self.folder.join(name);
        places::remove(&folder)?;
        places::private_folder(&folder)?;
        Ok(folder)
    }

    /// Where the gateway listens.
    pub(crate) fn url(&self) -> Result<String, Stop> {
        let file = self.office.settings();
        let text = fs::read_to_string(file).map_err(Stop::because(file.display()))?;
        let url = text.lines().find_map(|line| line.strip_prefix("url = "));
        let url = url.map(|url| url.trim_matches('"').to_owned());
        url.ok_or_else(|| Stop::Failed(format!("{} names no gateway", file.display())))
    }

    /// A request to the virtual reader, without a program in between; gives the answer.
    pub(crate) fn hand(&self, request: &str) -> Result<String, Stop> {
        let cannot = || format!("{request}: the virtual reader does not answer");
        let mut stream = UnixStream::connect(self.control()).map_err(Stop::because(cannot()))?;
        stream.write_all(format!("{request}\n").as_bytes()).map_err(Stop::because(cannot()))?;
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).map_err(Stop::because(cannot()))?;
        match answer.trim().strip_prefix("ok") {
            Some(told) => Ok(told.trim().to_owned()),
            None => Err(Stop::Failed(format!("{request}: {answer}"))),
        }
    }

    /// How many commands the card was sent since it came.
    pub(crate) fn apdus(&self) -> Result<f64, Stop> {
        let status = self.hand("status")?;
        let count = status.split("apdus=").nth(1).and_then(|it| it.split(' ').next()?.parse().ok());
        count.ok_or_else(|| Stop::Failed(format!("the virtual reader said {status}")))
    }

    /// The kiosk of this office, on the display, as root of its own where needed.
    pub(crate) fn kiosk(&self) -> Result<Command, Stop> {
        let mut command = Command::new(places::release("kiosk")?);
        command.arg("--settings").arg(self.office.settings());
        self.around(&mut command);
        Ok(command)
    }

    /// Starts the kiosk and waits until a check can begin.
    pub(crate) fn start_kiosk(&self, name: &str) -> Result<Program, Stop> {
        let mut kiosk = Program::start(name, &self.kiosk()?, &self.logs)?;
        let (mut page, mut reader, mut line) = (false, false, false);
        kiosk.wait("the kiosk's first page, reader and line", PATIENCE, |it| {
            page |= it.contains(" screen: ready");
            reader |= it.contains(" reader: Empty");
            line |= it.contains(" line: Up");
            (page && reader && line).then_some(())
        })?;
        Ok(kiosk)
    }

    /// Runs `measure` with `words`; gives the numbers of each line that it says.
    pub(crate) fn measure(&self, what: &str, words: &[&str]) -> Result<Vec<Vec<f64>>, Stop> {
        let mut command = unshared::as_root(&places::release("measure")?);
        command.args(words);
        self.around(&mut command);
        let told = ask(&format!("measure {what}"), &mut command, "")?;
        let numbers = |line: &str| line.split(' ').map(str::parse).collect::<Result<_, _>>();
        let all: Result<Vec<Vec<f64>>, _> = told.lines().map(numbers).collect();
        match all {
            Ok(all) if !all.is_empty() => Ok(all),
            _ => Err(Stop::Failed(format!("measure {what} said {told:?}"))),
        }
    }

    fn around(&self, command: &mut Command) {
        command.env("PCSCLITE_CSOCK_NAME", self.office.pcscd());
        command.env("DISPLAY", self.display.name()).env_remove("WAYLAND_DISPLAY");
    }
}

/// The column `at` of lines of numbers.
pub(crate) fn column(lines: &[Vec<f64>], at: usize) -> Vec<f64> {
    lines.iter().filter_map(|line| line.get(at).copied()).collect()
}
