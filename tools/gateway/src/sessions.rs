//! `POST /v1/sessions` and `DELETE /v1/sessions/current`: login and logout. A device has
//! one session; its token is worth nothing on another device.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    answer::json,
    fields,
    gateway::Gateway,
    problem::Problem,
    request::{Device, InSession, Json},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    user_id: String,
    password: Zeroizing<String>,
}

#[derive(Serialize)]
struct Opened<'a> {
    session: &'a str,
    account_authority: &'static str,
}

/// `POST /v1/sessions`, with an account of the device's own facility. When the facility turns
/// the function off its devices' sessions end, and this says why none begins; turned on
/// again, a login is all that they need.
pub(crate) async fn open(
    State(gateway): State<Arc<Gateway>>,
    Device(device): Device,
    Json(login): Json<Login>,
) -> Result<Response, Problem> {
    fields::user_id(&login.user_id)?;
    fields::password(&login.password)?;
    let account = gateway.log_in(&device.facility_code, &login.user_id, login.password).await?;
    if !account.function_enabled {
        return Err(Problem::FunctionNotEnabled);
    }
    let session = crate::hash::token();
    let hash = crate::hash::hex(&[session.as_bytes()]);
    let now = gateway.now().unix_timestamp();
    gateway.store.open_session(&device.id, &account.user_id, &hash, now).await?;
    let opened = Opened { session: &session, account_authority: account.authority.name() };
    Ok(json(StatusCode::CREATED, &opened))
}

/// `DELETE /v1/sessions/current`.
pub(crate) async fn close(
    State(gateway): State<Arc<Gateway>>,
    InSession(device): InSession,
) -> Result<Response, Problem> {
    gateway.store.end_session(&device.id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
