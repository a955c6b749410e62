//! `cargo tools test`: everything that must hold before a change is good.
//!
//! The step `build` builds all targets, with the features that `test` uses: then `test`
//! finds everything built, and the programs and the IFD handler that the whole-program
//! tests start are there too.
//!
//! As root, the image is built, built twice and compared, and started besides (`cargo tools image`,
//! `cargo tools image --twice`, `cargo tools boot-test`): trees of Debian are unpacked with
//! their owners.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::{
    cargo,
    packages::{self, Install, Purpose},
    progress::{Others, Progress, time},
    python,
    stop::Stop,
};

struct Step {
    name: &'static str,
    cargo: &'static [&'static str],
}

const STEPS: &[Step] = &[
    Step { name: "fmt", cargo: &["fmt", "--all", "--check"] },
    Step {
        name: "clippy",
        cargo: &["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"],
    },
    Step { name: "build", cargo: &["build", "--workspace", "--all-targets", "--locked"] },
    Step { name: "test", cargo: &["test", "--workspace", "--locked", "--no-fail-fast"] },
    Step { name: "deny", cargo: &["deny", "--locked", "check", "bans", "licenses", "sources"] },
];

/// Runs every step; the first that fails ends it.
pub(crate) fn all(install: Install) -> Result<(), Stop> {
    let began = Instant::now();
    prepare(install)?;
    let mut times = vec![("install", began.elapsed())];
    let mut counts = Counts::default();
    for step in STEPS {
        times.push((step.name, run(step, &mut counts)?));
    }
    times.extend(device(install)?);
    println!("\nAll steps passed:");
    for (name, elapsed) in times {
        println!("  {name:<10} {:>12}", time(elapsed));
    }
    println!("  {:<10} {:>12}", "together", time(began.elapsed()));
    println!("{} passed, {} failed, {} skipped", counts.passed, counts.failed, counts.ignored);
    Ok(())
}

/// Runs one step by its name.
pub(crate) fn only(install: Install, name: &str) -> Result<(), Stop> {
    let step = STEPS.iter().find(|step| step.name == name).ok_or_else(|| {
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        Stop::Usage(format!("no step is called {name}; there are: {}", names.join(", ")))
    })?;
    prepare(install)?;
    run(step, &mut Counts::default()).map(drop)
}

/// The image, and a person in front of it.
fn device(install: Install) -> Result<Vec<(&'static str, Duration)>, Stop> {
    if let Err(why) = super::image::possible() {
        println!("\nThe image was not built, nor started: {why}");
        return Ok(Vec::new());
    }
    let began = Instant::now();
    super::image::run(install, &[])?;
    let built = began.elapsed();
    super::image::run(install, &["--twice"])?;
    let twice = began.elapsed();
    super::boot_test::run(install, &[])?;
    let booted = began.elapsed();
    Ok(vec![("image", built), ("image --twice", twice - built), ("boot-test", booted - twice)])
}

fn prepare(install: Install) -> Result<(), Stop> {
    use Purpose::{Browser, Build, Demo, Run, Test, Window};
    packages::ensure(install, &[Build, Run, Window, Demo, Test, Browser])?;
    for component in ["fmt", "clippy"] {
        if !cargo::has(component) {
            return Err(Stop::ByHand(format!(
                "cargo {component} is missing. With rustup: rustup component add rustfmt clippy"
            )));
        }
    }
    packages::ensure_cargo_programs(install)?;
    python::ensure(install)
}

fn run(step: &Step, counts: &mut Counts) -> Result<Duration, Stop> {
    let done = match step.name {
        "test" => tests(step, counts),
        _ => cargo::run(step.name, step.cargo),
    };
    done.map_err(|stop| match stop {
        Stop::Failed(why) => {
            let name = step.name;
            Stop::Failed(format!("{why}\nThis step alone: cargo tools test --only {name}"))
        }
        stop => stop,
    })
}

/// Like the other steps, but the tests that ran are counted: none is a failure too.
fn tests(step: &Step, counts: &mut Counts) -> Result<Duration, Stop> {
    println!("▶ test: cargo {}", step.cargo.join(" "));
    let progress = Progress::new("test", Others::Loud);
    let mut command: Command = cargo::command(step.cargo)?;
    let mut child =
        command.stdout(Stdio::piped()).spawn().map_err(Stop::because("cannot run cargo"))?;
    let out = child.stdout.take().expect("piped above");
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        println!("{line}");
        counts.add(&line);
    }
    let status = child.wait().map_err(Stop::because("cannot wait for cargo"))?;
    let elapsed = progress.elapsed();
    drop(progress);
    match (status.success(), counts.passed) {
        (true, 1..) => println!("✓ test: {}", time(elapsed)),
        (true, 0) => return Err(Stop::Failed("✗ test: no test ran".into())),
        (false, _) => {
            return Err(Stop::Failed(format!("✗ test failed after {}", time(elapsed))));
        }
    }
    Ok(elapsed)
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: u32,
    failed: u32,
    ignored: u32,
}

impl Counts {
    /// Understands the last line of each test program:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some((_, counts)) =
            line.strip_prefix("test result: ").and_then(|rest| rest.split_once(". "))
        else {
            return;
        };
        for part in counts.split("; ") {
            match part.split_once(' ').map(|(count, what)| (count.parse().unwrap_or(0), what)) {
                Some((count, "passed")) => self.passed += count,
                Some((count, "failed")) => self.failed += count,
                Some((count, "ignored")) => self.ignored += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_all_programs_are_counted() {
        let mut counts = Counts::default();
        counts
            .add("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; finished in 0.00s");
        counts.add("test result: FAILED. 2 passed; 3 failed; 0 ignored; 0 measured");
        counts.add("test a_result: ok. 7 passed ... ok");
        assert_eq!(counts, Counts { passed: 14, failed: 3, ignored: 1 });
    }
}
