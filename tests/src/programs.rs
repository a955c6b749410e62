//! Where the built programs are, and how one is run to its end.

use std::{
    env,
    path::PathBuf,
    process::{Command, Stdio},
};

/// A program of this workspace, built beside the tests.
///
/// # Panics
/// When it was not built: `cargo tools test` builds the workspace first.
pub fn program(name: &str) -> PathBuf {
    let path = folder().join(name);
    assert!(path.exists(), "{} is missing: run `cargo build --workspace` first", path.display());
    path
}

/// The folder of the built programs: `target/debug` beside `target/debug/deps`.
pub fn folder() -> PathBuf {
    let test = env::current_exe().expect("a test knows where it is");
    let deps = test.parent().expect("a test lies in a folder");
    deps.parent().expect("which lies in another").to_owned()
}

/// Runs `command` to its end; gives what it printed.
///
/// # Panics
/// When it fails, with what it said.
pub fn run(mut command: Command, input: &str) -> String {
    let child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|problem| panic!("{command:?}: {problem}"));
    let output = crate::gateway::feed(child, input);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {said}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
