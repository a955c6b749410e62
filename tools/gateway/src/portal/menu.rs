//! [メニュー]: everything for administrators; for others what is their own.

use axum::{http::StatusCode, response::Response};
use maud::{Markup, html};

use super::{
    page::{Frame, page},
    visitor::Member,
};

/// Groups of the menu, with what leads where.
const GROUPS: &[(&str, &[(&str, &str)])] = &[
    ("環境設定情報管理", &[("/environment", "環境設定情報更新")]),
    (
        "マイナ資格確認アプリ管理",
        &[("/codes", "アクティベーションコード管理"), ("/devices", "端末の状態")],
    ),
    (
        "アカウント情報管理",
        &[
            ("/registration", "アカウント管理（登録）"),
            ("/accounts", "アカウント管理（更新）"),
            ("/password", "パスワード変更"),
        ],
    ),
    (
        "模擬環境",
        &[("/people", "テスト用の患者"), ("/notices", "お知らせ"), ("/audit", "操作記録")],
    ),
];

/// `GET /menu`
pub(super) async fn show(member: Member) -> Response {
    let body = if member.session.administrator { administrators() } else { others() };
    let frame = Frame { title: "メニュー", member: Some(&member), back: None };
    page(StatusCode::OK, &frame, &body)
}

fn administrators() -> Markup {
    html! {
        p { "アプリを使いはじめるには、次の3つの準備を行います。" }
        ol {
            li { "環境設定情報更新で、機能を「利用する」にする" }
            li { "アクティベーションコード管理で、端末ごとにコードを発行する" }
            li { "アカウント管理（登録）でアカウントを作り、そのアカウントで一度ログインする" }
        }
        div.groups {
            @for (group, entries) in GROUPS {
                section {
                    h2 { (group) }
                    ul.menu {
                        @for (path, name) in *entries { li { a.button.quiet href=(path) { (name) } } }
                    }
                }
            }
        }
    }
}

fn others() -> Markup {
    html! {
        div.done role="status" {
            p { strong { "ログインできました。" } "このアカウントは、端末でも利用できます。" }
        }
        ul.menu { li { a.button.quiet href="/password" { "パスワード変更" } } }
    }
}
