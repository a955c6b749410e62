//! `cargo tools bench`: what the release programs take, beside what people would use
//! instead. Figures only: nothing here passes or fails.

use std::{fs, path::Path};

use crate::{
    bench::{SCENARIOS, figures, figures::Figures, machine, surroundings::Surroundings},
    cargo,
    demo::office,
    descendants,
    options::{Known, Options},
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

/// `--debug-build` is for whoever changes a scenario, `--only` too.
const KNOWN: Known<'_> = Known {
    with_value: &["--json", "--soak", "--only"],
    alone: &["--quick", "--debug-build"],
    words: 0,
};

/// How often each figure is measured, and with `--quick`.
const REPEATS: usize = 5;
const REPEATS_QUICK: usize = 3;

/// Builds, measures, tells.
pub(crate) fn run(install: Install, words: &[&str]) -> Result<(), Stop> {
    use Purpose::{Browser, Build, Demo, Run, Test, Window};
    let options = Options::read(words, &KNOWN)?;
    if options.has("--debug-build") {
        places::use_debug_build();
    }
    packages::ensure(install, &[Build, Run, Window, Demo, Test, Browser])?;
    let packages = [office::PACKAGES, &["whole"]].concat();
    cargo::build_with(&packages, &["--lib", "--bins", "--example", "myna_card"])?;
    let repeats = if options.has("--quick") { REPEATS_QUICK } else { REPEATS };
    let logs = places::target()?.join("bench");
    places::empty(&logs)?;
    let folder = places::run_folder(&logs.join("run"))?;

    let mut figures = Figures::default();
    let done = descendants::with_nothing_left(&folder, || {
        measure(&folder, &logs, repeats, options.value("--only"), &mut figures)
    });
    if let Some(file) = options.value("--soak") {
        let grown = figures::from_json(Path::new(file), "growth_kb")?;
        figures.add("growth_kb_10000_checks", "growth in a soak, KB", vec![grown]);
    }
    println!("\n{figures}\n{}", machine::foot());
    if !places::is_release() {
        println!("These are not the release programs: the figures say nothing.");
    }
    if let Some(file) = options.value("--json") {
        fs::write(file, figures.json()).map_err(Stop::because(file))?;
    }
    done
}

fn measure(
    folder: &Path,
    logs: &Path,
    repeats: usize,
    only: Option<&str>,
    figures: &mut Figures,
) -> Result<(), Stop> {
    let mut surroundings = Surroundings::open(folder, logs, repeats)?;
    let mut failed = Vec::new();
    for (what, scenario) in SCENARIOS {
        if only.is_some_and(|only| !what.contains(only)) {
            continue;
        }
        println!("▶ {what}");
        match scenario(&mut surroundings, figures) {
            // One thing that cannot be measured here does not hide the others.
            Err(Stop::Failed(why)) => failed.push(format!("✗ {what}: {why}")),
            done => done?,
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Stop::Failed(failed.join("\n"))),
    }
}
