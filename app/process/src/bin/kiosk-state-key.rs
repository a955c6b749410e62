//! `kiosk-state-key FOLDER`: where there is no TPM, the encrypted state is opened by a file in
//! FOLDER. It is made at the first start, of the kernel's random numbers, and stays.
#![forbid(unsafe_code)]

use std::{
    env,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
};

use kiosk_process::files;
use zeroize::Zeroizing;

const NAME: &str = "state.key";
/// Waits until it has enough to be random, early at the start.
const RANDOM: &str = "/dev/random";
/// 256 bit.
const LENGTH: usize = 32;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder] = &arguments[..] else {
        eprintln!("usage: kiosk-state-key FOLDER");
        return ExitCode::from(64);
    };
    match keep(folder, Path::new(RANDOM)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{}: no key of the state: {problem}", folder.join(NAME).display());
            ExitCode::FAILURE
        }
    }
}

/// A key that is there opens something.
fn keep(folder: &Path, random: &Path) -> io::Result<()> {
    if folder.join(NAME).try_exists()? {
        return Ok(());
    }
    let mut key = Zeroizing::new([0; LENGTH]);
    File::open(random)?.read_exact(&mut *key)?;
    files::write(folder, NAME, &*key)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_each_is_another() {
        let [one, other] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        for folder in [&one, &other] {
            keep(folder.path(), Path::new(RANDOM)).expect("made");
        }
        let read = |folder: &tempfile::TempDir| fs::read(folder.path().join(NAME)).expect("there");
        let key = read(&one);
        assert_eq!(key.len(), LENGTH);
        assert_ne!(key, read(&other));
        keep(one.path(), Path::new(RANDOM)).expect("kept");
        assert_eq!(read(&one), key);
    }

    #[test]
    fn too_little_that_is_random_makes_no_key() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(keep(folder.path(), Path::new("/dev/null")).is_err());
        assert!(!folder.path().join(NAME).exists());
    }
}
