//! A small card that does what a test wants, and a certificate of any length.

use card::{
    Command, Gone, Response, Transport,
    jpki::{AID, SHA256_DIGEST_INFO},
};

pub(crate) struct Actor {
    pub(crate) label: &'static str,
    pub(crate) certificate: Vec<u8>,
    pub(crate) is_padded: bool,
    pub(crate) tries: u8,
    pub(crate) signature_length: usize,
    /// The first commands that are answered with 6F00.
    pub(crate) sleeps: usize,
    /// The status of one command, by its number; the wake-up is 0.
    pub(crate) at: Option<(usize, u16)>,
    /// The piece of the certificate that comes one byte short.
    pub(crate) short_piece: Option<usize>,
    /// The command during which the card goes.
    pub(crate) gone: Option<(usize, Gone)>,
    /// What was heard, as it would be logged, and as it was sent.
    pub(crate) heard: Vec<String>,
    pub(crate) wires: Vec<Vec<u8>>,
    pub(crate) file: u16,
    pub(crate) is_verified: bool,
    /// A phone: the certificate comes after the PIN, and no PIN is needed for it.
    pub(crate) keeps_certificate: bool,
    pub(crate) knows_its_holder: bool,
    /// One command is answered in this way, by its number; the wake-up is 0.
    pub(crate) manner: Option<(usize, Manner)>,
    /// What is left to GET RESPONSE.
    pub(crate) waiting: Vec<u8>,
}

/// How cards and readers answer that do not just answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// `61 xx`, and the answer in pieces of at most this many bytes.
    InPieces(u8),
    /// `61 xx` for ever.
    Endless,
    /// `61 xx`, and then nothing of it.
    Unfetched,
    /// `6C xx` once, then the answer.
    OtherLength,
    /// `6C xx` for ever.
    NoLength,
    /// So many bytes more than asked for.
    Longer(usize),
    /// Nothing of it makes sense.
    Garbage,
}

impl Default for Actor {
    fn default() -> Self {
        Self {
            label: "JPKIAPICCTOKEN2",
            certificate: certificate(1590, 0x00),
            is_padded: true,
            tries: 3,
            signature_length: 256,
            sleeps: 0,
            at: None,
            short_piece: None,
            gone: None,
            heard: Vec::new(),
            wires: Vec::new(),
            file: 0,
            is_verified: false,
            keeps_certificate: false,
            knows_its_holder: false,
            manner: None,
            waiting: Vec::new(),
        }
    }
}

impl Transport for Actor {
    fn transmit(&mut self, command: &Command) -> Result<Response, Gone> {
        let number = self.heard.len();
        let wire = command.encode().to_vec();
        self.heard.push(format!("{command:?}"));
        self.wires.push(wire.clone());
        match (self.gone, self.at) {
            (Some((at, gone)), _) if at == number => return Err(gone),
            (_, Some((at, status))) if at == number => return Ok(answer(&[], status)),
            _ if number < self.sleeps => return Ok(answer(&[], 0x6F00)),
            _ => {}
        }
        if wire.starts_with(&[0x00, 0xC0]) {
            return Ok(self.more(wire[4]));
        }
        let response = self.answer(&wire);
        Ok(match self.manner {
            Some((at, manner)) if at == number => self.in_manner(manner, response),
            Some((at, Manner::NoLength)) if at + 1 == number => answer(&[], 0x6C10),
            _ => response,
        })
    }
}

impl Actor {
    fn in_manner(&mut self, manner: Manner, mut response: Response) -> Response {
        match manner {
            Manner::InPieces(_) | Manner::Endless | Manner::Unfetched => {
                self.waiting = response.data.to_vec();
                answer(&[], 0x6100 | (self.waiting.len() as u16 & 0xFF))
            }
            Manner::OtherLength | Manner::NoLength => {
                answer(&[], 0x6C00 | (response.data.len() as u16 & 0xFF))
            }
            Manner::Longer(by) => {
                let length = response.data.len() + by;
                response.data.resize(length, 0xEE);
                response
            }
            Manner::Garbage => answer(&[0xAB; 9], 0xABCD),
        }
    }

    fn more(&mut self, le: u8) -> Response {
        let most = match self.manner {
            Some((_, Manner::InPieces(most))) => most,
            Some((_, Manner::Endless)) => return answer(&[0xEE], 0x6101),
            _ => return answer(&[], 0x6D00),
        };
        let asked = if le == 0 { 256 } else { usize::from(le) };
        let length = self.waiting.len().min(asked).min(most.into());
        let rest = self.waiting.split_off(length);
        let piece = std::mem::replace(&mut self.waiting, rest);
        match self.waiting.len() {
            0 => answer(&piece, 0x9000),
            left => answer(&piece, 0x6100 | (left as u16 & 0xFF)),
        }
    }

    fn answer(&mut self, wire: &[u8]) -> Response {
        match wire {
            [0x00, 0xA4, 0x00, 0x00] => answer(&[], 0x6A86),
            [0x00, 0xA4, 0x04, 0x0C, 0x0A, aid @ ..] if *aid == AID => answer(&[], 0x9000),
            [0x00, 0xA4, 0x04, 0x0C, 0x08, 0xA0, ..] => answer(&[], 0x9000),
            [0x00, 0xA4, 0x02, 0x0C, 0x02, high, low] => {
                self.file = u16::from_be_bytes([*high, *low]);
                answer(&[], 0x9000)
            }
            [0x00, 0xB0, ..]
                if self.file == 0x000A && self.keeps_certificate && !self.is_verified =>
            {
                answer(&[], 0x6982)
            }
            [0x00, 0xB0, high, low, le] => self.read(u16::from_be_bytes([*high, *low]), *le),
            [0x00, 0x20, 0x00, 0x80, pin @ ..] if self.file == 0x0018 => self.verify(pin),
            [0x80, 0x2A, 0x00, 0x80, 0x33, body @ .., 0x00] if self.file == 0x0017 => {
                let digest = body.strip_prefix(&SHA256_DIGEST_INFO).expect("a DigestInfo");
                let mut signature = digest.to_vec();
                signature.resize(self.signature_length, 0x5A);
                match self.is_verified || self.knows_its_holder {
                    true => answer(&signature, 0x9000),
                    false => answer(&[], 0x6982),
                }
            }
            [0x80, 0xA2, _, 0xC1, ..] => answer(&[], 0x9000),
            [0x00, 0x84, 0x00, 0x00, le] => answer(&vec![0xC5; usize::from(*le)], 0x9000),
            [0x00, 0x82, 0x00, 0x00, ..] => {
                // What the verifier shows opens the key; a PIN would do the same.
                self.is_verified = true;
                answer(&[], 0x9000)
            }
            _ => answer(&[], 0x6D00),
        }
    }

    fn read(&self, offset: u16, le: u8) -> Response {
        let (offset, le) = (usize::from(offset), if le == 0 { 256 } else { usize::from(le) });
        let mut file = match self.file {
            0x0006 => format!("{:32}", self.label).into_bytes(),
            _ => self.certificate.clone(),
        };
        if self.is_padded {
            file.resize(file.len().max(2048), 0xFF);
        }
        let is_short = self.file == 0x000A && self.short_piece == Some(offset / 256);
        let end = (offset + le - usize::from(is_short)).min(file.len());
        file.get(offset..end).map_or_else(|| answer(&[], 0x6B00), |data| answer(data, 0x9000))
    }

    fn verify(&mut self, pin: &[u8]) -> Response {
        self.is_verified = pin == b"\x041234";
        if !pin.is_empty() {
            self.tries = if self.is_verified { 3 } else { self.tries.saturating_sub(1) };
        }
        if self.is_verified {
            return answer(&[], 0x9000);
        }
        answer(&[], 0x63C0 | u16::from(self.tries))
    }
}

fn answer(data: &[u8], status: u16) -> Response {
    Response::decode(&[data, &status.to_be_bytes()].concat()).expect("with a status word")
}

/// A certificate of `length` bytes, filled up with an extension. `world` is the last but
/// one arc of the policy: 3 for production, 0 for test.
pub(crate) fn certificate(length: usize, world: u8) -> Vec<u8> {
    let shortest = build(0, world).len();
    // Three lengths grow by up to two bytes each on the way.
    let padding = (0..=length - shortest).rev().find(|it| build(*it, world).len() <= length);
    let der = build(padding.expect("a certificate is longer than this"), world);
    assert_eq!(der.len(), length, "no certificate has this length");
    der
}

fn build(padding: usize, world: u8) -> Vec<u8> {
    let policy = [0x2A, 0x83, 0x08, 0x8C, 0x9B, 0x55, 0x08, 0x05, 0x01, world, 0x1E];
    let information = tlv(0x30, &tlv(0x06, &policy));
    let policies = [tlv(0x06, &[0x55, 0x1D, 0x20]), tlv(0x04, &tlv(0x30, &information))].concat();
    let filler = [tlv(0x06, &[0x2A, 0x03]), tlv(0x04, &vec![0; padding])].concat();
    let extensions = tlv(0x30, &[tlv(0x30, &policies), tlv(0x30, &filler)].concat());
    let validity = [tlv(0x17, b"260401000000Z"), tlv(0x17, b"310331150000Z")].concat();
    let (empty, key) = (tlv(0x30, &[]), tlv(0x30, &[0x05; 270]));
    let body = [
        tlv(0xA0, &[0x02, 0x01, 0x02]),
        tlv(0x02, &[0x01]),
        empty.clone(),
        empty.clone(),
        tlv(0x30, &validity),
        empty.clone(),
        key,
        tlv(0xA3, &extensions),
    ]
    .concat();
    tlv(0x30, &[tlv(0x30, &body), empty, tlv(0x03, &[0x00])].concat())
}

fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).expect("short").to_be_bytes();
    let head = match value.len() {
        0..0x80 => vec![tag, length[1]],
        0x80..0x100 => vec![tag, 0x81, length[1]],
        _ => vec![tag, 0x82, length[0], length[1]],
    };
    [head, value.to_vec()].concat()
}
