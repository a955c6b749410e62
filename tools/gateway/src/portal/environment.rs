//! 環境設定情報更新: the terms first, then 《外来診療等（通常とは異なる動線）機能》.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{
    form::Form,
    list::says,
    page::{Frame, choice, done, page, summary, token},
    refusal::Refusal,
    visitor::{Admin, Member},
    words::Wrong,
};
use crate::{gateway::Gateway, store::Action, texts::portal_terms};

const TITLE: &str = "環境設定情報更新";
const TERMS: &str = "オンライン資格確認等システム利用規約";
const PATH: &str = "/environment";

/// `GET /environment`
pub(super) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    uri: Uri,
) -> Result<Response, Refusal> {
    let told = if says(&uri, "done") {
        Some("環境設定情報を更新しました。")
    } else if says(&uri, "confirmed") {
        Some("利用規約を確認しました。")
    } else {
        None
    };
    form(&gateway, &member, told, None, &Wrong::default()).await
}

async fn form(
    gateway: &Gateway,
    member: &Member,
    told: Option<&str>,
    chosen: Option<&str>,
    wrong: &Wrong,
) -> Result<Response, Refusal> {
    let facility = gateway.store.facility(member.facility()).await?.ok_or(Refusal::NotFound)?;
    let confirmed = facility.terms_version == portal_terms().version;
    let now = if facility.function_enabled { "on" } else { "off" };
    let body = html! {
        @if let Some(told) = told { (done(told)) }
        (summary(wrong))
        section {
            h2 { (TERMS) }
            p {
                @if confirmed { "確認済みです。" }
                @else { "「利用する」にする前に、利用規約を確認してください。" }
            }
            p { a.button.quiet href="/terms" { (TERMS) "を確認する" } }
        }
        form method="post" action=(PATH) {
            (token(&member.token))
            (choice(
                "function",
                "外来診療等（通常とは異なる動線）機能",
                "「利用しない」にすると、この機関の端末はすぐに資格確認ができなくなります。\
                 「利用する」に戻したあと、端末でログインすると再び使えます。",
                &[("on", "利用する"), ("off", "利用しない")],
                chosen.unwrap_or(now),
                wrong,
            ))
            button.button.next type="submit" { "更新" }
        }
    };
    let frame = Frame::open(TITLE, member, "/menu");
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page(status, &frame, &body))
}

/// `POST /environment`
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    sent: Form,
) -> Result<Response, Refusal> {
    let mut wrong = Wrong::default();
    let chosen = sent.text("function");
    let (enabled, action) = match chosen {
        "on" => (true, Action::FunctionOn),
        "off" => (false, Action::FunctionOff),
        _ => {
            wrong.add("function", "「利用する」又は「利用しない」を選択してください。");
            return form(&gateway, &member, None, None, &wrong).await;
        }
    };
    let act = member.act(action, "", gateway.now());
    if !gateway.store.set_function(enabled, portal_terms().version, &act).await? {
        wrong.add("function", "「利用する」にする前に、利用規約を確認してください。");
        return form(&gateway, &member, None, Some(chosen), &wrong).await;
    }
    Ok(Redirect::to("/environment?done").into_response())
}

/// `GET /terms`
pub(super) async fn terms(Admin(member): Admin) -> Response {
    let terms = portal_terms();
    let body = html! {
        div.terms {
            @for line in terms.text.lines().filter(|line| !line.is_empty()) {
                @if line.starts_with('第') { h2 { (line) } } @else { p { (line) } }
            }
        }
        form method="post" action="/terms" {
            (token(&member.token))
            button.button.next type="submit" { "利用規約を確認しました" }
        }
    };
    page(StatusCode::OK, &Frame::open(TERMS, &member, PATH), &body)
}

/// `POST /terms`
pub(super) async fn confirm(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    _: Form,
) -> Result<Response, Refusal> {
    let version = portal_terms().version;
    let act = member.act(Action::TermsConfirmed, version, gateway.now());
    gateway.store.confirm_terms(version, &act).await?;
    Ok(Redirect::to("/environment?confirmed").into_response())
}
