//! Stop watches for `cargo tools bench`: one figure a line, nothing else.
//!
//! `measure card-event CONTROL COUNT`: milliseconds from the hand to the watcher's word.
//! `measure commands CONTROL ROUNDS`: microseconds for a READ BINARY, the median of each round.
//! `measure gateway URL CA OFFICE ROUNDS CHECKS FACILITY USER PASSWORD CODE…`: checks a second,
//! with one device for each activation code.
//! `measure first-frame MS PROGRAM ARGUMENT…`: milliseconds to its first frame, and the PSS of
//! its processes MS milliseconds later, in KB.
//! `measure touch X Y COUNT`: milliseconds from a press to changed pixels around it.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the bench reads what it prints")]

mod commands;
mod events;
mod gateway;
mod https;
mod processes;
mod screen;

use std::{env, error::Error, path::Path, process::ExitCode, str::FromStr};

/// What can go wrong is told and ends the measurement.
type Outcome<T> = Result<T, Box<dyn Error>>;

const USAGE: &str = "usage: measure card-event | commands | gateway | first-frame | touch …";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["card-event", control, count] => {
            number(count).and_then(|count| events::measure(Path::new(control), count))
        }
        ["commands", control, rounds] => {
            number(rounds).and_then(|rounds| commands::measure(Path::new(control), rounds))
        }
        ["gateway", rest @ ..] => gateway::measure(rest),
        ["first-frame", settle, program, rest @ ..] => {
            number(settle).and_then(|settle| screen::first_frame(settle, program, rest))
        }
        ["touch", x, y, count] => touch(x, y, count),
        _ => Err(USAGE.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn touch(x: &str, y: &str, count: &str) -> Outcome<()> {
    screen::touch(number(x)?, number(y)?, number(count)?)
}

fn number<T: FromStr>(text: &str) -> Outcome<T> {
    text.parse().map_err(|_| format!("{text}: a number is needed").into())
}
