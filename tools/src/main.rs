//! `cargo tools <verb>`: the one runner of the project.
//!
//! It builds with Rust and a linker alone, so it can install what the rest needs. It
//! depends on no crate of ours: it builds them and starts them as programs.
//!
//! Exit codes: 0 done; 1 a step failed; 2 something must be installed by hand first;
//! 64 the command line makes no sense; 130 stopped by Ctrl-C.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program whose job is to tell a person")]

mod bench;
mod boot;
mod cargo;
mod demo;
mod descendants;
mod escape;
mod image;
mod options;
mod packages;
mod places;
mod program;
mod progress;
mod python;
mod stop;
mod unshared;
mod verbs;

use std::process::ExitCode;

use stop::Stop;

const USAGE: &str = "\
cargo tools <verb>

  test [--only STEP]     everything that must hold: fmt, clippy, build, test, deny
  demo [--window|--life] checks by PIN, by sight and by phone, and faults, on the real
                         programs, with pictures; --window stays open, with
                         a small card menu in the terminal; --life prepares a facility
                         in a browser, registers a new unit by touch, uses it, removes it
  gateway [serve]        the reference gateway for a developer, until Ctrl-C
  gateway enrol          a device at that gateway, through the real POST /v1/devices
  card issue OFFICE      virtual cards: make them, name them, lay them on the reader
  card list
  card SOCKET insert ID | remove
  journal FILE…          whether the chain of a device's journal holds; the oldest first
  pictures               every page as a picture
  bench [--quick] [--json FILE] [--soak FILE]
                         measures the release programs: a table, and medians as JSON;
                         --soak takes the growth of memory from a soak's JSON
  soak [--checks N] [--seed S] [--json FILE]
                         10,000 checks with random faults; then nothing may be left
  image [--accept|--twice]
                         the appliance image, as root, with its manifest; --accept writes down
                         what is on it; --twice builds it twice and compares. keys: those it
                         is signed with
  boot                   that image in a window, with a small card menu in the terminal
  boot-test [--accept]   that image in QEMU: Secure Boot, TPM, touches, checks, faults, page by
                         page; --accept makes the pictures that pages are held against and lack
  tamper-test [WORD]     what somebody with the unit in their hands could try: refused, or locked
  escape-test            the same machine in front of somebody who wants out: chords, the
                         power button, twelve devices on its USB; its memory is read
  boot-bench [--runs N] [--peer-runs N] [--json FILE]
                         how fast a registered unit stands there, in the guest's seconds, and a
                         Debian with cage and Chromium beside it
  fuzz [TARGET] [--runs N] [--seconds S]
                         10,000,000 inputs for each target, by libFuzzer

  --no-install           before the verb: what is needed is there, do not look
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = descendants::adopt().and_then(|()| run(&words));
    // What was interrupted fails in its own words; the reason is what counts.
    let done = match descendants::interrupted() {
        true => descendants::end_all().and(Err(Stop::Interrupted)),
        false => done,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("\n{stop}");
            stop.code()
        }
    }
}

fn run(words: &[&str]) -> Result<(), Stop> {
    let (install, words) = match words {
        ["--no-install", rest @ ..] => (packages::Install::No, rest),
        words => (packages::Install::Yes, words),
    };
    match words {
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        ["test"] => verbs::test::all(install),
        ["test", "--only", step] => verbs::test::only(install, step),
        ["demo"] => verbs::demo::story(install),
        ["demo", "--life"] => verbs::demo::life(install),
        ["demo", "--window"] => verbs::demo::window(install),
        ["gateway"] | ["gateway", "serve"] => verbs::gateway::serve(install),
        ["gateway", "enrol"] => verbs::gateway::enrol(install),
        ["card", rest @ ..] if !rest.is_empty() => verbs::card::pass_on(install, rest),
        ["journal", files @ ..] if !files.is_empty() => verbs::card::journal(install, files),
        ["boot"] => verbs::boot::run(install),
        ["boot-bench", rest @ ..] => verbs::boot_bench::run(install, rest),
        ["boot-test", rest @ ..] => verbs::boot_test::run(install, rest),
        ["tamper-test", rest @ ..] => verbs::tamper_test::run(install, rest),
        ["escape-test"] => verbs::escape::run(install),
        ["image", rest @ ..] => verbs::image::run(install, rest),
        ["keys"] => verbs::image::keys(install),
        ["pictures"] => verbs::pictures::make(install),
        ["bench", rest @ ..] => verbs::bench::run(install, rest),
        ["soak", rest @ ..] => verbs::soak::run(install, rest),
        ["fuzz", rest @ ..] => verbs::fuzz::run(install, rest),
        _ => Err(Stop::Usage(format!("cargo tools {}: no such verb\n\n{USAGE}", words.join(" ")))),
    }
}
