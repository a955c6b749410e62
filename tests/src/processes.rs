//! Other processes of this machine, by what they were started with.

use std::{fs, path::Path};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// The processes called `program` that were given `argument`.
pub fn find(program: &str, argument: &Path) -> Vec<Pid> {
    let entries = fs::read_dir("/proc").expect("a system with /proc");
    let fits = |id: &i32| {
        // One that ended meanwhile is none.
        let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        let mut words = line.split(|byte| *byte == 0);
        let named = |word: &[u8]| word.ends_with(format!("/{program}").as_bytes());
        words.next().is_some_and(named)
            && words.any(|word| word == argument.as_os_str().as_encoded_bytes())
    };
    let ids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(fits).map(Pid::from_raw).collect()
}

/// Ends it as a crash would.
pub fn crash(process: Pid) {
    // One that ended meanwhile is as it should be.
    let _ = kill(process, Signal::SIGKILL);
}
