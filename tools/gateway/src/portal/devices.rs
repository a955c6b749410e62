//! 端末の状態: how each device stands, what it told of itself, its journal, and its end.

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
    page::{Frame, done, page, token},
    refusal::Refusal,
    visitor::{Admin, Member},
    words::minute_of,
};
use crate::{
    gateway::Gateway,
    journal,
    store::{Action, DeviceState, Station},
};

const TITLE: &str = "端末の状態";
const PATH: &str = "/devices";
/// Of a UUID.
const ID_LENGTH: usize = 36;
/// Entries of a journal that are shown and checked.
const ENTRIES: i64 = 200;

/// `GET /devices`
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    uri: Uri,
) -> Result<Response, Refusal> {
    let turn = Turn::of(&uri);
    let (stations, total) = gateway.store.stations(member.facility(), turn.slice()).await?;
    let body = html! {
        @if says(&uri, "stopped") { (done("端末の利用を停止しました。")) }
        p { "製造番号を選ぶと、詳しい状態と記録を確認できます。" }
        (turn.pager(PATH, total, stations.len()))
        @if !stations.is_empty() {
            table {
                thead { tr {
                    th scope="col" { "状態" }
                    th scope="col" { "製造番号" }
                    th scope="col" { "端末識別メモ情報" }
                    th scope="col" { "最後の連絡" }
                    th scope="col" { "証明書の期限" }
                } }
                tbody { @for it in &stations { tr {
                    td data-label="状態" { (state(it.state)) }
                    td data-label="製造番号" {
                        a.large href={ (PATH) "/" (it.id) } { (it.serial) }
                    }
                    td data-label="端末識別メモ情報" { (it.memo.as_deref().unwrap_or("－")) }
                    td data-label="最後の連絡" { (at(it.told_at)) }
                    td data-label="証明書の期限" { (at(it.certificate_until)) }
                } } }
            }
        }
    };
    Ok(page(StatusCode::OK, &Frame::open(TITLE, &member, "/menu"), &body))
}

fn state(state: DeviceState) -> &'static str {
    match state {
        DeviceState::InUse => "利用中",
        DeviceState::Removed => "登録解除",
        DeviceState::Revoked => "利用停止",
    }
}

fn at(seconds: Option<i64>) -> String {
    seconds.map_or_else(|| "－".to_owned(), minute_of)
}

/// The device that the address names, if the facility has it.
async fn named(gateway: &Gateway, member: &Member, id: &str) -> Result<Station, Refusal> {
    let sign = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    if id.len() != ID_LENGTH || !id.bytes().all(sign) {
        return Err(Refusal::NotFound);
    }
    gateway.store.station(member.facility(), id).await?.ok_or(Refusal::NotFound)
}

/// `GET /devices/{id}`
pub(super) async fn show(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let it = named(&gateway, &member, &id).await?;
    let mode = if it.station_mode == "attended" { "窓口（職員がいる）" } else { "無人" };
    let session = if it.session_open { "ログイン中" } else { "ログアウト" };
    let text = |text: &Option<String>| match text.as_deref() {
        None | Some("") => "－".to_owned(),
        Some(text) => text.to_owned(),
    };
    let hours = it.uptime_s.map_or_else(|| "－".to_owned(), |it| format!("{}時間", it / 3600));
    let rows = [
        ("状態", state(it.state).to_owned()),
        ("製造番号", it.serial.clone()),
        ("端末識別メモ情報", text(&it.memo)),
        ("登録したユーザID", it.user_id.clone()),
        ("設置", mode.to_owned()),
        ("登録日時", minute_of(it.registered_at)),
        ("システムログイン", session.to_owned()),
        ("最後の連絡", at(it.told_at)),
        ("ソフトウェアの版", text(&it.version)),
        ("カードリーダー", text(&it.reader)),
        ("連続稼働時間", hours),
        ("証明書の開始", at(it.certificate_from)),
        ("証明書の期限", at(it.certificate_until)),
    ];
    let body = html! {
        dl { @for (name, value) in &rows { dt { (name) } dd { (value) } } }
        @if it.state == DeviceState::InUse {
            p { a.button.quiet href={ (PATH) "/" (it.id) "/stop" } { "利用を停止する" } }
        }
        (written(&gateway, &it).await?)
    };
    Ok(page(StatusCode::OK, &Frame::open(TITLE, &member, PATH), &body))
}

/// The newest entries of the device's journal, and whether their chain holds.
async fn written(gateway: &Gateway, it: &Station) -> Result<Markup, Refusal> {
    let last = gateway.store.journal_length(&it.id).await?;
    // One before those that are shown, for the hash that the first of them continues.
    let first = (last - ENTRIES).max(0);
    let entries = gateway.store.journal(&it.id, first, ENTRIES + 1).await?;
    let holds = journal::chain_holds(&entries);
    let newest = entries.iter().rev().take(usize::try_from(ENTRIES).unwrap_or(usize::MAX));
    Ok(html! {
        section {
            h2 { "端末の記録" }
            @if entries.is_empty() {
                p { "まだ記録がありません。" }
            } @else {
                @if holds && it.breaks == 0 {
                    p { "記録のつながりを確認しました。書きかえや抜けはありません。" }
                } @else {
                    div.summary role="alert" {
                        @if !holds { p { strong { "保存された記録のつながりが合いません。" } } }
                        @if it.breaks > 0 {
                            p { strong {
                                "つながらない記録が端末から" (it.breaks) "回送られ、受け付けませんでした。"
                            } }
                        }
                    }
                }
                table {
                    thead { tr {
                        th scope="col" { "番号" }
                        th scope="col" { "日時" }
                        th scope="col" { "操作した人" }
                        th scope="col" { "方法" }
                        th scope="col" { "結果" }
                    } }
                    tbody { @for entry in newest { tr {
                        td data-label="番号" { (entry.seq) }
                        td data-label="日時" { (moment(&entry.happened_at)) }
                        td data-label="操作した人" { (who(&entry.who)) }
                        td data-label="方法" { (method(&entry.method)) }
                        td data-label="結果" { (entry.outcome) }
                    } } }
                }
            }
        }
    })
}

/// RFC 3339 as the device wrote it, in Japan.
fn moment(text: &str) -> String {
    use time::{OffsetDateTime, format_description::well_known::Rfc3339};
    let at = OffsetDateTime::parse(text, &Rfc3339);
    at.map_or_else(|_| text.to_owned(), super::words::minute)
}

fn who(word: &str) -> &str {
    match word {
        "staff-code" => "職員",
        "admin" => "管理者",
        "nobody" => "－",
        "device" => "端末",
        other => other,
    }
}

fn method(word: &str) -> &str {
    match word {
        "visual" => "目視確認",
        "pin" => "暗証番号",
        "device" => "スマートフォン",
        "" => "－",
        other => other,
    }
}

/// `GET /devices/{id}/stop`
pub(super) async fn confirm(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let it = named(&gateway, &member, &id).await?;
    let back = format!("{PATH}/{id}");
    let body = html! {
        p { "次の端末の利用を停止します。よろしいですか。" }
        dl {
            dt { "製造番号" } dd { (it.serial) }
            dt { "端末識別メモ情報" } dd { (it.memo.as_deref().unwrap_or("－")) }
            dt { "状態" } dd { (state(it.state)) }
        }
        p { "この端末は、すぐに利用できなくなります。元に戻すには、新しいコードで登録し直します。" }
        form method="post" action={ (back) "/stop" } {
            (token(&member.token))
            button.button.alarm type="submit" { "利用を停止する" }
        }
    };
    Ok(page(StatusCode::OK, &Frame::open("端末の利用停止", &member, &back), &body))
}

/// `POST /devices/{id}/stop`
pub(super) async fn stop(
    State(gateway): State<Arc<Gateway>>,
    Admin(member): Admin,
    Path(id): Path<String>,
    _: Form,
) -> Result<Response, Refusal> {
    let it = named(&gateway, &member, &id).await?;
    let act = member.act(Action::DeviceStopped, &it.serial, gateway.now());
    match gateway.store.stop_station(&id, &act).await? {
        true => Ok(Redirect::to("/devices?stopped").into_response()),
        false => Err(Refusal::NotFound),
    }
}
