//! Every call of the contract: one table, and the router that serves it. `openapi.yaml`
//! says the same for readers, and a test compares the two.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::StatusCode,
    middleware,
    response::Response,
    routing::{delete, get, post, put},
};
use serde::Serialize;

use crate::{
    accounts, answer, checks, devices,
    gateway::Gateway,
    journal, pins,
    problem::Problem,
    proof, relay,
    request::InSession,
    sessions,
    texts::{Notice, notices, terms},
};

/// A call, its good answer, and its refusals beside [`EVERYWHERE`].
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub method: &'static str,
    pub path: &'static str,
    pub success: u16,
    pub refusals: &'static [&'static str],
}

/// What any call may answer.
pub const EVERYWHERE: &[&str] = &["unavailable"];
/// What a call with a body may answer, too.
pub const WITH_BODY: &[&str] = &["bad-request", "too-slow", "too-large", "unsupported-type"];
/// What is answered outside the contract's paths and methods.
pub const ELSEWHERE: &[&str] = &["not-found", "method-not-allowed"];

/// The contract, as far as it is served.
pub const CALLS: &[Call] = &[
    Call { method: "GET", path: "/v1/terms", success: 200, refusals: &[] },
    Call {
        method: "POST",
        path: "/v1/devices",
        success: 201,
        refusals: &[
            "wrong-credentials",
            "account-locked",
            "account-never-used",
            "function-not-enabled",
            "code-unknown",
            "code-used",
            "code-revoked",
            "code-too-young",
            "terms-outdated",
        ],
    },
    Call {
        method: "DELETE",
        path: "/v1/devices/current",
        success: 204,
        refusals: &["session-ended", "device-unknown", "device-removed"],
    },
    Call {
        method: "POST",
        path: "/v1/devices/current/certificate",
        success: 201,
        refusals: &["device-unknown"],
    },
    Call { method: "GET", path: "/v1/pins", success: 200, refusals: &["device-unknown"] },
    Call {
        method: "POST",
        path: "/v1/devices/current/journal",
        success: 200,
        refusals: &["device-unknown", "journal-broken"],
    },
    Call {
        method: "POST",
        path: "/v1/sessions",
        success: 201,
        refusals: &[
            "wrong-credentials",
            "account-locked",
            "account-never-used",
            "function-not-enabled",
            "device-unknown",
        ],
    },
    Call {
        method: "DELETE",
        path: "/v1/sessions/current",
        success: 204,
        refusals: &["session-ended", "device-unknown"],
    },
    Call {
        method: "PUT",
        path: "/v1/account/password",
        success: 204,
        refusals: &[
            "session-ended",
            "wrong-credentials",
            "account-locked",
            "account-never-used",
            "device-unknown",
            "password-refused",
        ],
    },
    Call {
        method: "GET",
        path: "/v1/notices",
        success: 200,
        refusals: &["session-ended", "device-unknown"],
    },
    Call {
        method: "POST",
        path: "/v1/checks",
        success: 201,
        refusals: &["session-ended", "device-unknown", "too-many-checks"],
    },
    Call {
        method: "POST",
        path: "/v1/checks/{id}/proof",
        success: 200,
        refusals: &[
            "session-ended",
            "device-unknown",
            "check-unknown",
            "check-used",
            "check-expired",
            "certificate-refused",
            "proof-refused",
        ],
    },
    Call {
        method: "POST",
        path: "/v1/checks/{id}/relay",
        success: 200,
        refusals: &[
            "session-ended",
            "device-unknown",
            "check-unknown",
            "relay-out-of-step",
            "check-expired",
            "certificate-refused",
            "proof-refused",
        ],
    },
];

impl Call {
    /// Every problem code that this call may answer.
    pub fn problems(&self) -> impl Iterator<Item = &'static str> {
        let with_body = if matches!(self.method, "POST" | "PUT") { WITH_BODY } else { &[] };
        self.refusals.iter().chain(EVERYWHERE).chain(with_body).copied()
    }
}

/// Serves the table.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let router = CALLS.iter().fold(Router::new(), |router, call| {
        let handler = match (call.method, call.path) {
            ("GET", "/v1/terms") => get(read_terms),
            ("POST", "/v1/devices") => post(devices::register),
            ("DELETE", "/v1/devices/current") => delete(devices::remove),
            ("POST", "/v1/devices/current/certificate") => post(devices::renew),
            ("GET", "/v1/pins") => get(pins::read),
            ("POST", "/v1/devices/current/journal") => post(journal::take),
            ("POST", "/v1/sessions") => post(sessions::open),
            ("DELETE", "/v1/sessions/current") => delete(sessions::close),
            ("PUT", "/v1/account/password") => put(accounts::change_password),
            ("GET", "/v1/notices") => get(read_notices),
            ("POST", "/v1/checks") => post(checks::open),
            ("POST", "/v1/checks/{id}/proof") => post(proof::answer),
            ("POST", "/v1/checks/{id}/relay") => post(relay::answer),
            _ => unreachable!("{} {} has a handler", call.method, call.path),
        };
        router.route(call.path, handler)
    });
    router
        .method_not_allowed_fallback(|| async { Problem::MethodNotAllowed })
        .fallback(|| async { Problem::NotFound })
        .layer(middleware::from_fn_with_state(gateway.clone(), answer::complete))
        .with_state(gateway)
}

/// `GET /v1/terms`.
async fn read_terms() -> Response {
    answer::json(StatusCode::OK, &terms())
}

#[derive(Serialize)]
struct Notices {
    notices: &'static [Notice],
}

/// `GET /v1/notices`.
async fn read_notices(_: State<Arc<Gateway>>, InSession(_): InSession) -> Response {
    answer::json(StatusCode::OK, &Notices { notices: notices() })
}
