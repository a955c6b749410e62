//! The line process: `kiosk-line --settings FILE serve | enrol …`.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "enrol tells the technician what came of it")]

use std::{env, error::Error, io, process::ExitCode};

use kiosk_line::{
    arguments::{Call, Work},
    enrol::{Details, enrol, read_password},
    serve,
};
use kiosk_process::{Link, Settings};
use log::{LevelFilter, error};

// Wipes memory when it is freed: bodies, tokens and certificates went through it.
#[global_allocator]
static WIPED: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

fn main() -> ExitCode {
    // Only our own lines, whatever the environment asks for: HTTP and TLS libraries write
    // headers and bodies to their traces.
    env_logger::Builder::new()
        .filter_module("kiosk_line", LevelFilter::Info)
        .filter_module("kiosk_process", LevelFilter::Info)
        .init();
    kiosk_process::harden();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let call = Call::read(env::args_os().skip(1).collect())?;
    let (_, settings) = Settings::open(&call.settings)?;
    match call.work {
        Work::Serve => {
            kiosk_process::die_with_parent();
            Ok(serve(&settings, Link::from_stdin()?)?)
        }
        Work::Enrol(details) => register(&settings, &details),
    }
}

fn register(settings: &Settings, details: &Details) -> Result<(), Box<dyn Error>> {
    let password = read_password(io::stdin().lock())?;
    let enrolled = enrol(settings, details, &password)?;
    println!(
        "registered at {} as device {}{}; account: {:?}; terms of use: {}",
        enrolled.gateway_name,
        enrolled.device_id.as_str(),
        if enrolled.is_simulator { " (simulator, 模擬環境)" } else { "" },
        enrolled.account_authority,
        enrolled.terms_version,
    );
    Ok(())
}
