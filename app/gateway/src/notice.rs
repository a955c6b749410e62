//! お知らせ: what the gateway tells the people who run the kiosk.

use kiosk_core::{Date, Notice};
use serde::Deserialize;

use crate::Unusable;

/// More are refused: the list is a page, not an archive.
const NOTICES_MAX: usize = 100;
/// So many are shown, the newest first, each cut to what a page has room for; all of them go
/// through one frame between two processes.
const SHOWN_MAX: usize = 10;
const ID_MAX: usize = 64;
const TITLE_MAX: usize = 120;
const BODY_MAX: usize = 1_000;
const URL_MAX: usize = 300;

#[derive(Debug, Deserialize)]
pub(crate) struct Raw {
    id: String,
    title: String,
    body: String,
    url: Option<String>,
    date: String,
}

/// The newest first.
///
/// Errors: too many, an id that is none, a date that does not exist, or a link that is not
/// https.
pub(crate) fn read(raw: Vec<Raw>) -> Result<Vec<Notice>, Unusable> {
    if raw.len() > NOTICES_MAX {
        return Err(Unusable::nonsense("notices", "more than 100"));
    }
    let mut all = raw.into_iter().map(one).collect::<Result<Vec<_>, _>>()?;
    all.sort_by_key(|notice| std::cmp::Reverse(notice.date));
    all.truncate(SHOWN_MAX);
    Ok(all)
}

fn one(raw: Raw) -> Result<Notice, Unusable> {
    let url = raw.url.filter(|url| !url.is_empty());
    if !(1..=ID_MAX).contains(&raw.id.len()) {
        return Err(Unusable::nonsense("id", "not 1 to 64 bytes"));
    }
    if url.as_ref().is_some_and(|url| url.len() > URL_MAX) {
        return Err(Unusable::nonsense("url", "longer than 300 bytes"));
    }
    if url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
        return Err(Unusable::nonsense("url", "does not begin with https://"));
    }
    let date = day(&raw.date).ok_or(Unusable::nonsense("date", "not a day of the calendar"))?;
    let (title, body) = (cut(&raw.title, TITLE_MAX), cut(&raw.body, BODY_MAX));
    Ok(Notice { id: raw.id, title, body, url, date })
}

/// At most `longest` characters; what is left out is shown to be.
fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// `2026-11-20`
fn day(text: &str) -> Option<Date> {
    let shaped = text.len() == 10 && text.is_ascii() && &text[4..5] == "-" && &text[7..8] == "-";
    Date::parse(&shaped.then(|| text.replace('-', ""))?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, date: &str, expected: &str) {
        let text = |text: &str| text.to_owned();
        let raw = Raw {
            id: text("1"),
            title: text("停止"),
            body: text("…"),
            url: Some(text(url)),
            date: text(date),
        };
        let read =
            read(vec![raw]).map_or_else(|wrong| wrong.to_string(), |all| all[0].date.to_string());
        assert_eq!(read, expected);
    }

    #[test]
    fn the_newest_ten_are_shown_and_long_ones_cut() {
        let raw = |day: usize| Raw {
            id: day.to_string(),
            title: "題".repeat(200),
            body: "文".repeat(5_000),
            url: None,
            date: format!("2026-11-{day:02}"),
        };
        let all = read((1..=20).map(raw).collect()).expect("good");
        let days: Vec<_> = all.iter().map(|notice| &*notice.id).collect();
        assert_eq!(days, ["20", "19", "18", "17", "16", "15", "14", "13", "12", "11"]);
        assert_eq!((all[0].title.chars().count(), all[0].body.chars().count()), (121, 1_001));
    }

    #[test]
    fn a_notice_has_a_day_and_a_safe_link() {
        check("https://gateway.example/1", "2026-11-20", "2026年11月20日");
        check("", "2026-11-20", "2026年11月20日");
        check("http://gateway.example/1", "2026-11-20", "url: does not begin with https://");
        for date in ["2026-11-31", "20261120", "2026-1-200", "2026/11/20", "令和8年11"] {
            check("", date, "date: not a day of the calendar");
        }
    }
}
