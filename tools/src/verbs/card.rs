//! `cargo tools card …`: builds the program `virtual-card` and passes the words on.

use crate::{
    cargo,
    packages::{self, Install},
    stop::Stop,
};

/// `words` are the virtual card's own: issue, list, insert, remove.
pub(crate) fn pass_on(install: Install, words: &[&str]) -> Result<(), Stop> {
    // The virtual card is Rust alone; the linker is there, or the runner were not.
    packages::ensure(install, &[])?;
    let mut arguments = vec![
        "run",
        "--quiet",
        "--locked",
        "--package",
        "reader-virtual",
        "--bin",
        "virtual-card",
        "--",
    ];
    arguments.extend(words);
    let status = cargo::command(&arguments)?.status().map_err(Stop::because("cannot run cargo"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Stop::Failed(format!("virtual-card ended with {status}"))),
    }
}
