//! `kiosk-provision CERTIFICATE FROM INTO`: a signed provisioning file in the folder FROM
//! becomes the settings in the folder INTO, if the owner of CERTIFICATE signed it. Run once,
//! at the first start of an appliance.
#![forbid(unsafe_code)]

use std::{env, path::PathBuf, process::ExitCode};

use kiosk_line::provision::{Provisioned, provision};
use log::{LevelFilter, error, info};

fn main() -> ExitCode {
    env_logger::Builder::new().filter_level(LevelFilter::Info).init();
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [certificate, from, into] = &arguments[..] else {
        error!("usage: kiosk-provision CERTIFICATE FROM INTO");
        return ExitCode::from(64);
    };
    match provision(certificate, from, into) {
        Ok(Provisioned::Now) => info!("this unit follows its provisioning file, which is erased"),
        Ok(Provisioned::NoFile) => info!("there is no provisioning file"),
        Err(problem) => {
            error!("{problem}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
