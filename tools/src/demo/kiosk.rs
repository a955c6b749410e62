//! The kiosk program, and what it says in its journal.

use std::{path::Path, process::Command, time::Duration};

use super::office::{MOCK_CLOCK, mock_clock};
use crate::{places, program::Program, stop::Stop};

/// The kiosk's own time-outs are shorter; only a broken kiosk is silent for so long.
const PATIENCE: Duration = Duration::from_secs(40);

/// The running kiosk.
pub(crate) struct Kiosk {
    program: Program,
}

/// What a line of the journal says, as far as the demo needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Word {
    /// `screen: NAME`
    Screen(String),
    /// `trouble: CODE`
    Trouble(String),
    /// `check N result: VALIDITY`
    Result(String),
    /// `reading: N APDUs, T µs`
    Reading { apdus: u32, microseconds: u64 },
    /// `card to result: T µs`
    CardToResult { microseconds: u64 },
    /// `line: Up …`
    LineUp,
    /// `reader: Empty`
    ReaderEmpty,
}

impl Word {
    /// A line is what the logger puts before it, and then the word.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let after = |mark: &str| line.split_once(mark).map(|(_, rest)| rest.trim());
        let microseconds = |text: &str| text.strip_suffix(" µs")?.parse().ok();
        if let Some(name) = after(" screen: ") {
            Some(Self::Screen(name.to_owned()))
        } else if let Some(code) = after(" trouble: ") {
            Some(Self::Trouble(code.to_owned()))
        } else if let (Some(_), Some(validity)) = (after(" check "), after(" result: ")) {
            Some(Self::Result(validity.to_owned()))
        } else if let Some(figures) = after(" reading: ") {
            let (apdus, time) = figures.split_once(" APDUs, ")?;
            Some(Self::Reading { apdus: apdus.parse().ok()?, microseconds: microseconds(time)? })
        } else if let Some(time) = after(" card to result: ") {
            Some(Self::CardToResult { microseconds: microseconds(time)? })
        } else if let Some(reader) = after(" reader: ") {
            (reader == "Empty").then_some(Self::ReaderEmpty)
        } else {
            after(" line: ")?.starts_with("Up").then_some(Self::LineUp)
        }
    }
}

impl Kiosk {
    /// Starts the release program with the settings in `settings`; `display` is for
    /// `DISPLAY`, where it is not the person's own, and `log` names its log.
    pub(crate) fn start(
        log: &str,
        settings: &Path,
        pcscd: &Path,
        display: Option<&str>,
        logs: &Path,
    ) -> Result<Self, Stop> {
        let mut command = Command::new(places::release("kiosk")?);
        command.arg("--settings").arg(settings).env("PCSCLITE_CSOCK_NAME", pcscd);
        command.env(MOCK_CLOCK, mock_clock(settings));
        if let Some(display) = display {
            command.env("DISPLAY", display).env_remove("WAYLAND_DISPLAY");
        }
        Ok(Self { program: Program::start(log, &command, logs)? })
    }

    /// Waits for the next word that `meaning` takes.
    pub(crate) fn wait<T>(
        &mut self,
        what: &str,
        meaning: impl FnMut(Word) -> Option<T>,
    ) -> Result<T, Stop> {
        self.wait_within(PATIENCE, what, meaning)
    }

    /// The same, with a patience of its own.
    pub(crate) fn wait_within<T>(
        &mut self,
        patience: Duration,
        what: &str,
        mut meaning: impl FnMut(Word) -> Option<T>,
    ) -> Result<T, Stop> {
        self.program.wait(what, patience, |line| Word::read(line).and_then(&mut meaning))
    }

    /// Ends it in good order.
    pub(crate) fn end(self) -> Result<(), Stop> {
        self.program.end()
    }

    /// Waits until a check can begin: the first page is up, reader and line are there.
    pub(crate) fn ready(&mut self) -> Result<(), Stop> {
        let (mut screen, mut line, mut reader) = (false, false, false);
        self.wait("the kiosk's first page, its reader and its line", |word| {
            match word {
                Word::Screen(name) => screen = name == "ready",
                Word::LineUp => line = true,
                Word::ReaderEmpty => reader = true,
                _ => {}
            }
            (screen && line && reader).then_some(())
        })
    }

    /// Waits until the screen `name` is up. The page that explains a trouble ends it.
    pub(crate) fn screen(&mut self, name: &str) -> Result<(), Stop> {
        let shown = self.wait(&format!("the screen {name}"), |word| match word {
            Word::Screen(shown) if shown == name || shown == "sorry" => Some(shown),
            _ => None,
        })?;
        match shown == name {
            true => Ok(()),
            false => Err(Stop::Failed(format!(
                "the kiosk shows {shown} instead of {name}; its journal says why"
            ))),
        }
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.program.runs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: Option<Word>) {
        assert_eq!(Word::read(line), expected);
    }

    #[test]
    fn the_words_are_found_behind_what_the_logger_writes() {
        let before = "[2026-11-21T10:00:00Z INFO  kiosk::run] ";
        let line = |word: &str| format!("{before}{word}");
        check(&line("screen: pin"), Some(Word::Screen("pin".into())));
        check(&line("trouble: C-02"), Some(Word::Trouble("C-02".into())));
        check(&line("check 3 result: valid"), Some(Word::Result("valid".into())));
        let reading = Word::Reading { apdus: 17, microseconds: 5210 };
        check(&line("reading: 17 APDUs, 5210 µs"), Some(reading));
        let to_result = Word::CardToResult { microseconds: 9310 };
        check(&line("card to result: 9310 µs"), Some(to_result));
        check(&line("line: Up { simulator: true }"), Some(Word::LineUp));
        check(&line("line: Down(Unreachable)"), None);
        check(&line("reader: Empty"), Some(Word::ReaderEmpty));
        check(&line("reader: Card(Presence(1))"), None);
        check("anything else", None);
    }
}
