//! Four digits as they are kept: an argon2id hash, in a small file of the state folder.

use std::{io, path::Path};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use kiosk_process::files;
use log::error;
use serde::{Serialize, de::DeserializeOwned};

const FILE_MAX: u64 = 4096;

/// The hash of a code, a PHC string.
///
/// Errors: what argon2 says; it needs 19 MiB.
pub(crate) fn hash(code: &[u8]) -> Result<String, String> {
    let hash = Argon2::default().hash_password(code);
    hash.map(|hash| hash.to_string()).map_err(|problem| problem.to_string())
}

/// Whether this is the code. A damaged hash fits none.
pub(crate) fn fits(code: &[u8], hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(code, &hash).is_ok())
}

/// Keeps a value: it is there, or the one before, whatever the power does.
pub(crate) fn write(folder: &Path, file: &str, kept: &impl Serialize) -> io::Result<()> {
    files::write(folder, file, &serde_json::to_vec(kept)?)
}

/// Keeps a value for the first time: the folder may be missing.
pub(crate) fn keep(folder: &Path, file: &str, kept: &impl Serialize) -> io::Result<()> {
    files::make_folder(folder)?;
    write(folder, file, kept)
}

/// Reads a value that `is_good`. Nothing where there is no file; what is damaged is
/// nothing too, and the journal says so.
pub(crate) fn read<T: DeserializeOwned>(
    folder: &Path,
    file: &str,
    is_good: impl Fn(&T) -> bool,
) -> Option<T> {
    let path = folder.join(file);
    let bytes = files::read(&path, FILE_MAX)
        .inspect_err(|problem| error!("{} cannot be read: {problem}", path.display()))
        .ok()??;
    let kept = serde_json::from_slice(&bytes).ok().filter(is_good);
    if kept.is_none() {
        error!("{} is damaged", path.display());
    }
    kept
}
