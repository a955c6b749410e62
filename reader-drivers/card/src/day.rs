//! Times of a certificate (RFC 5280, 4.1.2.5) as days in Japan.

use std::fmt;

/// A day of the calendar in Japan (UTC+9).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

/// A certificate ends on its holder's birthday: `Debug` shows none.
impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Day(…)")
    }
}

/// `YYMMDDHHMMSSZ`; years 50 to 99 are of the 20th century.
pub(crate) fn from_utc_time(text: &[u8]) -> Option<Day> {
    let (year, rest) = text.split_first_chunk::<2>()?;
    let year = u16::from(two_digits(*year)?);
    in_japan(if year < 50 { 2000 + year } else { 1900 + year }, rest)
}

/// `YYYYMMDDHHMMSSZ`.
pub(crate) fn from_generalized_time(text: &[u8]) -> Option<Day> {
    let (century, rest) = text.split_first_chunk::<2>()?;
    let (year, rest) = rest.split_first_chunk::<2>()?;
    in_japan(u16::from(two_digits(*century)?) * 100 + u16::from(two_digits(*year)?), rest)
}

fn in_japan(year: u16, rest: &[u8]) -> Option<Day> {
    let [m1, m2, d1, d2, h1, h2, i1, i2, s1, s2, b'Z'] = *rest else { return None };
    let [month, day] = [two_digits([m1, m2])?, two_digits([d1, d2])?];
    let [hour, minute, second] =
        [two_digits([h1, h2])?, two_digits([i1, i2])?, two_digits([s1, s2])?];
    let exists = year >= 1
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60;
    let utc = exists.then_some(Day { year, month, day })?;
    // From 15:00 UTC on it is the next day in Japan.
    if hour < 15 { Some(utc) } else { next(utc) }
}

fn next(Day { year, month, day }: Day) -> Option<Day> {
    if day < days_in(year, month) {
        Some(Day { year, month, day: day + 1 })
    } else if month < 12 {
        Some(Day { year, month: month + 1, day: 1 })
    } else {
        // The year 9999 stands for "no end" (RFC 5280): no card says so.
        (year < 9999).then_some(Day { year: year + 1, month: 1, day: 1 })
    }
}

fn two_digits([tens, ones]: [u8; 2]) -> Option<u8> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| (tens - b'0') * 10 + (ones - b'0'))
}

fn days_in(year: u16, month: u8) -> u8 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(u16, u8, u8)>) {
        let read = match text.len() {
            13 => from_utc_time(text.as_bytes()),
            _ => from_generalized_time(text.as_bytes()),
        };
        let expected = expected.map(|(year, month, day)| Day { year, month, day });
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn days_are_those_of_japan() {
        check("301231145959Z", Some((2030, 12, 31)));
        check("301231150000Z", Some((2031, 1, 1)));
        check("280228150000Z", Some((2028, 2, 29)));
        check("270228235959Z", Some((2027, 3, 1)));
        check("490101000000Z", Some((2049, 1, 1)));
        check("500101000000Z", Some((1950, 1, 1)));
        check("20510630145959Z", Some((2051, 6, 30)));
        check("20000229000000Z", Some((2000, 2, 29)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "301332145959Z",
            "300001000000Z",
            "300100000000Z",
            "270229000000Z",
            "300101240000Z",
            "300101006000Z",
            "300101000060Z",
            "3001010000000",
            "3001010000+09",
            "30 101000000Z",
            "21000229000000Z",
            "00000101000000Z",
            "99991231150000Z",
            "20300101000000.0Z",
            "203001010000Z0",
            "",
            "3",
        ] {
            check(text, None);
            assert_eq!(from_utc_time(text.as_bytes()), None, "{text}");
        }
    }
}
