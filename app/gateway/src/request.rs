//! Requests, as bytes.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine};
use kiosk_core::{
    CardProof,
    check::Station,
    proof::{Method, TokenKind},
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::Id;

/// Room for the longest request, so that no half-written copy of a password or a
/// certificate is left behind by a buffer that grew.
const REQUEST_ROOM: usize = 16 * 1024;

/// One call, ready to be sent.
pub struct Request {
    pub verb: Verb,
    /// Path below the gateway's address, beginning with a slash.
    pub path: String,
    /// JSON; wiped when dropped.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// Whether the call carries the session token.
    pub with_session: bool,
}

/// The HTTP methods of this contract's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.body.as_ref().map_or(0, |body| body.len());
        write!(f, "{:?} {} ({length} bytes)", self.verb, self.path)
    }
}

/// `POST /v1/devices`: what a device is registered with (初期登録).
pub struct Registration<'a> {
    /// 医療機関コード, 10 digits.
    pub facility_code: &'a str,
    pub user_id: &'a str,
    pub password: &'a str,
    /// アクティベーションコード, 12 digits; `None` for the limited type (資格確認限定型).
    pub activation_code: Option<&'a str>,
    /// The terms (利用規約) that were accepted.
    pub terms_version: &'a str,
    /// PKCS#10, PEM.
    pub csr: &'a str,
    pub serial: &'a str,
    pub station: Station,
}

impl fmt::Debug for Registration<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Registration(***)")
    }
}

/// `GET /v1/terms`
pub fn terms() -> Request {
    get("/v1/terms", false)
}

/// `POST /v1/devices`
pub fn register(registration: &Registration<'_>) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        facility_code: &'a str,
        user_id: &'a str,
        password: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        activation_code: Option<&'a str>,
        terms_version: &'a str,
        csr: &'a str,
        serial: &'a str,
        station_mode: Station,
    }
    let r = registration;
    let body = Body {
        facility_code: r.facility_code,
        user_id: r.user_id,
        password: r.password,
        activation_code: r.activation_code,
        terms_version: r.terms_version,
        csr: r.csr,
        serial: r.serial,
        station_mode: r.station,
    };
    post("/v1/devices".to_owned(), &body, false)
}

/// `POST /v1/sessions`: system login (システムログイン).
pub fn open_session(user_id: &str, password: &str) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        user_id: &'a str,
        password: &'a str,
    }
    post("/v1/sessions".to_owned(), &Body { user_id, password }, false)
}

/// `GET /v1/notices`
pub fn notices() -> Request {
    get("/v1/notices", true)
}

/// `POST /v1/checks`
pub fn open_check(method: Method, token_kind: TokenKind) -> Request {
    #[derive(Serialize)]
    struct Body {
        method: Method,
        token_kind: TokenKind,
    }
    post("/v1/checks".to_owned(), &Body { method, token_kind }, true)
}

/// `POST /v1/checks/{check}/proof`. The same proof gives the same bytes, so it may be
/// repeated.
pub fn prove(check: &Id, proof: &CardProof) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        token_kind: TokenKind,
        certificate: &'a str,
        signature: &'a str,
        /// What the holder agreed to show; this kiosk does not ask for consents.
        consents: [&'a str; 0],
    }
    let certificate = Zeroizing::new(BASE64_STANDARD.encode(&proof.certificate));
    let signature = Zeroizing::new(BASE64_STANDARD.encode(&proof.signature));
    let body = Body {
        token_kind: proof.token,
        certificate: &certificate,
        signature: &signature,
        consents: [],
    };
    post(format!("/v1/checks/{}/proof", check.as_str()), &body, true)
}

fn get(path: &str, with_session: bool) -> Request {
    Request { verb: Verb::Get, path: path.to_owned(), body: None, with_session }
}

fn post(path: String, body: &impl Serialize, with_session: bool) -> Request {
    let mut bytes = Zeroizing::new(Vec::with_capacity(REQUEST_ROOM));
    serde_json::to_writer(&mut *bytes, body).expect("plain structs of texts become JSON");
    Request { verb: Verb::Post, path, body: Some(bytes), with_session }
}

#[cfg(test)]
mod tests {
    use kiosk_core::Date;

    use super::*;

    #[track_caller]
    fn check(request: &Request, line: &str, body: &str) {
        let text = request.body.as_ref().map(|body| String::from_utf8_lossy(body).into_owned());
        assert_eq!(format!("{:?} {}", request.verb, request.path), line);
        assert_eq!(text.unwrap_or_default(), body);
    }

    // seed 65-78
    #[test]
    fn a_registration_with_and_without_an_activation_code() {
        let mut registration = Registration {
            facility_code: "1310000001",
            user_id: "kiosk01",
            password: "p\"w",
            activation_code: Some("123456789012"),
            terms_version: "2026-11-01",
            csr: "-----BEGIN",
            serial: "SK-000001",
            station: Station::Unattended,
        };
        let all = r#"{"facility_code":"1310000001","user_id":"kiosk01","password":"p\"w","activation_code":"123456789012","terms_version":"2026-11-01","csr":"-----BEGIN","serial":"SK-000001","station_mode":"unattended"}"#;
        check(&register(&registration), "Post /v1/devices", all);

        registration.activation_code = None;
        let limited = all.replace(r#""activation_code":"123456789012","#, "");
        check(&register(&registration), "Post /v1/devices", &limited);
    }

    #[test]
    fn the_calls_of_a_check() {
        let id: Id = "11111111-2222-4333-8444-555555555555".to_owned().try_into().expect("a UUID");
        let proof = CardProof {
            token: TokenKind::Card,
            certificate: heapless::Vec::from_slice(&[0x30, 0x82, 0xFF]).expect("it fits"),
            signature: heapless::Vec::from_slice(&[0xFB, 0xFF, 0xFE, 1]).expect("it fits"),
            not_after: Date::new(2030, 1, 1).expect("a day"),
        };
        check(
            &open_check(Method::Pin, TokenKind::Card),
            "Post /v1/checks",
            r#"{"method":"pin","token_kind":"card"}"#,
        );
        check(
            &prove(&id, &proof),
            "Post /v1/checks/11111111-2222-4333-8444-555555555555/proof",
            r#"{"token_kind":"card","certificate":"MIL/","signature":"+//+AQ==","consents":[]}"#,
        );
        check(&notices(), "Get /v1/notices", "");
    }

    #[test]
    fn the_longest_proof_fits_in_the_room() {
        let id: Id = "11111111-2222-4333-8444-555555555555".to_owned().try_into().expect("a UUID");
        let proof = CardProof {
            token: TokenKind::Card,
            certificate: heapless::Vec::from_slice(&[0xFF; CardProof::CERTIFICATE_MAX])
                .expect("it fits"),
            signature: heapless::Vec::from_slice(&[0xFF; 256]).expect("it fits"),
            not_after: Date::new(2030, 1, 1).expect("a day"),
        };
        let body = prove(&id, &proof).body.expect("a body");
        assert_eq!(body.capacity(), REQUEST_ROOM);
    }

    #[test]
    fn nothing_prints_a_body() {
        let request = open_session("kiosk01", "secret");
        assert_eq!(format!("{request:?}"), "Post /v1/sessions (41 bytes)");
    }
}
