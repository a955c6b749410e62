//! From the start page to the menu and out again: 《システムの利用を始める》, 管理ログイン,
//! ログアウト. An account's first login here is what lets it log in at a device.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::{
    form::Form,
    list::says,
    page::{Field, Frame, Kind, alarm, page, summary, token},
    refusal::Refusal,
    visitor::{Member, Token, Visitor, no_cookie},
    words::{Wrong, day_of},
};
use crate::{
    fields,
    gateway::Gateway,
    problem::Problem,
    store::{Act, Action, Store},
};

const TITLE: &str = "管理ログイン";

/// `GET /`
pub(super) async fn start() -> Response {
    let body = html! {
        p {
            "マイナ資格確認アプリを利用するための準備（環境設定、アクティベーションコードの発行、\
             アカウントの登録）を行います。"
        }
        p { a.button.next href="/login" { "システムの利用を始める" } }
    };
    page(StatusCode::OK, &Frame::closed("オンライン資格確認等システム"), &body)
}

/// `GET /login`
pub(super) async fn ask(uri: Uri, visitor: Visitor) -> Response {
    if visitor.session.is_some() {
        return Redirect::to("/menu").into_response();
    }
    let ended = says(&uri, "ended").then_some(
        "ログインしていないか、操作のないまま15分たったため、ログアウトしました。\
         もう一度ログインしてください。",
    );
    let token = visitor.token.unwrap_or_else(Token::fresh);
    ask_again(StatusCode::OK, &token, ["", ""], &Wrong::default(), ended)
}

fn ask_again(
    status: StatusCode,
    known: &Token,
    [facility, user]: [&str; 2],
    wrong: &Wrong,
    trouble: Option<&str>,
) -> Response {
    let facility = Field {
        kind: Kind::Digits,
        name: "facility_code",
        label: "機関コード",
        rule: "数字10桁（医療機関コード・薬局コード）",
        value: facility,
    };
    let user = Field {
        kind: Kind::Letters,
        name: "user_id",
        label: "ユーザID",
        rule: "管理アカウント、又は登録されたアカウントのユーザID",
        value: user,
    };
    let password = Field {
        kind: Kind::Password,
        name: "password",
        label: "パスワード",
        rule: "5回まちがえると30分間ログインできなくなります",
        value: "",
    };
    let body = html! {
        @if let Some(trouble) = trouble { (alarm(trouble)) }
        (summary(wrong))
        p {
            "管理アカウントでログインします。"
            "新しく登録されたアカウントも、ここで一度ログインしてください。"
        }
        form method="post" action="/login" {
            (token(known))
            (facility.show(wrong)) (user.show(wrong)) (password.show(wrong))
            button.button.next type="submit" { "ログイン" }
        }
    };
    let frame = Frame { title: TITLE, member: None, back: None };
    ([(header::SET_COOKIE, known.cookie())], page(status, &frame, &body)).into_response()
}

/// `POST /login`. Whatever is wrong, the answer is the same for names that nobody has.
pub(super) async fn log_in(
    State(gateway): State<Arc<Gateway>>,
    form: Form,
) -> Result<Response, Refusal> {
    let (facility, user) = (form.text("facility_code"), form.text("user_id"));
    let password = form.secret("password");
    let mut wrong = Wrong::default();
    if fields::facility_code(facility).is_err() {
        wrong.add("facility_code", "機関コードは半角数字10桁で入力してください。");
    }
    if fields::user_id(user).is_err() {
        wrong.add("user_id", "ユーザIDは半角英数字で入力してください。");
    }
    if fields::password(&password).is_err() {
        wrong.add("password", "パスワードを入力してください。");
    }
    let again = |status, wrong: &Wrong, trouble: Option<&str>| {
        Ok(ask_again(status, &form.token, [facility, user], wrong, trouble))
    };
    if !wrong.is_empty() {
        return again(StatusCode::UNPROCESSABLE_ENTITY, &wrong, None);
    }
    let account = gateway.store.portal_account(facility, user);
    let compared = gateway.compare(facility, user, password, account, |it| &it.password_hash);
    let refused = match compared.await {
        Ok(account) if account.starts_at > gateway.now().unix_timestamp() => {
            let day = day_of(account.starts_at);
            (StatusCode::FORBIDDEN, format!("このアカウントは {day} から利用できます。"))
        }
        Ok(_) => {
            let token = Token::fresh();
            let at = gateway.now();
            let act = Act { facility, user, action: Action::LoggedIn, target: "", at };
            gateway.store.open_portal_session(&token.hash(), &form.token.hash(), &act).await?;
            let cookie = [(header::SET_COOKIE, token.cookie())];
            return Ok((cookie, Redirect::to("/menu")).into_response());
        }
        Err(problem) => trouble(&problem).ok_or(Refusal::Unavailable)?,
    };
    note_refusal(&gateway, facility, user);
    again(refused.0, &wrong, Some(&refused.1))
}

/// Writes a failed login down, aside: how long the answer takes does not tell whether there is
/// such an account. Names that nobody has are not written down, nor tries while a lock lasts:
/// there is no end of them.
fn note_refusal(gateway: &Arc<Gateway>, facility: &str, user: &str) {
    let (gateway, at) = (gateway.clone(), gateway.now());
    let (facility, user) = (facility.to_owned(), user.to_owned());
    tokio::spawn(async move {
        let (facility, user) = (facility.as_str(), user.as_str());
        let locks_now = Some(at.unix_timestamp() + Store::LOCK);
        let noted = async {
            let account = gateway.store.portal_account(facility, user).await?;
            match account.map(|it| it.locked_until) {
                Some(until) if until.is_none() || until == locks_now => {
                    let act = Act { facility, user, action: Action::LoginRefused, target: "", at };
                    gateway.store.note(&act).await
                }
                _ => Ok(()),
            }
        };
        if let Err(error) = noted.await {
            log::error!("a failed login cannot be written down: {error}");
        }
    });
}

/// What wrong credentials look like; `None`: it is the gateway's trouble.
pub(super) fn trouble(problem: &Problem) -> Option<(StatusCode, String)> {
    let text = match problem {
        Problem::WrongCredentials { tries_left } => format!(
            "機関コード、ユーザID又はパスワードが違います。\
             あと{tries_left}回まちがえると、30分間ログインできなくなります。"
        ),
        Problem::AccountLocked { until } => {
            // RFC 3339, Japan time: the hour and the minute.
            let time = until.get(11..16).unwrap_or_default();
            format!(
                "パスワードを{}回まちがえたため、{time}まではログインできません。\
                 お急ぎのときは、管理アカウントの方が解除できます。管理アカウントがロックされた\
                 ときは、オンライン資格確認等コールセンターへの連絡が必要です（模擬環境では\
                 運用している方に連絡してください）。",
                Store::TRIES_MAX
            )
        }
        _ => return None,
    };
    Some((problem.names().0, text))
}

/// `POST /logout`
pub(super) async fn log_out(
    State(gateway): State<Arc<Gateway>>,
    member: Member,
    _: Form,
) -> Result<Response, Refusal> {
    let act = member.act(Action::LoggedOut, "", gateway.now());
    gateway.store.end_portal_session(&member.token.hash(), &act).await?;
    Ok(([(header::SET_COOKIE, no_cookie())], Redirect::to("/")).into_response())
}
