//! `cargo tools soak`: many checks with random faults; then a search for what may be left.
//! The driver is the program `soak` of `tests/`, which says what must hold.

use crate::{
    cargo,
    demo::office,
    descendants,
    options::{Known, Options},
    packages::{self, Install, Purpose},
    places,
    program::Program,
    stop::Stop,
    unshared,
};

/// `--debug-build` is for whoever changes the driver.
const KNOWN: Known<'_> =
    Known { with_value: &["--checks", "--seed", "--json"], alone: &["--debug-build"], words: 0 };

const CHECKS: u64 = 10_000;

/// Builds all of it and lets the driver run.
pub(crate) fn run(install: Install, words: &[&str]) -> Result<(), Stop> {
    let options = Options::read(words, &KNOWN)?;
    let checks = options.number("--checks")?.unwrap_or(CHECKS);
    let seed = options.number("--seed")?;
    if options.has("--debug-build") {
        places::use_debug_build();
    }
    packages::ensure(install, &[Purpose::Build, Purpose::Run, Purpose::Window, Purpose::Demo])?;
    // What the driver starts, and the driver: the same build as that of the bench.
    cargo::build_with(&[office::PACKAGES, &["whole"]].concat(), &["--lib", "--bins"])?;
    let logs = places::target()?.join("soak");
    places::empty(&logs)?;
    let folder = places::run_folder(&logs.join("run"))?;

    // The kiosk's processes let nobody look into their memory but root.
    let mut command = unshared::as_root(&places::release("soak")?);
    command.arg("--folder").arg(&folder).args(["--checks", &checks.to_string()]);
    if let Some(seed) = seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(file) = options.value("--json") {
        let file = std::path::absolute(file).map_err(Stop::because(file))?;
        command.arg("--json").arg(file);
    }
    let status = Program::start("soak", &command, &logs)
        .and_then(|mut driver| driver.hear_out(|line| println!("{line}")));
    let ended = descendants::end_all();
    match status? {
        // What failed keeps its logs.
        status if !status.success() => {
            Err(Stop::Failed(format!("the soak ended with {status}; {}", folder.display())))
        }
        _ => ended.and_then(|()| places::remove(&folder)),
    }
}
