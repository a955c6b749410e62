//! What kind of card one is: a file of `cards/`, read strictly.

use serde::Deserialize;

/// No card file is longer; they are a handful of lines.
pub(crate) const FILE_MAX: usize = 4096;

/// Tries of a fresh card.
pub(crate) const AUTH_TRIES: u8 = 3;
pub(crate) const SIGN_TRIES: u8 = 5;

/// A certificate's life, so that one that ended within it began in the past.
pub(crate) const LIFE_DAYS: i64 = 1826;

/// Longest time a command may take, in milliseconds.
const DELAY_MAX: u16 = 10_000;

/// A card as typed, then checked by [`CardFile::read`].
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CardFile {
    #[serde(default)]
    pub(crate) kind: Kind,
    /// Serial number of the user-authentication certificate: whom the gateway knows.
    pub(crate) serial: Option<u32>,
    #[serde(default)]
    pub(crate) policy: Policy,
    /// Negative: the certificate ended so many days ago.
    #[serde(default = "default_expires_in_days")]
    pub(crate) expires_in_days: i64,
    #[serde(default = "default_pin")]
    pub(crate) pin: String,
    #[serde(default = "default_tries_left")]
    tries_left: u8,
    #[serde(default)]
    pub(crate) blocked_as: BlockedAs,
    /// 顔認証マイナンバーカード: the PIN is locked for good.
    #[serde(default)]
    pub(crate) face: bool,
    /// Has a signature (署名用) certificate too, as a second opinion (OpenSC) wants it.
    #[serde(default)]
    pub(crate) signing: bool,
    #[serde(default = "default_sign_password")]
    pub(crate) sign_password: String,
    #[serde(default)]
    pub(crate) first_command_6f00: bool,
    /// Time every command takes, in milliseconds.
    #[serde(default)]
    pub(crate) latency_ms: u16,
    /// Time a signature takes beyond that, in milliseconds.
    #[serde(default)]
    pub(crate) signature_ms: u16,
}

/// Whose JPKI application answers, if any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    #[default]
    Card,
    Juki,
    Android,
    Iphone,
    Other,
}

impl Kind {
    /// Has a user-authentication certificate.
    pub(crate) fn authenticates(self) -> bool {
        matches!(self, Self::Card | Self::Android | Self::Iphone)
    }
}

/// Which authority issues it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Policy {
    #[default]
    Test,
    Production,
}

/// How a blocked PIN answers when it is only asked about: real cards differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum BlockedAs {
    /// No tries left. A VERIFY with a PIN still answers 6984.
    #[default]
    #[serde(rename = "63C0")]
    NoTries,
    /// ISO 7816-4, also for a VERIFY with a PIN.
    #[serde(rename = "6983")]
    AuthBlocked,
    /// As a My Number card answers a VERIFY with a PIN.
    #[serde(rename = "6984")]
    ReferenceLocked,
}

impl CardFile {
    /// Errors: what is wrong, in words.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        if text.len() > FILE_MAX {
            return Err(format!("is longer than {FILE_MAX} bytes"));
        }
        let file: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        file.problem().map_or(Ok(file), |problem| Err(problem.to_owned()))
    }

    /// Tries of the user-authentication PIN on the day of issue.
    pub(crate) fn auth_tries(&self) -> u8 {
        if self.face { 0 } else { self.tries_left }
    }

    fn problem(&self) -> Option<&'static str> {
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let capitals = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if self.kind.authenticates() != self.serial.is_some() {
            Some("serial: cards and phones have one, other kinds have none")
        } else if self.serial == Some(0) {
            Some("serial: is 0; certificates count from 1")
        } else if self.pin.len() != 4 || !digits(&self.pin) {
            Some("pin: has to be four digits")
        } else if !(6..=16).contains(&self.sign_password.len())
            || !self.sign_password.bytes().all(capitals)
        {
            Some("sign_password: has to be 6 to 16 capital letters and digits")
        } else if self.tries_left > AUTH_TRIES {
            Some("tries_left: is above 3")
        } else if !(-LIFE_DAYS + 1..LIFE_DAYS).contains(&self.expires_in_days) {
            Some("expires_in_days: is more than five years away")
        } else if self.latency_ms > DELAY_MAX || self.signature_ms > DELAY_MAX {
            Some("latency_ms and signature_ms: at most 10000")
        } else if self.face && (self.signing || self.kind != Kind::Card) {
            Some("face: such a card is kind \"card\" and has no signature certificate")
        } else if self.signing && !self.kind.authenticates() {
            Some("signing: only cards and phones have it here")
        } else {
            None
        }
    }
}

fn default_expires_in_days() -> i64 {
    1200
}

fn default_pin() -> String {
    "1234".to_owned()
}

fn default_tries_left() -> u8 {
    AUTH_TRIES
}

fn default_sign_password() -> String {
    "ABC123".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let problem = CardFile::read(text).err().unwrap_or_default();
        assert!(
            problem.contains(expected) && problem.is_empty() == expected.is_empty(),
            "{problem}"
        );
    }

    #[test]
    fn wrong_cards_are_refused() {
        check("serial = 1", "");
        check("kind = \"other\"", "");
        check("", "serial");
        check("serial = 0", "serial");
        check("kind = \"juki\"\nserial = 1", "serial");
        check("serial = 1\npin = \"12345\"", "pin");
        check("serial = 1\npin = \"12a4\"", "pin");
        check("serial = 1\nsign_password = \"abc123\"", "sign_password");
        check("serial = 1\ntries_left = 4", "tries_left");
        check("serial = 1\nexpires_in_days = -1826", "expires_in_days");
        check("serial = 1\nlatency_ms = 10001", "latency_ms");
        check("serial = 1\nface = true\nsigning = true", "face");
        check("serial = 1\nfase = true", "unknown field");
        check("serial = 1\nblocked_as = \"9000\"", "unknown variant");
        check(&" ".repeat(FILE_MAX + 1), "longer");
    }
}
