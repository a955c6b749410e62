//! RSA keys: made once an office, kept as PKCS#8 for the owner alone.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use rsa::{
    RsaPrivateKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding},
    rand_core::OsRng,
};

use crate::office::{self, OfficeError};

/// As on the card.
const BITS: usize = 2048;
/// A 2048-bit key in PEM has about 1,700 bytes.
const FILE_MAX: usize = 4096;

pub(crate) fn auth(id: &str) -> String {
    format!("{id}-auth")
}

pub(crate) fn sign(id: &str) -> String {
    format!("{id}-sign")
}

/// Errors: the file is missing or is not a key.
pub(crate) fn load(path: &Path) -> Result<RsaPrivateKey, OfficeError> {
    let pem = zeroize::Zeroizing::new(office::read(path, FILE_MAX)?);
    let key = str::from_utf8(&pem).ok().and_then(|pem| RsaPrivateKey::from_pkcs8_pem(pem).ok());
    key.ok_or_else(|| OfficeError::Wrong {
        path: path.to_owned(),
        problem: "is not an RSA key; remove it and issue again".to_owned(),
    })
}

/// Makes the keys that are missing, on all processors, and says how many. Each is kept
/// as soon as it is there: an office that was interrupted goes on where it stopped.
///
/// Errors: a key cannot be kept.
pub(crate) fn make(paths: &[PathBuf]) -> Result<usize, OfficeError> {
    let missing: Vec<_> = paths.iter().filter(|path| !path.exists()).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(path) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            let key = RsaPrivateKey::new(&mut OsRng, BITS)
                .expect("2048 bits are a size that has primes, and the system has randomness");
            let pem = key
                .to_pkcs8_pem(LineEnding::LF)
                .expect("a key that was just made can be written down");
            office::write(path, pem.as_bytes(), 0o600)?;
        }
        Ok(())
    };
    let workers = thread::available_parallelism().map_or(1, usize::from).min(missing.len());
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        running
            .into_iter()
            .try_for_each(|worker| worker.join().expect("making a key does not panic"))
    })?;
    Ok(missing.len())
}
