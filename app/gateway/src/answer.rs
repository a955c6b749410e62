//! Answers: from status, type and bytes to what they mean.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine};
use kiosk_core::{Eligibility, Notice, Terms};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{ANSWER_MAX, Id, SignedPins, Unusable, eligibility, notice, pins, problem};

pub use crate::registration::{
    NewSession, Registered, Renewed, changed, registered, removed, renewed, session,
};
pub use crate::relay::relayed;

/// Longest life of a check that is believed, in seconds. The contract gives 300.
const EXPIRES_MAX: u64 = 3600;
/// 16,000 kanji: they go through one frame between two processes.
const TERMS_MAX: usize = 48 * 1024;

/// What came back, still as bytes.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// HTTP status code.
    pub status: u16,
    /// The `Content-Type` header as received.
    pub content_type: Option<&'a str>,
    pub body: &'a [u8],
}

impl std::fmt::Debug for Answer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status, self.body.len())
    }
}

/// A check that the gateway has opened, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    pub check: Id,
    pub challenge: [u8; 32],
    pub expires_in: Duration,
}

impl Answer<'_> {
    /// Whether the answer says it is of this type, whatever its parameters.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        let essence = self.content_type.and_then(|value| value.split(';').next());
        essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(wanted))
    }

    /// The body, if the call went as hoped.
    ///
    /// Errors: another status than `status`, another type, or too long.
    pub(crate) fn body(&self, status: u16, content_type: &str) -> Result<&[u8], Unusable> {
        if self.status != status {
            return Err(problem::unusable(self));
        }
        if !self.is(content_type) {
            return Err(Unusable::nonsense("Content-Type", "another one than the contract's"));
        }
        if self.body.len() > ANSWER_MAX {
            return Err(Unusable::nonsense("", "longer than 256 KiB"));
        }
        Ok(self.body)
    }

    /// As [`Answer::body`], read as JSON.
    pub(crate) fn json<T: DeserializeOwned>(&self, status: u16) -> Result<T, Unusable> {
        let body = self.body(status, "application/json")?;
        // The error of serde_json may quote the answer, so it ends here.
        serde_json::from_slice(body).map_err(|_| Unusable::nonsense("", "not the contract's JSON"))
    }
}

/// Answer to [`crate::request::terms`].
///
/// Errors: the gateway refuses, or makes no sense.
pub fn terms(answer: &Answer<'_>) -> Result<Terms, Unusable> {
    let terms: Terms = answer.json(200)?;
    if terms.text.len() > TERMS_MAX {
        return Err(Unusable::nonsense("text", "longer than 48 KiB"));
    }
    match (1..=64).contains(&terms.version.len()) {
        true => Ok(terms),
        false => Err(Unusable::nonsense("version", "not 1 to 64 bytes")),
    }
}

/// Answer to [`crate::request::notices`].
///
/// Errors: the gateway refuses, or makes no sense.
pub fn notices(answer: &Answer<'_>) -> Result<Vec<Notice>, Unusable> {
    #[derive(Deserialize)]
    struct Body {
        notices: Vec<notice::Raw>,
    }
    notice::read(answer.json::<Body>(200)?.notices)
}

/// Answer to [`crate::request::open_check`].
///
/// Errors: the gateway refuses, or makes no sense.
pub fn opened(answer: &Answer<'_>) -> Result<Opened, Unusable> {
    #[derive(Deserialize)]
    struct Body {
        check_id: Id,
        challenge: String,
        expires_in: u64,
    }
    let body: Body = answer.json(201)?;
    let challenge = BASE64_STANDARD
        .decode(&body.challenge)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(Unusable::nonsense("challenge", "not 32 bytes as base64"))?;
    if !(1..=EXPIRES_MAX).contains(&body.expires_in) {
        return Err(Unusable::nonsense("expires_in", "not between 1 and 3600 seconds"));
    }
    Ok(Opened { check: body.check_id, challenge, expires_in: Duration::from_secs(body.expires_in) })
}

/// Answer to [`crate::request::prove`]: believed only when it names `check` (D9).
///
/// Errors: the gateway refuses, could not say, or makes no sense.
pub fn eligibility(answer: &Answer<'_>, check: &Id) -> Result<Box<Eligibility>, Unusable> {
    eligibility::read(answer.body(200, "application/xml")?, check)
}

/// Answer to [`crate::request::journal`]: up to which entry the gateway has all of them.
///
/// Errors: the gateway refuses, or makes no sense.
pub fn acknowledged(answer: &Answer<'_>) -> Result<u64, Unusable> {
    #[derive(Deserialize)]
    struct Body {
        acknowledged: u64,
    }
    Ok(answer.json::<Body>(200)?.acknowledged)
}

/// Answer to [`crate::request::pins`]: signed, but by whom is not known here.
///
/// Errors: the gateway refuses, or makes no sense.
pub fn pins(answer: &Answer<'_>) -> Result<SignedPins, Unusable> {
    pins::read(answer.json(200)?)
}

#[cfg(test)]
mod tests {
    use kiosk_core::GatewayTrouble;

    use super::*;

    const OPENED: &str = r#"{"check_id":"11111111-2222-4333-8444-555555555555","challenge":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","expires_in":300}"#;

    fn json(status: u16, body: &str) -> Answer<'_> {
        let content_type = Some("application/json; charset=utf-8");
        Answer { status, content_type, body: body.as_bytes() }
    }

    #[test]
    fn an_opened_check_is_read() {
        let opened = opened(&json(201, OPENED)).expect("good");
        assert_eq!(opened.check.as_str(), "11111111-2222-4333-8444-555555555555");
        assert_eq!((opened.challenge[31], opened.expires_in.as_secs()), (31, 300));
    }

    #[test]
    fn a_check_that_is_not_the_contracts_is_nonsense() {
        let short = OPENED.replace("AAEC", "");
        for (status, body) in [
            (200, OPENED),
            (201, ""),
            (201, &OPENED[..60]),
            (201, &OPENED.replace("-2222-", "/2222/")),
            (201, &short),
            (201, &OPENED.replace("300", "0")),
            (201, &OPENED.replace("300", "1e9")),
            (201, &OPENED.replace(r#""expires_in""#, r#""check_id":"","expires_in""#)),
        ] {
            let trouble = opened(&json(status, body)).expect_err("wrong").trouble;
            assert_eq!(trouble, GatewayTrouble::Nonsense, "{status} {body}");
        }
    }

    #[test]
    fn the_type_must_be_right_and_the_length_bounded() {
        let mut answer = json(201, OPENED);
        answer.content_type = Some("text/html");
        assert_eq!(
            opened(&answer).expect_err("wrong").to_string(),
            "Content-Type: another one than the contract's"
        );

        let long = format!("{OPENED}{}", " ".repeat(ANSWER_MAX));
        assert_eq!(
            opened(&json(201, &long)).expect_err("wrong").to_string(),
            "longer than 256 KiB"
        );
    }

    #[test]
    fn an_acknowledged_journal_is_a_number() {
        assert_eq!(acknowledged(&json(200, r#"{"acknowledged":12}"#)), Ok(12));
        for body in ["{}", r#"{"acknowledged":-1}"#, r#"{"acknowledged":1.5}"#, "12"] {
            assert!(acknowledged(&json(200, body)).is_err(), "{body}");
        }
    }

    #[test]
    fn terms_are_read() {
        let terms = terms(&json(200, r#"{"version":"2026-11-01","text":"第一条"}"#)).expect("good");
        assert_eq!((&*terms.version, &*terms.text), ("2026-11-01", "第一条"));
    }
}
