//! What a person does at the machine, and sees: fingers and pictures, by QEMU's own protocol.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{descendants, stop::Stop};

/// Of the panel, in pixels.
pub(crate) const WIDTH: u32 = 1280;
pub(crate) const HEIGHT: u32 = 800;
/// What a touch screen of QEMU counts to.
const RANGE: u32 = 32767;

/// A finger stays on the glass for so long, and away for so long: the machine is an emulated
/// one, some ten times slower than a real one.
const TOUCH: Duration = Duration::from_millis(200);
/// Between two looks at the panel.
const LOOK: Duration = Duration::from_millis(500);
/// The socket is there soon after QEMU was started.
const START: Duration = Duration::from_secs(20);

/// The line to one QEMU.
pub(crate) struct Qmp {
    line: BufReader<UnixStream>,
    /// The folder that QEMU sees as `/work`.
    work: PathBuf,
}

impl Qmp {
    /// Waits for QEMU's socket `qmp.sock` in `work`.
    pub(crate) fn connect(work: &Path) -> Result<Self, Stop> {
        let socket = work.join("qmp.sock");
        let began = Instant::now();
        let line = loop {
            match UnixStream::connect(&socket) {
                Ok(line) => break line,
                Err(_) if began.elapsed() < START => thread::sleep(Duration::from_millis(100)),
                Err(problem) => return Err(Stop::because("QEMU does not answer")(problem)),
            }
        };
        let mut qmp = Self { line: BufReader::new(line), work: work.to_owned() };
        qmp.read()?;
        qmp.execute("qmp_capabilities", json!({}))?;
        Ok(qmp)
    }

    /// One command.
    ///
    /// Errors: QEMU ended, or refuses; with what it said.
    pub(crate) fn execute(&mut self, command: &str, arguments: Value) -> Result<Value, Stop> {
        let asked = json!({"execute": command, "arguments": arguments});
        let lost = || format!("QEMU ended before {command}");
        writeln!(self.line.get_mut(), "{asked}").map_err(Stop::because(lost()))?;
        loop {
            let answer = self.read()?;
            if let Some(error) = answer.get("error") {
                return Err(Stop::Failed(format!("QEMU refuses {command}: {error}")));
            }
            // Everything else is an event.
            if let Some(done) = answer.get("return") {
                return Ok(done.clone());
            }
        }
    }

    /// A finger on the glass, in pixels of the panel.
    pub(crate) fn touch(&mut self, x: u32, y: u32) -> Result<(), Stop> {
        let at = |axis, value| {
            json!({"type": "mtt", "data": {"type": "data", "slot": 0, "tracking-id": 1,
                "axis": axis, "value": value}})
        };
        let begin = json!({"type": "mtt", "data": {"type": "begin", "slot": 0, "tracking-id": 1,
            "axis": "x", "value": 0}});
        let (x, y) = (at("x", x * RANGE / WIDTH), at("y", y * RANGE / HEIGHT));
        self.execute("input-send-event", json!({"events": [begin, x, y]}))?;
        thread::sleep(TOUCH);
        let end = json!({"type": "mtt", "data": {"type": "end", "slot": 0, "tracking-id": -1,
            "axis": "x", "value": 0}});
        self.execute("input-send-event", json!({"events": [end]}))?;
        thread::sleep(TOUCH);
        Ok(())
    }

    /// What is to be seen, as a PNG; the same picture gives the same bytes.
    pub(crate) fn picture(&mut self) -> Result<Vec<u8>, Stop> {
        let name = json!({"filename": "/work/seen.png", "format": "png"});
        self.execute("screendump", name)?;
        let file = self.work.join("seen.png");
        fs::read(&file).map_err(Stop::because(file.display()))
    }

    /// Waits until something else than `before` is to be seen and stands still.
    ///
    /// Errors: nothing changes within `patience`; Ctrl-C.
    pub(crate) fn next_picture(
        &mut self,
        what: &str,
        before: &[u8],
        patience: Duration,
    ) -> Result<Vec<u8>, Stop> {
        let began = Instant::now();
        let mut last = self.picture()?;
        while began.elapsed() < patience {
            thread::sleep(LOOK);
            if descendants::interrupted() {
                return Err(Stop::Interrupted);
            }
            let now = self.picture()?;
            if now == last && now != before {
                return Ok(now);
            }
            last = now;
        }
        Err(Stop::Failed(format!(
            "{what}: nothing else is to be seen after {} s; see {}",
            patience.as_secs(),
            self.work.join("seen.png").display()
        )))
    }

    fn read(&mut self) -> Result<Value, Stop> {
        let mut line = String::new();
        self.line.read_line(&mut line).map_err(Stop::because("QEMU ended"))?;
        serde_json::from_str(&line).map_err(|_| Stop::Failed(format!("QEMU says: {line}")))
    }
}
