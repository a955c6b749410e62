//! What a kiosk is told when its result was not taken: RFC 9457 `application/problem+json`
//! with the extension member `code`.

use http_body_util::Full;
use hyper::{
    Response, StatusCode,
    body::Bytes,
    header::{CONNECTION, CONTENT_TYPE, HeaderValue},
};
use serde::Serialize;

use crate::{document::NotAResult, inbox::NotDelivered};

/// The variant is the next step of whoever reads it.
#[derive(Debug)]
pub(crate) enum Problem {
    /// The query does not say whether a simulator answered.
    BadRequest,
    /// The gateway's CA does not vouch for the sender, or not now.
    CertificateRefused,
    /// The sender is not in the list.
    DeviceUnknown,
    NotFound,
    MethodNotAllowed,
    TooSlow,
    OtherResult,
    TooLarge,
    UnsupportedType,
    NotAResult(NotAResult),
    FolderMissing,
    NotWritable,
    DiskFull,
    /// Our own trouble; the log says which.
    Broken,
}

impl From<&NotDelivered> for Problem {
    fn from(why: &NotDelivered) -> Self {
        match why {
            NotDelivered::OtherResult => Self::OtherResult,
            NotDelivered::FolderMissing => Self::FolderMissing,
            NotDelivered::NotWritable(_) => Self::NotWritable,
            NotDelivered::DiskFull(_) => Self::DiskFull,
            NotDelivered::Disk(_) => Self::Broken,
        }
    }
}

impl Problem {
    /// The status of RFC 9110, and our own name.
    pub(crate) fn names(&self) -> (StatusCode, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad-request"),
            Self::CertificateRefused => (StatusCode::FORBIDDEN, "certificate-refused"),
            Self::DeviceUnknown => (StatusCode::FORBIDDEN, "device-unknown"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not-found"),
            Self::MethodNotAllowed => (StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed"),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "too-slow"),
            Self::OtherResult => (StatusCode::CONFLICT, "other-result"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too-large"),
            Self::UnsupportedType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-type"),
            Self::NotAResult(_) => (StatusCode::UNPROCESSABLE_ENTITY, "not-a-result"),
            Self::FolderMissing => (StatusCode::SERVICE_UNAVAILABLE, "folder-missing"),
            Self::NotWritable => (StatusCode::SERVICE_UNAVAILABLE, "folder-not-writable"),
            Self::DiskFull => (StatusCode::INSUFFICIENT_STORAGE, "disk-full"),
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, "disk-failed"),
        }
    }

    /// For a technician: what happened, and what to do next. Never what was sent.
    fn detail(&self) -> &'static str {
        match self {
            Self::BadRequest => "The query must be simulator=true or simulator=false.",
            Self::CertificateRefused => {
                "The gateway's CA does not vouch for this certificate. Run `keys` with the gateway's present CA."
            }
            Self::DeviceUnknown => "This kiosk is not in the list. Let it in with `admit`.",
            Self::NotFound => "There is POST /v1/results, and nothing else.",
            Self::MethodNotAllowed => "Results are sent with POST.",
            Self::TooSlow => "The result did not arrive in time. Send it again.",
            Self::OtherResult => "Another result with the same id lies there already.",
            Self::TooLarge => "The result is larger than 256 KiB.",
            Self::UnsupportedType => "The content type must be application/xml.",
            Self::NotAResult(why) => why.0,
            Self::FolderMissing => "The folder of --into is not there. Make it, or mount it.",
            Self::NotWritable => "The folder of --into cannot be written to. Change its rights.",
            Self::DiskFull => "The disk of --into is full. Make room.",
            Self::Broken => "The receiver cannot take results. Read its log.",
        }
    }

    pub(crate) fn response(&self) -> Response<Full<Bytes>> {
        #[derive(Serialize)]
        struct Body<'a> {
            title: &'a str,
            status: u16,
            code: &'a str,
            detail: &'a str,
        }
        let (status, code) = self.names();
        let title = status.canonical_reason().unwrap_or(code);
        let body = Body { title, status: status.as_u16(), code, detail: self.detail() };
        let json = serde_json::to_vec(&body).expect("strings and numbers are JSON");
        let mut response = Response::new(Full::new(json.into()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(self, Self::TooSlow | Self::TooLarge) {
            // The rest of the body is not waited for.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}
