//! 資格確認結果 as rows. What the gateway did not send has no row; a code that we do
//! not know is never guessed at.

use std::rc::Rc;

use kiosk_core::{
    Date,
    eligibility::{Back, Code, Elderly, Insured, Share},
    look::Language,
    result_page::{Banner, ResultPage},
};
use kiosk_ui::{
    BannerLine, Banners, KioskWindow, Label, Labels, Record as UiRecord, ResultAdapter, Row, Word,
};
use slint::{ComponentHandle, ModelRc, SharedString, VecModel};

use super::words;

/// One line: its name, and its value as a text or as a word of ours.
pub type Line = Row;

/// One of the holder's results. On a wide window `left` and `right` are two columns.
#[derive(Debug, PartialEq)]
pub struct Record {
    pub left: Vec<Line>,
    pub right: Vec<Line>,
    /// 裏面記載情報
    pub back: Vec<Line>,
    /// 高齢受給者証
    pub elderly: Vec<Line>,
}

/// The rows of a page, in the manual's order (seed 142–160).
pub fn records(page: &ResultPage, language: Language) -> Vec<Record> {
    page.records.iter().map(|insured| record(insured, language)).collect()
}

pub(super) fn show_result(
    window: &KioskWindow,
    page: &ResultPage,
    take_card: bool,
    language: Language,
) {
    let records = records(page, language);
    let banners: Vec<_> = page.banners.iter().map(banner_line).collect();

    let result = window.global::<ResultAdapter<'_>>();
    result.set_checked_on(day(page.checked_on, language).into());
    result.set_take_card(take_card);
    result.set_spoken_content(spoken(window, &banners, &records));
    result.set_banners(model(banners));
    result.set_records(model(records.into_iter().map(ui_record).collect()));
}

/// The person is gone: nothing of them stays in the window.
pub(super) fn forget(result: &ResultAdapter<'_>) {
    result.set_spoken_content(SharedString::default());
    result.set_banners(ModelRc::default());
    result.set_records(ModelRc::default());
}

fn record(insured: &Insured, language: Language) -> Record {
    let mut left = Vec::new();
    push_text(&mut left, Label::InsurerNumber, insured.insurer_number.expose());
    push_text(&mut left, Label::InsurerName, insured.insurer_name.expose());
    push_text(&mut left, Label::Symbol, insured.symbol.expose());
    push_number(&mut left, insured.number.expose(), insured.branch_number.expose());
    push_text(&mut left, Label::NameKana, insured.name_kana.expose());
    push_text(&mut left, Label::Name, insured.name.expose());
    push_day(&mut left, Label::BirthDate, insured.birth_date, language);
    push_word(&mut left, Label::Sex, Some(&insured.sex), words::sex);

    let mut right = Vec::new();
    push_word(&mut right, Label::CardClass, Some(&insured.card_class), words::card_class);
    push_day(&mut right, Label::ValidFrom, insured.valid_from, language);
    push_day(&mut right, Label::ValidUntil, insured.valid_until, language);
    push_day(&mut right, Label::AcquiredOn, insured.acquired_on, language);
    push_day(&mut right, Label::LostOn, insured.lost_on, language);
    push_share(&mut right, insured.share, language);
    push_word(&mut right, Label::Relation, insured.relation.as_ref(), words::relation);
    push_text(&mut right, Label::InsuredName, insured.insured_name.expose());

    Record {
        left,
        right,
        back: back(&insured.back),
        elderly: insured.elderly.as_ref().map(|it| elderly(it, language)).unwrap_or_default(),
    }
}

fn back(back: &Back) -> Vec<Line> {
    let mut lines = Vec::new();
    push_text(&mut lines, Label::OtherKana, back.name_kana.expose());
    push_text(&mut lines, Label::Name, back.name.expose());
    push_word(&mut lines, Label::Sex, back.sex.as_ref(), words::sex);
    lines
}

fn elderly(elderly: &Elderly, language: Language) -> Vec<Line> {
    let mut lines = Vec::new();
    push_day(&mut lines, Label::ValidFrom, elderly.valid_from, language);
    push_day(&mut lines, Label::ValidUntil, elderly.valid_until, language);
    push_share(&mut lines, elderly.share, language);
    lines
}

fn line(label: Label, text: &str, word: Word, branch: &str) -> Line {
    Line { label, text: text.into(), word, branch: branch.into() }
}

fn push_text(lines: &mut Vec<Line>, label: Label, text: &str) {
    if !text.is_empty() {
        lines.push(line(label, text, Word::None, ""));
    }
}

/// 番号 and 枝番 stand on one line (seed 145).
fn push_number(lines: &mut Vec<Line>, number: &str, branch: &str) {
    if !number.is_empty() || !branch.is_empty() {
        lines.push(line(Label::Number, number, Word::None, branch));
    }
}

fn push_day(lines: &mut Vec<Line>, label: Label, date: Option<Date>, language: Language) {
    if let Some(date) = date {
        push_text(lines, label, &day(date, language));
    }
}

fn push_share(lines: &mut Vec<Line>, share: Option<Share>, language: Language) {
    if let Some(share) = share {
        push_text(lines, Label::Share, &percent(share, language));
    }
}

fn push_word<T: Copy>(
    lines: &mut Vec<Line>,
    label: Label,
    code: Option<&Code<T>>,
    word: impl Fn(T) -> Word,
) {
    match code {
        Some(Code::Known(known)) => lines.push(line(label, "", word(*known), "")),
        Some(Code::Unknown(_)) => lines.push(line(label, "", Word::Unknown, "")),
        None => {}
    }
}

fn day(date: Date, language: Language) -> String {
    match language {
        Language::Ja => date.to_string(),
        Language::En => format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
    }
}

/// 30 is 3割; what is no whole 割 stays in percent.
fn percent(share: Share, language: Language) -> String {
    match (language, share.0) {
        (Language::Ja, percent) if percent.is_multiple_of(10) => format!("{}割", percent / 10),
        (_, percent) => format!("{percent}%"),
    }
}

fn banner_line(banner: &Banner) -> BannerLine {
    let message = match banner {
        Banner::Message(message) => message.expose(),
        _ => "",
    };
    BannerLine { kind: words::banner(banner), message: message.into() }
}

fn ui_record(record: Record) -> UiRecord {
    UiRecord {
        left: model(record.left),
        right: model(record.right),
        back: model(record.back),
        elderly: model(record.elderly),
    }
}

fn model<T: Clone + 'static>(items: Vec<T>) -> ModelRc<T> {
    Rc::new(VecModel::from(items)).into()
}

/// Banners and rows in the order they stand on the page, in the page's own words.
fn spoken(window: &KioskWindow, banners: &[BannerLine], records: &[Record]) -> SharedString {
    let (labels, says) = (window.global::<Labels<'_>>(), window.global::<Banners<'_>>());
    let result = window.global::<ResultAdapter<'_>>();
    let mut text = String::new();
    for banner in banners {
        text.push_str(&labels.invoke_sentence(says.invoke_text(banner.clone())));
        text.push_str(&says.invoke_more(banner.clone()));
    }
    for (number, record) in (1..).zip(records) {
        if records.len() > 1 {
            text.push_str(&labels.invoke_sentence(result.invoke_numbered(number)));
        }
        let rows = |rows: &[Line], text: &mut String| {
            rows.iter().for_each(|row| text.push_str(&labels.invoke_spoken(row.clone())));
        };
        rows(&record.left, &mut text);
        rows(&record.right, &mut text);
        if !record.back.is_empty() {
            text.push_str(&labels.invoke_sentence(result.get_back_title()));
            rows(&record.back, &mut text);
        }
        if !record.elderly.is_empty() {
            text.push_str(&labels.invoke_sentence(result.get_elderly_title()));
            rows(&record.elderly, &mut text);
        }
    }
    text.into()
}
