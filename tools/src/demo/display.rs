//! What a person has in front of them: a picture to look at, and a finger.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::Duration,
};

use serde::Deserialize;

use crate::{
    program::{Program, ask},
    stop::Stop,
};

/// Where the buttons are on a display of [`SIZE`].
const TOUCHES: &str = include_str!("../../demo/touches.toml");

/// The demo's display; `touches.toml` is measured on it.
const SIZE: &str = "1280x800x24";

/// An X server is up in well under a second; a loaded machine takes longer.
const START: Duration = Duration::from_secs(20);

/// A finger stays on the glass for so long.
const TOUCH: &str = "0.05";
/// Before the next one: a person's hand takes longer, and on a busy machine a button opens later.
const LIFT: &str = "0.1";

/// After a word in the journal, the picture follows within this time.
const DRAWN: Duration = Duration::from_millis(300);

/// A page that moves for longer than this many looks never stands still.
const LOOKS: u32 = 10;

/// The middle of a button, in pixels from the top left.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    x: u16,
    y: u16,
}

/// All buttons of `touches.toml`, by their names.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Points(BTreeMap<String, Point>);

impl Points {
    pub(crate) fn read() -> Result<Self, Stop> {
        toml::from_str(TOUCHES)
            .map_err(|error| Stop::Failed(format!("tools/demo/touches.toml: {error}")))
    }

    /// The middle of the button `name`, in pixels from the top left.
    pub(crate) fn of(&self, name: &str) -> Result<(u16, u16), Stop> {
        let point = self.0.get(name);
        point
            .map(|point| (point.x, point.y))
            .ok_or_else(|| Stop::Failed(format!("touches.toml does not know {name}")))
    }
}

/// An X server without a screen.
pub(crate) struct Display {
    server: Program,
    name: String,
    points: Points,
    pictures: PathBuf,
    taken: usize,
}

impl Display {
    /// Starts an X server on a free display; pictures go to the folder `pictures`.
    pub(crate) fn start(logs: &Path, pictures: &Path) -> Result<Self, Stop> {
        let mut command = Command::new("Xvfb");
        // The server chooses a free number and says it on its standard output.
        command.args(["-displayfd", "1", "-screen", "0", SIZE, "-nolisten", "tcp", "-noreset"]);
        let mut server = Program::start("xvfb", &command, logs)?;
        let number: u32 = server.wait("the display", START, |line| line.trim().parse().ok())?;
        Ok(Self {
            server,
            name: format!(":{number}"),
            points: Points::read()?,
            pictures: pictures.to_owned(),
            taken: 0,
        })
    }

    /// For `DISPLAY`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A finger on the button `name`: real pointer events, made by XTEST.
    pub(crate) fn touch(&mut self, name: &str) -> Result<(), Stop> {
        let (x, y) = self.point(name)?;
        let (x, y) = (x.to_string(), y.to_string());
        self.tool("xdotool")
            .and_then(|mut tool| {
                tool.args(["mousemove", &x, &y, "mousedown", "1", "sleep", TOUCH, "mouseup", "1"]);
                tool.args(["sleep", LIFT]);
                ask(&format!("touch {name}"), &mut tool, "")
            })
            .map(drop)
    }

    /// The middle of the button `name`, in pixels from the top left.
    pub(crate) fn point(&self, name: &str) -> Result<(u16, u16), Stop> {
        self.points.of(name)
    }

    /// Takes a picture of what is to be seen, once it stands still: `NN-NAME.png`.
    pub(crate) fn picture(&mut self, name: &str) -> Result<(), Stop> {
        self.taken += 1;
        let file = self.pictures.join(format!("{:02}-{name}.png", self.taken));
        let mut before = Vec::new();
        for _ in 0..LOOKS {
            thread::sleep(DRAWN);
            let mut tool = self.tool("import")?;
            // Without its date the file is the same when the picture is.
            tool.args(["-silent", "-window", "root", "-define", "png:exclude-chunks=date,time"])
                .arg(&file);
            ask(&format!("take the picture {name}"), &mut tool, "")?;
            let now = fs::read(&file).map_err(Stop::because(file.display()))?;
            if now == before {
                break;
            }
            before = now;
        }
        println!("  picture {}", file.display());
        Ok(())
    }

    /// Where the pictures go.
    pub(crate) fn pictures(&self) -> &Path {
        &self.pictures
    }

    /// Others were taken there, of something else.
    pub(crate) fn count(&mut self, others: usize) {
        self.taken += others;
    }

    /// How many pictures there are.
    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    fn tool(&mut self, name: &str) -> Result<Command, Stop> {
        if !self.server.runs() {
            return Err(Stop::Failed("the X server ended; see xvfb.log".into()));
        }
        let mut command = Command::new(name);
        command.env("DISPLAY", &self.name);
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_button_of_the_story_has_a_place_on_the_display() {
        let points = Points::read().expect("the file");
        let keys = (0..10).map(|digit| format!("key-{digit}"));
        let buttons = crate::demo::story::buttons().map(str::to_owned);
        for name in keys.chain(buttons) {
            let (x, y) = points.of(&name).unwrap_or_else(|_| panic!("{name} is missing"));
            assert!(x < 1280 && y < 800, "{name} is beside the display");
        }
    }
}
