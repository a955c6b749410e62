//! アカウント管理（更新）: names, authority, a lock that is lifted, an account that is stopped.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use super::{
    form::Form,
    list::{Turn, says},
    page::{Field, Frame, Kind, choice, done, page, summary, token},
    refusal::Refusal,
    visitor::{Admin, Member},
    words::{AUTHORITIES, TEXT_RULE, Wrong, authority, day_of, minute_of},
};
use crate::{
    fields,
    gateway::Gateway,
    store::{self, Action},
};

const TITLE: &str = "アカウント管理（更新）";
const PATH: &str = "/accounts";

/// `GET /accounts`
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    uri: Uri,
) -> Result<Response, Refusal> {
    let turn = Turn::of(&uri);
    let (accounts, total) = gateway.store.members(member.facility(), turn.slice()).await?;
    let now = gateway.now().unix_timestamp();
    let body = html! {
        @if says(&uri, "stopped") { (done("アカウントの利用を停止しました。")) }
        p { "更新するアカウントのユーザIDを選んでください。" }
        (turn.pager(PATH, total, accounts.len()))
        @if !accounts.is_empty() {
            table {
                thead { tr {
                    th scope="col" { "ユーザID" }
                    th scope="col" { "ユーザ名" }
                    th scope="col" { "権限区分" }
                    th scope="col" { "利用開始年月日" }
                    th scope="col" { "状態" }
                } }
                tbody { @for account in &accounts { tr {
                    td data-label="ユーザID" {
                        a.large href={ (PATH) "/" (account.user_id) } { (account.user_id) }
                    }
                    td data-label="ユーザ名" { (account.name) }
                    td data-label="権限区分" { (authority(account.authority)) }
                    td data-label="利用開始年月日" { (begins(account)) }
                    td data-label="状態" { (state(account, now)) }
                } } }
            }
        }
    };
    Ok(page(StatusCode::OK, &Frame::open(TITLE, &member, "/menu"), &body))
}

/// 利用開始年月日; accounts of the command line have none.
fn begins(account: &store::Member) -> String {
    if account.starts_at == 0 { "－".to_owned() } else { day_of(account.starts_at) }
}

fn state(account: &store::Member, now: i64) -> String {
    match account.locked_until {
        _ if account.revoked_at.is_some() => "利用停止".to_owned(),
        Some(until) if until > now => format!("ロック中（{}まで）", minute_of(until)),
        _ if account.starts_at > now => "利用開始前".to_owned(),
        _ if !account.has_logged_in => "未ログイン".to_owned(),
        _ => "利用中".to_owned(),
    }
}

/// The account that the address names, if the facility has it.
pub(super) async fn named(
    gateway: &Gateway,
    member: &Member,
    user: &str,
) -> Result<store::Member, Refusal> {
    fields::user_id(user).map_err(|_| Refusal::NotFound)?;
    gateway.store.member(member.facility(), user).await?.ok_or(Refusal::NotFound)
}

/// `GET /accounts/{user}`
pub(super) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(user): Path<String>,
    uri: Uri,
) -> Result<Response, Refusal> {
    let account = named(&gateway, &member, &user).await?;
    let told = if says(&uri, "made") {
        done(
            "アカウントを登録しました。次に、このアカウントで一度ログインしてください。\
             一度もログインしていないと、アプリを利用できません。",
        )
    } else if says(&uri, "changed") {
        done("アカウントを更新しました。")
    } else if says(&uri, "unlocked") {
        done("ロックを解除しました。")
    } else if says(&uri, "reset") {
        done("パスワードを再設定しました。ご本人に伝え、ログインして変更するよう案内してください。")
    } else {
        html! {}
    };
    let typed = [account.authority.name(), &account.name, &account.kana];
    let now = gateway.now().unix_timestamp();
    Ok(form(&member, &account, typed, now, &told, &Wrong::default()))
}

fn form(
    member: &Member,
    account: &store::Member,
    [authority, name, kana]: [&str; 3],
    now: i64,
    told: &Markup,
    wrong: &Wrong,
) -> Response {
    let text = |name, label, value| Field { kind: Kind::Text, name, label, rule: TEXT_RULE, value };
    let (name, kana) = (text("name", "ユーザ名", name), text("kana", "ユーザ名（カナ）", kana));
    let path = format!("{PATH}/{}", account.user_id);
    let body = html! {
        (told)
        dl {
            dt { "ユーザID" } dd { (account.user_id) }
            dt { "利用開始年月日" } dd { (begins(account)) }
            dt { "状態" } dd { (state(account, now)) }
        }
        @if account.revoked_at.is_none() {
            @if account.locked_until.is_some_and(|until| until > now) {
                form method="post" action={ (path) "/unlock" } {
                    (token(&member.token))
                    button.button.quiet type="submit" { "ロックを解除する" }
                }
            }
            form method="post" action=(path) {
                (token(&member.token))
                (choice(
                    "authority",
                    "権限区分",
                    "どちらかを選択してください",
                    &AUTHORITIES,
                    authority,
                    wrong,
                ))
                (name.show(wrong)) (kana.show(wrong))
                button.button.next type="submit" { "更新" }
            }
            p {
                a.button.quiet href={ (path) "/password" } { "パスワードを再設定する" }
                a.button.quiet href={ (path) "/stop" } { "利用を停止する" }
            }
        }
    };
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    page(status, &Frame::open(TITLE, member, PATH), &body)
}

/// `POST /accounts/{user}`
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(user): Path<String>,
    sent: Form,
) -> Result<Response, Refusal> {
    let account = named(&gateway, &member, &user).await?;
    let typed = [sent.text("authority"), sent.text("name"), sent.text("kana")];
    let mut wrong = Wrong::default();
    let authority = wrong.check_authority(typed[0]);
    wrong.check_text("name", "ユーザ名", typed[1]);
    wrong.check_text("kana", "ユーザ名（カナ）", typed[2]);
    let (Some(authority), true) = (authority, wrong.is_empty()) else {
        let now = gateway.now().unix_timestamp();
        return Ok(form(&member, &account, typed, now, &summary(&wrong), &wrong));
    };
    let act = member.act(Action::AccountChanged, &user, gateway.now());
    match gateway.store.change_member(&user, typed[1], typed[2], authority, &act).await? {
        true => Ok(Redirect::to(&format!("{PATH}/{user}?changed")).into_response()),
        false => Err(Refusal::NotFound),
    }
}

/// `POST /accounts/{user}/unlock`
pub(super) async fn unlock(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(user): Path<String>,
    _: Form,
) -> Result<Response, Refusal> {
    named(&gateway, &member, &user).await?;
    let act = member.act(Action::AccountUnlocked, &user, gateway.now());
    gateway.store.unlock_member(&user, &act).await?;
    Ok(Redirect::to(&format!("{PATH}/{user}?unlocked")).into_response())
}

/// `GET /accounts/{user}/stop`
pub(super) async fn confirm(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(user): Path<String>,
) -> Result<Response, Refusal> {
    let account = named(&gateway, &member, &user).await?;
    let back = format!("{PATH}/{user}");
    let body = html! {
        p { "次のアカウントの利用を停止します。よろしいですか。" }
        dl {
            dt { "ユーザID" } dd { (account.user_id) }
            dt { "ユーザ名" } dd { (account.name) }
            dt { "権限区分" } dd { (authority(account.authority)) }
        }
        p {
            "このアカウントで登録した端末と、ログインしている画面は、すぐに利用できなくなります。\
             元に戻すことはできません。"
        }
        form method="post" action={ (back) "/stop" } {
            (token(&member.token))
            button.button.alarm type="submit" { "利用を停止する" }
        }
    };
    Ok(page(StatusCode::OK, &Frame::open("アカウントの利用停止", &member, &back), &body))
}

/// `POST /accounts/{user}/stop`. Its devices and its sessions are refused from their next
/// call on.
pub(super) async fn stop(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(user): Path<String>,
    _: Form,
) -> Result<Response, Refusal> {
    named(&gateway, &member, &user).await?;
    let act = member.act(Action::AccountStopped, &user, gateway.now());
    match gateway.store.stop_member(&user, &act).await? {
        true => Ok(Redirect::to("/accounts?stopped").into_response()),
        false => Err(Refusal::NotFound),
    }
}
