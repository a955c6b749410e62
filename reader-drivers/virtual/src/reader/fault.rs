//! Faults that no hand is quick enough for: at the N-th command after a power-up.
//!
//! ```text
//!  fault N KIND ─▶ armed ─ power-up ─▶ counting ─ N-th command ─▶ spent
//!                     ▲                    │
//!                     └────── power-up ────┘  (it counts from 1 again)
//! ```
//!
//! The fault comes in place of the card: a command that is struck never reaches it. `hang`
//! is the exception, and goes on when released.

use std::fmt;

/// A fault further away than this is a typing error.
const LAST_COMMAND: u16 = 9999;
/// What a short READ BINARY can bring at most.
const LONGEST_DATA: usize = 256;
/// `MAX_BUFFER_SIZE` of pcsc-lite: a client's buffer for a short answer, status word included.
const LONGEST_SHORT_ANSWER: usize = 264;
const OK: [u8; 2] = [0x90, 0x00];

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The card is pulled before it can answer.
    Pull,
    /// No answer until a hand releases it.
    Hang,
    /// No answer, and the card stays.
    Mute,
    /// This status word, and no data.
    Status(u16),
    /// One byte, which is no status word.
    Short,
    /// 256 bytes that mean nothing, always the same, and 9000.
    Garbage,
    /// More bytes than any short command can ask for, and 9000.
    Oversize,
    /// From now on until the power goes, files without an end: whatever READ BINARY asks
    /// for is there, and they begin with a length of 65,535.
    Endless,
}

impl Kind {
    /// The words of a request. `None` when they name no kind.
    fn read(words: &[&str]) -> Option<Self> {
        Some(match *words {
            ["pull"] => Self::Pull,
            ["hang"] => Self::Hang,
            ["mute"] => Self::Mute,
            ["sw", status] if status.len() == 4 && !status.starts_with('+') => {
                Self::Status(u16::from_str_radix(status, 16).ok()?)
            }
            ["short"] => Self::Short,
            ["garbage"] => Self::Garbage,
            ["oversize"] => Self::Oversize,
            ["endless"] => Self::Endless,
            _ => return None,
        })
    }

    /// What comes instead of the card's answer; nothing for [`Kind::Mute`], and for the two
    /// that are no answers, [`Kind::Pull`] and [`Kind::Hang`].
    pub(crate) fn answer(self, apdu: &[u8]) -> Vec<u8> {
        match self {
            Self::Pull | Self::Hang | Self::Mute => Vec::new(),
            Self::Status(status) => status.to_be_bytes().to_vec(),
            Self::Short => vec![OK[0]],
            Self::Garbage => noise(LONGEST_DATA),
            Self::Oversize => noise(LONGEST_SHORT_ANSWER - OK.len()),
            Self::Endless => endless(apdu),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pull => "pull",
            Self::Hang => "hang",
            Self::Mute => "mute",
            Self::Status(status) => return write!(f, "sw {status:04X}"),
            Self::Short => "short",
            Self::Garbage => "garbage",
            Self::Oversize => "oversize",
            Self::Endless => "endless",
        })
    }
}

/// `length` bytes of a fixed sequence, and 9000. No BER: a certificate begins with 30.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_F491_u32; // xorshift (Marsaglia 2003): any seed but 0
    let bytes = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_be_bytes()[0]
    });
    bytes.take(length).chain(OK).collect()
}

/// As many bytes as were asked for, of a file that begins `30 82 FF FF`.
fn endless(apdu: &[u8]) -> Vec<u8> {
    const HEAD: [u8; 4] = [0x30, 0x82, 0xFF, 0xFF];
    let offset = match apdu {
        // A short file id in P1: the offset is P2.
        [_, _, p1, p2, ..] if p1 & 0x80 != 0 => usize::from(*p2),
        [_, _, p1, p2, ..] => usize::from(u16::from_be_bytes([*p1, *p2])),
        _ => 0,
    };
    let length = match apdu.get(4) {
        None | Some(0) => LONGEST_DATA,
        Some(le) => usize::from(*le),
    };
    let byte = |at: usize| HEAD.get(at).copied().unwrap_or(0);
    (offset..offset + length).map(byte).chain(OK).collect()
}

fn is_read_binary(apdu: &[u8]) -> bool {
    matches!(apdu, [0x00, 0xB0, ..])
}

/// What is to happen, and how far it is.
#[derive(Default)]
pub(crate) struct Faults {
    armed: Option<Armed>,
    /// Files have no end.
    endless: bool,
}

struct Armed {
    at: u16,
    kind: Kind,
    /// Commands since the power-up; `None` before it.
    seen: Option<u16>,
}

impl Faults {
    /// Arms what the words after `fault` say, in place of what was armed; `off` disarms.
    ///
    /// Errors: a sentence for whoever asked.
    pub(crate) fn ask(&mut self, words: &[&str]) -> Result<(), String> {
        if words == ["off"] {
            *self = Self::default();
            return Ok(());
        }
        let (at, kind) = words
            .split_first()
            .and_then(|(at, kind)| Some((at.parse().ok()?, Kind::read(kind)?)))
            .filter(|(at, _)| (1..=LAST_COMMAND).contains(at))
            .ok_or_else(|| {
                format!(
                    "a fault is off, or N and what happens at the N-th command (1 to \
                     {LAST_COMMAND}) after power-up: pull, hang, mute, sw XXXX, short, \
                     garbage, oversize, endless"
                )
            })?;
        self.armed = Some(Armed { at, kind, seen: None });
        Ok(())
    }

    /// The card got power: the next command is the first. A reset is none of it.
    pub(crate) fn powered_up(&mut self) {
        self.endless = false;
        if let Some(armed) = &mut self.armed {
            armed.seen = Some(0);
        }
    }

    /// The card lost its power, or is another one. What is armed waits for the next power-up.
    pub(crate) fn powered_down(&mut self) {
        self.endless = false;
        if let Some(armed) = &mut self.armed {
            armed.seen = None;
        }
    }

    /// Counts a command; tells what happens to it, if anything.
    pub(crate) fn strike(&mut self, apdu: &[u8]) -> Option<Kind> {
        let due = self.armed.as_mut().is_some_and(|armed| {
            armed.seen = armed.seen.map(|seen| seen.saturating_add(1));
            armed.seen == Some(armed.at)
        });
        let struck = if due { self.armed.take().map(|armed| armed.kind) } else { None };
        self.endless |= struck == Some(Kind::Endless);
        match struck {
            None | Some(Kind::Endless) => {
                (self.endless && is_read_binary(apdu)).then_some(Kind::Endless)
            }
            other => other,
        }
    }
}

/// `5 sw 6110`, as it was asked for; nothing when none is armed.
impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.armed {
            Some(armed) => write!(f, "{} {}", armed.at, armed.kind),
            None => Ok(()),
        }
    }
}
