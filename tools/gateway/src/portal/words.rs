//! What may be typed into the portal's fields, and how moments are written.

use time::{
    Date, OffsetDateTime, Time,
    format_description::BorrowedFormatItem,
    macros::{format_description, offset},
};

use super::form::Form;
use crate::{clock::japan, fields, store::Authority};

/// Characters of a name or a memo.
const TEXT_MAX: usize = 50;
/// Years that a day of beginning may lie in.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;

const MINUTE: &[BorrowedFormatItem<'_>] =
    format_description!("[year]/[month]/[day] [hour]:[minute]");
const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]/[month]/[day]");
/// What a browser's field for days sends (HTML, 2.3.5.2).
const FIELD_DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

pub(super) const USER_ID_RULE: &str = "半角英数字、2桁以上8桁以下";
pub(super) const TEXT_RULE: &str = "50文字まで";
pub(super) const PASSWORD_RULE: &str = "8文字以上20文字以下。英字の大文字、英字の小文字、数字、記号の\
    全てを組み合わせてください。使用できる記号：` ~ ! @ # $ % ^ & * _ { } [ ] | ; ' < > , . ? - ( ) /";
/// 権限区分
pub(super) const AUTHORITIES: [(&str, &str); 2] =
    [("general", "一般利用者"), ("medical", "医療情報閲覧")];

/// What is wrong, field by field, in the order of the form.
#[derive(Debug, Default)]
pub(super) struct Wrong(Vec<(&'static str, String)>);

impl Wrong {
    pub(super) fn add(&mut self, field: &'static str, text: &str) {
        self.0.push((field, text.to_owned()));
    }

    pub(super) fn of(&self, field: &str) -> Option<&str> {
        self.all().find(|(name, _)| *name == field).map(|(_, text)| text)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.0.iter().map(|(name, text)| (*name, text.as_str()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A name or a memo: anything that is shown as it is typed.
    pub(super) fn check_text(&mut self, field: &'static str, label: &str, text: &str) {
        if text.is_empty() {
            self.add(field, &format!("{label}を入力してください。"));
        } else if text.chars().count() > TEXT_MAX {
            self.add(field, &format!("{label}は{TEXT_MAX}文字までで入力してください。"));
        } else if text.chars().any(is_invisible) {
            self.add(field, &format!("{label}に使えない文字が含まれています。"));
        }
    }

    pub(super) fn check_authority(&mut self, text: &str) -> Option<Authority> {
        match text {
            "general" => return Some(Authority::General),
            "medical" => return Some(Authority::Medical),
            _ => self.add("authority", "権限区分を選択してください。"),
        }
        None
    }

    pub(super) fn check_user_id(&mut self, text: &str) {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if text.is_empty() {
            self.add("user_id", "ユーザIDを入力してください。");
        } else if !plain || !(2..=8).contains(&text.len()) {
            self.add("user_id", "ユーザIDは半角英数字2桁以上8桁以下で入力してください。");
        }
    }

    /// 利用開始年月日, as the beginning of that day in Japan.
    pub(super) fn check_day(&mut self, text: &str) -> Option<i64> {
        let day = Date::parse(&text.replace('/', "-"), FIELD_DAY).ok();
        let day = day.filter(|day| YEARS.contains(&day.year()));
        if text.is_empty() {
            self.add("starts_on", "利用開始年月日を入力してください。");
        } else if day.is_none() {
            self.add(
                "starts_on",
                "利用開始年月日は、2026-04-01のように正しい日付で入力してください。",
            );
        }
        Some(day?.with_time(Time::MIDNIGHT).assume_offset(offset!(+9)).unix_timestamp())
    }

    /// A new password, typed twice.
    pub(super) fn check_password(&mut self, form: &Form) {
        let (password, again) = (form.secret("password"), form.secret("password_again"));
        if password.is_empty() {
            self.add("password", "パスワードを入力してください。");
        } else if fields::new_password(&password).is_err() {
            let told = "パスワードの決まりに合っていません。8文字以上20文字以下で、\
                        英字の大文字、英字の小文字、数字、使用できる記号の全てを入れてください。";
            self.add("password", told);
        }
        if *password != *again {
            self.add("password_again", "パスワード（確認）がパスワードと一致しません。");
        }
    }
}

/// Characters that change how others look or where they stand, and show nothing themselves.
fn is_invisible(c: char) -> bool {
    let turns =
        matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

pub(super) fn authority(authority: Authority) -> &'static str {
    let name = authority.name();
    AUTHORITIES.into_iter().find(|(it, _)| *it == name).map_or("", |(_, text)| text)
}

/// `yyyy/MM/dd HH:mm` in Japan.
pub(super) fn minute(at: OffsetDateTime) -> String {
    japan(at).format(MINUTE).expect("a moment of this age has a form")
}

/// The same of seconds since 1970.
pub(super) fn minute_of(seconds: i64) -> String {
    minute(moment(seconds))
}

/// `yyyy/MM/dd` in Japan.
pub(super) fn day_of(seconds: i64) -> String {
    japan(moment(seconds)).format(DAY).expect("a moment of this age has a form")
}

/// Today in Japan, as a browser's field for days wants it.
pub(super) fn today(now: OffsetDateTime) -> String {
    japan(now).format(FIELD_DAY).expect("a moment of this age has a form")
}

fn moment(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    fn wrong(check: impl FnOnce(&mut Wrong)) -> Option<String> {
        let mut wrong = Wrong::default();
        check(&mut wrong);
        wrong.all().next().map(|(_, text)| text.to_owned())
    }

    #[test]
    fn user_ids_have_two_to_eight_letters_and_digits() {
        for right in ["ab", "A1", "12345678", "kiosk01"] {
            assert_eq!(wrong(|it| it.check_user_id(right)), None, "{right}");
        }
        for text in ["", "a", "123456789", "a b", "ａｂ", "a-b", "あい", "ab\n", "é1"] {
            assert!(wrong(|it| it.check_user_id(text)).is_some(), "{text}");
        }
    }

    #[test]
    fn days_are_real_days_in_japan() {
        let at = |text: &str| Wrong::default().check_day(text);
        let begins = datetime!(2026-11-30 15:00 UTC).unix_timestamp();
        assert_eq!(at("2026-12-01"), Some(begins));
        assert_eq!(at("2026/12/01"), Some(begins));
        assert_eq!(day_of(begins), "2026/12/01");
        assert_eq!(minute_of(begins), "2026/12/01 00:00");
        for text in ["", "2026-02-29", "2026-13-01", "20261201", "1999-12-31", "2100-01-01", "x"] {
            let told = wrong(|it| assert_eq!(it.check_day(text), None, "{text}"));
            assert!(told.is_some(), "{text}");
        }
    }

    #[test]
    fn texts_are_what_they_look_like() {
        let long = "病".repeat(50);
        for right in ["Bのタブレット", "<b>", "' OR 1", "髙橋 𠮷子", long.as_str()] {
            assert_eq!(wrong(|it| it.check_text("memo", "メモ", right)), None, "{right}");
        }
        for text in ["", "a\u{0}", "a\tb", "a\r\nb", "\u{202E}abc", "a\u{FEFF}", &(long + "x")] {
            assert!(wrong(|it| it.check_text("memo", "メモ", text)).is_some(), "{text:?}");
        }
    }
}
