//! `cargo tools fuzz`: libFuzzer on everything that comes from outside, built with the
//! stable compiler. The targets are files in `tests/fuzz/src/bin/`; without a target's name
//! every header is put to the relay list besides, which no fuzzer is needed for.
//!
//! All of it lies in `target/fuzz`: `corpus/TARGET` (kept from run to run), `crashes/`,
//! `logs/`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    cargo,
    options::{Known, Options},
    packages::{self, Install, Purpose},
    places,
    program::Program,
    progress::time,
    stop::Stop,
};

const KNOWN: Known<'_> = Known { with_value: &["--runs", "--seconds"], alone: &[], words: 1 };

/// What a release is asked to stand.
const RUNS: u64 = 10_000_000;

/// The word for the walk over all of them, and its program.
const HEADERS: &str = "headers";

/// What tells the fuzzer which way an input went: edges and comparisons, by LLVM's
/// SanitizerCoverage. All of it is in the stable compiler.
const COVERAGE: &str = "-Cpasses=sancov-module \
    -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares \
    --cfg fuzzing \
    -Cllvm-args=-simplifycfg-branch-fold-threshold=0";

/// The longest input: above what a card sends (4 KiB) and below a socket's buffer.
const LENGTH_MAX: u32 = 8192;

/// One input may not take longer, nor all of them more memory.
const SECONDS_MAX: u32 = 10;
const MEMORY_MAX: u32 = 512;

/// How often a running target says how far it is.
const TELL: Duration = Duration::from_secs(60);

/// What is left of a run.
#[derive(Default)]
struct Outcome {
    runs: u64,
    edges: u64,
    corpus: usize,
    elapsed: Duration,
    /// The input that made it fall.
    crash: Option<String>,
}

/// Runs all targets, or the one that is named.
pub(crate) fn run(install: Install, words: &[&str]) -> Result<(), Stop> {
    let options = Options::read(words, &KNOWN)?;
    let limit = match (options.number("--runs")?, options.number("--seconds")?) {
        (Some(runs), Some(seconds)) => vec![runs_flag(runs), seconds_flag(seconds)],
        (Some(runs), None) => vec![runs_flag(runs)],
        (None, Some(seconds)) => vec![seconds_flag(seconds)],
        (None, None) => vec![runs_flag(RUNS)],
    };
    let mut targets = targets()?;
    let wanted = options.words.first().copied();
    if let Some(wanted) = wanted {
        targets.retain(|it| it == wanted);
        if targets.is_empty() && wanted != HEADERS {
            return Err(Stop::Usage(format!("no fuzz target is called {wanted}")));
        }
    }
    packages::ensure(install, &[Purpose::Build, Purpose::Fuzz])?;
    let folder = places::target()?.join("fuzz");
    if wanted.is_none_or(|it| it == HEADERS) {
        every_header(&folder)?;
    }
    if targets.is_empty() {
        return Ok(());
    }
    let programs = build(&folder, &targets)?;
    let mut outcomes = BTreeMap::new();
    for target in &targets {
        let outcome = fuzz(target, &programs, &folder, &limit)?;
        if let Some(crash) = &outcome.crash {
            println!("✗ {target}: an input made it fall: {crash}");
            println!("  again: {} {crash}", programs.join(target).display());
        }
        outcomes.insert(target.as_str(), outcome);
    }
    println!("\n{}", table(&outcomes));
    let fell: Vec<&str> =
        outcomes.iter().filter(|(_, it)| it.crash.is_some()).map(|(name, _)| *name).collect();
    match fell.is_empty() {
        true => Ok(()),
        false => Err(Stop::Failed(format!("fell: {}", fell.join(", ")))),
    }
}

fn runs_flag(runs: u64) -> String {
    format!("-runs={runs}")
}

fn seconds_flag(seconds: u64) -> String {
    format!("-max_total_time={seconds}")
}

/// The sources of the targets.
fn sources() -> Result<PathBuf, Stop> {
    Ok(places::root()?.join("tests/fuzz"))
}

fn targets() -> Result<Vec<String>, Stop> {
    let folder = sources()?.join("src/bin");
    let entries = fs::read_dir(&folder).map_err(Stop::because(folder.display()))?;
    let name =
        |entry: fs::DirEntry| entry.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned);
    let mut all: Vec<String> = entries.flatten().filter_map(name).collect();
    all.sort();
    Ok(all)
}

/// 2^32 of them take a minute in a release build.
fn every_header(folder: &Path) -> Result<(), Stop> {
    let manifest = sources()?.join("Cargo.toml").display().to_string();
    let to = folder.display().to_string();
    let arguments = ["run", "--release", "--locked", "--manifest-path", &manifest, "--target-dir"];
    cargo::run("headers", &[&arguments[..], &[&to, "--example", HEADERS]].concat()).map(drop)
}

/// Gives the folder of the built programs.
fn build(folder: &Path, targets: &[String]) -> Result<PathBuf, Stop> {
    let host = cargo::host()?;
    let manifest = sources()?.join("Cargo.toml").display().to_string();
    let to = folder.display().to_string();
    // With a target named, build scripts and macros are built without the flags.
    let mut arguments = vec!["build", "--release", "--locked", "--target", &host];
    arguments.extend(["--manifest-path", &manifest, "--target-dir", &to]);
    for target in targets {
        arguments.extend(["--bin", target]);
    }
    cargo::run_with("build", &arguments, &[("RUSTFLAGS", COVERAGE)])?;
    Ok(folder.join(host).join("release"))
}

fn fuzz(target: &str, programs: &Path, folder: &Path, limit: &[String]) -> Result<Outcome, Stop> {
    let corpus = folder.join("corpus").join(target);
    let (crashes, logs) = (folder.join("crashes"), folder.join("logs"));
    for folder in [&corpus, &crashes, &logs] {
        fs::create_dir_all(folder).map_err(Stop::because(folder.display()))?;
    }
    let mut command = Command::new(programs.join(target));
    command.args(limit).arg(&corpus).env("FUZZ_CORPUS", &corpus);
    command.arg(format!("-max_len={LENGTH_MAX}")).arg(format!("-timeout={SECONDS_MAX}"));
    command.arg(format!("-rss_limit_mb={MEMORY_MAX}")).arg("-print_final_stats=1");
    command.arg(format!("-artifact_prefix={}/{target}-", crashes.display()));
    println!("▶ {target}: {}", limit.join(" "));
    let (began, mut told) = (Instant::now(), Instant::now());
    let mut outcome = Outcome::default();
    let mut program = Program::start(&format!("fuzz-{target}"), &command, &logs)?;
    let status = program.hear_out(|line| {
        outcome.hear(line);
        if told.elapsed() > TELL {
            told = Instant::now();
            println!("  … {target}: {} runs, {} edges", outcome.runs, outcome.edges);
        }
    })?;
    outcome.elapsed = began.elapsed();
    outcome.corpus = fs::read_dir(&corpus).map_err(Stop::because(corpus.display()))?.count();
    if !status.success() && outcome.crash.is_none() {
        let log = logs.join(format!("fuzz-{target}.log"));
        return Err(Stop::Failed(format!("{target} ended with {status}; {}", log.display())));
    }
    Ok(outcome)
}

impl Outcome {
    /// `#1024 NEW cov: 57 ft: 99 …`, `Test unit written to FILE`,
    /// `stat::number_of_executed_units: 20000`.
    fn hear(&mut self, line: &str) {
        let number = |text: &str| text.split_whitespace().next().and_then(|it| it.parse().ok());
        if let Some(rest) = line.strip_prefix("stat::number_of_executed_units:") {
            self.runs = number(rest).unwrap_or(self.runs);
        } else if let Some(file) = line.split("Test unit written to ").nth(1) {
            self.crash = Some(file.trim().to_owned());
        } else if let Some(rest) = line.strip_prefix('#') {
            self.runs = number(rest).unwrap_or(self.runs);
            let edges = line.split(" cov: ").nth(1).and_then(number);
            self.edges = edges.unwrap_or(self.edges);
        }
    }
}

fn table(outcomes: &BTreeMap<&str, Outcome>) -> String {
    let mut table = format!(
        "  {:<14} {:>12} {:>12} {:>10} {:>7} {:>7}\n",
        "target", "runs", "time", "runs/s", "edges", "corpus"
    );
    for (name, it) in outcomes {
        let rate = it.runs as f64 / it.elapsed.as_secs_f64().max(0.001);
        let fell = if it.crash.is_some() { "  fell" } else { "" };
        table += &format!(
            "  {name:<14} {:>12} {:>12} {rate:>10.0} {:>7} {:>7}{fell}\n",
            it.runs,
            time(it.elapsed),
            it.edges,
            it.corpus
        );
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fuzzer_is_understood() {
        let mut outcome = Outcome::default();
        outcome.hear("#958059\tREDUCE cov: 1793 ft: 4863 corp: 1996/84Kb lim: 584 exec/s: 30905");
        assert_eq!((outcome.runs, outcome.edges), (958_059, 1793));
        outcome.hear("stat::number_of_executed_units: 20000");
        outcome.hear("artifact_prefix='/x/'; Test unit written to /x/xml-crash-12ab");
        assert_eq!((outcome.runs, outcome.crash.as_deref()), (20_000, Some("/x/xml-crash-12ab")));
    }
}
