//! パスワード変更, of whoever is logged in. Every session of the account ends, and this browser
//! gets a fresh one.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{
    entrance::trouble,
    form::Form,
    list::says,
    page::{Field, Frame, Kind, alarm, done, page, summary, token},
    refusal::Refusal,
    visitor::{Member, Token},
    words::{PASSWORD_RULE, Wrong},
};
use crate::{fields, gateway::Gateway, store::Action};

const TITLE: &str = "パスワード変更";

/// `GET /password`
pub(super) async fn show(member: Member, uri: Uri) -> Response {
    let told = says(&uri, "done").then_some("パスワードを変更しました。");
    ask(&member, told, &Wrong::default(), None)
}

fn ask(
    member: &Member,
    told: Option<&str>,
    wrong: &Wrong,
    refused: Option<(StatusCode, String)>,
) -> Response {
    let field = |kind, name, label, rule| Field { kind, name, label, rule, value: "" };
    let fields = [
        field(
            Kind::Password,
            "old_password",
            "現在のパスワード",
            "5回まちがえると30分間ログインできなくなります",
        ),
        field(Kind::NewPassword, "password", "新しいパスワード", PASSWORD_RULE),
        field(
            Kind::NewPassword,
            "password_again",
            "新しいパスワード（確認）",
            "同じものをもう一度",
        ),
    ];
    let body = html! {
        @if let Some(told) = told { (done(told)) }
        @if let Some((_, text)) = &refused { (alarm(text)) }
        (summary(wrong))
        form method="post" action="/password" {
            (token(&member.token))
            @for field in &fields { (field.show(wrong)) }
            button.button.next type="submit" { "変更" }
        }
    };
    let status = match refused {
        Some((status, _)) => status,
        None if wrong.is_empty() => StatusCode::OK,
        None => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page(status, &Frame::open(TITLE, member, "/menu"), &body)
}

/// `POST /password`: 「変更」. The old password is a try like any other.
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    member: Member,
    form: Form,
) -> Result<Response, Refusal> {
    let old = form.secret("old_password");
    let mut wrong = Wrong::default();
    if fields::password(&old).is_err() {
        wrong.add("old_password", "現在のパスワードを入力してください。");
    }
    wrong.check_password(&form);
    if !wrong.is_empty() {
        return Ok(ask(&member, None, &wrong, None));
    }
    let (facility, user) = (member.facility(), &member.session.user_id);
    let account = gateway.store.portal_account(facility, user);
    if let Err(problem) =
        gateway.compare(facility, user, old, account, |it| &it.password_hash).await
    {
        let refused = trouble(&problem).ok_or(Refusal::Unavailable)?;
        return Ok(ask(&member, None, &wrong, Some(refused)));
    }
    let hash = gateway.hash(form.secret("password")).await?;
    let token = Token::fresh();
    let act = member.act(Action::PasswordChanged, "", gateway.now());
    if !gateway.store.change_portal_password(&hash, &token.hash(), &act).await? {
        return Err(Refusal::LogIn { before: true });
    }
    let cookie = [(header::SET_COOKIE, token.cookie())];
    Ok((cookie, Redirect::to("/password?done")).into_response())
}
