//! The portal: pages on which a facility prepares its devices, as the notice's pictures show
//! them on the オンライン資格確認等システム. A **simulator**, and every page says so (模擬環境).
//!
//! Written by the server, without a script: a page is a function from what the store knows to
//! [`maud`]'s markup, which escapes every text. Whoever asks is known by a cookie
//! (`visitor`); every form brings a token of that cookie (`form`); `house` puts the headers on.
//! A page changes nothing, a form leads to a page, so that "back" and "reload" are harmless.

mod accounts;
mod audit;
mod codes;
mod devices;
mod entrance;
mod environment;
mod form;
mod house;
mod list;
mod menu;
mod page;
mod password;
mod refusal;
mod registration;
mod reset;
mod samples;
mod visitor;
mod words;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};

use self::refusal::Refusal;
use crate::gateway::Gateway;

/// Every page and every form.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route("/", get(entrance::start))
        .route("/style.css", get(house::style))
        .route("/login", get(entrance::ask).post(entrance::log_in))
        .route("/logout", post(entrance::log_out))
        .route("/menu", get(menu::show))
        .route("/environment", get(environment::show).post(environment::change))
        .route("/terms", get(environment::terms).post(environment::confirm))
        .route("/codes", get(codes::show).post(codes::issue))
        .route("/codes/confirm", post(codes::confirm))
        .route("/codes/invalidate", post(codes::invalidate))
        .route("/registration", get(registration::show).post(registration::register))
        .route("/accounts", get(accounts::list))
        .route("/accounts/{user}", get(accounts::show).post(accounts::change))
        .route("/accounts/{user}/unlock", post(accounts::unlock))
        .route("/accounts/{user}/password", get(reset::show).post(reset::set))
        .route("/accounts/{user}/stop", get(accounts::confirm).post(accounts::stop))
        .route("/password", get(password::show).post(password::change))
        .route("/devices", get(devices::list))
        .route("/devices/{id}", get(devices::show))
        .route("/devices/{id}/stop", get(devices::confirm).post(devices::stop))
        .route("/people", get(samples::people))
        .route("/notices", get(samples::notices))
        .route("/audit", get(audit::show))
        .method_not_allowed_fallback(|| async { Refusal::MethodNotAllowed })
        .fallback(|| async { Refusal::NotFound })
        .layer(middleware::from_fn_with_state(gateway.clone(), house::complete))
        .with_state(gateway)
}
