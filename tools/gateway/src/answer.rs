//! How answers leave: JSON, and the headers that every one of them has.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{
    gateway::Gateway,
    problem::{Problem, ProblemCode},
};

/// How long an answer may take, the request's body included.
const PATIENCE: Duration = Duration::from_secs(20);
/// Says on every answer that nothing here is real (D10).
const SIMULATOR: HeaderName = HeaderName::from_static("shikaku-simulator");

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    let json = serde_json::to_vec(body).expect("our answers are strings, numbers and lists");
    let kind = HeaderValue::from_static("application/json");
    (status, [(header::CONTENT_TYPE, kind)], json).into_response()
}

/// Runs a call within its patience, completes the answer and writes one line about it:
/// neither who asked nor what.
pub(crate) async fn complete(
    State(gateway): State<Arc<Gateway>>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let method = request.method().clone();
    let response = within_patience(request, next).await;
    let mut response = response.unwrap_or_else(|| Problem::Unavailable.into_response());
    let headers = response.headers_mut();
    headers.insert(header::DATE, date(&gateway));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(SIMULATOR, HeaderValue::from_static("1"));
    let path = path.as_ref().map_or("(unknown path)", MatchedPath::as_str);
    let code = response.extensions().get::<ProblemCode>().map_or("", |code| code.0);
    let status = response.status().as_u16();
    log::info!("{method} {path} {status} {code} {} ms", started.elapsed().as_millis());
    response
}

/// The answer, if there is one in time.
pub(crate) async fn within_patience(request: Request, next: Next) -> Option<Response> {
    // On its own: who hangs up must not leave a half-done transaction behind.
    let call = tokio::spawn(next.run(request));
    tokio::time::timeout(PATIENCE, call).await.ok()?.ok()
}

/// The gateway's clock, for the header Date.
pub(crate) fn date(gateway: &Gateway) -> HeaderValue {
    httpdate::fmt_http_date(gateway.now().into()).parse().expect("a date is ASCII")
}
