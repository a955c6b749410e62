//! The forms of the fields. A refusal names the field and never repeats its value.

use crate::problem::Problem;

const FACILITY_NAME_MAX: usize = 50;
const USER_ID_MAX: usize = 64;
const PASSWORD_MAX: usize = 128;
const SERIAL_MAX: usize = 32;
const CHECK_ID_MAX: usize = 36;
const OUTCOME_MAX: usize = 64;
const VERSION_MAX: usize = 32;
/// PC/SC names have at most 128 bytes.
const READER_MAX: usize = 128;

/// 医療機関コード: ten digits.
pub fn facility_code(text: &str) -> Result<(), Problem> {
    when(digits(text, 10), "facility_code must be ten digits.")
}

/// What a facility is called.
pub fn facility_name(text: &str) -> Result<(), Problem> {
    let right =
        (1..=FACILITY_NAME_MAX).contains(&text.chars().count()) && !text.contains(char::is_control);
    when(right, "name must be 1 to 50 characters without control characters.")
}

/// アクティベーションコード: twelve digits.
pub fn activation_code(text: &str) -> Result<(), Problem> {
    when(digits(text, 12), "activation_code must be twelve digits.")
}

/// Letters, digits and the signs that occur in user ids.
pub fn user_id(text: &str) -> Result<(), Problem> {
    let right = (1..=USER_ID_MAX).contains(&text.len()) && plain(text, b"-_.@");
    when(right, "user_id must be 1 to 64 letters, digits, or - _ . @.")
}

/// Anything that can be typed.
pub fn password(text: &str) -> Result<(), Problem> {
    let right = (1..=PASSWORD_MAX).contains(&text.len()) && !text.contains(char::is_control);
    when(right, "password must be 1 to 128 bytes without control characters.")
}

/// A new password: capitals, small letters, digits and symbols, 8 to 20 of them (rules of
/// the portal, as the ministry's manual prints them).
pub fn new_password(text: &str) -> Result<(), Problem> {
    const SYMBOLS: &[u8] = b"`~!@#$%^&*_{}[]|;'<>,.?-()/";
    let has = |kind: fn(&u8) -> bool| text.bytes().any(|byte| kind(&byte));
    let right = (8..=20).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || SYMBOLS.contains(&byte))
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_digit)
        && has(|byte| SYMBOLS.contains(byte));
    right.then_some(()).ok_or(Problem::PasswordRefused)
}

/// The kiosk's serial number.
pub(crate) fn serial(text: &str) -> Result<(), Problem> {
    let right = (1..=SERIAL_MAX).contains(&text.len()) && plain(text, b"-");
    when(right, "serial must be 1 to 32 letters, digits, or -.")
}

/// A check's id in a journal; empty where there was no check.
pub(crate) fn check_id(text: &str) -> Result<(), Problem> {
    let right = text.len() <= CHECK_ID_MAX && plain(text, b"-");
    when(right, "check must be at most 36 letters, digits, or -.")
}

/// What became of something, in a journal.
pub(crate) fn outcome(text: &str) -> Result<(), Problem> {
    let right = (1..=OUTCOME_MAX).contains(&text.len()) && plain(text, b"-_.");
    when(right, "outcome must be 1 to 64 letters, digits, or - _ .")
}

/// SHA-256 in a journal.
pub(crate) fn hash(text: &str) -> Result<(), Problem> {
    let right = crate::hash::from_hex(text).is_some();
    when(right, "prev and hash must be 64 lower-case hexadecimal digits.")
}

/// The version of a device's software.
pub(crate) fn version(text: &str) -> Result<(), Problem> {
    let right = (1..=VERSION_MAX).contains(&text.len()) && plain(text, b"-+.");
    when(right, "version must be 1 to 32 letters, digits, or - + .")
}

/// The name of a device's reader, or nothing.
pub(crate) fn reader(text: &str) -> Result<(), Problem> {
    let right = text.len() <= READER_MAX && !text.contains(char::is_control);
    when(right, "reader must be at most 128 bytes without control characters.")
}

/// One of a few words.
pub(crate) fn one_of(text: &str, words: &[&str], what: &'static str) -> Result<(), Problem> {
    when(words.contains(&text), what)
}

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn plain(text: &str, signs: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(&byte))
}

fn when(right: bool, what: &'static str) -> Result<(), Problem> {
    right.then_some(()).ok_or(Problem::BadRequest(what))
}
