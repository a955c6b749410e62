//! The gateway under the checks of many devices.

use std::process::Command;

use super::{
    figures::Figures,
    surroundings::{Surroundings, column},
};
use crate::{places, program::ask, stop::Stop};

/// An account of its own; nothing is behind it.
const FACILITY: &str = "1310000002";
const USER: &str = "load01";
const PASSWORD: &str = "Bench-load-01";

/// Registered devices, each on a connection of its own.
const DEVICES: usize = 8;
/// Checks that each opens, and then proves, for one figure.
const CHECKS: &str = "60";

pub(crate) fn load(at: &mut Surroundings, figures: &mut Figures) -> Result<(), Stop> {
    let gateway = at.office.gateway();
    let tell = |what: &str, words: &[&str], input: &str| {
        let mut command = Command::new(places::release("reference-gateway")?);
        command.args(words).arg("--folder").arg(&gateway);
        ask(what, &mut command, input)
    };
    let account = ["account", "--facility", FACILITY, "--user", USER];
    tell("make an account", &account, &format!("{PASSWORD}\n"))?;
    let code = ["code", "--facility", FACILITY, "--usable-now"];
    let codes = (0..DEVICES)
        .map(|_| tell("make an activation code", &code, "").map(|it| it.trim().to_owned()))
        .collect::<Result<Vec<_>, _>>()?;
    let (url, ca) = (at.office.url(), gateway.join("ca.pem").display().to_string());
    let (office, rounds) = (at.office.cards().display().to_string(), at.repeats.to_string());
    let mut words = vec!["gateway", url, &ca, &office, &rounds, CHECKS];
    words.extend([FACILITY, USER, PASSWORD]);
    words.extend(codes.iter().map(String::as_str));
    let rates = at.measure("the gateway", &words)?;
    figures.add("gateway_checks_per_s", "gateway: checks a second", column(&rates, 0));
    Ok(())
}
