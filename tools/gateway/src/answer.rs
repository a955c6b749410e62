//! How answers leave: JSON, and the headers that every one of them has.

use std::{sync::Arc, time::Instant};

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

/// How long a call may take, its body included.
const CALL_PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);
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
    // On its own: a device that hangs up must not leave a half-done transaction behind.
    let call = tokio::spawn(next.run(request));
    let mut response = match tokio::time::timeout(CALL_PATIENCE, call).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) | Err(_) => Problem::Unavailable.into_response(),
    };
    let date = httpdate::fmt_http_date(gateway.now().into());
    let headers = response.headers_mut();
    headers.insert(header::DATE, date.parse().expect("a date is ASCII"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(SIMULATOR, HeaderValue::from_static("1"));
    let path = path.as_ref().map_or("(unknown path)", MatchedPath::as_str);
    let code = response.extensions().get::<ProblemCode>().map_or("", |code| code.0);
    let status = response.status().as_u16();
    log::info!("{method} {path} {status} {code} {} ms", started.elapsed().as_millis());
    response
}
