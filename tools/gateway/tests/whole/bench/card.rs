//! A card that has a photo, as far as a relay asks it: written down a second time, after
//! the words of the contract, and able to hold what no office would issue.

use std::fs;

use p256::{
    ecdsa::{Signature, VerifyingKey, signature::Verifier},
    elliptic_curve::rand_core::{OsRng, RngCore},
};
use rsa::{Pkcs1v15Sign, RsaPrivateKey, pkcs8::DecodePrivateKey};

use super::forge::{issued, key_pem};

const OK: [u8; 2] = [0x90, 0x00];
const DIGEST_INFO: &str = "3031300d060960864801650304020105000420";
const PURPOSE: &[u8] = b"SIMULATED EXTERNAL AUTHENTICATION";
const AID: &[u8] = b"\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01";

/// What can be asked as a card is.
pub(crate) trait Card {
    /// Data and status word.
    fn transmit(&mut self, command: &[u8]) -> Vec<u8>;
}

impl Card for reader_virtual::VirtualCard {
    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        Self::transmit(self, command)
    }
}

/// The card of sato-hanako, or one that says so.
pub(crate) struct PhotoCard {
    pub(crate) label: &'static [u8],
    /// What EF 000A holds.
    pub(crate) certificate: Vec<u8>,
    /// What it was asked.
    pub(crate) asked: Vec<Vec<u8>>,
    key: RsaPrivateKey,
    /// Whose terminals it trusts.
    office: VerifyingKey,
    selected: Option<u16>,
    body: Vec<u8>,
    terminal: Option<VerifyingKey>,
    challenge: Option<[u8; 16]>,
    /// The digest that key 0017 signs once.
    open_for: Option<Vec<u8>>,
}

impl PhotoCard {
    pub(crate) fn new(certificate: Vec<u8>) -> Self {
        let office = fs::read(issued().join("simulated-terminal/ca-public.bin")).expect("issued");
        Self {
            label: b"JPKIAPICCTOKEN2",
            certificate,
            asked: Vec::new(),
            key: RsaPrivateKey::from_pkcs8_pem(&key_pem(issued(), "sato-hanako")).expect("RSA"),
            office: VerifyingKey::from_sec1_bytes(&office).expect("a point"),
            selected: None,
            body: Vec::new(),
            terminal: None,
            challenge: None,
            open_for: None,
        }
    }

    fn answer(&mut self, command: &[u8]) -> Result<Vec<u8>, u16> {
        match command {
            [0x00, 0xA4, 0x04, 0x0C, 0x0A, aid @ ..] if aid == AID => {
                self.selected = Some(0);
                self.terminal = None;
                self.challenge = None;
                self.open_for = None;
                Ok(vec![])
            }
            [0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, id] if self.selected.is_some() => {
                let known = [0x06, 0x0A, 0x16, 0x17].contains(id);
                self.selected = known.then_some((*id).into());
                self.selected.map(|_| vec![]).ok_or(0x6A82)
            }
            [0x00, 0xB0, high, low, length] => self.read([*high, *low], *length),
            [0x80, 0xA2, 0x06, 0xC1, 0x00, high, low, body @ ..] if self.selected == Some(0x16) => {
                let right = u16::from_be_bytes([*high, *low]) == 307 && body.len() == 307;
                self.body = body.to_vec();
                right.then(Vec::new).ok_or(0x6700)
            }
            [0x80, 0xA2, 0x00, 0xC1, 64, signature @ ..] if self.selected == Some(0x16) => {
                verify(&self.office, &self.body, signature)?;
                let key = VerifyingKey::from_sec1_bytes(&self.body[242..]).map_err(|_| 0x6300_u16);
                self.terminal = Some(key?);
                Ok(vec![])
            }
            [0x00, 0x84, 0x00, 0x00, 16] => {
                let mut challenge = [0; 16];
                OsRng.fill_bytes(&mut challenge);
                self.challenge = Some(challenge);
                Ok(challenge.to_vec())
            }
            [0x00, 0x82, 0x00, 0x00, 0x60, body @ ..] if body.len() == 0x60 => {
                let (digest, signature) = body.split_at(32);
                let challenge = self.challenge.take().ok_or(0x6300_u16)?;
                let terminal = self.terminal.as_ref().ok_or(0x6300_u16)?;
                verify(terminal, &[PURPOSE, &challenge, digest].concat(), signature)?;
                self.open_for = Some(digest.to_vec());
                Ok(vec![])
            }
            [0x80, 0x2A, 0x00, 0x80, 0x33, info @ .., 0] if self.selected == Some(0x17) => {
                let digest = self.open_for.take().ok_or(0x6982_u16)?;
                let hex: String = info.iter().map(|byte| format!("{byte:02x}")).collect();
                if hex[..DIGEST_INFO.len()] != *DIGEST_INFO || !info.ends_with(&digest) {
                    return Err(0x6982);
                }
                Ok(self.key.sign(Pkcs1v15Sign::new_unprefixed(), info).expect("signed"))
            }
            _ => Err(0x6D00),
        }
    }

    fn read(&self, offset: [u8; 2], length: u8) -> Result<Vec<u8>, u16> {
        let (content, fill, size) = match self.selected {
            Some(0x06) => (self.label, b' ', 160),
            Some(0x0A) => (&self.certificate[..], 0xFF, self.certificate.len().max(2048)),
            _ => return Err(0x6986),
        };
        let mut file = content.to_vec();
        file.resize(size, fill);
        let offset = usize::from(u16::from_be_bytes(offset));
        let length = if length == 0 { 256 } else { usize::from(length) };
        file.get(offset..(offset + length).min(size)).map(<[u8]>::to_vec).ok_or(0x6B00)
    }
}

impl Card for PhotoCard {
    fn transmit(&mut self, command: &[u8]) -> Vec<u8> {
        self.asked.push(command.to_vec());
        match self.answer(command) {
            Ok(data) => [&data[..], &OK].concat(),
            Err(status) => status.to_be_bytes().to_vec(),
        }
    }
}

fn verify(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> Result<(), u16> {
    let signature = Signature::from_slice(signature).map_err(|_| 0x6300_u16)?;
    key.verify(message, &signature).map_err(|_| 0x6300)
}
