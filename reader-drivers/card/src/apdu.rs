//! Commands and responses (ISO 7816-4), short form only; what others wrote goes as it is.

use std::fmt;

use zeroize::Zeroizing;

/// One command for the card.
///
/// There is no accessor for the body and no derived `Debug`: [`Command::encode`] is
/// the only way to the bytes, and only a transport calls it.
pub struct Command {
    name: &'static str,
    header: [u8; 4],
    body: Body,
    le: Option<u8>,
}

enum Body {
    None,
    Open(Vec<u8>),
    Secret(Zeroizing<Vec<u8>>),
    /// All that follows the header.
    Raw(Zeroizing<Vec<u8>>),
}

impl Command {
    /// `name` is the ISO name, for logs: `"READ BINARY"`.
    pub fn new(name: &'static str, header: [u8; 4]) -> Self {
        Self { name, header, body: Body::None, le: None }
    }

    /// A command that somebody else wrote, and that the caller has read and allowed:
    /// `rest` follows the header as it is, also in the extended form. Never printed.
    pub fn raw(name: &'static str, header: [u8; 4], rest: &[u8]) -> Self {
        Self { name, header, body: Body::Raw(Zeroizing::new(rest.to_vec())), le: None }
    }

    /// At most 255 bytes: longer bodies do not exist in the short form.
    pub fn with_body(mut self, body: &[u8]) -> Self {
        self.body = Body::Open(body.to_vec());
        self
    }

    /// Like [`Command::with_body`], for bytes that must not outlive the command.
    pub fn with_secret(mut self, body: &[u8]) -> Self {
        self.body = Body::Secret(Zeroizing::new(body.to_vec()));
        self
    }

    /// Asks for an answer of up to `le` bytes; 0 asks for 256.
    pub fn expecting(mut self, le: u8) -> Self {
        self.le = Some(le);
        self
    }

    /// The ISO name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The wire form. Wiped when dropped, since it may hold a PIN.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let body: &[u8] = match &self.body {
            Body::None => &[],
            Body::Open(body) => body,
            Body::Secret(body) | Body::Raw(body) => body,
        };
        let mut wire = Zeroizing::new(Vec::with_capacity(6 + body.len()));
        wire.extend_from_slice(&self.header);
        if matches!(self.body, Body::Raw(_)) {
            wire.extend_from_slice(body);
        } else if !body.is_empty() {
            wire.push(
                u8::try_from(body.len()).expect("every body is a PIN, a file id or a digest"),
            );
            wire.extend_from_slice(body);
        }
        wire.extend(self.le);
        wire
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:02X?}", self.name, self.header)?;
        match &self.body {
            Body::None => Ok(()),
            Body::Open(body) => write!(f, " {body:02X?}"),
            Body::Secret(body) | Body::Raw(body) => {
                write!(f, " <{} secret bytes>", body.len())
            }
        }
    }
}

/// What the card answered. The data may be a certificate: wiped, never printed.
#[derive(PartialEq, Eq)]
pub struct Response {
    pub data: Zeroizing<Vec<u8>>,
    pub status: StatusWord,
}

/// Fewer than two bytes came back: the card is gone (some readers say it that way).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an answer without a status word")]
pub struct NoStatusWord;

impl Response {
    /// Errors: [`NoStatusWord`].
    pub fn decode(wire: &[u8]) -> Result<Self, NoStatusWord> {
        let (data, status) = wire.split_last_chunk::<2>().ok_or(NoStatusWord)?;
        Ok(Self {
            data: Zeroizing::new(data.to_vec()),
            status: StatusWord(u16::from_be_bytes(*status)),
        })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes> {:?}", self.data.len(), self.status)
    }
}

/// The two bytes that end every answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StatusWord(pub u16);

impl StatusWord {
    pub const OK: Self = Self(0x9000);
    pub const SECURITY_NOT_SATISFIED: Self = Self(0x6982);
    /// A blocked PIN, in the words of ISO 7816-4.
    pub const AUTH_BLOCKED: Self = Self(0x6983);
    /// A blocked PIN, as a My Number card says it.
    pub const REFERENCE_LOCKED: Self = Self(0x6984);
    pub const FILE_NOT_FOUND: Self = Self(0x6A82);
    /// READ BINARY behind the last byte.
    pub const OFFSET_PAST_END: Self = Self(0x6B00);
    /// READ BINARY: fewer bytes than asked for.
    pub const END_REACHED: Self = Self(0x6282);

    /// `63 Cx`: the PIN was wrong, or only asked about, and `x` tries are left.
    pub fn tries_left(self) -> Option<u8> {
        (self.0 & 0xFFF0 == 0x63C0).then_some((self.0 & 0xF) as u8)
    }

    /// `61 xx`: the answer waits for GET RESPONSE, this many bytes of it; 0 is 256.
    pub fn bytes_waiting(self) -> Option<u8> {
        (self.0 & 0xFF00 == 0x6100).then_some((self.0 & 0xFF) as u8)
    }

    /// `6C xx`: nothing was done; the same command with this Le will be. 0 is 256.
    pub fn exact_length(self) -> Option<u8> {
        (self.0 & 0xFF00 == 0x6C00).then_some((self.0 & 0xFF) as u8)
    }
}

impl fmt::Debug for StatusWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SW {:04X}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_reaches_the_wire_and_not_the_log() {
        let verify = Command::new("VERIFY", [0x00, 0x20, 0x00, 0x80]).with_secret(b"1234");
        assert_eq!(*verify.encode(), b"\x00\x20\x00\x80\x041234");
        assert_eq!(format!("{verify:?}"), "VERIFY [00, 20, 00, 80] <4 secret bytes>");
    }

    #[test]
    fn a_raw_command_is_sent_as_it_is_and_not_printed() {
        let rest = [&[0x00, 0x01, 0x33][..], &[0x77; 307]].concat();
        let command = Command::raw("RELAYED", [0x80, 0xA2, 0x06, 0xC1], &rest);
        assert_eq!(*command.encode(), [&[0x80, 0xA2, 0x06, 0xC1][..], &rest].concat());
        assert_eq!(format!("{command:?}"), "RELAYED [80, A2, 06, C1] <310 secret bytes>");
        assert_eq!(*Command::raw("RELAYED", [1, 2, 3, 4], &[]).encode(), [1, 2, 3, 4]);
    }

    #[test]
    fn what_a_card_wants_instead_is_told() {
        assert_eq!(StatusWord(0x6110).bytes_waiting(), Some(0x10));
        assert_eq!(StatusWord(0x6C00).exact_length(), Some(0));
        assert_eq!((StatusWord::OK.bytes_waiting(), StatusWord::OK.exact_length()), (None, None));
        assert_eq!(StatusWord(0x6C10).bytes_waiting(), None);
    }

    #[test]
    fn an_answer_needs_its_status_word() {
        assert_eq!(Response::decode(&[0x90]), Err(NoStatusWord));
        let answer = Response::decode(&[1, 2, 0x63, 0xC2]).expect("an answer");
        assert_eq!(answer.status.tries_left(), Some(2));
        assert_eq!(format!("{answer:?}"), "<2 bytes> SW 63C2");
    }
}
