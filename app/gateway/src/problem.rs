//! Refusals of the gateway: RFC 9457, told apart by the extension member `code`.

use kiosk_core::GatewayTrouble;
use serde::Deserialize;

use crate::{Answer, Unusable};

/// What this program reads of an `application/problem+json`; everything else in it is
/// for people who read the gateway's own journal.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Problem {
    #[serde(default)]
    pub(crate) code: String,
    /// Seconds, with `code-too-young`.
    pub(crate) retry_after: Option<u32>,
    /// With `wrong-credentials`.
    pub(crate) tries_left: Option<u8>,
    /// RFC 3339, with `account-locked`.
    pub(crate) until: Option<String>,
}

impl Problem {
    /// What is not a problem document has no code, so nothing is read into it.
    pub(crate) fn read(answer: &Answer<'_>) -> Self {
        match answer.is("application/problem+json") {
            true => serde_json::from_slice(answer.body).unwrap_or_default(),
            false => Self::default(),
        }
    }
}

/// What a refused call means, for every call.
pub(crate) fn unusable(answer: &Answer<'_>) -> Unusable {
    use GatewayTrouble as T;

    let (trouble, why) = match (answer.status, Problem::read(answer).code.as_str()) {
        (401, "session-ended") => (T::SessionEnded, "the session has ended"),
        (403, "device-unknown") => (T::Unregistered, "the gateway does not know this device"),
        (404, "check-unknown") => (T::Stale, "the gateway does not know the check"),
        (409, "check-used") => (T::Stale, "the check is used up"),
        (409, "relay-out-of-step") => (T::Stale, "the gateway expects another round"),
        (409, "journal-broken") => (T::Nonsense, "the gateway finds the journal's chain broken"),
        (410, "check-expired") => (T::Stale, "the check has expired"),
        (422, "certificate-refused") => (T::CertificateRefused, "the certificate is refused"),
        (422, "proof-refused") => (T::ProofRefused, "the proof is refused"),
        (429, _) => (T::Unavailable, "the gateway has too much to do (429)"),
        (500..=599, _) => (T::Unavailable, "the gateway is in trouble (5xx)"),
        (300..=399, _) => (T::Nonsense, "the gateway sends us elsewhere, which is not followed"),
        (400..=499, _) => (T::Nonsense, "a refusal that the contract does not have here"),
        _ => (T::Nonsense, "a status that the contract does not have here"),
    };
    Unusable::new(trouble, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: u16, body: &str, expected: GatewayTrouble) {
        let content_type = Some("application/problem+json; charset=utf-8");
        let answer = Answer { status, content_type, body: body.as_bytes() };
        assert_eq!(unusable(&answer).trouble, expected, "{status} {body}");
    }

    #[test]
    fn every_refusal_of_the_contract_has_its_trouble() {
        use GatewayTrouble as T;
        for (status, code, trouble) in [
            (401, "session-ended", T::SessionEnded),
            (403, "device-unknown", T::Unregistered),
            (404, "check-unknown", T::Stale),
            (409, "check-used", T::Stale),
            (409, "relay-out-of-step", T::Stale),
            (409, "journal-broken", T::Nonsense),
            (410, "check-expired", T::Stale),
            (422, "certificate-refused", T::CertificateRefused),
            (422, "proof-refused", T::ProofRefused),
            (429, "slow-down", T::Unavailable),
            (503, "maintenance", T::Unavailable),
        ] {
            check(status, &format!(r#"{{"type":"about:blank","code":"{code}"}}"#), trouble);
        }
    }

    #[test]
    fn a_refusal_without_its_code_is_not_guessed_at() {
        for body in ["", "{}", r#"{"code":7}"#, r#"{"code":"device-unknown"}"#, "<html>"] {
            check(401, body, GatewayTrouble::Nonsense);
        }
        check(302, r#"{"code":"session-ended"}"#, GatewayTrouble::Nonsense);
        check(500, "not json", GatewayTrouble::Unavailable);
    }

    #[test]
    fn a_code_counts_only_in_a_problem_document() {
        let answer = Answer {
            status: 401,
            content_type: Some("text/html"),
            body: br#"{"code":"session-ended"}"#,
        };
        assert_eq!(unusable(&answer).trouble, GatewayTrouble::Nonsense);
    }
}
