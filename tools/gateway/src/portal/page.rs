//! The frame that every page has, and the pieces that pages are made of.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use maud::{DOCTYPE, Markup, html};

use super::{
    form::TOKEN,
    visitor::{Member, Token},
    words::Wrong,
};

const SYSTEM: &str = "オンライン資格確認等システム";

/// What surrounds a page.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    /// Who is logged in.
    pub(super) member: Option<&'a Member>,
    /// Where 「戻る」 leads.
    pub(super) back: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// Of a page for whoever comes.
    pub(super) fn closed(title: &'a str) -> Self {
        Self { title, member: None, back: None }
    }

    /// Of a page for somebody who is logged in, with 「メニュー」 and 「戻る」.
    pub(super) fn open(title: &'a str, member: &'a Member, back: &'a str) -> Self {
        Self { title, member: Some(member), back: Some(back) }
    }
}

/// A whole page.
pub(super) fn page(status: StatusCode, frame: &Frame<'_>, body: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (frame.title) "｜" (SYSTEM) "（模擬環境）" }
                link rel="stylesheet" href="/style.css";
            }
            body {
                a.skip href="#main" { "本文へ進む" }
                p.simulator {
                    strong { "模擬環境" } " " span lang="en" { "(simulator)" }
                    " 本物のシステムではありません。実在する方の情報を入力しないでください。"
                }
                header {
                    p.system { (SYSTEM) }
                    @if let Some(member) = frame.member { (who(member)) }
                }
                main #main {
                    h1 { (frame.title) }
                    (body)
                    @if let Some(back) = frame.back {
                        nav.ways aria-label="画面の移動" {
                            a.button.quiet href="/menu" { "メニュー" }
                            a.button.quiet href=(back) { "戻る" }
                        }
                    }
                }
            }
        }
    };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    (status, [(header::CONTENT_TYPE, kind)], page.into_string()).into_response()
}

fn who(member: &Member) -> Markup {
    let session = &member.session;
    html! {
        div.who {
            p {
                (session.facility_name) "（" (session.facility_code) "）　"
                (session.user_id) " " (session.user_name)
            }
            form method="post" action="/logout" {
                (token(&member.token))
                button.button.quiet type="submit" { "ログアウト" }
            }
        }
    }
}

/// The field that proves that a form is ours.
pub(super) fn token(token: &Token) -> Markup {
    html! { input type="hidden" name=(TOKEN) value=(token.for_forms()); }
}

/// How a field is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Half-width letters and digits.
    Letters,
    Digits,
    /// Never filled in by the server. The browser may offer what it has kept.
    Password,
    NewPassword,
    Day,
}

/// A field with its label, its rule, and what is wrong with it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field<'a> {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    pub(super) label: &'a str,
    pub(super) rule: &'a str,
    pub(super) value: &'a str,
}

impl Field<'_> {
    pub(super) fn show(&self, wrong: &Wrong) -> Markup {
        let (kind, mode, complete) = match self.kind {
            Kind::Text => ("text", "text", "off"),
            Kind::Letters => ("text", "email", "off"),
            Kind::Digits => ("text", "numeric", "off"),
            Kind::Password => ("password", "text", "current-password"),
            Kind::NewPassword => ("password", "text", "new-password"),
            Kind::Day => ("date", "text", "off"),
        };
        let secret = matches!(self.kind, Kind::Password | Kind::NewPassword);
        let error = wrong.of(self.name);
        html! {
            div.field.wrong[error.is_some()] {
                label for=(self.name) { (self.label) " " span.must { "必須" } }
                p.rule id={ (self.name) "-rule" } { (self.rule) }
                @if let Some(error) = error {
                    p.error id={ (self.name) "-error" } { "エラー：" (error) }
                }
                input id=(self.name) name=(self.name) type=(kind) inputmode=(mode)
                    value=[(!secret).then_some(self.value)] autocomplete=(complete)
                    autocapitalize="none" spellcheck="false" aria-required="true"
                    aria-invalid=[error.map(|_| "true")]
                    aria-describedby=(described(self.name, error.is_some()));
            }
        }
    }
}

fn described(name: &str, wrong: bool) -> String {
    if wrong { format!("{name}-error {name}-rule") } else { format!("{name}-rule") }
}

/// One of a few: large, side by side or below each other.
pub(super) fn choice(
    name: &'static str,
    label: &str,
    rule: &str,
    options: &[(&str, &str)],
    value: &str,
    wrong: &Wrong,
) -> Markup {
    let error = wrong.of(name);
    html! {
        fieldset.field.wrong[error.is_some()] id=(name)
            aria-describedby=(described(name, error.is_some())) {
            legend { (label) " " span.must { "必須" } }
            p.rule id={ (name) "-rule" } { (rule) }
            @if let Some(error) = error {
                p.error id={ (name) "-error" } { "エラー：" (error) }
            }
            @for (option, text) in options {
                label.choice {
                    input type="radio" name=(name) value=(option) checked[*option == value];
                    span { (text) }
                }
            }
        }
    }
}

/// Every wrong field at once, above the form.
pub(super) fn summary(wrong: &Wrong) -> Markup {
    html! {
        @if !wrong.is_empty() {
            div.summary role="alert" {
                p { strong { "入力内容に誤りがあります。次の項目を直してください。" } }
                ul {
                    @for (name, text) in wrong.all() {
                        li { a href={ "#" (name) } { (text) } }
                    }
                }
            }
        }
    }
}

/// Something went wrong that is no field's.
pub(super) fn alarm(text: &str) -> Markup {
    html! { div.summary role="alert" { p { strong { (text) } } } }
}

/// Something is done.
pub(super) fn done(text: &str) -> Markup {
    html! { div.done role="status" { p { strong { (text) } } } }
}
