//! The menu of `cargo tools demo --window`: the kiosk in a window, cards by number.

use std::{
    io::{self, BufRead, Write},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use super::{kiosk::Kiosk, office::Office};
use crate::{descendants, stop::Stop};

/// A closed window and Ctrl-C are noticed this fast.
const TURN: Duration = Duration::from_millis(200);

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
pub(crate) fn serve(office: &Office, kiosk: &mut Kiosk) -> Result<(), Stop> {
    let people = office.people()?;
    show(&people);
    let typed = keyboard();
    loop {
        match typed.recv_timeout(TURN) {
            Ok(line) => match Choice::read(&line, &people) {
                Choice::Insert(person) => {
                    report(person, office.replace(person));
                }
                Choice::Remove => report("removed", office.remove()),
                Choice::Quit => return Ok(()),
                Choice::Unclear => show(&people),
            },
            Err(RecvTimeoutError::Timeout) if descendants::interrupted() => {
                return Err(Stop::Interrupted);
            }
            Err(RecvTimeoutError::Timeout) if kiosk.runs() => {}
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
