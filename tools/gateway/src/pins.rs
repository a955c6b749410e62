//! `GET /v1/pins`: which CAs may vouch for this gateway, signed by a key that the CA in use
//! certifies for nothing else (D18).

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::SigningKey;
use serde::Serialize;
use time::OffsetDateTime;

use crate::{
    answer::json,
    ca::{Authority, AuthorityError},
    gateway::{Gateway, NAME},
    problem::Problem,
    request::Device,
};

/// Says what the signature is for.
const PURPOSE: &[u8] = b"shikaku-pins-v1";

/// The answer, which is the same for everybody as long as the gateway runs.
#[derive(Debug, Serialize)]
pub(crate) struct Pins {
    set: String,
    certificate: String,
    signature: String,
}

#[derive(Serialize)]
struct Set {
    gateway: &'static str,
    version: u32,
    certificates: Vec<String>,
}

impl Pins {
    pub(crate) fn sign(authority: &Authority, now: OffsetDateTime) -> Result<Self, AuthorityError> {
        let certificates = authority.set().iter().map(|der| BASE64_STANDARD.encode(der)).collect();
        let set = Set { gateway: NAME, version: authority.number(), certificates };
        let set = serde_json::to_vec(&set).expect("names and a number become JSON");
        let (certificate, key) = authority.pins_signer(now)?;
        let signature = key.sign(&message(&set)).map_err(AuthorityError::Make)?;
        Ok(Self {
            set: BASE64_STANDARD.encode(set),
            certificate: BASE64_STANDARD.encode(certificate),
            signature: BASE64_STANDARD.encode(signature),
        })
    }
}

fn message(set: &[u8]) -> Vec<u8> {
    let field = |bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).expect("two certificates are short");
        [&length.to_be_bytes(), bytes].concat()
    };
    [field(PURPOSE), field(set)].concat()
}

/// Answers whoever is a registered device, logged in or not.
pub(crate) async fn read(
    State(gateway): State<Arc<Gateway>>,
    Device(_): Device,
) -> Result<Response, Problem> {
    Ok(json(StatusCode::OK, &gateway.pins))
}
