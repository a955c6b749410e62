//! The card process: `kiosk-card --settings FILE`, with one end of a socket pair as
//! standard input.
#![forbid(unsafe_code)]

use std::{error::Error, process::ExitCode};

use kiosk_process::{Link, Settings, die_with_parent, harden};
use log::{LevelFilter, error};

// Wipes memory when it is freed: PINs and certificates went through it.
#[global_allocator]
static WIPED: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    // Whatever the environment asks for: libraries may write secrets to their traces.
    env_logger::Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module("kiosk_card", LevelFilter::Info)
        .init();
    harden();
    die_with_parent();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (_, settings) = Settings::from_arguments()?;
    let orders =
        Link::from_stdin().map_err(|error| format!("standard input is no socket: {error}"))?;
    Ok(kiosk_card::serve(&settings, orders)?)
}
