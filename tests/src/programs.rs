//! Where the built programs are, and how one is run to its end.

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
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

/// The folder of the built programs: a test lies below it in `deps`, a program of this
/// crate lies there itself.
pub fn folder() -> PathBuf {
    let this = env::current_exe().expect("a program knows where it is");
    let folder = this.parent().expect("a program lies in a folder");
    match folder.ends_with("deps") || folder.ends_with("examples") {
        true => folder.parent().expect("which lies in another").to_owned(),
        false => folder.to_owned(),
    }
}

/// The two workers of a kiosk.
pub const WORKERS: [&str; 2] = ["kiosk-card", "kiosk-line"];

/// The real workers behind small scripts in `folder` that say where a pcscd listens, and
/// `environment`.
pub fn wrapped(folder: &Path, socket: &Path, environment: &[(&str, &str)]) -> PathBuf {
    let programs = folder.join("programs");
    fs::create_dir_all(&programs).expect("made");
    let more: String =
        environment.iter().map(|(name, value)| format!("{name}='{value}' ")).collect();
    for name in WORKERS {
        let script = format!(
            "#!/bin/sh\n{more}PCSCLITE_CSOCK_NAME='{}' exec '{}' \"$@\" 2>>'{}/{name}.log'\n",
            socket.display(),
            program(name).display(),
            folder.display(),
        );
        let file = programs.join(name);
        fs::write(&file, script).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("made executable");
    }
    programs
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

/// Every option was read.
///
/// Errors: the first that nobody knows.
pub fn no_more(arguments: pico_args::Arguments) -> Result<(), pico_args::Error> {
    match arguments.finish().as_slice() {
        [] => Ok(()),
        [other, ..] => Err(pico_args::Error::ArgumentParsingFailed {
            cause: format!("{} is no option", other.to_string_lossy()),
        }),
    }
}
