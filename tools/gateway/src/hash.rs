//! SHA-256, tokens and random bytes, all by ring.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    digest::{Context, SHA256},
    rand::{SecureRandom, SystemRandom},
};
use uuid::Uuid;

/// SHA-256 over the parts, each with its length before it; hexadecimal.
pub(crate) fn hex(parts: &[&[u8]]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `N` bytes that nobody can foretell.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}

/// A random UUID (RFC 9562, version 4).
pub(crate) fn uuid() -> Uuid {
    uuid::Builder::from_random_bytes(random()).into_uuid()
}

/// A session token: base64url of 32 random bytes.
pub(crate) fn token() -> String {
    BASE64_URL_SAFE_NO_PAD.encode(random::<32>())
}

/// Twelve random digits. 64 bits modulo 10^12 favours no code noticeably.
pub(crate) fn activation_code() -> String {
    format!("{:012}", u64::from_be_bytes(random()) % 1_000_000_000_000)
}
