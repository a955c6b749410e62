//! `cargo tools card …` and `cargo tools journal …`: builds a program that is Rust alone and
//! passes the words on.

use std::path::Path;

use crate::{
    cargo,
    packages::{self, Install},
    stop::Stop,
};

/// `words` are the virtual card's own: issue, list, insert, remove.
pub(crate) fn pass_on(install: Install, words: &[&str]) -> Result<(), Stop> {
    run(install, "reader-virtual", "virtual-card", words)
}

/// Whether the chain of a device's journal holds; `files` from the oldest on.
pub(crate) fn journal(install: Install, files: &[&str]) -> Result<(), Stop> {
    // Cargo runs in the root of the sources, the person perhaps elsewhere.
    let files: Vec<String> = files
        .iter()
        .map(|file| std::path::absolute(Path::new(file)).map(|it| it.display().to_string()))
        .collect::<Result<_, _>>()
        .map_err(Stop::because("a file has no name"))?;
    let words: Vec<&str> = ["verify"].into_iter().chain(files.iter().map(String::as_str)).collect();
    run(install, "kiosk-process", "kiosk-journal", &words)
}

fn run(install: Install, package: &str, program: &str, words: &[&str]) -> Result<(), Stop> {
    // Rust alone; the linker is there, or the runner were not.
    packages::ensure(install, &[])?;
    let mut arguments =
        vec!["run", "--quiet", "--locked", "--package", package, "--bin", program, "--"];
    arguments.extend(words);
    let status = cargo::command(&arguments)?.status().map_err(Stop::because("cannot run cargo"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Stop::Failed(format!("{program} ended with {status}"))),
    }
}
