//! Why a page is not shown or a form not taken, as a page that says what to do next.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::html;

use super::page::{Frame, page};
use crate::{body::Spoilt, problem::Problem};

/// Every refusal of the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Nobody is logged in; `before`: somebody may have been.
    LogIn {
        before: bool,
    },
    /// For administrators.
    NotYours,
    /// No form that we gave to this browser.
    Foreign,
    /// No form at all.
    NoForm,
    NotFound,
    MethodNotAllowed,
    TooSlow,
    TooLarge,
    UnsupportedType,
    /// The gateway's own trouble; the journal says which.
    Unavailable,
}

impl Refusal {
    /// Status, what happened, what to do.
    fn words(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::LogIn { .. } => {
                (StatusCode::UNAUTHORIZED, "ログインが必要です", "もう一度ログインしてください。")
            }
            Self::NotYours => (
                StatusCode::FORBIDDEN,
                "この画面は管理アカウント用です",
                "管理アカウントの方に操作を依頼してください。",
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "この操作は受け付けられませんでした",
                "画面を開いたまま時間がたったか、別の画面でログインし直した可能性があります。\
                 ブラウザのCookieを有効にして、はじめの画面からやり直してください。",
            ),
            Self::NoForm => (
                StatusCode::BAD_REQUEST,
                "入力内容を読み取れませんでした",
                "はじめの画面からやり直してください。",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "画面が見つかりません",
                "はじめの画面からやり直してください。",
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "この操作はできません",
                "はじめの画面からやり直してください。",
            ),
            Self::TooSlow => (
                StatusCode::REQUEST_TIMEOUT,
                "通信に時間がかかりすぎました",
                "もう一度お試しください。",
            ),
            Self::TooLarge => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "入力内容が長すぎます",
                "短くして、もう一度お試しください。",
            ),
            Self::UnsupportedType => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "入力内容を読み取れませんでした",
                "はじめの画面からやり直してください。",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "ただいま処理できません",
                "しばらくしてから、もう一度お試しください。",
            ),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if let Self::LogIn { before } = self {
            return Redirect::to(if before { "/login?ended" } else { "/login" }).into_response();
        }
        let (status, what, next) = self.words();
        let body = html! {
            p { (next) }
            p { a.button href="/" { "はじめの画面へ" } }
        };
        let mut response = page(status, &Frame::closed(what), &body);
        if self == Self::TooSlow {
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

impl From<sqlx::Error> for Refusal {
    fn from(error: sqlx::Error) -> Self {
        log::error!("the database does not answer: {error}");
        Self::Unavailable
    }
}

impl From<Spoilt> for Refusal {
    fn from(spoilt: Spoilt) -> Self {
        match spoilt {
            Spoilt::TooLong => Self::TooLarge,
            Spoilt::TooSlow => Self::TooSlow,
            Spoilt::CutShort => Self::NoForm,
        }
    }
}

/// Of those that concern passwords the pages speak themselves.
impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::BadRequest(_) => Self::NoForm,
            _ => Self::Unavailable,
        }
    }
}
