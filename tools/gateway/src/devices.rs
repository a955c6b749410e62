//! `POST /v1/devices`, `POST /v1/devices/current/certificate` and `DELETE /v1/devices/current`:
//! registration, renewal and removal, all of which may be repeated when an answer is lost (D21).

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::{
    answer::json,
    ca::{AuthorityError, DeviceKey},
    consents::Consents,
    fields,
    gateway::{Gateway, NAME},
    problem::Problem,
    request::{Device, InSession, Json},
    store::{NewDevice, Refusal},
    texts::{Notice, notices, terms},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    facility_code: String,
    user_id: String,
    password: Zeroizing<String>,
    activation_code: Option<String>,
    terms_version: String,
    csr: String,
    serial: String,
    station_mode: String,
}

#[derive(Serialize)]
struct Registered<'a> {
    device_id: &'a str,
    gateway_name: &'static str,
    certificate_chain: &'a str,
    session: &'a str,
    account_authority: &'static str,
    consents: Consents,
    notices: &'a [Notice],
}

/// `POST /v1/devices`. Whether a code is good is told only to whoever knows the
/// account's password.
pub(crate) async fn register(
    State(gateway): State<Arc<Gateway>>,
    Json(asked): Json<Registration>,
) -> Result<Response, Problem> {
    let key = asked.check()?;
    if asked.terms_version != terms().version {
        return Err(Problem::TermsOutdated);
    }
    let account = gateway.log_in(&asked.facility_code, &asked.user_id, asked.password).await?;
    if !account.function_enabled {
        return Err(Problem::FunctionNotEnabled);
    }
    if asked.activation_code.is_none() && !account.limited {
        return Err(Problem::CodeUnknown);
    }
    let (fresh_id, session) = (crate::hash::uuid().to_string(), crate::hash::token());
    let now = gateway.now();
    let new = NewDevice {
        id: &fresh_id,
        facility_code: &asked.facility_code,
        user_id: &asked.user_id,
        code: asked.activation_code.as_deref(),
        key_hash: &key.hash(),
        serial: &asked.serial,
        station_mode: &asked.station_mode,
        consents: gateway.offered,
        token_hash: &crate::hash::hex(&[session.as_bytes()]),
        now: now.unix_timestamp(),
    };
    let id = gateway.store.register(new).await?.map_err(|refusal| match refusal {
        Refusal::Unknown => Problem::CodeUnknown,
        Refusal::Used => Problem::CodeUsed,
        Refusal::Revoked => Problem::CodeRevoked,
        Refusal::TooYoung(retry_after) => Problem::CodeTooYoung { retry_after },
    })?;
    let chain = issue(&gateway, &id, &key, now).await?;
    let registered = Registered {
        device_id: &id,
        gateway_name: NAME,
        certificate_chain: &chain,
        session: &session,
        account_authority: account.authority.name(),
        consents: gateway.offered,
        notices: notices(),
    };
    Ok(json(StatusCode::CREATED, &registered))
}

impl Registration {
    /// The device's key, if every field has its form.
    fn check(&self) -> Result<DeviceKey, Problem> {
        fields::facility_code(&self.facility_code)?;
        fields::user_id(&self.user_id)?;
        fields::password(&self.password)?;
        if let Some(code) = &self.activation_code {
            fields::activation_code(code)?;
        }
        fields::serial(&self.serial)?;
        fields::one_of(
            &self.station_mode,
            &["attended", "unattended"],
            "station_mode must be attended or unattended.",
        )?;
        read_request(&self.csr)
    }
}

fn read_request(csr: &str) -> Result<DeviceKey, Problem> {
    DeviceKey::from_request(csr).map_err(|_| {
        Problem::BadRequest("csr must be a PEM certificate request of an ECDSA P-256 key.")
    })
}

/// A certificate for the device, and how long it is good, for the portal.
async fn issue(
    gateway: &Gateway,
    device: &str,
    key: &DeviceKey,
    now: OffsetDateTime,
) -> Result<String, Problem> {
    let chain = gateway.authority.device_chain(device, key, now).map_err(no_certificate)?;
    let (from, until) = (chain.not_before.unix_timestamp(), chain.not_after.unix_timestamp());
    gateway.store.note_certificate(device, from, until).await?;
    Ok(chain.pem)
}

fn no_certificate(error: AuthorityError) -> Problem {
    log::error!("a device got no certificate: {error}");
    Problem::Unavailable
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Renewal {
    csr: String,
}

#[derive(Serialize)]
struct Renewed<'a> {
    device_id: &'a str,
    certificate_chain: &'a str,
}

/// `POST /v1/devices/current/certificate`. The device is known by its key, and its session is
/// bound to it: another key would be another device. The certificate before stays good.
pub(crate) async fn renew(
    State(gateway): State<Arc<Gateway>>,
    Device(device): Device,
    Json(asked): Json<Renewal>,
) -> Result<Response, Problem> {
    let key = read_request(&asked.csr)?;
    let of_key = gateway.store.device_by_key(&key.hash()).await?;
    if of_key.is_none_or(|it| it.id != device.id) {
        return Err(Problem::BadRequest("csr must be for the key of this device."));
    }
    let now = gateway.now();
    let chain = issue(&gateway, &device.id, &key, now).await?;
    let renewed = Renewed { device_id: &device.id, certificate_chain: &chain };
    Ok(json(StatusCode::CREATED, &renewed))
}

/// `DELETE /v1/devices/current`. The code is spent; the certificate serves no more.
pub(crate) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    InSession(device): InSession,
) -> Result<Response, Problem> {
    gateway.store.remove_device(&device.id, gateway.now().unix_timestamp()).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
