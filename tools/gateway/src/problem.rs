//! What the gateway answers when it does not do what was asked: RFC 9457
//! `application/problem+json` with the extension member `code`.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// Every refusal of the contract. The variant is the next step of whoever asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// What is wrong with the request, without repeating what was sent.
    BadRequest(&'static str),
    WrongCredentials {
        tries_left: u32,
    },
    AccountLocked {
        /// RFC 3339, Japan time.
        until: String,
    },
    AccountNeverUsed,
    /// A new password that is none by the portal's rules.
    PasswordRefused,
    FunctionNotEnabled,
    CodeUnknown,
    CodeUsed,
    CodeRevoked,
    CodeTooYoung {
        /// Seconds.
        retry_after: u64,
    },
    TermsOutdated,
    SessionEnded,
    DeviceUnknown,
    /// To `DELETE /v1/devices/current`: it is done already.
    DeviceRemoved,
    CheckUnknown,
    CheckUsed,
    CheckExpired,
    CertificateRefused(Reason),
    ProofRefused,
    RelayOutOfStep,
    JournalBroken,
    NotFound,
    MethodNotAllowed,
    TooSlow,
    TooLarge,
    UnsupportedType,
    TooManyChecks {
        /// Seconds.
        retry_after: u64,
    },
    /// The gateway's own trouble; the journal says which.
    Unavailable,
}

/// Why a card's certificate is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Revoked,
    Expired,
    NotTrusted,
    Policy,
    KeyUsage,
}

impl Reason {
    pub fn name(self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Expired => "expired",
            Self::NotTrusted => "not-trusted",
            Self::Policy => "policy",
            Self::KeyUsage => "key-usage",
        }
    }
}

impl Problem {
    /// The status of RFC 9110 and the contract's own name.
    pub fn names(&self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest(_) => (StatusCode::BAD_REQUEST, "bad-request"),
            Self::WrongCredentials { .. } => (StatusCode::UNAUTHORIZED, "wrong-credentials"),
            Self::SessionEnded => (StatusCode::UNAUTHORIZED, "session-ended"),
            Self::AccountNeverUsed => (StatusCode::FORBIDDEN, "account-never-used"),
            Self::FunctionNotEnabled => (StatusCode::FORBIDDEN, "function-not-enabled"),
            Self::CodeUnknown => (StatusCode::FORBIDDEN, "code-unknown"),
            Self::CodeUsed => (StatusCode::FORBIDDEN, "code-used"),
            Self::CodeRevoked => (StatusCode::FORBIDDEN, "code-revoked"),
            Self::DeviceUnknown => (StatusCode::FORBIDDEN, "device-unknown"),
            Self::DeviceRemoved => (StatusCode::NOT_FOUND, "device-removed"),
            Self::CheckUnknown => (StatusCode::NOT_FOUND, "check-unknown"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too-slow"),
            Self::TermsOutdated => (StatusCode::CONFLICT, "terms-outdated"),
            Self::CheckUsed => (StatusCode::CONFLICT, "check-used"),
            Self::RelayOutOfStep => (StatusCode::CONFLICT, "relay-out-of-step"),
            Self::JournalBroken => (StatusCode::CONFLICT, "journal-broken"),
            Self::CheckExpired => (StatusCode::GONE, "check-expired"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            Self::UnsupportedType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-type"),
            Self::CertificateRefused(_) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "certificate-refused")
            }
            Self::ProofRefused => (StatusCode::UNPROCESSABLE_ENTITY, "proof-refused"),
            Self::PasswordRefused => (StatusCode::UNPROCESSABLE_ENTITY, "password-refused"),
            Self::AccountLocked { .. } => (StatusCode::LOCKED, "account-locked"),
            Self::CodeTooYoung { .. } => (StatusCode::TOO_EARLY, "code-too-young"),
            Self::TooManyChecks { .. } => (StatusCode::TOO_MANY_REQUESTS, "too-many-checks"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        }
    }

    /// One or two sentences for a technician: what happened, and what to do next.
    fn detail(&self) -> &'static str {
        match self {
            Self::BadRequest(what) => what,
            Self::WrongCredentials { .. } => "The user id or the password is wrong. Check both.",
            Self::SessionEnded => "This device has no open session. Log in again.",
            Self::AccountNeverUsed => {
                "This account has never logged in. Log in once at the portal and set its password."
            }
            Self::PasswordRefused => {
                "A password has 8 to 20 characters: capitals, small letters, digits and symbols."
            }
            Self::FunctionNotEnabled => {
                "The facility has not turned this function on. Turn it on at the portal."
            }
            Self::CodeUnknown => "No such activation code at this facility. Check the digits.",
            Self::CodeUsed => "This activation code has registered a device. Issue another code.",
            Self::CodeRevoked => "This activation code was revoked. Issue another code.",
            Self::DeviceUnknown => "This device is not registered. Register it.",
            Self::DeviceRemoved => "This device was removed already. Nothing is left to do.",
            Self::CheckUnknown => "This device has no such check. Open a new check.",
            Self::NotFound => "The contract has no such path.",
            Self::MethodNotAllowed => "The contract has no such method at this path.",
            Self::TooSlow => "The request did not arrive in time. Send it again.",
            Self::TermsOutdated => "The terms of use have changed. Read and accept them again.",
            Self::CheckUsed => "This check was answered for another proof. Open a new check.",
            Self::CheckExpired => "This check is too old. Open a new check.",
            Self::TooLarge => "The request is larger than 64 KiB.",
            Self::UnsupportedType => "The content type must be application/json.",
            Self::CertificateRefused(reason) => match reason {
                Reason::Revoked => "The certificate was revoked. Confirm by other means.",
                Reason::Expired => {
                    "The certificate expired more than three months ago. Confirm by other means."
                }
                Reason::NotTrusted => "The certificate does not come from a known CA.",
                Reason::Policy => "The certificate's policy is not the test policy: simulator.",
                Reason::KeyUsage => "The certificate is not for user authentication.",
            },
            Self::ProofRefused => "The signature does not fit this check. Open a new check.",
            Self::RelayOutOfStep => "This check does not wait for this round. Open a new check.",
            Self::JournalBroken => {
                "An entry does not continue this device's journal. The break was noted; send what \
                 follows the last acknowledged entry."
            }
            Self::AccountLocked { .. } => "Too many wrong passwords. Wait until the lock ends.",
            Self::CodeTooYoung { .. } => "This activation code is not usable yet. Try later.",
            Self::TooManyChecks { .. } => "Too many open checks on this device. Wait a little.",
            Self::Unavailable => "The gateway cannot answer now. Try again later.",
        }
    }
}

/// The members of the body. `type` is left out: `about:blank` is its default, and
/// `code` tells the cases apart (RFC 9457, 4.2.1).
#[derive(Serialize)]
struct Body<'a> {
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries_left: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

/// The contract's name of a refusal, for the journal.
#[derive(Clone, Copy, Debug)]
pub struct ProblemCode(pub &'static str);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.names();
        let mut body = Body {
            title: status.canonical_reason().unwrap_or(code),
            status: status.as_u16(),
            code,
            detail: self.detail(),
            tries_left: None,
            until: None,
            retry_after: None,
            reason: None,
        };
        match &self {
            Self::WrongCredentials { tries_left } => body.tries_left = Some(*tries_left),
            Self::AccountLocked { until } => body.until = Some(until),
            Self::CodeTooYoung { retry_after } | Self::TooManyChecks { retry_after } => {
                body.retry_after = Some(*retry_after);
            }
            Self::CertificateRefused(reason) => body.reason = Some(reason.name()),
            _ => {}
        }
        let json = serde_json::to_vec(&body).expect("strings and numbers are JSON");
        let mut response = (status, json).into_response();
        let headers = response.headers_mut();
        let kind = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = body.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110, 15.5.2.
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if matches!(self, Self::DeviceUnknown | Self::TooSlow) {
            // A revoked device's open connection ends here.
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(ProblemCode(code));
        response
    }
}
