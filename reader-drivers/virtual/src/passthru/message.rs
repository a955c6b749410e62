//! Messages of the VSCARD protocol, of a machine that is not trusted with a length.
//!
//! Type, reader and length, four bytes each, the highest first; then as many bytes.

use crate::machine;

const HEADER: usize = 12;
/// What QEMU's reader takes from its guest at once.
const MOST_DATA: usize = 64 * 1024;
const MAGIC: &[u8; 4] = b"VSCD";
/// 0.0.2, in 11, 11 and 10 bits: there was never another.
const VERSION: u32 = 2;
/// By the protocol's own word, what the first 11 bits count breaks it.
const MAJOR: u32 = 21;
/// Magic, version, and at least one word of capabilities.
const INIT: usize = 12;
/// The one reader there is.
const READER: u32 = 0;
/// Before it has a number.
const NO_READER: u32 = 0xFFFF_FFFF;
/// The machine shows its own name instead.
const NAME: &[u8] = b"Shikaku virtual card [simulated]\0";

pub(super) mod kind {
    pub(in super::super) const INIT: u32 = 1;
    pub(in super::super) const ERROR: u32 = 2;
    pub(in super::super) const READER_ADD: u32 = 3;
    pub(in super::super) const ATR: u32 = 5;
    pub(in super::super) const CARD_REMOVE: u32 = 6;
    pub(in super::super) const APDU: u32 = 7;
}

/// What the machine sent is not the VSCARD protocol as its reader speaks it. The stream is
/// of no use after it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProtocolError {
    #[error("the machine sends a message of type {0}, which no reader of QEMU's does")]
    Unknown(u32),
    #[error("the machine sends a message of type {kind} with {length} bytes")]
    Length { kind: u32, length: u32 },
    #[error("the machine greets with {0:02X?} and not with VSCD and a version 0.x")]
    Greeting([u8; 8]),
    #[error("the machine sends a message of type {0} before it has greeted")]
    NotGreeted(u32),
    #[error("the machine refuses what it was told, with code {0}")]
    Refused(u32),
    #[error("the machine asks {0} things at once")]
    Impatient(usize),
}

/// What the machine says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FromHost {
    Init,
    /// How it went, what it was told last; 0 is well.
    Outcome(u32),
    /// The guest's command to the card.
    Command(Vec<u8>),
}

/// What it is told.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ToHost {
    Init,
    ReaderAdd,
    CardRemove,
    /// A card came, and this is its ATR.
    Atr(Vec<u8>),
    Answer(Vec<u8>),
    /// There is no answer.
    Mute,
}

/// Cuts the stream into messages.
#[derive(Default)]
pub(super) struct Decoder {
    /// What came of the next message: at most one message and one read of the socket.
    buffer: Vec<u8>,
}

impl Decoder {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend(bytes);
    }

    /// The next message, when it is complete.
    ///
    /// Errors: all that concern one message.
    pub(super) fn next(&mut self) -> Result<Option<FromHost>, ProtocolError> {
        let Some(head) = self.buffer.first_chunk::<HEADER>() else { return Ok(None) };
        let [kind, _reader, length] = words(*head);
        let bytes = usize::try_from(length).unwrap_or(usize::MAX);
        let right = match kind {
            kind::INIT => (INIT..=MOST_DATA).contains(&bytes) && bytes.is_multiple_of(4),
            kind::ERROR => bytes == 4,
            kind::APDU => bytes <= MOST_DATA,
            _ => return Err(ProtocolError::Unknown(kind)),
        };
        if !right {
            return Err(ProtocolError::Length { kind, length });
        }
        if self.buffer.len() < HEADER + bytes {
            return Ok(None);
        }
        let rest = self.buffer.split_off(HEADER + bytes);
        let message = std::mem::replace(&mut self.buffer, rest);
        read(kind, &message[HEADER..]).map(Some)
    }
}

fn read(kind: u32, data: &[u8]) -> Result<FromHost, ProtocolError> {
    match (kind, data) {
        (kind::INIT, data) => {
            let greeting = *data.first_chunk::<8>().expect("its length was looked at");
            let version = u32::from_be_bytes(*data[4..].first_chunk().expect("so was this"));
            if data.starts_with(MAGIC) && version >> MAJOR == 0 {
                Ok(FromHost::Init)
            } else {
                Err(ProtocolError::Greeting(greeting))
            }
        }
        (kind::ERROR, &[a, b, c, d]) => Ok(FromHost::Outcome(u32::from_be_bytes([a, b, c, d]))),
        _ => Ok(FromHost::Command(data.to_vec())),
    }
}

fn words(head: [u8; HEADER]) -> [u32; 3] {
    let word = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    [word(0), word(4), word(8)]
}

impl machine::Packet for ToHost {
    fn encode(&self) -> Vec<u8> {
        const GENERAL_ERROR: [u8; 4] = [0, 0, 0, 1];
        let init = || [&MAGIC[..], &VERSION.to_be_bytes(), &[0; 4]].concat();
        let (kind, reader, data) = match self {
            Self::Init => (kind::INIT, NO_READER, init()),
            Self::ReaderAdd => (kind::READER_ADD, NO_READER, NAME.to_vec()),
            Self::CardRemove => (kind::CARD_REMOVE, READER, Vec::new()),
            Self::Atr(atr) => (kind::ATR, READER, atr.clone()),
            Self::Answer(answer) => (kind::APDU, READER, answer.clone()),
            Self::Mute => (kind::ERROR, READER, GENERAL_ERROR.to_vec()),
        };
        let length = u32::try_from(data.len()).expect("answers are bounded");
        let head = [kind, reader, length].map(u32::to_be_bytes).concat();
        [head, data].concat()
    }
}
