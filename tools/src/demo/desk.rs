//! The menu of `cargo tools demo --window` and of `cargo tools boot`: the kiosk in a window, cards by
//! number.

use std::{
    io::{self, BufRead, Write},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::office;
use crate::{descendants, stop::Stop};

/// A closed window and Ctrl-C are noticed this fast.
const TURN: Duration = Duration::from_millis(200);

/// What the desk is for: a reader, and the kiosk beside it.
pub(crate) trait Beside {
    /// Lays the card on the reader, in place of what lies there.
    fn lay(&mut self, card: &str) -> Result<(), Stop>;
    fn take(&mut self) -> Result<(), Stop>;
    /// Whether the kiosk is still there.
    fn runs(&mut self) -> bool;
}

/// What a person may type.
#[derive(Debug, PartialEq, Eq)]
enum Choice<'a> {
    Insert(&'a str),
    Remove,
    Quit,
    Unclear,
}

impl<'a> Choice<'a> {
    fn read(typed: &str, people: &'a [String]) -> Self {
        match typed.trim() {
            "r" => Self::Remove,
            "q" => Self::Quit,
            number => number
                .parse::<usize>()
                .ok()
                .and_then(|number| people.get(number.checked_sub(1)?))
                .map_or(Self::Unclear, |person| Self::Insert(person)),
        }
    }
}

/// Serves the menu until `q`, the end of the input, or the end of the kiosk.
pub(crate) fn serve(beside: &mut impl Beside) -> Result<(), Stop> {
    let people = office::people()?;
    show(&people);
    let typed = keyboard();
    loop {
        match typed.recv_timeout(TURN) {
            Ok(line) => match Choice::read(&line, &people) {
                Choice::Insert(person) => {
                    report(person, beside.lay(person));
                }
                Choice::Remove => report("removed", beside.take()),
                Choice::Quit => return Ok(()),
                Choice::Unclear => show(&people),
            },
            Err(RecvTimeoutError::Timeout) if descendants::interrupted() => {
                return Err(Stop::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) if beside.runs() => {}
            Err(_) => return Ok(()),
        }
    }
}

fn show(people: &[String]) {
    println!("\nCards (the PIN is in reader-drivers/virtual/cards; most have 1234):");
    for (number, person) in people.iter().enumerate() {
        println!("  {:>2}  {person}", number + 1);
    }
    prompt();
}

/// A card that cannot be laid down is no reason to end.
fn report(what: &str, done: Result<(), Stop>) {
    match done {
        Ok(()) => println!("  {what}"),
        Err(stop) => println!("  {stop}"),
    }
    prompt();
}

fn prompt() {
    print!("number = lay this card on the reader, r = remove it, q = quit > ");
    // A prompt that cannot be seen changes nothing.
    let _ = io::stdout().flush();
}

/// Lines typed; ends with the input. The thread waits for a line until the runner ends.
fn keyboard() -> Receiver<String> {
    let (sender, typed) = mpsc::sync_channel(1);
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    typed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_numbered_from_one() {
        let people = ["taro".to_owned(), "hanako".to_owned()];
        let read = |typed| Choice::read(typed, &people);
        assert_eq!(read(" 2\n"), Choice::Insert("hanako"));
        assert_eq!(read("r"), Choice::Remove);
        assert_eq!(read("q"), Choice::Quit);
        for unclear in ["0", "3", "", "x", "-1"] {
            assert_eq!(read(unclear), Choice::Unclear);
        }
    }
}
