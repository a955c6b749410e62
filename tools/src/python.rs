//! Programs from the Python registry, in an environment of their own below `target`.
//! `python.txt` names each by its version and its hashes, and why.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    packages::Install,
    places,
    progress::{Others, Progress, time},
    stop::Stop,
};

const WANTED: &str = include_str!("../python.txt");

/// Makes the environment `target/python`, unless it is there as wanted. Debian's own Python
/// makes it: `packages.toml` installs it.
///
/// Errors: the registry cannot be reached, or gives other bytes than were known.
pub(crate) fn ensure(install: Install) -> Result<(), Stop> {
    let folder = places::target()?.join("python");
    // Written last: an environment that was cut off has none.
    let made_of = folder.join("python.txt");
    if install == Install::No || fs::read_to_string(&made_of).is_ok_and(|it| it == WANTED) {
        return Ok(());
    }
    println!("Missing: the Python programs of tools/python.txt (they test the contract)");
    places::remove(&folder)?;
    let progress = Progress::new("python", Others::Quiet);
    run(Command::new("/usr/bin/python3").args(["-m", "venv"]).arg(&folder))?;
    let list = places::root()?.join("tools/python.txt");
    run(pip(&folder).arg("--requirement").arg(list))?;
    fs::write(&made_of, WANTED).map_err(Stop::because(made_of.display()))?;
    let elapsed = progress.elapsed();
    drop(progress);
    println!("python: {}", time(elapsed));
    Ok(())
}

/// Takes what is known by its hash and needs no compiler.
fn pip(folder: &Path) -> Command {
    let mut command = Command::new(folder.join("bin/python"));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    command.args(["--require-hashes", "--only-binary", ":all:"]);
    command
}

fn run(command: &mut Command) -> Result<(), Stop> {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .map_err(Stop::because("cannot run Python"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Stop::Failed("Python failed; its words are above".into())),
    }
}
