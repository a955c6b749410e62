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

pub(super) fn day(date: Date, language: Language) -> String {
    match language {
        Language::Ja | Language::JaEasy | Language::ZhHans => date.to_string(),
        Language::Ko => {
            format!("{:04}년 {:02}월 {:02}일", date.year(), date.month(), date.day())
        }
        Language::En | Language::PtBr | Language::Vi => {
            format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
        }
    }
}

/// 30 is 3割; what is no whole 割 stays in percent.
fn percent(share: Share, language: Language) -> String {
    match (language, share.0) {
        (Language::Ja | Language::JaEasy, percent) if percent.is_multiple_of(10) => {
            format!("{}割", percent / 10)
        }
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

#[cfg(test)]
mod tests {
    use kiosk_core::{
        Eligibility, Private,
        eligibility::{CardClass, Relation, Sex},
        samples,
    };

    use super::*;

    /// The rows of one result, a line each: names and words as the enums call them.
    #[track_caller]
    fn check(lines: &[Line], expected: &[&str]) {
        let told: Vec<String> = lines
            .iter()
            .map(|it| match it.word {
                Word::None => format!("{:?} {} {}", it.label, it.text, it.branch),
                word => format!("{:?} {word:?}", it.label),
            })
            .collect();
        let told: Vec<&str> = told.iter().map(|it| it.trim_end()).collect();
        assert_eq!(told, expected);
    }

    fn rows(insured: Insured, language: Language) -> Record {
        let records = [insured].into_iter().collect();
        let eligibility = Eligibility { records, ..samples::eligibility() };
        let page = ResultPage::new(eligibility, samples::date("20281231"));
        super::records(&page, language).remove(0)
    }

    // seed 142-157
    #[test]
    fn the_manuals_example_has_the_manuals_rows() {
        let record = rows(samples::insured(), Language::Ja);
        check(
            &record.left,
            &[
                "InsurerNumber 12345678",
                "InsurerName 限定資格保険組合",
                "Symbol 1234",
                "Number 001 2",
                "NameKana シカク　タロウ",
                "Name 資格　太郎",
                "BirthDate 1952年01月01日",
                "Sex Male",
            ],
        );
        check(
            &record.right,
            &[
                "CardClass General",
                "ValidFrom 2023年04月01日",
                "ValidUntil 2024年03月31日",
                "AcquiredOn 2023年04月01日",
                "Share 1割",
                "Relation Family",
                "InsuredName 資格　一郎",
            ],
        );
        check(&record.back, &[]);
        check(&record.elderly, &[]);
    }

    // seed 159, 160
    #[test]
    fn the_back_and_the_elderly_certificate_have_rows_of_their_own() {
        let back = Back {
            name_kana: Private::new("シカク　タロウ").expect("it fits"),
            name: Private::new("他資格　太郎").expect("it fits"),
            sex: Some(Code::Known(Sex::Male)),
        };
        let elderly = Elderly {
            valid_from: Some(samples::date("20230401")),
            valid_until: None,
            share: Some(Share(20)),
        };
        let insured = Insured { back, elderly: Some(elderly), ..samples::insured() };
        let record = rows(insured, Language::Ja);
        check(&record.back, &["OtherKana シカク　タロウ", "Name 他資格　太郎", "Sex Male"]);
        check(&record.elderly, &["ValidFrom 2023年04月01日", "Share 2割"]);
    }

    #[test]
    fn what_was_not_sent_has_no_row() {
        let insured = Insured {
            symbol: Private::default(),
            number: Private::default(),
            branch_number: Private::default(),
            name_kana: Private::default(),
            birth_date: None,
            valid_from: None,
            valid_until: None,
            acquired_on: None,
            share: None,
            relation: None,
            insured_name: Private::default(),
            ..samples::insured()
        };
        let record = rows(insured, Language::Ja);
        check(
            &record.left,
            &[
                "InsurerNumber 12345678",
                "InsurerName 限定資格保険組合",
                "Name 資格　太郎",
                "Sex Male",
            ],
        );
        check(&record.right, &["CardClass General"]);
    }

    #[test]
    fn a_code_that_nobody_knows_is_called_unknown() {
        let unknown = Private::new("09").expect("it fits");
        let insured = Insured {
            card_class: Code::Unknown(unknown.clone()),
            relation: Some(Code::Unknown(unknown)),
            ..samples::insured()
        };
        let record = rows(insured, Language::Ja);
        assert_eq!(record.right[0].word, Word::Unknown);
        assert_eq!(record.right[5].word, Word::Unknown);
    }

    #[test]
    fn days_and_shares_follow_the_language() {
        let record = rows(samples::insured(), Language::En);
        check(&record.left[6..7], &["BirthDate 1952-01-01"]);
        for (share, ja, en) in [(10, "1割", "10%"), (30, "3割", "30%"), (15, "15%", "15%")] {
            assert_eq!(percent(Share(share), Language::Ja), ja);
            assert_eq!(percent(Share(share), Language::En), en);
        }
    }

    #[test]
    fn every_known_code_has_its_word() {
        assert_eq!(words::sex(Sex::NotSet), Word::NotSet);
        assert_eq!(words::relation(Relation::Insured), Word::Insured);
        assert_eq!(words::card_class(CardClass::SpecialCare), Word::SpecialCare);
    }
}
