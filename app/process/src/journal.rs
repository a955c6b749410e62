//! The device journal (D28): who, when, which check and how it ended; never a person.
//!
//! ```json
//! {"seq":1,"time":"2026-11-22T01:02:03Z","who":"nobody","method":"pin","check":"…","outcome":"valid","prev":"00…","hash":"5f…"}
//! ```
//!
//! Each entry carries the hash of the one before it: SHA-256 over `prev` (32 bytes) and the
//! JSON of the members before it. A change, a gap or another order shows; only a cut at the
//! end does not, and the gateway knows how far it was.

mod chain;
mod disk;
mod lines;
mod store;

use std::{fmt, time::SystemTime};

use kiosk_core::{Deed, Note, Way, proof::CheckReference, record::Doer};
use serde::{Deserialize, Serialize};
use time::{UtcDateTime, format_description::well_known::Rfc3339};

pub use chain::{Broken, Chain, Why};
pub use lines::Lines;
pub use store::{Store, StoreError};

/// How many entries go to the gateway at once: they fit a frame between two processes and a
/// request.
pub const ENTRIES_MAX: usize = 100;

/// One line of the journal, as it is written, sent and verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
// A member that the hash does not cover could be added by anybody.
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// 1, 2, 3, …
    pub seq: u64,
    /// RFC 3339, UTC, to the second. May go back: clocks are put right.
    pub time: Word<20>,
    pub who: Word<16>,
    pub method: Word<16>,
    /// The gateway's id; empty before it has given one.
    pub check: Word<36>,
    pub outcome: Word<32>,
    pub prev: Hash,
    pub hash: Hash,
}

/// What is to be written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    pub time: SystemTime,
    pub who: Who,
    /// `None` for what is not a check.
    pub way: Option<Way>,
    pub check: Option<CheckReference>,
    pub outcome: &'static str,
}

/// By whose code something was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    StaffCode,
    /// Without a code.
    Nobody,
    Admin,
    /// The device by itself.
    Device,
}

impl Facts {
    /// A check that is over.
    pub fn of_check(note: &Note, time: SystemTime) -> Self {
        Self {
            time,
            who: if note.staff { Who::StaffCode } else { Who::Nobody },
            way: Some(note.way),
            check: note.reference,
            outcome: note.outcome.word(),
        }
    }

    /// What somebody did behind ⚙, or a patient's call.
    pub fn of_deed(deed: Deed, time: SystemTime) -> Self {
        let who = match deed.doer() {
            Doer::Admin => Who::Admin,
            Doer::Anybody => Who::Nobody,
            Doer::Device => Who::Device,
        };
        Self { time, who, way: None, check: None, outcome: deed.word() }
    }
}

impl Who {
    fn word(self) -> &'static str {
        match self {
            Self::StaffCode => "staff-code",
            Self::Nobody => "nobody",
            Self::Admin => "admin",
            Self::Device => "device",
        }
    }
}

fn method(way: Option<Way>) -> &'static str {
    match way {
        Some(Way::Visual) => "visual",
        Some(Way::Pin | Way::Android) => "pin",
        Some(Way::Iphone) => "device",
        None => "",
    }
}

/// `2026-11-22T01:02:03Z`; the beginning of the epoch for a clock that shows no such time.
fn written(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs())
        .ok()
        .and_then(|seconds| UtcDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|time| time.format(&Rfc3339).ok())
        .unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned())
}

/// How the device is, told with its journal. Nothing of a patient.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    pub version: heapless::String<32>,
    /// PC/SC name; empty without a reader.
    pub reader: heapless::String<128>,
    /// Seconds since the kiosk began.
    pub uptime_s: u64,
}

/// Up to `N` letters, digits, colons, dots and hyphens: JSON writes them in one way only,
/// and no terminal takes them for an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "heapless::String<N>")]
pub struct Word<const N: usize>(heapless::String<N>);

/// A text that no journal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a word of the journal")]
pub struct NotAWord;

impl<const N: usize> Word<N> {
    /// What of `text` belongs in a word; what is too long is cut.
    fn of(text: &str) -> Self {
        let mut word = heapless::String::new();
        for character in text.chars().filter(belongs) {
            if word.push(character).is_err() {
                break;
            }
        }
        Self(word)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn belongs(character: &char) -> bool {
    character.is_ascii_alphanumeric() || ":.-".contains(*character)
}

impl<const N: usize> TryFrom<heapless::String<N>> for Word<N> {
    type Error = NotAWord;

    fn try_from(text: heapless::String<N>) -> Result<Self, NotAWord> {
        text.chars().all(|it| belongs(&it)).then_some(Self(text)).ok_or(NotAWord)
    }
}

impl<const N: usize> fmt::Display for Word<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// SHA-256, written as 64 digits, lower case.
#[derive(Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "heapless::String<64>", into = "heapless::String<64>")]
pub struct Hash(pub [u8; 32]);

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<Hash> for heapless::String<64> {
    fn from(hash: Hash) -> Self {
        use fmt::Write;

        let mut text = Self::new();
        write!(text, "{hash}").expect("32 bytes are 64 digits");
        text
    }
}

impl TryFrom<heapless::String<64>> for Hash {
    type Error = NotAWord;

    fn try_from(text: heapless::String<64>) -> Result<Self, NotAWord> {
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Ok(byte - b'0'),
            b'a'..=b'f' => Ok(byte - b'a' + 10),
            _ => Err(NotAWord),
        };
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let mut hash = [0; 32];
        if pairs.len() != hash.len() || !rest.is_empty() {
            return Err(NotAWord);
        }
        for (byte, [high, low]) in hash.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(Self(hash))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{
        os::{fd::OwnedFd, unix::net::UnixStream},
        time::Duration,
    };

    use kiosk_core::{
        Trouble,
        note::{Answered, Outcome},
        trouble::CardTrouble,
    };

    use super::*;
    use crate::{
        Link,
        words::{LineOrder, LineReport},
    };

    /// 2026-11-22T01:02:03Z
    pub(crate) fn morning() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(1_795_309_323_999)
    }

    pub(crate) fn facts() -> Facts {
        let note = Note {
            way: Way::Visual,
            staff: true,
            reference: Some(CheckReference(0x1111_1111_2222_4333_8444_5555_5555_5555)),
            outcome: Outcome::Answered(Answered::Valid),
        };
        Facts::of_check(&note, morning())
    }

    #[test]
    fn a_check_is_told_in_words() {
        let entry = Chain::default().append(&facts());
        assert_eq!(entry.time.as_str(), "2026-11-22T01:02:03Z");
        assert_eq!((entry.who.as_str(), entry.method.as_str()), ("staff-code", "visual"));
        assert_eq!(entry.check.as_str(), "11111111-2222-4333-8444-555555555555");
        assert_eq!(entry.outcome.as_str(), "valid");

        for (way, method) in [(Way::Pin, "pin"), (Way::Android, "pin"), (Way::Iphone, "device")] {
            let outcome = Outcome::Trouble(Trouble::Card(CardTrouble::Removed));
            let note = Note { way, staff: false, reference: None, outcome };
            let entry = Chain::default().append(&Facts::of_check(&note, morning()));
            assert_eq!((entry.who.as_str(), entry.method.as_str()), ("nobody", method));
            assert_eq!((entry.check.as_str(), entry.outcome.as_str()), ("", "C-02"));
        }
    }

    #[test]
    fn a_clock_that_shows_no_time_is_no_reason_to_fall() {
        let beginning = "1970-01-01T00:00:00Z";
        assert_eq!(written(SystemTime::UNIX_EPOCH - Duration::from_secs(9)), beginning);
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 60);
        assert_eq!(written(late), beginning);
    }

    #[test]
    fn a_word_has_nothing_that_json_or_a_terminal_would_take_for_more() {
        assert_eq!(Word::<8>::of("a\"\\\u{1b}[2J 資b").as_str(), "a2Jb");
        assert_eq!(Word::<3>::of("abcd").as_str(), "abc");
        let word = |text: &str| serde_json::from_str::<Word<8>>(text).is_ok();
        assert!(word(r#""C-02""#) && word(r#""""#));
        for wrong in [r#""a b""#, r#""a\"b""#, r#""資""#, r#""123456789""#, "7", "null"] {
            assert!(!word(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_hash_has_one_way_to_be_written() {
        let text = format!("\"{}\"", "0123456789abcdef".repeat(4));
        let hash: Hash = serde_json::from_str(&text).expect("a hash");
        assert_eq!(serde_json::to_string(&hash).expect("JSON"), text);
        for wrong in [text.to_uppercase(), text.replace("ef\"", "\""), text.replace('0', "g")] {
            assert!(serde_json::from_str::<Hash>(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_longest_journal_fits_a_frame_and_a_request() {
        let full = Entry {
            seq: u64::MAX,
            time: Word::of(&"x".repeat(20)),
            who: Word::of(&"x".repeat(16)),
            method: Word::of(&"x".repeat(16)),
            check: Word::of(&"x".repeat(36)),
            outcome: Word::of(&"x".repeat(32)),
            prev: Hash([0xFF; 32]),
            hash: Hash([0xFF; 32]),
        };
        let text = |byte: &str, count| byte.repeat(count);
        let health = Health {
            version: text("\u{1}", 32).as_str().try_into().expect("it fits"),
            reader: text("\u{1}", 128).as_str().try_into().expect("it fits"),
            uptime_s: u64::MAX,
        };
        let entries = vec![full; ENTRIES_MAX];
        let json = serde_json::to_vec(&(&entries, &health)).expect("JSON");
        assert!(json.len() < 60 * 1024, "{} bytes", json.len());

        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let mut ours: Link<LineOrder, LineReport> = OwnedFd::from(ours).into();
        let mut theirs: Link<LineReport, LineOrder> = OwnedFd::from(theirs).into();
        ours.send(&LineOrder::Journal(entries.clone(), health)).expect("sent");
        let Ok(LineOrder::Journal(arrived, _)) = theirs.receive() else { panic!("not arrived") };
        assert_eq!(arrived, entries);
    }
}
