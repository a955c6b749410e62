//! The admin passcode (ログインパスコード) as it is kept: an argon2id hash, the wrong tries,
//! and the lock (D25).
//!
//! ```text
//!  try ─▶ locked? ─yes─▶ Locked, not compared
//!             └─no─▶ charge it on the disk ─▶ compare ─▶ right: all is forgotten
//!                                                  └──▶ wrong: the fifth begins a lock
//! ```
//!
//! A lock is 30 minutes of powered-on time, and twice as long each time up to a day. What
//! is left of it is written down every minute, so that pulling the plug shortens nothing,
//! and no clock is asked.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use kiosk_core::{AdminAnswer, Passcode, Pin};
use kiosk_process::files;
use log::{error, info, warn};
use serde::{Deserialize, Serialize};

use crate::codes;

const FILE: &str = "passcode.json";
const VERSION: u32 = 1;

const TRIES: u8 = 5;
const LOCK_MIN: Duration = Duration::from_secs(30 * 60);
const LOCK_MAX: Duration = Duration::from_secs(24 * 60 * 60);
/// How often the rest of a lock is written down.
pub(crate) const STEP: Duration = Duration::from_secs(60);

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    /// PHC string.
    hash: String,
    /// Tries since the last right one or the last lock; a try counts from before it is
    /// compared.
    wrong: u8,
    /// Locks since the last right one.
    locks: u8,
    /// What is left of the lock.
    locked_s: u32,
}

/// Why a passcode cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    #[error("the passcode must be four digits")]
    NotFourDigits,
    #[error("the passcode cannot be hashed: {0}")]
    Hash(String),
    #[error("the passcode cannot be kept in {0}: {1}")]
    Write(PathBuf, #[source] io::Error),
}

/// Sets or replaces the passcode; tries and locks begin anew.
///
/// Errors: [`SetError`]; the old one still holds.
pub fn set(folder: &Path, digits: &[u8]) -> Result<(), SetError> {
    keep(folder, &Pin::new(digits).map(Passcode::new).ok_or(SetError::NotFourDigits)?)
}

/// The same, with a passcode that was typed.
///
/// Errors: [`SetError`], but for the digits.
pub(crate) fn keep(folder: &Path, passcode: &Passcode) -> Result<(), SetError> {
    let hash = codes::hash(passcode.expose()).map_err(SetError::Hash)?;
    let kept = Kept { version: VERSION, hash, wrong: 0, locks: 0, locked_s: 0 };
    codes::keep(folder, FILE, &kept).map_err(|problem| SetError::Write(folder.join(FILE), problem))
}

/// Whether a passcode is set; a file that cannot be read counts, and opens nothing.
pub fn is_set(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// デバイス登録解除: no passcode is set.
///
/// Errors: the file cannot be removed.
pub(crate) fn wipe(folder: &Path) -> io::Result<()> {
    files::remove(folder, FILE)
}

/// Compares passcodes, one after the other.
pub(crate) struct Lock {
    folder: PathBuf,
    /// Since when the rest in the file has been running down.
    since: Instant,
}

impl Lock {
    /// What is left in the file runs down from now on.
    pub(crate) fn new(folder: &Path, now: Instant) -> Self {
        Self { folder: folder.to_owned(), since: now }
    }

    pub(crate) fn try_passcode(&mut self, passcode: &Passcode, now: Instant) -> AdminAnswer {
        let Some(mut kept) = self.read() else { return AdminAnswer::Unusable };
        let left = self.left(&kept, now);
        if !left.is_zero() {
            return locked(left);
        }
        kept.wrong = kept.wrong.saturating_add(1);
        if kept.wrong >= TRIES {
            kept.wrong = 0;
            kept.locks = kept.locks.saturating_add(1);
            kept.locked_s = seconds(lock_after(kept.locks));
        } else {
            kept.locked_s = 0;
        }
        if let Err(problem) = self.write(&kept, now) {
            error!("the try at the passcode cannot be counted, so it is not made: {problem}");
            return AdminAnswer::Unusable;
        }
        if !codes::fits(passcode.expose(), &kept.hash) {
            warn!("wrong passcode");
            return match kept.locked_s {
                0 => AdminAnswer::Wrong { tries_left: TRIES - kept.wrong },
                locked_s => locked(Duration::from_secs(locked_s.into())),
            };
        }
        (kept.wrong, kept.locks, kept.locked_s) = (0, 0, 0);
        // A try that stays charged would lock somebody out who knows the passcode.
        if let Err(problem) = self.write(&kept, now) {
            error!("the tries at the passcode stay charged: {problem}");
            return AdminAnswer::Unusable;
        }
        info!("the passcode was entered");
        AdminAnswer::Right
    }

    /// Writes down how much of a lock is left; nothing without one. Call every [`STEP`].
    pub(crate) fn run_down(&mut self, now: Instant) {
        if now.duration_since(self.since) < STEP {
            return;
        }
        let Some(mut kept) = is_set(&self.folder).then(|| self.read()).flatten() else { return };
        if kept.locked_s == 0 {
            return;
        }
        kept.locked_s = seconds(self.left(&kept, now));
        // What could not be written is run down again after the next start.
        if let Err(problem) = self.write(&kept, now) {
            warn!("the rest of the lock cannot be written down: {problem}");
        }
    }

    fn left(&self, kept: &Kept, now: Instant) -> Duration {
        Duration::from_secs(kept.locked_s.into()).saturating_sub(now.duration_since(self.since))
    }

    fn write(&mut self, kept: &Kept, now: Instant) -> io::Result<()> {
        codes::write(&self.folder, FILE, kept)?;
        self.since = now;
        Ok(())
    }

    fn read(&self) -> Option<Kept> {
        codes::read(&self.folder, FILE, |kept: &Kept| kept.version == VERSION)
    }
}

fn lock_after(locks: u8) -> Duration {
    let doublings = u32::from(locks.saturating_sub(1)).min(10);
    LOCK_MAX.min(LOCK_MIN * 2_u32.pow(doublings))
}

fn seconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

/// Whole minutes, the last one begun.
fn locked(left: Duration) -> AdminAnswer {
    let minutes = u16::try_from(seconds(left).div_ceil(60)).unwrap_or(u16::MAX);
    AdminAnswer::Locked { minutes }
}

#[cfg(test)]
#[path = "tests/passcode.rs"]
mod tests;
