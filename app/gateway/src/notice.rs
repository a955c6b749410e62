//! お知らせ: what the gateway tells the people who run the kiosk.

use kiosk_core::Date;
use serde::Deserialize;

use crate::Unusable;

/// More are refused: the list is a page, not an archive.
const NOTICES_MAX: usize = 100;

/// One notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: String,
    pub title: String,
    pub body: String,
    /// Where more is to be read; always `https://`.
    pub url: Option<String>,
    pub date: Date,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Raw {
    id: String,
    title: String,
    body: String,
    url: Option<String>,
    date: String,
}

/// Errors: too many, a date that does not exist, or a link that is not https.
pub(crate) fn read(raw: Vec<Raw>) -> Result<Vec<Notice>, Unusable> {
    if raw.len() > NOTICES_MAX {
        return Err(Unusable::nonsense("notices", "more than 100"));
    }
    raw.into_iter().map(one).collect()
}

fn one(raw: Raw) -> Result<Notice, Unusable> {
    let url = raw.url.filter(|url| !url.is_empty());
    if url.as_ref().is_some_and(|url| !url.starts_with("https://")) {
        return Err(Unusable::nonsense("url", "does not begin with https://"));
    }
    let date = day(&raw.date).ok_or(Unusable::nonsense("date", "not a day of the calendar"))?;
    Ok(Notice { id: raw.id, title: raw.title, body: raw.body, url, date })
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
    fn a_notice_has_a_day_and_a_safe_link() {
        check("https://gateway.example/1", "2026-11-20", "2026年11月20日");
        check("", "2026-11-20", "2026年11月20日");
        check("http://gateway.example/1", "2026-11-20", "url: does not begin with https://");
        for date in ["2026-11-31", "20261120", "2026-1-200", "2026/11/20", "令和8年11"] {
            check("", date, "date: not a day of the calendar");
        }
    }
}
