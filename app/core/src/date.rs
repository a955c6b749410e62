//! Calendar days, as the gateway and the certificates give them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A day of the Gregorian calendar that exists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "(u16, u8, u8)", into = "(u16, u8, u8)")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// No such day, for instance February 30th.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day of the calendar")]
pub struct NoSuchDay;

impl Date {
    /// Errors: [`NoSuchDay`] outside 1800–2999 and for days that do not exist.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, NoSuchDay> {
        let real = (1800..=2999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day);
        real.then_some(Self { year, month, day }).ok_or(NoSuchDay)
    }

    /// `yyyyMMdd`, as dates stand in the XML.
    pub fn parse(text: &str) -> Result<Self, NoSuchDay> {
        if text.len() != 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NoSuchDay);
        }
        let number = |part: &str| part.parse::<u16>().map_err(|_| NoSuchDay);
        let (month, day) = (number(&text[4..6])?, number(&text[6..8])?);
        Self::new(number(&text[..4])?, month as u8, day as u8)
    }

    pub fn year(self) -> u16 {
        self.year
    }

    pub fn month(self) -> u8 {
        self.month
    }

    pub fn day(self) -> u8 {
        self.day
    }

    /// The same day `months` later; the month's last day where it has no such day.
    pub fn plus_months(self, months: u16) -> Self {
        let count = u16::from(self.month) - 1 + months;
        let (year, month) = (self.year + count / 12, (count % 12) as u8 + 1);
        Self { year, month, day: self.day.min(days_in(year, month)) }
    }
}

/// `2023年12月01日`, zero-padded, as the manual shows dates (seed 141).
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}年{:02}月{:02}日", self.year, self.month, self.day)
    }
}

/// A day may be somebody's birthday: `Debug` shows none.
impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Date(…)")
    }
}

impl TryFrom<(u16, u8, u8)> for Date {
    type Error = NoSuchDay;

    fn try_from((year, month, day): (u16, u8, u8)) -> Result<Self, NoSuchDay> {
        Self::new(year, month, day)
    }
}

impl From<Date> for (u16, u8, u8) {
    fn from(date: Date) -> Self {
        (date.year, date.month, date.day)
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100)
            || month == 2 && year.is_multiple_of(400) =>
        {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let read = Date::parse(text).map_or_else(|_| "none".to_owned(), |date| date.to_string());
        assert_eq!(read, expected);
    }

    // seed 141, 148
    #[test]
    fn days_are_shown_as_in_the_manual() {
        check("20231201", "2023年12月01日");
        check("19520101", "1952年01月01日");
        check("20240229", "2024年02月29日");
        check("20000229", "2000年02月29日");
    }

    #[test]
    fn impossible_days_are_refused() {
        for text in
            ["20230229", "21000229", "20231301", "20230100", "2023121", "２０２３", "00000000"]
        {
            check(text, "none");
        }
    }

    #[test]
    fn three_months_later() {
        let later = |text| Date::parse(text).expect("a day").plus_months(3).to_string();
        assert_eq!(later("20231130"), "2024年02月29日");
        assert_eq!(later("20231001"), "2024年01月01日");
    }
}
