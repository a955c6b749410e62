//! What the simulator has to try with: テスト用の患者, and the お知らせ that devices show.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use maud::html;

use super::{
    page::{Frame, page},
    visitor::Admin,
};
use crate::{gateway::Gateway, texts};

/// `GET /people`
pub(super) async fn people(State(gateway): State<Arc<Gateway>>, Admin(member): Admin) -> Response {
    let mut people: Vec<_> = gateway.people.iter().collect();
    people.sort_by_key(|person| person.serial);
    let body = html! {
        p { "仮想カードで試せる架空の患者です。実在する方は含まれていません。" }
        table {
            thead { tr {
                th scope="col" { "発行番号" }
                th scope="col" { "名前" }
                th scope="col" { "試せること" }
            } }
            tbody { @for person in people { tr {
                td data-label="発行番号" { (person.serial) }
                td data-label="名前" { (person.id) }
                td lang="en" data-label="試せること" { (person.why) }
            } } }
        }
    };
    page(StatusCode::OK, &Frame::open("テスト用の患者", &member, "/menu"), &body)
}

/// `GET /notices`, the newest first.
pub(super) async fn notices(Admin(member): Admin) -> Response {
    let body = html! {
        p { "端末の画面に表示されるお知らせです。" }
        @for notice in texts::notices().iter().rev() {
            section {
                h2 { (notice.title) }
                p { small { (notice.date.replace('-', "/")) } }
                p { (notice.body) }
            }
        }
    };
    page(StatusCode::OK, &Frame::open("お知らせ", &member, "/menu"), &body)
}
