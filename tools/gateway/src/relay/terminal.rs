//! The simulated terminal: how this gateway shows a card that it may ask without PIN.
//!
//! How an approved verifier does this is not public. This way is openly invented and
//! called **simulated external authentication**: it has the shape that is public (EF
//! 0016, `80 A2`, `00 84`, `00 82`), its keys are the test office's own, and a real card
//! refuses it.

use std::path::{Path, PathBuf};

use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::DecodePrivateKey,
};
use zeroize::Zeroizing;

use crate::folder::{self, FolderError};

/// The folder below the office's.
const FOLDER: &str = "simulated-terminal";
/// What a terminal certificate's body begins with; zeros fill it up to the key.
const NAME: &[u8] = b"SIMULATED TERMINAL 1";
/// Bytes of a terminal certificate's body.
pub(crate) const BODY: usize = 307;
/// Where in the body the terminal's public key stands: a point of P-256, uncompressed (SEC 1).
const KEY_AT: usize = 242;
/// An ECDSA signature of P-256: r, then s.
pub(crate) const SIGNATURE: usize = 64;
/// What stands before challenge and digest in what the terminal signs.
const PURPOSE: &[u8] = b"SIMULATED EXTERNAL AUTHENTICATION";

/// The office's simulated terminal.
pub(crate) struct Terminal {
    key: SigningKey,
    /// The certificate's body, and the office's signature over it.
    pub(crate) body: [u8; BODY],
    pub(crate) signature: [u8; SIGNATURE],
}

/// Its key stays out of the journal.
impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Terminal(…)")
    }
}

/// Why there is no simulated terminal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TerminalError {
    #[error("no --office was given")]
    NoOffice,
    #[error("{} is missing; issue the virtual cards anew", .0.display())]
    Missing(PathBuf),
    #[error("{}: {}; remove the folder it is in and issue the virtual cards anew", .0.display(), .1)]
    Damaged(PathBuf, &'static str),
    #[error(transparent)]
    Folder(#[from] FolderError),
}

impl Terminal {
    /// Reads the terminal of the folder that the virtual cards were issued to.
    ///
    /// Errors: a file is missing, or is not what its name says.
    pub(crate) fn read(office: Option<&Path>) -> Result<Self, TerminalError> {
        let folder = office.ok_or(TerminalError::NoOffice)?.join(FOLDER);
        let read = |name: &str| -> Result<_, TerminalError> {
            let path = folder.join(name);
            let bytes = folder::read_bytes(&path)?;
            Ok(Zeroizing::new(bytes.ok_or(TerminalError::Missing(path))?))
        };
        let damaged = |name: &str, why| TerminalError::Damaged(folder.join(name), why);
        let (key, body, signature) =
            (read("terminal-key.pem")?, read("certificate.bin")?, read("signature.bin")?);
        let key = str::from_utf8(&key).ok().and_then(|it| SigningKey::from_pkcs8_pem(it).ok());
        let key = key.ok_or_else(|| damaged("terminal-key.pem", "is no P-256 key in PKCS#8"))?;
        let point = key.verifying_key().to_encoded_point(false);
        let body: [u8; BODY] = body[..]
            .try_into()
            .ok()
            .filter(|body| is_certificate_of(body, point.as_bytes()))
            .ok_or_else(|| damaged("certificate.bin", "is not the certificate of the key"))?;
        let signature = signature[..]
            .try_into()
            .map_err(|_| damaged("signature.bin", "has another length than 64 bytes"))?;
        Ok(Self { key, body, signature })
    }

    /// Answers a card's challenge for one check. The same question has the same answer
    /// (RFC 6979), so that a repeated round is answered alike.
    pub(crate) fn authenticate(&self, challenge: &[u8], digest: &[u8; 32]) -> [u8; SIGNATURE] {
        let signature: Signature = self.key.sign(&[PURPOSE, challenge, digest].concat());
        signature.to_bytes().into()
    }
}

fn is_certificate_of(body: &[u8; BODY], point: &[u8]) -> bool {
    let (name, key) = body.split_at(KEY_AT);
    let (name, zeros) = name.split_at(NAME.len());
    name == NAME && zeros.iter().all(|byte| *byte == 0) && key == point
}
