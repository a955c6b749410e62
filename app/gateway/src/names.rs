//! The names that gateway and kiosk call things by, checked when they arrive: an id goes
//! into paths and a token into a header, so neither may hold anything else.

use std::fmt;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The text is not of the form that the contract gives this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not {0}")]
pub struct NotAName(&'static str);

/// A UUID (RFC 9562, section 4), as the gateway wrote it: devices and checks have one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Id(heapless::String<36>);

impl Id {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same id as a number of 128 bits.
    pub fn number(&self) -> u128 {
        let digits = self.0.chars().filter_map(|digit| digit.to_digit(16));
        digits.fold(0, |number, digit| number << 4 | u128::from(digit))
    }
}

impl TryFrom<String> for Id {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let fits = |(at, byte): (usize, u8)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        };
        let wrong = NotAName("a UUID");
        if text.len() != 36 || !text.bytes().enumerate().all(fits) {
            return Err(wrong);
        }
        heapless::String::try_from(text.as_str()).map(Self).map_err(|_| wrong)
    }
}

/// What the gateway calls itself; it is part of what a card signs (D22).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct GatewayName(heapless::String<64>);

impl GatewayName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for GatewayName {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let wrong = NotAName("a name of 1 to 64 visible ASCII characters");
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong);
        }
        heapless::String::try_from(text.as_str()).map(Self).map_err(|_| wrong)
    }
}

/// The session token: 32 random bytes as base64url, bound to this device. Wiped when
/// dropped, never printed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(try_from = "String")]
pub struct Session(String);

impl Session {
    /// For the `Authorization` header and for the state file, never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Session {
    type Error = NotAName;

    fn try_from(text: String) -> Result<Self, NotAName> {
        let mut bytes = [0; 33];
        let length = BASE64_URL_SAFE_NO_PAD.decode_slice(&text, &mut bytes);
        bytes.zeroize();
        match length {
            Ok(32) => Ok(Self(text)),
            _ => Err(NotAName("a session token of 32 bytes")),
        }
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Session(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_and_nothing_that_bends_a_path() {
        let id = |text: &str| Id::try_from(text.to_owned());
        let good = id("11111111-2222-4333-8444-55555555abCD").expect("a UUID");
        assert_eq!(good.number(), 0x1111_1111_2222_4333_8444_5555_5555_abcd);
        for text in [
            "",
            "11111111-2222-4333-8444-5555555555555",
            "11111111-2222-4333-8444-55555555555g",
            "11111111-2222-4333-8444/555555555555",
            "../../../../../../../../../../../v1/",
        ] {
            assert_eq!(id(text), Err(NotAName("a UUID")), "{text}");
        }
    }

    #[test]
    fn a_token_is_32_bytes_and_not_printed() {
        let token = "A".repeat(43);
        let session = Session::try_from(token.clone()).expect("a token");
        assert_eq!((session.expose(), format!("{session:?}")), (&*token, "Session(***)".into()));
        for text in ["", "A\r\nX: y", &"A".repeat(42), &"A".repeat(44), &"A".repeat(4000)] {
            assert!(Session::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_gateway_has_a_plain_name() {
        let name = |text: &str| GatewayName::try_from(text.to_owned());
        assert_eq!(name("reference-gateway").expect("a name").as_str(), "reference-gateway");
        for text in ["", "a b", "a\n", &"a".repeat(65)] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
