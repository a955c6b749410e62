//! What every answer of the portal has: its headers, its patience, one line in the journal.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::refusal::Refusal;
use crate::{
    answer::{date, within_patience},
    gateway::Gateway,
};

/// HSTS is left out: it holds for a name with all its ports, and the CA is our own. No-referrer
/// is left out, too: with it browsers say `Origin: null`, and no form could be told from a
/// stranger's.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("shikaku-simulator", "1"),
];

/// Runs a page within its patience and completes it. The line in the journal names neither who
/// asked nor what.
pub(super) async fn complete(
    State(gateway): State<Arc<Gateway>>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let response = within_patience(request, next).await;
    let mut response = response.unwrap_or_else(|| Refusal::Unavailable.into_response());
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.insert(header::DATE, date(&gateway));
    let path = path.as_ref().map_or("(unknown path)", MatchedPath::as_str);
    let status = response.status().as_u16();
    log::info!("portal: {method} {path} {status} {} ms", started.elapsed().as_millis());
    response
}

/// `GET /style.css`: the one style sheet.
pub(super) async fn style() -> Response {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], include_str!("style.css")).into_response()
}
