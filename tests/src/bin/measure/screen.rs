//! What is on the X display, and when. Pixels are read back from the server: what it has is
//! what a screen would show.

use std::{
    collections::BTreeSet,
    io::IoSlice,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::xproto::{ConnectionExt, ImageFormat, Window},
    rust_connection::RustConnection,
};

use crate::{Outcome, processes};

/// A frame, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// More colours than an empty window and its frame have: text has edges in many greys.
const COLOURS: usize = 8;
/// Rows that are looked at for the first frame: so close that some cross the letters of a
/// heading on any page.
const ROWS: u16 = 32;
/// Half the side of the square around a touch.
const AROUND: u16 = 40;
/// Until a key is drawn as it was, and its digit is in.
const REST: Duration = Duration::from_millis(150);

/// XTEST (X Test Extension Protocol, 4): the request FakeInput and its events.
const FAKE_INPUT: u8 = 2;
const BUTTON_PRESS: u8 = 4;
const BUTTON_RELEASE: u8 = 5;
const MOTION: u8 = 6;
const BUTTON: u8 = 1;

struct Display {
    server: RustConnection,
    root: Window,
    size: (u16, u16),
    /// The extension's number.
    xtest: u8,
}

impl Display {
    fn open() -> Outcome<Self> {
        let (server, number) = RustConnection::connect(None)?;
        let screen = &server.setup().roots[number];
        let (root, size) = (screen.root, (screen.width_in_pixels, screen.height_in_pixels));
        let xtest = server
            .extension_information("XTEST")?
            .ok_or("this X server has no XTEST")?
            .major_opcode;
        Ok(Self { server, root, size, xtest })
    }

    fn pixels(&self, (x, y): (u16, u16), (width, height): (u16, u16)) -> Outcome<Vec<u8>> {
        let (x, y) = (i16::try_from(x)?, i16::try_from(y)?);
        let image = self.server.get_image(
            ImageFormat::Z_PIXMAP,
            self.root,
            x,
            y,
            width,
            height,
            u32::MAX,
        )?;
        Ok(image.reply()?.data)
    }

    /// Whether a page is up: more colours than a window without one has.
    fn has_a_page(&self) -> Outcome<bool> {
        let (width, height) = self.size;
        let mut colours = BTreeSet::new();
        for row in 1..=ROWS {
            let line = self.pixels((0, height / (ROWS + 1) * row), (width, 1))?;
            colours.extend(line.chunks_exact(4).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
        }
        Ok(colours.len() > COLOURS)
    }

    fn fake(&self, kind: u8, detail: u8, (x, y): (u16, u16)) -> Outcome<()> {
        let mut request = [0; 36];
        request[0] = self.xtest;
        request[1] = FAKE_INPUT;
        request[2..4].copy_from_slice(&9_u16.to_ne_bytes()); // its length, in words
        request[4] = kind;
        request[5] = detail;
        request[12..16].copy_from_slice(&self.root.to_ne_bytes());
        request[24..26].copy_from_slice(&x.to_ne_bytes());
        request[26..28].copy_from_slice(&y.to_ne_bytes());
        let sent = self.server.send_request_without_reply(&[IoSlice::new(&request)], Vec::new())?;
        // There is no answer to wait for.
        sent.ignore_error();
        self.server.flush()?;
        Ok(())
    }
}

/// Starts a program on an empty display; then ends it.
pub(crate) fn first_frame(settle: u64, program: &str, arguments: &[&str]) -> Outcome<()> {
    let display = Display::open()?;
    let end = Instant::now() + PATIENCE;
    while display.has_a_page()? {
        if Instant::now() > end {
            return Err("something is on the display already".into());
        }
        thread::sleep(REST);
    }
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{program}: {error}"))?;
    let mut shown = || -> Outcome<Duration> {
        loop {
            if display.has_a_page()? {
                return Ok(began.elapsed());
            }
            if let Some(status) = child.try_wait()? {
                return Err(format!("{program} ended with {status} before its first frame").into());
            }
            if began.elapsed() > PATIENCE {
                return Err(format!("{program} showed no page").into());
            }
        }
    };
    let figures = shown().and_then(|time| {
        thread::sleep(Duration::from_millis(settle));
        Ok((time, processes::pss_of_tree(child.id())?))
    });
    for pid in processes::tree(child.id()) {
        // One that ended meanwhile is as it should be.
        let _ = kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL);
    }
    child.wait()?;
    let (time, kb) = figures?;
    println!("{:.3} {kb}", time.as_secs_f64() * 1000.0);
    Ok(())
}

/// Presses at a place and watches what is around it. The clock starts when the press is on
/// its way; looking costs a round trip to the server, which is in the figure.
pub(crate) fn touch(x: u16, y: u16, count: u64) -> Outcome<()> {
    let display = Display::open()?;
    let corner = (x.saturating_sub(AROUND), y.saturating_sub(AROUND));
    let square = (2 * AROUND, 2 * AROUND);
    display.fake(MOTION, 0, (x, y))?;
    thread::sleep(REST);
    for _ in 0..count {
        let before = display.pixels(corner, square)?;
        let began = Instant::now();
        display.fake(BUTTON_PRESS, BUTTON, (x, y))?;
        while display.pixels(corner, square)? == before {
            if began.elapsed() > PATIENCE {
                return Err("nothing changes where the display is touched".into());
            }
        }
        println!("{:.3}", began.elapsed().as_secs_f64() * 1000.0);
        display.fake(BUTTON_RELEASE, BUTTON, (x, y))?;
        thread::sleep(REST);
    }
    Ok(())
}
