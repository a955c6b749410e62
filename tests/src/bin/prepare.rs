//! A facility prepares at the portal, in a real browser; `cargo tools demo --life` starts it.
//!
//! `prepare --portal URL --ca FILE --facility CODE --admin USER --user USER --pictures FOLDER`;
//! the passwords of both come on standard input, a line each. The administrator turns the
//! function on, issues a code and registers the account, which logs in for the first time.
//!
//! It prints `code DIGITS`, as the portal's page showed it, and `pictures COUNT`.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the demo reads what it prints")]

use std::{error::Error, io, path::PathBuf, process::ExitCode};

use whole::{Account, Browser, Preparation, programs::no_more};

const USAGE: &str = "usage: prepare --portal URL --ca FILE --facility CODE --admin USER --user USER --pictures FOLDER";
/// 端末識別メモ情報
const MEMO: &str = "受付の端末";

struct Options {
    portal: String,
    ca: PathBuf,
    facility: String,
    administrator: String,
    user: String,
    pictures: PathBuf,
}

impl Options {
    fn read() -> Result<Self, pico_args::Error> {
        let mut arguments = pico_args::Arguments::from_env();
        let options = Self {
            portal: arguments.value_from_str("--portal")?,
            ca: arguments.value_from_str("--ca")?,
            facility: arguments.value_from_str("--facility")?,
            administrator: arguments.value_from_str("--admin")?,
            user: arguments.value_from_str("--user")?,
            pictures: arguments.value_from_str("--pictures")?,
        };
        no_more(arguments).map(|()| options)
    }
}

fn main() -> ExitCode {
    let options = match Options::read() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            return ExitCode::from(64);
        }
    };
    match prepare(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// What a page says otherwise than it should ends the program, with the page's words.
fn prepare(options: &Options) -> Result<(), Box<dyn Error>> {
    let mut passwords = io::stdin().lines();
    let mut password = || -> Result<String, Box<dyn Error>> {
        Ok(passwords.next().ok_or("a password is missing on standard input")??)
    };
    let (administrators, accounts) = (password()?, password()?);
    let administrator = Account { user: &options.administrator, password: &administrators };
    let account = Account { user: &options.user, password: &accounts };

    let mut browser = Browser::start(&options.ca);
    browser.keep_pictures(&options.pictures);
    let (portal, facility) = (&options.portal, &options.facility);
    let people = Preparation { browser: &browser, portal, facility };
    people.log_in(administrator);
    people.turn_the_function_on();
    println!("code {}", people.issue_a_code(MEMO));
    people.register(account);
    people.log_out();
    people.log_in_first(account);
    println!("pictures {}", browser.taken());
    Ok(())
}
