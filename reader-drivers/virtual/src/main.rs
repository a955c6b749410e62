//! `virtual-card`: issues synthetic cards, and puts them on a virtual reader.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program whose job is to answer on the terminal")]

use std::{
    env,
    path::Path,
    process::ExitCode,
    time::{Instant, SystemTime},
};

use reader_virtual::{control, ids, issue, reset};

const USAGE: &str = "\
usage: virtual-card list                       the cards there are
       virtual-card issue OFFICE               make them all, in the folder OFFICE
       virtual-card reset OFFICE [ID...]       give cards (all) the PIN tries of their card file
       virtual-card SOCKET insert ID           put a card on the reader that listens at SOCKET
       virtual-card SOCKET swap ID             put it in place of the one that lies there
       virtual-card SOCKET remove | status
       virtual-card SOCKET fault N KIND        let something go wrong at the N-th command; the
                                               reader's README has the kinds and more requests";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["list"] => Ok(ids().join("\n")),
        ["issue", office] => issue_all(Path::new(office)),
        ["reset", office, cards @ ..] => reset_cards(Path::new(office), cards),
        // What a reader does not know it refuses itself, with what it knows.
        [socket, request @ ..] if !request.is_empty() => ask(Path::new(socket), &request.join(" ")),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn issue_all(office: &Path) -> Result<String, String> {
    let start = Instant::now();
    let report = issue(office, SystemTime::now()).map_err(|error| told(&error))?;
    let seconds = start.elapsed().as_secs_f32();
    Ok(format!("{} cards, {} new keys, {seconds:.1} s", report.cards, report.new_keys))
}

fn reset_cards(office: &Path, cards: &[&str]) -> Result<String, String> {
    let cards = match cards {
        [] => ids(),
        some => some.iter().map(|id| (*id).to_owned()).collect(),
    };
    for id in &cards {
        reset(office, id).map_err(|error| told(&error))?;
    }
    Ok(format!("{} cards reset", cards.len()))
}

fn ask(socket: &Path, request: &str) -> Result<String, String> {
    let answer = control::ask(socket, request)
        .map_err(|error| format!("no answer from the reader at {}: {error}", socket.display()))?;
    if answer.starts_with("ok") { Ok(answer) } else { Err(answer) }
}

/// An error with its causes.
fn told(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
