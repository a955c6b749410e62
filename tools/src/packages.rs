//! What must be on the machine before we can build and run: Debian packages and one or
//! two programs from the crates registry. `packages.toml` says which, and why.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::ErrorKind,
    net::ToSocketAddrs,
    process::{Command, Stdio},
};

use serde::Deserialize;

use crate::{
    cargo,
    progress::{Others, Progress, time},
    stop::Stop,
};

const PACKAGES: &str = include_str!("../packages.toml");

/// Whether to look for what is missing at all.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Install {
    Yes,
    No,
}

/// A table of `packages.toml`.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Build,
    Run,
    Window,
    Demo,
    Test,
    Browser,
    Fuzz,
    Image,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Packages {
    build: Reasons,
    run: Reasons,
    window: Reasons,
    demo: Reasons,
    test: Reasons,
    browser: Reasons,
    fuzz: Reasons,
    image: Reasons,
    localhost: Reasons,
    cargo: BTreeMap<String, CargoProgram>,
}

/// A package, and why.
type Reasons = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CargoProgram {
    version: String,
    reason: String,
}

impl Packages {
    fn read() -> Self {
        toml::from_str(PACKAGES).expect("packages.toml is part of this program and tested")
    }

    fn of(&self, purpose: Purpose) -> &Reasons {
        match purpose {
            Purpose::Build => &self.build,
            Purpose::Run => &self.run,
            Purpose::Window => &self.window,
            Purpose::Demo => &self.demo,
            Purpose::Test => &self.test,
            Purpose::Browser => &self.browser,
            Purpose::Fuzz => &self.fuzz,
            Purpose::Image => &self.image,
        }
    }
}

/// Installs what is missing for `purposes`, as root or through sudo.
///
/// Errors: [`Stop::ByHand`] with the one line to run, where neither is possible.
pub(crate) fn ensure(install: Install, purposes: &[Purpose]) -> Result<(), Stop> {
    if install == Install::No {
        return Ok(());
    }
    let packages = Packages::read();
    let mut wanted: Vec<(&String, &String)> =
        purposes.iter().flat_map(|purpose| packages.of(*purpose)).collect();
    if !finds_localhost() {
        wanted.extend(&packages.localhost);
    }
    let names: Vec<&str> = wanted.iter().map(|(name, _)| name.as_str()).collect();
    let Some(there) = installed(&names)? else {
        return Err(Stop::ByHand(format!(
            "This system has no dpkg: the runner knows Debian and its relatives only.\n\
             Install by your system's means:\n{}\nthen: cargo tools --no-install …",
            list(&wanted)
        )));
    };
    let missing: Vec<_> = wanted.into_iter().filter(|(name, _)| !there.contains(*name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing on this machine:\n{}", list(&missing));
    apt(&missing.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>())
}

fn finds_localhost() -> bool {
    ("localhost", 0).to_socket_addrs().is_ok()
}

fn list(packages: &[(&String, &String)]) -> String {
    packages.iter().map(|(name, reason)| format!("  {name:<28} {reason}\n")).collect()
}

/// Which of `names` are installed; `None` where there is no dpkg.
fn installed(names: &[&str]) -> Result<Option<BTreeSet<String>>, Stop> {
    let output = Command::new("dpkg-query")
        .args(["--show", "--showformat=${db:Status-Status} ${Package}\\n"])
        .args(names)
        .stderr(Stdio::null()) // names it has never heard of
        .output();
    match output {
        Ok(output) => Ok(Some(read_status(&String::from_utf8_lossy(&output.stdout)))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Stop::Failed(format!("cannot ask dpkg-query: {error}"))),
    }
}

fn read_status(text: &str) -> BTreeSet<String> {
    text.lines().filter_map(|line| line.strip_prefix("installed ")).map(str::to_owned).collect()
}

fn apt(missing: &[&str]) -> Result<(), Stop> {
    let install = ["install", "--yes", "--no-install-recommends"];
    let by_hand = || {
        Stop::ByHand(format!(
            "This needs root. Run, then start again:\n\n  \
             sudo apt-get update && sudo apt-get {} {}\n",
            install.join(" "),
            missing.join(" ")
        ))
    };
    let before: &[&str] = match nix::unistd::geteuid().is_root() {
        true => &["env"],
        false if may_sudo() => &["sudo", "-n", "env"],
        false => return Err(by_hand()),
    };
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new(before[0]);
        command.args(&before[1..]).args(["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
        let what = format!("apt-get {}", arguments[0]);
        let progress = Progress::new(what.clone(), Others::Quiet);
        let status = command.status().map_err(Stop::because(format!("cannot run {what}")))?;
        let elapsed = progress.elapsed();
        drop(progress);
        match status.success() {
            true => println!("{what}: {}", time(elapsed)),
            false => return Err(Stop::Failed(format!("{what} failed; its words are above"))),
        }
        Ok(())
    };
    apt_get(&["update", "--quiet"])?;
    apt_get(&[&install[..], &["--quiet"], missing].concat())
}

fn may_sudo() -> bool {
    Command::new("sudo")
        .args(["-n", "true"])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Builds the registry's programs that are missing or too old.
pub(crate) fn ensure_cargo_programs(install: Install) -> Result<(), Stop> {
    if install == Install::No {
        return Ok(());
    }
    for (name, program) in Packages::read().cargo {
        let there = version_of(&name);
        if there.as_deref().and_then(numbers) >= numbers(&program.version) {
            continue;
        }
        println!("Missing: {name} {} ({})", program.version, program.reason);
        let version = format!("={}", program.version);
        // A debug build is there much sooner, and has little to do.
        cargo::run(&name, &["install", "--debug", "--locked", &name, "--version", &version])?;
    }
    Ok(())
}

/// The version of an installed `cargo-NAME`.
fn version_of(name: &str) -> Option<String> {
    let verb = name.strip_prefix("cargo-")?;
    let output = Command::new(cargo::program()).args([verb, "--version"]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.split_whitespace().next_back().map(str::to_owned))?
}

/// `0.20.2` as numbers that compare.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_a_reason_and_stands_once() {
        let packages = Packages::read();
        let mut seen = BTreeSet::new();
        use Purpose::{Browser, Build, Demo, Fuzz, Run, Test, Window};
        let all = [Build, Run, Window, Demo, Test, Browser, Fuzz];
        let named = all.iter().flat_map(|purpose| packages.of(*purpose));
        for (name, reason) in named.chain(&packages.localhost) {
            assert!(!reason.is_empty(), "{name} has no reason");
            assert!(seen.insert(name), "{name} stands twice");
        }
        for program in packages.cargo.values() {
            assert!(numbers(&program.version).is_some() && !program.reason.is_empty());
        }
    }

    #[test]
    fn only_what_is_fully_installed_counts() {
        let text = "installed gcc\nconfig-files pcscd\nnot-installed xvfb\n";
        assert_eq!(read_status(text), BTreeSet::from(["gcc".to_owned()]));
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(numbers("0.20.2") > numbers("0.9.10"));
        assert!(None < numbers("0.0.1"));
    }
}
