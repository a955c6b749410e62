//! A wall clock of a test's own, for programs that do not know of it: libfaketime.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What the programs that have its environment see on the wall. How long something takes is
/// not changed.
#[derive(Debug)]
pub struct WallClock {
    file: PathBuf,
    library: String,
}

impl WallClock {
    /// One that is right, kept in a file of `folder`.
    ///
    /// # Panics
    /// When Debian's package `libfaketime` is missing.
    pub fn new(folder: &Path) -> Self {
        let clock = Self { file: folder.join("time"), library: library() };
        clock.set("+0");
        clock
    }

    /// `+250d`, or `@2020-01-01 00:00:00`.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub fn set(&self, time: &str) {
        fs::write(&self.file, time).expect("written");
    }

    /// For the programs.
    ///
    /// # Panics
    /// When its path is not text.
    pub fn environment(&self) -> [(&str, &str); 4] {
        [
            ("LD_PRELOAD", &self.library),
            ("FAKETIME_TIMESTAMP_FILE", self.file.to_str().expect("a plain path")),
            ("FAKETIME_NO_CACHE", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}

/// Where Debian's package has it.
fn library() -> String {
    let folders = fs::read_dir("/usr/lib").expect("a system").flatten().map(|entry| entry.path());
    let mut files = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    let file = files.find(|file| file.exists());
    let file = file.expect("libfaketime is not installed: apt-get install libfaketime");
    file.to_str().expect("a plain path").to_owned()
}
