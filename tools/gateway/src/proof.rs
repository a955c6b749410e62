//! `POST /v1/checks/{id}/proof`: what the card signed, and the answer to it.
//!
//! A check belongs to the first proof that reaches it. What follows from check and
//! proof is computed, never kept: an identical repeat gives the identical answer
//! because it is computed for the same moment, and nothing about a person is written.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::Deserialize;
use time::{
    OffsetDateTime, format_description::StaticFormatDescription, macros::format_description,
};

use crate::{
    checks::TOKEN_KINDS,
    clock::japan,
    consents::Consents,
    fields,
    gateway::{Gateway, NAME},
    office::{Age, CardCertificate},
    problem::{Problem, Reason},
    request::{InSession, Json},
    store::{CheckRow, Claim, DeviceRow},
    xml::Answer,
};

/// Real certificates have about 1,600 bytes.
const CERTIFICATE_MAX: usize = 4096;
/// RSA-2048.
const SIGNATURE_MAX: usize = 256;
/// As it stands at the beginning of what the card signs (D22).
const PROOF_VERSION: &str = "shikaku-check-v1";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sent {
    token_kind: String,
    certificate: String,
    signature: String,
    consents: Vec<String>,
}

struct Proof {
    token_kind: String,
    certificate: Vec<u8>,
    signature: Vec<u8>,
    consents: Consents,
}

/// `POST /v1/checks/{id}/proof`.
pub(crate) async fn answer(
    State(gateway): State<Arc<Gateway>>,
    InSession(device): InSession,
    Path(id): Path<String>,
    Json(sent): Json<Sent>,
) -> Result<Response, Problem> {
    let proof = Proof::read(&sent, device.consents)?;
    // What has not even the form of an id is not asked for: not every database can.
    fields::check_id(&id).map_err(|_| Problem::CheckUnknown)?;
    let now = gateway.now().unix_timestamp();
    let (check, at) = match gateway.store.claim_check(&id, &device.id, &proof.hash(), now).await? {
        Claim::Yours(check, at) => (check, at),
        // 目視 is relayed (D16): no PIN stands behind a proof of such a check.
        Claim::Relayed => return Err(Problem::ProofRefused),
        Claim::Taken => return Err(Problem::CheckUsed),
        Claim::Expired => return Err(Problem::CheckExpired),
        Claim::Unknown => return Err(Problem::CheckUnknown),
    };
    let at = OffsetDateTime::from_unix_timestamp(at).map_err(|_| Problem::Unavailable)?;
    gateway.judge(&id, &check, &device, &proof, at)
}

impl Proof {
    fn read(sent: &Sent, offered: Consents) -> Result<Self, Problem> {
        fields::one_of(
            &sent.token_kind,
            TOKEN_KINDS,
            "token_kind must be card, android or iphone.",
        )?;
        Ok(Self {
            token_kind: sent.token_kind.clone(),
            certificate: bytes(&sent.certificate, CERTIFICATE_MAX)
                .ok_or(Problem::BadRequest("certificate must be base64 of 1 to 4096 bytes."))?,
            signature: bytes(&sent.signature, SIGNATURE_MAX)
                .ok_or(Problem::BadRequest("signature must be base64 of 1 to 256 bytes."))?,
            consents: offered.given(&sent.consents)?,
        })
    }

    /// Tells one proof from another.
    fn hash(&self) -> String {
        let consents = self.consents.to_string();
        crate::hash::hex(&[
            self.token_kind.as_bytes(),
            &self.certificate,
            &self.signature,
            consents.as_bytes(),
        ])
    }
}

fn bytes(base64: &str, max: usize) -> Option<Vec<u8>> {
    let bytes = BASE64_STANDARD.decode(base64).ok()?;
    (1..=max).contains(&bytes.len()).then_some(bytes)
}

impl Gateway {
    /// The answer to a proof at the moment `at`.
    fn judge(
        &self,
        id: &str,
        check: &CheckRow,
        device: &DeviceRow,
        proof: &Proof,
        at: OffsetDateTime,
    ) -> Result<Response, Problem> {
        if check.token_kind != proof.token_kind {
            return Err(Problem::ProofRefused);
        }
        let certificate =
            self.office.verify(&proof.certificate, at).map_err(Problem::CertificateRefused)?;
        let message = signed_message(&device.id, id, &check.challenge)?;
        if !certificate.signed(&message, &proof.signature) {
            return Err(Problem::ProofRefused);
        }
        self.eligibility(id, device, &certificate, proof.consents, at)
    }

    /// What is known of the holder of a certificate that has proven itself.
    pub(crate) fn eligibility(
        &self,
        check: &str,
        device: &DeviceRow,
        certificate: &CardCertificate,
        consents: Consents,
        at: OffsetDateTime,
    ) -> Result<Response, Problem> {
        let person = certificate.serial.and_then(|serial| self.people.find(serial));
        if person.is_some_and(|person| person.certificate_revoked) {
            return Err(Problem::CertificateRefused(Reason::Revoked));
        }
        let notice = match certificate.age(at) {
            Age::Good => None,
            Age::EndsSoon => Some(ends_soon(certificate)),
            Age::Ended => Some(ended(certificate)),
            Age::TooOld => return Err(Problem::CertificateRefused(Reason::Expired)),
        };
        let facility = &device.facility_code;
        let notice = notice.as_deref();
        let xml = Answer { check, facility, person, notice, consents, now: at }.write();
        let kind = HeaderValue::from_static("application/xml");
        Ok((StatusCode::OK, [(header::CONTENT_TYPE, kind)], xml).into_response())
    }
}

/// What the card signs: each field with its length before it, as four bytes.
///
/// Errors: the challenge of the store, base64, is damaged.
pub(crate) fn signed_message(
    device: &str,
    check: &str,
    challenge: &str,
) -> Result<Vec<u8>, Problem> {
    let challenge = BASE64_STANDARD.decode(challenge).map_err(|_| Problem::Unavailable)?;
    let fields: [&[u8]; 5] = [
        PROOF_VERSION.as_bytes(),
        NAME.as_bytes(),
        device.as_bytes(),
        check.as_bytes(),
        &challenge,
    ];
    let mut message = Vec::new();
    for field in fields {
        let length = u32::try_from(field.len()).expect("names and ids are short");
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(field);
    }
    Ok(message)
}

const DAY: StaticFormatDescription = format_description!("[year]年[month]月[day]日");

fn last_day(certificate: &CardCertificate) -> String {
    japan(certificate.not_after).date().format(DAY).expect("a date has every part")
}

fn ends_soon(certificate: &CardCertificate) -> String {
    format!(
        "マイナンバーカードの電子証明書の有効期限が近づいています（有効期限：{}）。\
         お住まいの市区町村の窓口で更新してください。",
        last_day(certificate)
    )
}

fn ended(certificate: &CardCertificate) -> String {
    format!(
        "マイナンバーカードの電子証明書の有効期限が切れています（有効期限：{}）。\
         有効期限から3か月の間は、資格の確認だけができます。\
         お住まいの市区町村の窓口で更新してください。",
        last_day(certificate)
    )
}
