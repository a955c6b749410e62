//! パスワードの再設定: an administrator gives an account whose password is forgotten another
//! first one, by the rules of its registration, and tells it to its owner.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{
    accounts::named,
    form::Form,
    page::{Field, Frame, Kind, page, summary, token},
    refusal::Refusal,
    visitor::{Admin, Member},
    words::{PASSWORD_RULE, Wrong},
};
use crate::{
    gateway::Gateway,
    store::{self, Action},
};

/// `GET /accounts/{user}/password`
pub(super) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(user): Path<String>,
) -> Result<Response, Refusal> {
    let account = standing(&gateway, &member, &user).await?;
    Ok(ask(&member, &account, &Wrong::default()))
}

/// The account that the address names, if it has not been stopped.
async fn standing(
    gateway: &Gateway,
    member: &Member,
    user: &str,
) -> Result<store::Member, Refusal> {
    let account = named(gateway, member, user).await?;
    if account.revoked_at.is_some() { Err(Refusal::NotFound) } else { Ok(account) }
}

fn ask(member: &Member, account: &store::Member, wrong: &Wrong) -> Response {
    let field = |name, label, rule| Field { kind: Kind::NewPassword, name, label, rule, value: "" };
    let back = format!("/accounts/{}", account.user_id);
    let body = html! {
        (summary(wrong))
        p { "パスワードを忘れた方のアカウントに、新しい初期パスワードを設定します。" }
        dl {
            dt { "ユーザID" } dd { (account.user_id) }
            dt { "ユーザ名" } dd { (account.name) }
        }
        p {
            "これまでのパスワードは使えなくなり、ロックは解除されます。\
             このアカウントでログインしている画面はログアウトします。\
             端末のログインは、そのまま続きます。"
        }
        form method="post" action={ (back) "/password" } {
            (token(&member.token))
            (field("password", "パスワード", PASSWORD_RULE).show(wrong))
            (field("password_again", "パスワード（確認）", "同じものをもう一度").show(wrong))
            button.button.next type="submit" { "再設定" }
        }
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(status, &Frame::open("パスワードの再設定", member, &back), &body)
}

/// `POST /accounts/{user}/password`. Whether the account has ever logged in stays as it is.
pub(super) async fn set(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(user): Path<String>,
    form: Form,
) -> Result<Response, Refusal> {
    let account = standing(&gateway, &member, &user).await?;
    let mut wrong = Wrong::default();
    wrong.check_password(&form);
    if !wrong.is_empty() {
        return Ok(ask(&member, &account, &wrong));
    }
    let hash = gateway.hash(form.secret("password")).await?;
    let act = member.act(Action::PasswordReset, &user, gateway.now());
    match gateway.store.reset_password(&user, &hash, &act).await? {
        true => Ok(Redirect::to(&format!("/accounts/{user}?reset")).into_response()),
        false => Err(Refusal::NotFound),
    }
}
