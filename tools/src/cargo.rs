//! Cargo, called from a program that cargo runs.

use std::{
    env,
    ffi::OsString,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    places,
    progress::{Others, Progress, time},
    stop::Stop,
};

/// The cargo that started us.
pub(crate) fn program() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Whether this cargo has the command `name`.
pub(crate) fn has(name: &str) -> bool {
    Command::new(program()).args([name, "--version"]).output().is_ok_and(|it| it.status.success())
}

/// A cargo command in the root of the sources.
///
/// It does not hear which package we are: build scripts that listen to that (ring's does)
/// would run again whenever a person calls cargo without us in between.
pub(crate) fn command(arguments: &[&str]) -> Result<Command, Stop> {
    let mut command = Command::new(program());
    command.args(arguments).current_dir(places::root()?).stdin(Stdio::null());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    Ok(command)
}

/// Runs cargo; its own words are the progress. `step` is what a person calls it.
pub(crate) fn run(step: &str, arguments: &[&str]) -> Result<Duration, Stop> {
    run_with(step, arguments, &[])
}

/// As [`run`], with an environment of its own.
pub(crate) fn run_with(
    step: &str,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<Duration, Stop> {
    println!("▶ {step}: cargo {}", arguments.join(" "));
    let progress = Progress::new(step, Others::Loud);
    let mut command = command(arguments)?;
    command.envs(environment.iter().copied());
    let status = command.status().map_err(Stop::because("cannot run cargo"))?;
    let elapsed = progress.elapsed();
    drop(progress);
    match status.success() {
        true => println!("✓ {step}: {}", time(elapsed)),
        false => return Err(Stop::Failed(format!("✗ {step} failed after {}", time(elapsed)))),
    }
    Ok(elapsed)
}

/// Builds programs and libraries as they are shipped, all in one call; as developers build
/// them after [`places::use_debug_build`].
pub(crate) fn build_release(packages: &[&str]) -> Result<Duration, Stop> {
    build_with(packages, &[])
}

/// As [`build_release`], with further words for cargo.
pub(crate) fn build_with(packages: &[&str], more: &[&str]) -> Result<Duration, Stop> {
    let mut arguments = vec!["build", "--locked"];
    arguments.extend(places::is_release().then_some("--release"));
    build(arguments, packages, more, &[])
}

fn build<'a>(
    mut arguments: Vec<&'a str>,
    packages: &[&'a str],
    more: &[&'a str],
    environment: &[(&str, &str)],
) -> Result<Duration, Stop> {
    for package in packages {
        arguments.extend(["--package", package]);
    }
    arguments.extend(more);
    run_with("build", &arguments, environment)
}

/// Builds programs that are the same from whatever folder: the places of sources, of cargo's
/// own and of what is made have other names in them. In a folder of its own, so that builds for
/// this machine are left as they are. Gives the folder with the programs.
pub(crate) fn build_for_the_device(packages: &[&str], more: &[&str]) -> Result<PathBuf, Stop> {
    let target = places::target()?.join("device");
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo"));
    let own = env::var_os("CARGO_HOME").map(PathBuf::from).or(home);
    // The last one that fits counts: the target folder may lie in the sources.
    let places =
        [(own, "cargo"), (Some(places::root()?), "sources"), (Some(target.clone()), "target")];
    let renamed = places.into_iter().filter_map(|(place, name)| {
        Some(format!("--remap-path-prefix={}=/{name}", place?.display()))
    });
    // Parted by a character that no path has.
    let flags = renamed.collect::<Vec<_>>().join("\u{1f}");
    let folder = target.display().to_string();
    let arguments = vec!["build", "--locked", "--release", "--target-dir", &folder];
    let mut environment = vec![("CARGO_ENCODED_RUSTFLAGS", flags.as_str())];
    // The line knows when it was built: as old as its sources, if somebody knows how old they are.
    let age = places::git(&["log", "-1", "--format=%ct"]).ok();
    environment.extend(age.as_deref().map(|age| ("SOURCE_DATE_EPOCH", age.trim())));
    build(arguments, packages, more, &environment)?;
    Ok(target.join("release"))
}

/// The system that we build on, as the compiler calls it: `x86_64-unknown-linux-gnu`.
pub(crate) fn host() -> Result<String, Stop> {
    let told = Command::new(program()).arg("-vV").output();
    let told = told.map_err(Stop::because("cannot run cargo"))?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Stop::Failed("cargo -vV does not name its host".into()))
}
