//! アカウント管理（登録）: 一般利用者 or 医療情報閲覧, with a first password.

use std::sync::Arc;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{
    form::Form,
    page::{Field, Frame, Kind, choice, page, summary, token},
    refusal::Refusal,
    visitor::{Admin, Member},
    words::{AUTHORITIES, PASSWORD_RULE, TEXT_RULE, USER_ID_RULE, Wrong, today},
};
use crate::{
    gateway::Gateway,
    store::{Action, NewMember},
};

const TITLE: &str = "アカウント管理（登録）";
const PATH: &str = "/registration";

/// What was typed, to be typed no second time. Passwords are not in it.
#[derive(Debug, Default)]
struct Typed<'a> {
    authority: &'a str,
    user_id: &'a str,
    name: &'a str,
    kana: &'a str,
    starts_on: &'a str,
}

impl<'a> Typed<'a> {
    fn of(form: &'a Form) -> Self {
        Self {
            authority: form.text("authority"),
            user_id: form.text("user_id"),
            name: form.text("name"),
            kana: form.text("kana"),
            starts_on: form.text("starts_on"),
        }
    }
}

/// `GET /registration`
pub(super) async fn show(State(gateway): State<Arc<Gateway>>, Admin(member): Admin) -> Response {
    let today = today(gateway.now());
    let typed = Typed { starts_on: &today, ..Typed::default() };
    ask(&member, &typed, &Wrong::default())
}

fn ask(member: &Member, typed: &Typed<'_>, wrong: &Wrong) -> Response {
    let field = |kind, name, label, rule, value| Field { kind, name, label, rule, value };
    let fields = [
        field(Kind::Letters, "user_id", "ユーザID", USER_ID_RULE, typed.user_id),
        field(Kind::Text, "name", "ユーザ名", TEXT_RULE, typed.name),
        field(Kind::Text, "kana", "ユーザ名（カナ）", TEXT_RULE, typed.kana),
        field(
            Kind::Day,
            "starts_on",
            "利用開始年月日",
            "この日より前は利用できません（例：2026-04-01）",
            typed.starts_on,
        ),
        field(Kind::NewPassword, "password", "パスワード", PASSWORD_RULE, ""),
        field(Kind::NewPassword, "password_again", "パスワード（確認）", "同じものをもう一度", ""),
    ];
    let body = html! {
        (summary(wrong))
        form method="post" action=(PATH) {
            (token(&member.token))
            (choice(
                "authority",
                "権限区分",
                "どちらかを選択してください",
                &AUTHORITIES,
                typed.authority,
                wrong,
            ))
            @for field in &fields { (field.show(wrong)) }
            button.button.next type="submit" { "登録" }
        }
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(status, &Frame::open(TITLE, member, "/menu"), &body)
}

/// `POST /registration`: 《登録》
pub(super) async fn register(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    form: Form,
) -> Result<Response, Refusal> {
    let typed = Typed::of(&form);
    let mut wrong = Wrong::default();
    let authority = wrong.check_authority(typed.authority);
    wrong.check_user_id(typed.user_id);
    wrong.check_text("name", "ユーザ名", typed.name);
    wrong.check_text("kana", "ユーザ名（カナ）", typed.kana);
    let starts_at = wrong.check_day(typed.starts_on);
    wrong.check_password(&form);
    let (Some(authority), Some(starts_at), true) = (authority, starts_at, wrong.is_empty()) else {
        return Ok(ask(&member, &typed, &wrong));
    };
    let password_hash = gateway.hash(form.secret("password")).await?;
    let new = NewMember {
        user_id: typed.user_id,
        password_hash: &password_hash,
        name: typed.name,
        kana: typed.kana,
        authority,
        starts_at,
    };
    let act = member.act(Action::AccountMade, typed.user_id, gateway.now());
    if !gateway.store.add_member(new, &act).await? {
        wrong.add("user_id", "このユーザIDは、すでに使われています。別のユーザIDにしてください。");
        return Ok(ask(&member, &typed, &wrong));
    }
    Ok(Redirect::to(&format!("/accounts/{}?made", typed.user_id)).into_response())
}
