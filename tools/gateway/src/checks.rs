//! `POST /v1/checks`: a challenge for one proof or one relay, of this device, for five
//! minutes.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use crate::{
    answer::json,
    gateway::Gateway,
    problem::Problem,
    request::{InSession, Json},
    store::NewCheck,
};

/// Seconds in which a check must be proven.
pub const LIFE: i64 = 300;
/// What a device with too many open checks is told to wait, in seconds.
const RETRY_AFTER: u64 = 60;
/// What may lie on the reader: card, Android, iPhone.
pub(crate) const TOKEN_KINDS: &[&str] = &["card", "android", "iphone"];
/// Who can be recognised how (D15): an iPhone by itself, and no phone by a photo.
const WAYS: &[(&str, &str)] =
    &[("visual", "card"), ("pin", "card"), ("pin", "android"), ("device", "iphone")];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    method: String,
    token_kind: String,
}

#[derive(Serialize)]
struct Opened<'a> {
    check_id: &'a str,
    challenge: &'a str,
    expires_in: i64,
}

/// `POST /v1/checks`.
pub(crate) async fn open(
    State(gateway): State<Arc<Gateway>>,
    InSession(device): InSession,
    Json(asked): Json<Check>,
) -> Result<Response, Problem> {
    if !WAYS.contains(&(&asked.method, &asked.token_kind)) {
        return Err(Problem::BadRequest(
            "method and token_kind must be visual and card, pin and card, pin and android, or \
             device and iphone.",
        ));
    }
    if asked.method == "visual" {
        gateway.terminal()?;
    }
    let id = crate::hash::uuid().to_string();
    let challenge = BASE64_STANDARD.encode(crate::hash::random::<32>());
    let now = gateway.now().unix_timestamp();
    let new = NewCheck {
        id: &id,
        device: &device.id,
        method: &asked.method,
        token_kind: &asked.token_kind,
        challenge: &challenge,
        now,
        expires_at: now + LIFE,
    };
    if !gateway.store.open_check(new, gateway.limits.open_checks).await? {
        return Err(Problem::TooManyChecks { retry_after: RETRY_AFTER });
    }
    let opened = Opened { check_id: &id, challenge: &challenge, expires_in: LIFE };
    Ok(json(StatusCode::CREATED, &opened))
}
