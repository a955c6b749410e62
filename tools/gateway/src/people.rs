//! The synthetic people: one file each in `people/`, one situation a file. Nobody in
//! there lives, and no number in there was ever given out.

use std::{collections::HashMap, fmt};

use serde::Deserialize;
use time::{Date, Duration, Month};

use crate::{
    clock::plus_months,
    items::{Item, Kind, RECORD},
};

macro_rules! files {
    ($($id:literal)*) => {
        /// Every person's id and file.
        const FILES: &[(&str, &str)] =
            &[$(($id, include_str!(concat!("../people/", $id, ".toml")))),*];
    };
}

files! {
    "assistance-insured" "assistance-only" "assistance-unregistered" "back-side" "elderly"
    "error" "expired" "expired-long" "expires-soon" "extb-name" "invalid" "invalid-newer"
    "ivs-name" "late-elderly" "long-name" "masked-name" "message" "not-found" "preschool"
    "revoked" "sato-hanako" "several" "shift-jis" "shikaku-taro" "six-digits" "slow" "sparse"
    "two-results" "unknown-codes" "unknown-validity" "last-try" "blocked" "face-card"
    "first-6f00" "android" "iphone" "hostile-relay"
}

/// Everybody this gateway knows, by the serial number of their certificate (発行番号).
#[derive(Debug)]
pub struct People(HashMap<u64, Person>);

/// One person's answer.
#[derive(Debug)]
pub struct Person {
    pub id: &'static str,
    pub serial: u64,
    /// What this person is there for.
    pub why: String,
    pub encoding: Encoding,
    /// The gateway says that the card's certificate was revoked.
    pub certificate_revoked: bool,
    /// In a relay the gateway asks the card for what no check needs: a hostile gateway.
    pub asks_too_much: bool,
    /// 処理結果状況, OQSCD004.
    pub(crate) status: String,
    /// 処理結果コード; what real ones look like is not public.
    pub(crate) code: Option<String>,
    /// 処理結果メッセージ
    pub(crate) message: Option<String>,
    /// 資格有効性, OQSCD006.
    pub(crate) validity: Option<String>,
    pub(crate) records: Vec<Vec<Element>>,
}

/// How the answer is written (文字コード識別, OQSCD005).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    #[default]
    Utf8,
    /// Code page 932, as the real system's other files use.
    ShiftJis,
}

/// One item with what it holds.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: &'static str,
    pub(crate) content: Content,
}

#[derive(Debug)]
pub(crate) enum Content {
    Text(String),
    Day(Day),
    Group(Vec<Element>),
}

/// A day: fixed, or so far from today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Day {
    Fixed(Date),
    Days(i64),
    Months(i32),
}

/// A person's file that says something else than it may.
#[derive(Debug, thiserror::Error)]
#[error("people/{id}.toml: {problem}")]
pub struct PersonError {
    id: &'static str,
    problem: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    serial: u64,
    why: String,
    #[serde(default)]
    encoding: Encoding,
    #[serde(default)]
    certificate_revoked: bool,
    #[serde(default)]
    asks_too_much: bool,
    #[serde(default = "done")]
    status: String,
    code: Option<String>,
    message: Option<String>,
    validity: Option<String>,
    #[serde(default)]
    records: Vec<toml::Table>,
}

fn done() -> String {
    "1".to_owned()
}

impl People {
    /// Reads everybody's file.
    ///
    /// Errors: the first file that is wrong, or the second one of a serial number.
    pub fn read() -> Result<Self, PersonError> {
        let mut people = HashMap::new();
        for &(id, text) in FILES {
            let wrong = |problem| PersonError { id, problem };
            let person = Person::read(id, text).map_err(wrong)?;
            if let Some(other) = people.insert(person.serial, person) {
                return Err(wrong(format!("serial of {}", other.id)));
            }
        }
        Ok(Self(people))
    }

    /// Whose certificate has this serial number.
    pub fn find(&self, serial: u64) -> Option<&Person> {
        self.0.get(&serial)
    }

    /// Everybody, by serial number.
    pub fn iter(&self) -> impl Iterator<Item = &Person> {
        let mut people: Vec<_> = self.0.values().collect();
        people.sort_by_key(|person| person.serial);
        people.into_iter()
    }
}

impl Person {
    pub(crate) fn read(id: &'static str, text: &str) -> Result<Self, String> {
        let raw: Raw = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        if (raw.status == "1") != raw.validity.is_some() {
            return Err("validity goes with status 1, and only with it".to_owned());
        }
        let records = raw.records.into_iter().map(|table| elements(table, RECORD));
        Ok(Self {
            id,
            serial: raw.serial,
            why: raw.why,
            encoding: raw.encoding,
            certificate_revoked: raw.certificate_revoked,
            asks_too_much: raw.asks_too_much,
            status: raw.status,
            code: raw.code,
            message: raw.message,
            validity: raw.validity,
            records: records.collect::<Result<_, _>>()?,
        })
    }
}

/// The items of a table in the order of `known`; an item that is not known is an error.
fn elements(mut table: toml::Table, known: &'static [Item]) -> Result<Vec<Element>, String> {
    let mut found = Vec::new();
    for &(name, kind) in known {
        let Some(value) = table.remove(name) else { continue };
        let content = match (kind, value) {
            (Kind::Text, toml::Value::String(text)) => Content::Text(text),
            (Kind::Day, toml::Value::String(text)) => {
                let problem = || format!("{name}: neither yyyyMMdd nor like -200d, +3m, -4y");
                Content::Day(Day::read(&text).ok_or_else(problem)?)
            }
            (Kind::Group(items), toml::Value::Table(inner)) => {
                Content::Group(elements(inner, items)?)
            }
            _ => return Err(format!("{name}: of the wrong type")),
        };
        found.push(Element { name, content });
    }
    match table.keys().next() {
        Some(name) => Err(format!("{name}: no such item here")),
        None => Ok(found),
    }
}

impl Day {
    fn read(text: &str) -> Option<Self> {
        if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            let month = Month::try_from(text[4..6].parse::<u8>().ok()?).ok()?;
            let (year, day) = (text[..4].parse().ok()?, text[6..].parse().ok()?);
            return Date::from_calendar_date(year, month, day).ok().map(Self::Fixed);
        }
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let number: i32 = number.starts_with(['+', '-']).then(|| number.parse().ok())??;
        match unit {
            "d" => Some(Self::Days(number.into())),
            "m" => Some(Self::Months(number)),
            "y" => number.checked_mul(12).map(Self::Months),
            _ => None,
        }
    }

    /// This day, if today is `today`; the calendar's last day where it would be later.
    pub(crate) fn on(self, today: Date) -> Date {
        match self {
            Self::Fixed(date) => date,
            Self::Days(days) => today.checked_add(Duration::days(days)).unwrap_or(Date::MAX),
            Self::Months(months) => plus_months(today, months).unwrap_or(Date::MAX),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs};

    use time::macros::date;

    use super::*;

    #[test]
    fn everybody_can_be_read_and_nobody_is_left_out() {
        let people = People::read().expect("every file is right");
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/people");
        let files: BTreeSet<String> = fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .collect();
        let known = people.iter().map(|person| format!("{}.toml", person.id)).collect();
        assert_eq!(files, known);
    }

    #[test]
    fn what_no_file_may_say_is_named() {
        #[track_caller]
        fn check(rest: &str, expected: &str) {
            let text = format!("serial = 1\nwhy = \"x\"\n{rest}");
            assert_eq!(Person::read("x", &text).expect_err("wrong"), expected);
        }
        check("status = \"2\"\nvalidity = \"1\"", "validity goes with status 1, and only with it");
        check("validity = \"1\"\n[[records]]\nNam = \"a\"", "Nam: no such item here");
        check("validity = \"1\"\n[[records]]\nName = 1", "Name: of the wrong type");
        let day = "Birthdate: neither yyyyMMdd nor like -200d, +3m, -4y";
        for wrong in ["20260230", "200d", "+d", "", "3", "２０２６０１０１", "+99999999999d"]
        {
            check(&format!("validity = \"1\"\n[[records]]\nBirthdate = \"{wrong}\""), day);
        }
    }

    #[test]
    fn days_are_fixed_or_counted_from_today() {
        let today = date!(2026 - 11 - 30);
        let day = |text| Day::read(text).expect("a day").on(today);
        assert_eq!(day("19520101"), date!(1952 - 01 - 01));
        assert_eq!(day("-30d"), date!(2026 - 10 - 31));
        assert_eq!(day("+3m"), date!(2027 - 02 - 28));
        assert_eq!(day("-4y"), date!(2022 - 11 - 30));
    }
}
