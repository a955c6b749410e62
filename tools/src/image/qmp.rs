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

use crate::{
    descendants,
    progress::{Others, Progress},
    stop::Stop,
};

/// Of the panel, in pixels.
pub(crate) const WIDTH: u32 = 1280;
pub(crate) const HEIGHT: u32 = 800;
/// What a touch screen of QEMU counts to.
const RANGE: u32 = 32767;

/// A finger stays on the glass for so long, and away for so long: the machine is an emulated
/// one, some ten times slower than a real one.
const TOUCH: Duration = Duration::from_millis(200);
/// Between two looks at the panel.
const LOOK: Duration = Duration::from_millis(400);
/// A page that looks the same so many times stands still.
const STILL: u32 = 6;
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

    /// What is to be seen, pixel by pixel (PPM).
    pub(crate) fn look(&mut self) -> Result<Vec<u8>, Stop> {
        self.execute("screendump", json!({"filename": "/work/seen.ppm"}))?;
        let file = self.work.join("seen.ppm");
        fs::read(&file).map_err(Stop::because(file.display()))
    }

    /// The same as a PNG, in `file`.
    pub(crate) fn picture(&mut self, file: &Path) -> Result<(), Stop> {
        let name = json!({"filename": "/work/seen.png", "format": "png"});
        self.execute("screendump", name)?;
        let seen = self.work.join("seen.png");
        fs::copy(seen, file).map(drop).map_err(Stop::because(file.display()))
    }

    /// Waits until a page of the kiosk is to be seen that is not `before`, and stands still:
    /// one on which something moves is waiting itself.
    ///
    /// Errors: nothing changes within `patience`; Ctrl-C.
    pub(crate) fn next_page(
        &mut self,
        what: &str,
        before: &[u8],
        patience: Duration,
    ) -> Result<(), Stop> {
        let _progress = Progress::new(format!("waiting for {what}"), Others::Quiet);
        let began = Instant::now();
        let (mut last, mut same) = (Vec::new(), 0);
        while began.elapsed() < patience {
            let now = self.look()?;
            same = if now == last { same + 1 } else { 0 };
            if same == STILL && now != before && is_page(&now) {
                return Ok(());
            }
            last = now;
            thread::sleep(LOOK);
            if descendants::interrupted() {
                return Err(Stop::Interrupted);
            }
        }
        Err(Stop::Failed(format!(
            "{what}: no other page is to be seen after {} s; see {}",
            patience.as_secs(),
            self.work.join("seen.ppm").display()
        )))
    }

    fn read(&mut self) -> Result<Value, Stop> {
        let mut line = String::new();
        self.line.read_line(&mut line).map_err(Stop::because("QEMU ended"))?;
        serde_json::from_str(&line).map_err(|_| Stop::Failed(format!("QEMU says: {line}")))
    }
}

/// Pages are light down to their lower left corner; firmware and consoles are black there. Each
/// begins with the dark bar that says what must be known of the unit. A panel may hang upside down.
pub(crate) fn is_page(ppm: &[u8]) -> bool {
    const LIGHT: u8 = 0xE0;
    let head = format!("P6\n{WIDTH} {HEIGHT}\n255\n");
    let (pixels, _) = ppm.strip_prefix(head.as_bytes()).unwrap_or_default().as_chunks::<3>();
    let width = WIDTH as usize;
    // From the upper left, and from the lower right.
    let page = |at: &dyn Fn(usize) -> Option<usize>| {
        let pixel = |place| at(place).and_then(|place| pixels.get(place));
        let corner = pixel((HEIGHT as usize - 2) * width);
        let bar = pixel(3 * width + 5);
        corner.is_some_and(|it| it.iter().all(|value| *value >= LIGHT))
            && bar.is_some_and(|it| it.iter().any(|value| *value < LIGHT))
    };
    page(&Some) || page(&|place| pixels.len().checked_sub(place + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_light_below_its_bar_and_as_large_as_the_panel() {
        let picture = |width: u32, bar: u8, value: u8| {
            let mut ppm = format!("P6\n{width} {HEIGHT}\n255\n").into_bytes();
            ppm.resize(ppm.len() + (width * 40 * 3) as usize, bar);
            ppm.resize(ppm.len() + (width * (HEIGHT - 40) * 3) as usize, value);
            ppm
        };
        let page = picture(WIDTH, 0x40, 0xE6);
        assert!(is_page(&page));
        let head = page.len() - (WIDTH * HEIGHT * 3) as usize;
        let turned: Vec<u8> =
            page[..head].iter().chain(page[head..].iter().rev()).copied().collect();
        assert!(is_page(&turned));
        assert!(!is_page(&picture(WIDTH, 0xE6, 0xE6)));
        assert!(!is_page(&picture(WIDTH, 0, 0)));
        assert!(!is_page(&picture(640, 0x40, 0xFF)));
        assert!(!is_page(b""));
    }
}
