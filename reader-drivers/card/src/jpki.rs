//! The JPKI application (公的個人認証) of the My Number card.
//!
//! One function a command; the order they are sent in is the caller's business.
//! Only the two-step form (SELECT the file, then use it) is here: it is the one that
//! every known implementation uses. The short-EF forms would save commands, but
//! nobody has reported them measured on a real card.

use crate::Command;

/// The JPKI application.
pub const AID: [u8; 10] = [0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];

/// The issuer security domain (GlobalPlatform), which every card has.
pub const ISSUER_SECURITY_DOMAIN: [u8; 8] = [0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00];

/// A SHA-256 `DigestInfo` (RFC 8017, 9.2 note 1) up to the 32 bytes of the hash.
pub const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// Elementary files the kiosk touches. The signing key (署名用), its password and its
/// certificate are not here on purpose: this program has no use for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub enum Ef {
    /// What lies on the reader: see [`crate::token`]. Readable by anyone.
    Token = 0x0006,
    /// The user-authentication certificate (利用者証明用電子証明書): readable without
    /// a PIN on the plastic card, only after the PIN on a phone.
    AuthCert = 0x000A,
    /// The certificate of the authority that issued it.
    AuthCa = 0x000B,
    /// The key that signs, once the PIN was verified.
    AuthKey = 0x0017,
    /// The holder's 4-digit PIN, three tries.
    AuthPin = 0x0018,
}

/// SELECT by application identifier.
pub fn select_application() -> Command {
    Command::new("SELECT JPKI", [0x00, 0xA4, 0x04, 0x0C]).with_body(&AID)
}

/// SELECT an elementary file of the application selected before.
pub fn select_file(ef: Ef) -> Command {
    Command::new("SELECT EF", [0x00, 0xA4, 0x02, 0x0C]).with_body(&(ef as u16).to_be_bytes())
}

/// READ BINARY of the selected file from `offset` (below 0x8000); `le` 0 asks for 256 bytes.
pub fn read_binary(offset: u16, le: u8) -> Command {
    // The top bit would turn the offset into a short file id (ISO 7816-4, READ BINARY).
    let [high, low] = (offset & 0x7FFF).to_be_bytes();
    Command::new("READ BINARY", [0x00, 0xB0, high, low]).expecting(le)
}

/// VERIFY without a body: asks how many tries the selected PIN has left, and costs none.
pub fn tries_left() -> Command {
    Command::new("VERIFY?", [0x00, 0x20, 0x00, 0x80])
}

/// VERIFY against the selected PIN file: ASCII digits, no padding. Costs a try when wrong.
pub fn verify(pin: &[u8]) -> Command {
    Command::new("VERIFY", [0x00, 0x20, 0x00, 0x80]).with_secret(pin)
}

/// COMPUTE DIGITAL SIGNATURE with the selected key, PKCS#1 v1.5 over a SHA-256 hash.
///
/// P1 = 00: the card pads what it gets, so the `DigestInfo` is built here. It is the
/// only one of the card's schemes that several implementations confirm.
pub fn compute_signature(digest: &[u8; 32]) -> Command {
    let mut body = [0; 51];
    let (head, hash) = body.split_at_mut(SHA256_DIGEST_INFO.len());
    head.copy_from_slice(&SHA256_DIGEST_INFO);
    hash.copy_from_slice(digest);
    Command::new("COMPUTE DIGITAL SIGNATURE", [0x80, 0x2A, 0x00, 0x80])
        .with_body(&body)
        .expecting(0)
}

/// GET RESPONSE: what a command left waiting (`61 xx`); `le` 0 asks for 256 bytes.
pub fn get_response(le: u8) -> Command {
    Command::new("GET RESPONSE", [0x00, 0xC0, 0x00, 0x00]).expecting(le)
}

/// The first command after power-up, whose answer is ignored: some cards answer 6F00
/// to whatever comes first.
pub fn wake() -> Command {
    Command::new("SELECT", [0x00, 0xA4, 0x00, 0x00])
}

/// The last command, whose answer is ignored: a verified PIN outlives even a reset, and
/// ends when another application is selected.
pub fn leave() -> Command {
    Command::new("SELECT ISD", [0x00, 0xA4, 0x04, 0x0C]).with_body(&ISSUER_SECURITY_DOMAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &Command, expected: &str) {
        let wire: String = command.encode().iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(wire, expected.replace(' ', ""));
    }

    #[test]
    fn commands_are_those_of_the_card() {
        check(&wake(), "00 A4 00 00");
        check(&select_application(), "00 A4 04 0C 0A D392F000260100000001");
        check(&select_file(Ef::Token), "00 A4 02 0C 02 0006");
        check(&select_file(Ef::AuthCert), "00 A4 02 0C 02 000A");
        check(&select_file(Ef::AuthCa), "00 A4 02 0C 02 000B");
        check(&select_file(Ef::AuthPin), "00 A4 02 0C 02 0018");
        check(&select_file(Ef::AuthKey), "00 A4 02 0C 02 0017");
        check(&read_binary(0, 0), "00 B0 0000 00");
        check(&read_binary(0x0600, 0x36), "00 B0 0600 36");
        check(&read_binary(0x8001, 1), "00 B0 0001 01");
        check(&tries_left(), "00 20 00 80");
        check(&verify(b"1234"), "00 20 00 80 04 31323334");
        check(
            &compute_signature(&[0xAB; 32]),
            &format!(
                "80 2A 00 80 33 3031300D060960864801650304020105000420 {} 00",
                "AB".repeat(32)
            ),
        );
        check(&get_response(0x10), "00 C0 0000 10");
        check(&leave(), "00 A4 04 0C 08 A000000151000000");
    }

    #[test]
    fn a_pin_is_not_printed() {
        assert!(!format!("{:?}", verify(b"1234")).contains("31, 32"));
    }
}
