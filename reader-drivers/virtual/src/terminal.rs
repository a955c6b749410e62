//! The simulated terminal: who may use a virtual card's key without its PIN.
//!
//! Openly invented, and good for the cards of one office alone. How an approved verifier
//! opens a real card's key is not public; a real card would refuse all of this.
//!
//! ```text
//! keys/simulated-terminal-ca.pem ─signs─▶ simulated-terminal/certificate.bin, signature.bin
//!        └─▶ simulated-terminal/ca-public.bin (what cards trust)      ▲ holds the public key of
//!                                           simulated-terminal/terminal-key.pem (the gateway's)
//! ```

use std::{io, path::Path};

use p256::{
    ecdsa::{
        Signature, SigningKey, VerifyingKey,
        signature::{Signer, Verifier},
    },
    elliptic_curve::rand_core::OsRng,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, LineEnding},
};
use zeroize::Zeroizing;

use crate::office::{self, Office, OfficeError};

/// Bytes of a terminal certificate: a name, zeros, and the terminal's public key.
pub(crate) const CERTIFICATE: usize = 307;
/// ECDSA over P-256 with SHA-256: r and s, 32 bytes each.
pub(crate) const SIGNATURE: usize = 64;
/// An uncompressed point (SEC 1).
const POINT: usize = 65;
/// What every certificate begins with; zeros fill it up to the point.
const NAME: &[u8; 20] = b"SIMULATED TERMINAL 1";
/// What a terminal signs begins with this, so that it signs nothing else by accident.
const PURPOSE: &[u8; 33] = b"SIMULATED EXTERNAL AUTHENTICATION";
/// A P-256 key in PEM has about 240 bytes.
const KEY_MAX: usize = 1024;

/// Makes the terminal of an office. Keys that are there stay; the rest follows from them,
/// always the same bytes.
///
/// Errors: [`OfficeError::File`]; [`OfficeError::Wrong`] for a key that is none.
pub(crate) fn issue(office: &Office<'_>) -> Result<(), OfficeError> {
    let authority = key(&office.key("simulated-terminal-ca"))?;
    let terminal = key(&office.terminal("terminal-key.pem"))?;
    let certificate = certificate(terminal.verifying_key());
    let signature: Signature = authority.sign(&certificate);
    let keep = |name: &str, bytes: &[u8]| office::write(&office.terminal(name), bytes, 0o644);
    keep("ca-public.bin", &point(authority.verifying_key()))?;
    keep("certificate.bin", &certificate)?;
    keep("signature.bin", &signature.to_bytes())
}

/// The key of that file, which is made when missing, for the owner alone.
fn key(path: &Path) -> Result<SigningKey, OfficeError> {
    let pem = match office::read(path, KEY_MAX) {
        Err(OfficeError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            let key = SigningKey::random(&mut OsRng);
            let pem = key
                .to_pkcs8_pem(LineEnding::LF)
                .expect("a key that was just made can be written down");
            office::write(path, pem.as_bytes(), 0o600)?;
            return Ok(key);
        }
        read => Zeroizing::new(read?),
    };
    let key = str::from_utf8(&pem).ok().and_then(|pem| SigningKey::from_pkcs8_pem(pem).ok());
    key.ok_or_else(|| wrong(path, "is not a P-256 key; remove it and issue again"))
}

fn certificate(terminal: &VerifyingKey) -> [u8; CERTIFICATE] {
    let mut certificate = [0; CERTIFICATE];
    certificate[..NAME.len()].copy_from_slice(NAME);
    certificate[CERTIFICATE - POINT..].copy_from_slice(&point(terminal));
    certificate
}

fn point(key: &VerifyingKey) -> [u8; POINT] {
    let point = key.to_encoded_point(false);
    point.as_bytes().try_into().expect("an uncompressed point of this curve has 65 bytes")
}

fn wrong(path: &Path, problem: &str) -> OfficeError {
    OfficeError::Wrong { path: path.to_owned(), problem: problem.to_owned() }
}

/// What a card knows of its office: who vouches for terminals.
pub(crate) struct Authority(VerifyingKey);

impl Authority {
    /// `None` in an office that was issued before there were terminals.
    ///
    /// Errors: [`OfficeError::File`]; [`OfficeError::Wrong`] for a file that holds no key.
    pub(crate) fn load(office: &Office<'_>) -> Result<Option<Self>, OfficeError> {
        let path = office.terminal("ca-public.bin");
        let point = match office::read(&path, POINT) {
            Err(OfficeError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(None);
            }
            read => read?,
        };
        let key = VerifyingKey::from_sec1_bytes(&point);
        key.map(|key| Some(Self(key)))
            .map_err(|_| wrong(&path, "is not a P-256 point; issue again"))
    }

    /// The terminal that this certificate names, when the signature is this authority's.
    pub(crate) fn terminal(
        &self,
        certificate: &[u8; CERTIFICATE],
        signature: &[u8; SIGNATURE],
    ) -> Option<Terminal> {
        let signature = Signature::from_slice(signature).ok()?;
        self.0.verify(certificate, &signature).ok()?;
        let (text, point) = certificate.split_at(CERTIFICATE - POINT);
        let zeros = text.strip_prefix(NAME)?;
        let named = zeros.iter().all(|byte| *byte == 0);
        let key = VerifyingKey::from_sec1_bytes(point).ok()?;
        named.then_some(Terminal(key))
    }
}

/// A terminal that the office vouches for.
pub(crate) struct Terminal(VerifyingKey);

impl Terminal {
    /// Whether this terminal answered the card's challenge, for a check with that digest.
    pub(crate) fn answered(
        &self,
        challenge: &[u8; 16],
        digest: &[u8; 32],
        signature: &[u8; SIGNATURE],
    ) -> bool {
        let message = [&PURPOSE[..], challenge, digest].concat();
        Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify(&message, &signature).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signing(seed: u8) -> SigningKey {
        SigningKey::from_slice(&[seed; 32]).expect("a number below the order")
    }

    fn by(key: &SigningKey, message: &[u8]) -> [u8; SIGNATURE] {
        let signature: Signature = key.sign(message);
        signature.to_bytes().into()
    }

    #[test]
    fn only_a_certificate_as_issued_names_a_terminal() {
        let (office, terminal) = (signing(1), signing(2));
        let authority = Authority(*office.verifying_key());
        let good = certificate(terminal.verifying_key());
        assert!(authority.terminal(&good, &by(&office, &good)).is_some());
        assert!(authority.terminal(&good, &by(&terminal, &good)).is_none(), "vouches for itself");
        // Signed by the office, and nothing that it issues.
        for at in [0, 19, 20, 241, 242, 306] {
            let mut other = good;
            other[at] ^= 1;
            let signature = by(&office, &other);
            assert!(authority.terminal(&other, &signature).is_none(), "byte {at}");
            assert!(authority.terminal(&other, &by(&office, &good)).is_none(), "byte {at}");
        }
    }

    /// `conversations/relay.toml`: point of the office, certificate, signature, answer.
    #[test]
    fn the_relayed_conversation_holds_water() {
        let hex = include_str!("../conversations/simulated-terminal.hex").split_ascii_whitespace();
        let bytes: Vec<u8> =
            hex.map(|pair| u8::from_str_radix(pair, 16).expect("a pair of hex digits")).collect();
        let (point, rest) = bytes.split_at(POINT);
        let (certificate, rest) = rest.split_first_chunk().expect("a certificate");
        let (signature, rest) = rest.split_first_chunk().expect("a signature");
        let authority = Authority(VerifyingKey::from_sec1_bytes(point).expect("a point"));
        let terminal = authority.terminal(certificate, signature).expect("vouched for");
        let count = |from: u8| move |at: usize| from + u8::try_from(at).expect("small");
        let (challenge, digest) = (std::array::from_fn(count(0x10)), std::array::from_fn(count(0)));
        let answer = rest.try_into().expect("nothing after the answer");
        assert!(terminal.answered(&challenge, &digest, answer));
    }

    #[test]
    fn an_answer_is_for_one_challenge_and_one_digest() {
        let key = signing(2);
        let terminal = Terminal(*key.verifying_key());
        let message = [&PURPOSE[..], &[3; 16], &[4; 32]].concat();
        let answer = by(&key, &message);
        assert!(terminal.answered(&[3; 16], &[4; 32], &answer));
        assert!(!terminal.answered(&[5; 16], &[4; 32], &answer));
        assert!(!terminal.answered(&[3; 16], &[5; 32], &answer));
        assert!(!terminal.answered(&[3; 16], &[4; 32], &by(&signing(1), &message)));
        assert!(!terminal.answered(&[3; 16], &[4; 32], &[0; 64]), "no signature at all");
    }
}
