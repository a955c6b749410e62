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
    to_hex(context.finish().as_ref())
}

/// Lower-case hexadecimal.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0x0F)]).collect()
}

/// The bytes of 64 lower-case hexadecimal digits.
pub(crate) fn from_hex(text: &str) -> Option<[u8; 32]> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let text: &[u8; 64] = text.as_bytes().try_into().ok()?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
        *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
    }
    Some(bytes)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_goes_both_ways_and_has_one_form() {
        let text = "00ff10a9".repeat(8);
        assert_eq!(from_hex(&text).map(|bytes| to_hex(&bytes)), Some(text.clone()));
        for wrong in ["", &text[1..], &text.to_uppercase(), &text.replace('1', "g")] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
