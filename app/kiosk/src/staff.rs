//! The staff code (職員コード) as it is kept: an argon2id hash and the wrong tries since
//! the last right one.
//!
//! A try is charged on the disk before it is compared (D25), so that pulling the plug
//! gives none back. A wrong one makes the next wait, longer each time (D6); nothing
//! ever locks for good, and nothing here stands in the way of a check by PIN.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::mpsc::{self, Sender},
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{CheckId, Event, Pin, StaffAnswer, StaffCode};
use kiosk_process::files;
use log::{error, info, warn};
use serde::{Deserialize, Serialize};

use crate::codes;

const FILE: &str = "staff-code.json";
const VERSION: u32 = 1;

/// After the first wrong try; doubles with each one up to [`WAIT_MAX`].
const WAIT_MIN: Duration = Duration::from_secs(5);
const WAIT_MAX: Duration = Duration::from_secs(300);

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u32,
    /// PHC string.
    hash: String,
    /// Tries since the last right one; a try counts from before it is compared.
    wrong: u32,
}

/// Why a code cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    #[error("the staff code must be four digits")]
    NotFourDigits,
    #[error("the staff code cannot be hashed: {0}")]
    Hash(String),
    #[error("the staff code cannot be kept in {0}: {1}")]
    Write(PathBuf, #[source] io::Error),
}

/// Sets or replaces the code; the tries begin anew.
///
/// Errors: [`SetError`]; the old code still holds.
pub fn set(folder: &Path, digits: &[u8]) -> Result<(), SetError> {
    keep(folder, &Pin::new(digits).map(StaffCode::new).ok_or(SetError::NotFourDigits)?)
}

/// The same, with a code that was typed.
///
/// Errors: [`SetError`], but for the digits.
pub fn keep(folder: &Path, code: &StaffCode) -> Result<(), SetError> {
    let hash = codes::hash(code.expose()).map_err(SetError::Hash)?;
    let kept = Kept { version: VERSION, hash, wrong: 0 };
    codes::keep(folder, FILE, &kept).map_err(|problem| SetError::Write(folder.join(FILE), problem))
}

/// Whether a code is set; a file that cannot be read counts, and opens nothing.
pub fn is_set(folder: &Path) -> bool {
    folder.join(FILE).exists()
}

/// デバイス登録解除: no code is set.
///
/// Errors: the file cannot be removed.
pub(crate) fn wipe(folder: &Path) -> io::Result<()> {
    files::remove(folder, FILE)
}

/// Compares codes, one after the other.
struct Door {
    folder: PathBuf,
    /// When the last wrong try was, as far as this process knows.
    wrong_since: Instant,
}

impl Door {
    /// Whoever pulled the plug waits from the start on.
    fn new(folder: &Path, now: Instant) -> Self {
        Self { folder: folder.to_owned(), wrong_since: now }
    }

    fn try_code(&mut self, code: &StaffCode, now: Instant) -> StaffAnswer {
        let is_good = |kept: &Kept| kept.version == VERSION;
        let Some(mut kept) = codes::read(&self.folder, FILE, is_good) else {
            return StaffAnswer::Unusable;
        };
        let open_at = self.wrong_since + wait_after(kept.wrong);
        if now < open_at {
            return StaffAnswer::Wrong { wait: open_at - now };
        }
        kept.wrong = kept.wrong.saturating_add(1);
        if let Err(problem) = codes::write(&self.folder, FILE, &kept) {
            error!("the try at the staff code cannot be counted, so it is not made: {problem}");
            return StaffAnswer::Unusable;
        }
        self.wrong_since = now;
        if !codes::fits(code.expose(), &kept.hash) {
            warn!("wrong staff code, try {}", kept.wrong);
            return StaffAnswer::Wrong { wait: wait_after(kept.wrong) };
        }
        kept.wrong = 0;
        // What stays counted only makes the next wrong try wait longer.
        if let Err(problem) = codes::write(&self.folder, FILE, &kept) {
            warn!("the tries at the staff code stay counted: {problem}");
        }
        info!("the staff code was entered");
        StaffAnswer::Right
    }
}

fn wait_after(wrong: u32) -> Duration {
    match wrong.checked_sub(1) {
        None => Duration::ZERO,
        Some(doublings) => WAIT_MAX.min(WAIT_MIN * 2_u32.saturating_pow(doublings.min(10))),
    }
}

/// The thread that compares: argon2id takes its time, and the screen must not.
pub struct StaffDesk(Sender<(CheckId, StaffCode)>);

impl StaffDesk {
    pub fn start(folder: &Path, events: Sender<Event>) -> Self {
        let (ask, asked) = mpsc::channel::<(CheckId, StaffCode)>();
        let mut door = Door::new(folder, Instant::now());
        thread::spawn(move || {
            for (check, code) in asked {
                let answer = door.try_code(&code, Instant::now());
                if events.send(Event::Staff(check, answer)).is_err() {
                    return;
                }
            }
        });
        Self(ask)
    }

    pub fn ask(&self, check: CheckId, code: StaffCode) {
        // The thread ends only when the loop has ended, and the program with it.
        let _ = self.0.send((check, code));
    }
}

impl fmt::Debug for StaffDesk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffDesk")
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn code(digits: &[u8]) -> StaffCode {
        StaffCode::new(Pin::new(digits).expect("four digits"))
    }

    fn door(digits: &[u8]) -> (tempfile::TempDir, Door, Instant) {
        let folder = tempfile::tempdir().expect("a folder");
        set(folder.path(), digits).expect("set");
        let now = Instant::now();
        let door = Door::new(folder.path(), now);
        (folder, door, now)
    }

    #[test]
    fn waits_grow_from_five_seconds_to_five_minutes() {
        let waits: Vec<_> = (0..9).map(|wrong| wait_after(wrong).as_secs()).collect();
        assert_eq!(waits, [0, 5, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(wait_after(u32::MAX), WAIT_MAX);
    }

    #[test]
    fn the_right_code_opens_and_a_wrong_one_makes_the_next_wait() {
        let (_folder, mut door, now) = door(b"4711");
        assert_eq!(door.try_code(&code(b"4711"), now), StaffAnswer::Right);
        let wait = Duration::from_secs(5);
        assert_eq!(door.try_code(&code(b"0000"), now), StaffAnswer::Wrong { wait });
        // Too early: not compared, not counted.
        let early = now + Duration::from_secs(2);
        let left = Duration::from_secs(3);
        assert_eq!(door.try_code(&code(b"4711"), early), StaffAnswer::Wrong { wait: left });
        assert_eq!(door.try_code(&code(b"4711"), now + wait), StaffAnswer::Right);
        let answer = door.try_code(&code(b"0000"), now + wait);
        assert_eq!(answer, StaffAnswer::Wrong { wait }, "a right one begins anew");
    }

    #[test]
    fn pulling_the_plug_gives_no_try_back() {
        let (folder, mut before, now) = door(b"4711");
        before.try_code(&code(b"0000"), now);
        before.try_code(&code(b"0000"), now + Duration::from_secs(5));
        let mut after = Door::new(folder.path(), now);
        let wait = Duration::from_secs(10);
        assert_eq!(after.try_code(&code(b"4711"), now), StaffAnswer::Wrong { wait });
        assert_eq!(after.try_code(&code(b"4711"), now + wait), StaffAnswer::Right);
    }

    #[test]
    fn what_cannot_be_read_opens_nothing() {
        let (folder, mut door, now) = door(b"4711");
        for damage in ["", "{}", r#"{"version":2,"hash":"","wrong":0}"#] {
            fs::write(folder.path().join(FILE), damage).expect("written");
            assert!(is_set(folder.path()));
            assert_eq!(door.try_code(&code(b"4711"), now), StaffAnswer::Unusable);
        }
        fs::remove_file(folder.path().join(FILE)).expect("removed");
        assert!(!is_set(folder.path()));
        assert_eq!(door.try_code(&code(b"4711"), now), StaffAnswer::Unusable);
    }

    #[test]
    fn only_four_digits_are_a_code_and_the_file_does_not_hold_them() {
        let folder = tempfile::tempdir().expect("a folder");
        for wrong in [&b"471"[..], b"47111", b"47a1"] {
            assert!(matches!(set(folder.path(), wrong), Err(SetError::NotFourDigits)));
        }
        set(folder.path(), b"4711").expect("set");
        let text = fs::read_to_string(folder.path().join(FILE)).expect("read");
        assert!(text.contains("$argon2id$") && !text.contains("4711"), "{text}");
    }
}
