//! Requests, as bytes.

use std::fmt;

use base64::{display::Base64Display, prelude::BASE64_STANDARD};
use kiosk_core::{
    CardProof, Consent, Consents, RelayAnswers, Way, check::Station, proof::TokenKind,
};
use serde::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::Id;

/// Room for every request but those that bring their own, so that no half-written copy of a
/// password or a certificate is left behind by a buffer that grew.
const REQUEST_ROOM: usize = 16 * 1024;
const JSON: &str = "application/json";

/// One call, ready to be sent.
pub struct Request {
    pub verb: Verb,
    /// Path below the gateway's address, beginning with a slash.
    pub path: String,
    /// Wiped when dropped.
    pub body: Option<Zeroizing<Vec<u8>>>,
    /// Of the body.
    pub content_type: &'static str,
    /// Whether the call carries the session token.
    pub with_session: bool,
}

/// The HTTP methods of this contract's calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Get,
    Post,
    Put,
    Delete,
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

/// `POST /v1/devices/current/certificate`: a new certificate for the same key. The same
/// request may be repeated.
pub fn renew(csr: &str) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        csr: &'a str,
    }
    post("/v1/devices/current/certificate".to_owned(), &Body { csr }, false)
}

/// `GET /v1/pins`
pub fn pins() -> Request {
    get("/v1/pins", false)
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

/// `DELETE /v1/sessions/current`: logout (ログアウト).
pub fn close_session() -> Request {
    delete("/v1/sessions/current")
}

/// `PUT /v1/account/password` (アカウントパスワード設定)
pub fn change_password(old: &str, new: &str) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        old_password: &'a str,
        new_password: &'a str,
    }
    let body = Body { old_password: old, new_password: new };
    Request { verb: Verb::Put, ..post("/v1/account/password".to_owned(), &body, true) }
}

/// `DELETE /v1/devices/current`: removal (デバイス登録解除).
pub fn remove_device() -> Request {
    delete("/v1/devices/current")
}

/// `GET /v1/notices`
pub fn notices() -> Request {
    get("/v1/notices", true)
}

/// `POST /v1/checks`
pub fn open_check(way: Way) -> Request {
    #[derive(Serialize)]
    struct Body {
        method: &'static str,
        token_kind: TokenKind,
    }
    let method = match way {
        Way::Visual => "visual",
        Way::Pin | Way::Android => "pin",
        // The phone has recognised its holder itself.
        Way::Iphone => "device",
    };
    post("/v1/checks".to_owned(), &Body { method, token_kind: way.token() }, true)
}

/// `POST /v1/checks/{check}/proof`. The same proof gives the same bytes, so it may be
/// repeated.
pub fn prove(check: &Id, proof: &CardProof, consents: Consents) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        token_kind: TokenKind,
        certificate: Base64<'a>,
        signature: Base64<'a>,
        consents: Agreed,
    }
    let body = Body {
        token_kind: proof.token,
        certificate: Base64(&proof.certificate),
        signature: Base64(&proof.signature),
        consents: consents.iter().collect(),
    };
    post(format!("/v1/checks/{}/proof", check.as_str()), &body, true)
}

/// `POST /v1/checks/{check}/relay`: what the card answered in one round of 目視. The same
/// round gives the same bytes, so it may be repeated.
pub fn relay(check: &Id, round: &RelayAnswers, consents: Consents) -> Request {
    #[derive(Serialize)]
    struct Body<'a> {
        round: u8,
        answers: Vec<Base64<'a>>,
        consents: Agreed,
    }
    let answers = &round.answers.0;
    let body = Body {
        round: round.round,
        answers: answers.iter().map(|answer| Base64(answer)).collect(),
        consents: consents.iter().collect(),
    };
    // Four characters for three bytes, two quotes and a comma.
    let long: usize = answers.iter().map(|answer| answer.len().div_ceil(3) * 4 + 3).sum();
    let path = format!("/v1/checks/{}/relay", check.as_str());
    post_with_room(REQUEST_ROOM.max(long + 256), path, &body, true)
}

/// `POST /v1/devices/current/journal`: entries and health as the device journal writes them.
/// There is no secret in them, so the buffer may grow.
pub fn journal(entries: &[impl Serialize], health: &impl Serialize) -> Request {
    #[derive(Serialize)]
    struct Body<'a, E, H> {
        entries: &'a [E],
        health: &'a H,
    }
    post("/v1/devices/current/journal".to_owned(), &Body { entries, health }, false)
}

/// What the holder agreed to show, in the order in which it was asked.
type Agreed = heapless::Vec<Consent, 3>;

/// Written as base64, without a copy in between.
struct Base64<'a>(&'a [u8]);

impl Serialize for Base64<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Base64Display::new(self.0, &BASE64_STANDARD))
    }
}

fn get(path: &str, with_session: bool) -> Request {
    Request { verb: Verb::Get, path: path.to_owned(), body: None, content_type: JSON, with_session }
}

fn delete(path: &str) -> Request {
    Request {
        verb: Verb::Delete,
        path: path.to_owned(),
        body: None,
        content_type: JSON,
        with_session: true,
    }
}

fn post(path: String, body: &impl Serialize, with_session: bool) -> Request {
    post_with_room(REQUEST_ROOM, path, body, with_session)
}

fn post_with_room(room: usize, path: String, body: &impl Serialize, with_session: bool) -> Request {
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *bytes, body).expect("plain structs of texts become JSON");
    Request { verb: Verb::Post, path, body: Some(bytes), content_type: JSON, with_session }
}

#[cfg(test)]
mod tests {
    use kiosk_core::{Date, relay::Pieces};

    use super::*;

    fn id() -> Id {
        "11111111-2222-4333-8444-555555555555".to_owned().try_into().expect("a UUID")
    }

    fn proof(certificate: &[u8], signature: &[u8]) -> CardProof {
        CardProof {
            token: TokenKind::Card,
            certificate: heapless::Vec::from_slice(certificate).expect("it fits"),
            signature: heapless::Vec::from_slice(signature).expect("it fits"),
            not_after: Date::new(2030, 1, 1).expect("a day"),
        }
    }

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
    fn a_check_is_opened_in_four_ways_and_no_other() {
        for (way, method, token) in [
            (Way::Visual, "visual", "card"),
            (Way::Pin, "pin", "card"),
            (Way::Android, "pin", "android"),
            (Way::Iphone, "device", "iphone"),
        ] {
            let body = format!(r#"{{"method":"{method}","token_kind":"{token}"}}"#);
            check(&open_check(way), "Post /v1/checks", &body);
        }
    }

    #[test]
    fn the_calls_of_a_check() {
        let proof = proof(&[0x30, 0x82, 0xFF], &[0xFB, 0xFF, 0xFE, 1]);
        let body =
            r#"{"token_kind":"card","certificate":"MIL/","signature":"+//+AQ==","consents":[]}"#;
        let path = "Post /v1/checks/11111111-2222-4333-8444-555555555555";
        check(&prove(&id(), &proof, Consents::NONE), &format!("{path}/proof"), body);
        let all = body.replace("[]", r#"["medication","treatment","checkup"]"#);
        check(&prove(&id(), &proof, Consents::ALL), &format!("{path}/proof"), &all);

        let some = Consents::NONE.with(Consent::Checkup);
        let opening = RelayAnswers::default();
        let body = r#"{"round":0,"answers":[],"consents":["checkup"]}"#;
        check(&relay(&id(), &opening, some), &format!("{path}/relay"), body);
        let answers = Pieces(vec![vec![0x90, 0x00], vec![0x30, 0x82, 0x90, 0x00]]);
        let round = RelayAnswers { round: 1, answers, not_after: None };
        let body = r#"{"round":1,"answers":["kAA=","MIKQAA=="],"consents":[]}"#;
        check(&relay(&id(), &round, Consents::NONE), &format!("{path}/relay"), body);
        check(&notices(), "Get /v1/notices", "");
    }

    #[test]
    fn certificate_and_pins_are_asked_for_without_a_session() {
        let body = r#"{"csr":"-----BEGIN"}"#;
        check(&renew("-----BEGIN"), "Post /v1/devices/current/certificate", body);
        check(&pins(), "Get /v1/pins", "");
        assert!(!renew("").with_session && !pins().with_session);
    }

    #[test]
    fn a_journal_is_sent_without_a_session() {
        let request = journal(&[1, 2], &"well");
        let body = r#"{"entries":[1,2],"health":"well"}"#;
        check(&request, "Post /v1/devices/current/journal", body);
        assert!(
            !request.with_session
                && relay(&id(), &RelayAnswers::default(), Consents::NONE).with_session
        );
    }

    #[test]
    fn the_longest_proof_and_the_longest_round_fit_in_their_room() {
        let proof = proof(&[0xFF; CardProof::CERTIFICATE_MAX], &[0xFF; 256]);
        let body = prove(&id(), &proof, Consents::ALL).body.expect("a body");
        assert_eq!(body.capacity(), REQUEST_ROOM);
        // As much as a frame between two processes holds, in pieces of every length.
        for length in [2, 3, 4, 258, 65_000] {
            let answers = Pieces(vec![vec![0xFF; length]; 65_000 / length]);
            let round = RelayAnswers { round: 16, answers, not_after: None };
            let room = relay(&id(), &round, Consents::ALL).body.expect("a body");
            let long = 65_000_usize / length * (length.div_ceil(3) * 4 + 3) + 256;
            assert_eq!(room.capacity(), REQUEST_ROOM.max(long));
        }
    }

    #[test]
    fn the_calls_of_an_account() {
        let body = r#"{"old_password":"a","new_password":"b"}"#;
        let change = change_password("a", "b");
        check(&change, "Put /v1/account/password", body);
        check(&close_session(), "Delete /v1/sessions/current", "");
        check(&remove_device(), "Delete /v1/devices/current", "");
        assert!([change, close_session(), remove_device()].iter().all(|it| it.with_session));
    }

    #[test]
    fn nothing_prints_a_body() {
        let request = open_session("kiosk01", "secret");
        assert_eq!(format!("{request:?}"), "Post /v1/sessions (41 bytes)");
    }
}
