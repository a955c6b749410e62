//! アクティベーションコード管理: codes are issued, listed and invalidated.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    form::Form,
    list::{Turn, says},
    page::{Field, Frame, Kind, alarm, done, page, summary, token},
    refusal::Refusal,
    visitor::{Admin, Member},
    words::{TEXT_RULE, Wrong, minute_of},
};
use crate::{
    codes::{self, RIPENS},
    fields,
    gateway::Gateway,
    store::{Action, CodeRow, Slice},
};

const TITLE: &str = "アクティベーションコード管理";
const PATH: &str = "/codes";
const MEMO: &str = "端末識別メモ情報";

/// `GET /codes`
pub(super) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    uri: Uri,
) -> Result<Response, Refusal> {
    let newest = gateway.store.codes(member.facility(), Slice { limit: 1, offset: 0 }).await?.0;
    let told = if let (true, Some(code)) = (says(&uri, "issued"), newest.first()) {
        issued(code)
    } else if says(&uri, "invalidated") {
        done("アクティベーションコードを無効化しました。")
    } else if says(&uri, "gone") {
        alarm("このアクティベーションコードは、すでに無効です。")
    } else {
        html! {}
    };
    whole(&gateway, &member, Turn::of(&uri), &told, "", &Wrong::default()).await
}

/// The code first: it is copied to the device now.
fn issued(code: &CodeRow) -> Markup {
    html! {
        div.done role="status" {
            p { strong { "アクティベーションコードを発行しました。10分程度経過してから利用してください。" } }
            p { strong.code { (code.code) } "　" (code.memo) }
        }
    }
}

/// `POST /codes`: 《発行》
pub(super) async fn issue(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    uri: Uri,
    form: Form,
) -> Result<Response, Refusal> {
    let memo = form.text("memo");
    let mut wrong = Wrong::default();
    wrong.check_text("memo", MEMO, memo);
    if !wrong.is_empty() {
        return whole(&gateway, &member, Turn::of(&uri), &summary(&wrong), memo, &wrong).await;
    }
    let now = gateway.now();
    let code = codes::issue(&gateway.store, member.facility(), memo, false, now).await?;
    let target = named(&code, memo);
    gateway.store.note(&member.act(Action::CodeIssued, &target, now)).await?;
    Ok(Redirect::to("/codes?issued").into_response())
}

/// The end of a code and its memo: enough to tell it apart, too little to use it.
fn named(code: &str, memo: &str) -> String {
    format!("…{} {memo}", code.get(8..).unwrap_or_default())
}

async fn whole(
    gateway: &Gateway,
    member: &Member,
    turn: Turn,
    told: &Markup,
    memo: &str,
    wrong: &Wrong,
) -> Result<Response, Refusal> {
    let (codes, total) = gateway.store.codes(member.facility(), turn.slice()).await?;
    let now = gateway.now().unix_timestamp();
    let field = Field { kind: Kind::Text, name: "memo", label: MEMO, rule: TEXT_RULE, value: memo };
    let body = html! {
        (told)
        section {
            h2 { "アクティベーションコード発行" }
            form method="post" action=(PATH) {
                (token(&member.token))
                dl { dt { "アクティベーションコード" } dd { "自動付番" } }
                (field.show(wrong))
                p {
                    "発行したアクティベーションコードは、端末単位に設定する必要があります。\
                     どの端末に設定したか識別できる情報（例：Aのスマホ1、Bのタブレット）を入力してから\
                     発行してください。複数の端末で使う場合は、1台ごとに発行をクリックしてください。"
                }
                p { "発行されたコードは、10分程度経過してから利用してください。" }
                button.button.next type="submit" { "発行" }
            }
        }
        section {
            h2 { "発行したアクティベーションコード" }
            p { "端末の故障や紛失等により利用しなくなった場合は、速やかに「無効化する」を実施してください。" }
            (turn.pager(PATH, total, codes.len()))
            @if !codes.is_empty() {
                table {
                    thead { tr {
                        th scope="col" { "状態" }
                        th scope="col" { "アクティベーションコード" }
                        th scope="col" { (MEMO) }
                        th scope="col" { "操作" }
                        th scope="col" { "発行日時" }
                    } }
                    tbody { @for code in &codes { (row(member, code, now)) } }
                }
                (turn.pager(PATH, total, codes.len()))
            }
        }
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page(status, &Frame::open(TITLE, member, "/menu"), &body))
}

fn row(member: &Member, code: &CodeRow, now: i64) -> Markup {
    html! {
        tr {
            td data-label="状態" {
                (state(code))
                @if code.revoked_at.is_none() && code.used_at.is_none() && code.usable_from > now {
                    br; small { (minute_of(code.usable_from)) "から利用可" }
                }
            }
            td.code data-label="コード" { (code.code) }
            td data-label=(MEMO) { (code.memo) }
            td data-label="操作" {
                @if code.revoked_at.is_none() {
                    form method="post" action="/codes/confirm" {
                        (token(&member.token))
                        input type="hidden" name="code" value=(code.code);
                        button.button.quiet type="submit"
                            aria-label={ "無効化する（" (code.memo) "）" } { "無効化する" }
                    }
                }
            }
            td data-label="発行日時" { (minute_of(code.usable_from - RIPENS)) }
        }
    }
}

fn state(code: &CodeRow) -> &'static str {
    match (code.revoked_at, code.used_at) {
        (Some(_), _) => "無効",
        (None, Some(_)) => "登録済",
        (None, None) => "未登録",
    }
}

/// The code that a form names, if the facility has it.
async fn named_by(gateway: &Gateway, member: &Member, form: &Form) -> Result<CodeRow, Refusal> {
    let code = form.text("code");
    fields::activation_code(code)?;
    gateway.store.code(member.facility(), code).await?.ok_or(Refusal::NotFound)
}

/// `POST /codes/confirm`: a form, so that no code stands in an address.
pub(super) async fn confirm(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    form: Form,
) -> Result<Response, Refusal> {
    let code = named_by(&gateway, &member, &form).await?;
    let body = html! {
        p { "次のアクティベーションコードを無効化します。よろしいですか。" }
        dl {
            dt { "アクティベーションコード" } dd.code { (code.code) }
            dt { (MEMO) } dd { (code.memo) }
            dt { "状態" } dd { (state(&code)) }
        }
        p { "このコードで登録した端末は、すぐに利用できなくなります。元に戻すことはできません。" }
        form method="post" action="/codes/invalidate" {
            (token(&member.token))
            input type="hidden" name="code" value=(code.code);
            button.button.alarm type="submit" { "無効化する" }
        }
    };
    let frame = Frame::open("アクティベーションコードの無効化", &member, PATH);
    Ok(page(StatusCode::OK, &frame, &body))
}

/// `POST /codes/invalidate`: 「無効化する」. The device that it registered is refused from its
/// next call on.
pub(super) async fn invalidate(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    form: Form,
) -> Result<Response, Refusal> {
    let code = named_by(&gateway, &member, &form).await?;
    let target = named(&code.code, &code.memo);
    let act = member.act(Action::CodeInvalidated, &target, gateway.now());
    let done = gateway.store.invalidate_code(&code.code, &act).await?;
    Ok(Redirect::to(if done { "/codes?invalidated" } else { "/codes?gone" }).into_response())
}
