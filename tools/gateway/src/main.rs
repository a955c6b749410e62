//! `reference-gateway`: serves the contract, and does what the portal would do.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "its answers are read by people and by programs")]

mod cli;
mod files;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    match cli::run(cli::Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
