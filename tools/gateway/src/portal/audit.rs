//! 操作記録, for administrators.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, Uri},
    response::Response,
};
use maud::html;

use super::{
    list::Turn,
    page::{Frame, page},
    refusal::Refusal,
    visitor::Admin,
    words::minute,
};
use crate::{gateway::Gateway, store::Action};

/// `GET /audit`
pub(super) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    uri: Uri,
) -> Result<Response, Refusal> {
    let turn = Turn::of(&uri);
    let (acts, total) = gateway.store.acts(member.facility(), turn.slice()).await?;
    let body = html! {
        (turn.pager("/audit", total, acts.len()))
        @if !acts.is_empty() {
            table {
                thead { tr {
                    th scope="col" { "日時" }
                    th scope="col" { "ユーザID" }
                    th scope="col" { "操作" }
                    th scope="col" { "対象" }
                } }
                tbody { @for act in &acts { tr {
                    td data-label="日時" { (minute(act.at)) }
                    td data-label="ユーザID" { (act.user_id) }
                    td data-label="操作" { (act.action.map_or("（不明な操作）", words)) }
                    td data-label="対象" { (act.target) }
                } } }
            }
            (turn.pager("/audit", total, acts.len()))
        }
    };
    Ok(page(StatusCode::OK, &Frame::open("操作記録", &member, "/menu"), &body))
}

fn words(action: Action) -> &'static str {
    match action {
        Action::LoggedIn => "ログイン",
        Action::LoginRefused => "ログイン失敗",
        Action::LoggedOut => "ログアウト",
        Action::PasswordChanged => "パスワード変更",
        Action::TermsConfirmed => "利用規約の確認",
        Action::FunctionOn => "通常とは異なる動線機能を「利用する」に変更",
        Action::FunctionOff => "通常とは異なる動線機能を「利用しない」に変更",
        Action::CodeIssued => "アクティベーションコードの発行",
        Action::CodeInvalidated => "アクティベーションコードの無効化",
        Action::AccountMade => "アカウントの登録",
        Action::AccountChanged => "アカウントの更新",
        Action::AccountStopped => "アカウントの利用停止",
        Action::AccountUnlocked => "アカウントのロック解除",
        Action::PasswordReset => "パスワードの再設定",
        Action::DeviceStopped => "端末の利用停止",
    }
}
