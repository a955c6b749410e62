//! What is asked of a request before its call runs: who asks, and a body that is what
//! it says it is.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, Method, header, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::{
    body,
    gateway::Gateway,
    problem::Problem,
    store::{DeviceRow, DeviceState},
    tls::KnownKey,
};

/// The key that the other end of this connection proved at the handshake, if our CA
/// vouches for it. Whether the device may still ask is looked up at every call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Peer(pub(crate) Option<Arc<KnownKey>>);

/// The caller is a registered device (mTLS).
#[derive(Debug)]
pub(crate) struct Device(pub(crate) DeviceRow);

/// The caller is a registered device with an open session (mTLS + session).
#[derive(Debug)]
pub(crate) struct InSession(pub(crate) DeviceRow);

/// A JSON body; an unknown or a missing member is an error.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl FromRequestParts<Arc<Gateway>> for Device {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Arc<Gateway>,
    ) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<Peer>().cloned().unwrap_or_default();
        let key = peer.0.filter(|key| gateway.now() <= key.not_after);
        let key = key.ok_or(Problem::DeviceUnknown)?;
        let device = gateway.store.device_by_key(&key.hash).await?.ok_or(Problem::DeviceUnknown)?;
        // A removal whose answer was lost is repeated until it is known to be done.
        let removal = parts.method == Method::DELETE && parts.uri.path() == "/v1/devices/current";
        match device.state {
            DeviceState::InUse => Ok(Self(device)),
            DeviceState::Removed if removal => Err(Problem::DeviceRemoved),
            DeviceState::Removed | DeviceState::Revoked => Err(Problem::DeviceUnknown),
        }
    }
}

impl FromRequestParts<Arc<Gateway>> for InSession {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Arc<Gateway>,
    ) -> Result<Self, Problem> {
        let Device(device) = Device::from_request_parts(parts, gateway).await?;
        let token = bearer(&parts.headers).ok_or(Problem::SessionEnded)?;
        let hash = crate::hash::hex(&[token.as_bytes()]);
        // Hashes of 256 random bits: how long their comparison takes tells nothing.
        match device.token_hash.as_ref().is_some_and(|known| *known == hash) {
            true => Ok(Self(device)),
            false => Err(Problem::SessionEnded),
        }
    }
}

/// The token of `Authorization: Bearer` (RFC 6750), if there is exactly one.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

impl<T: DeserializeOwned> FromRequest<Arc<Gateway>> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Arc<Gateway>) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::UnsupportedType);
        }
        serde_json::from_slice(&body::of(request)?).map(Self).map_err(|error| {
            Problem::BadRequest(if error.is_data() {
                "The body lacks a member, has one too many, or one of the wrong type."
            } else {
                "The body is not JSON."
            })
        })
    }
}

/// `application/json`, with no parameter but `charset=utf-8`, and not compressed.
fn is_json(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return false;
    }
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()) else {
        return false;
    };
    let (kind, parameter) = kind.split_once(';').unwrap_or((kind, "charset=utf-8"));
    kind.trim().eq_ignore_ascii_case("application/json")
        && parameter.trim().eq_ignore_ascii_case("charset=utf-8")
}
