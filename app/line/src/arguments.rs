//! What the program was started with.

use std::{ffi::OsString, path::PathBuf};

use pico_args::Arguments;

use crate::enrol::Details;

/// How the program is called.
pub const USAGE: &str = "\
usage: kiosk-line --settings FILE serve
           serves the kiosk on the other end of the standard input
       kiosk-line --settings FILE enrol --facility CODE --user ID [--code CODE] --serial SERIAL
           registers this device; the password is the first line of the standard input";

/// What is to be done, with which settings.
#[derive(Debug)]
pub struct Call {
    pub settings: PathBuf,
    pub work: Work,
}

#[derive(Debug)]
pub enum Work {
    Serve,
    Enrol(Details),
}

/// A wrong call. Never says what was typed: a password may stand in the wrong place.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongCall {
    #[error("{USAGE}")]
    Usage,
    #[error("{0}: must be {1}")]
    Value(&'static str, &'static str),
}

impl Call {
    /// Errors: [`WrongCall`].
    pub fn read(arguments: Vec<OsString>) -> Result<Self, WrongCall> {
        let mut arguments = Arguments::from_vec(arguments);
        let path = |text: &std::ffi::OsStr| Ok::<_, WrongCall>(PathBuf::from(text));
        let settings =
            arguments.value_from_os_str("--settings", path).map_err(|_| WrongCall::Usage)?;
        let verb = arguments.subcommand().map_err(|_| WrongCall::Usage)?;
        let work = match verb.as_deref() {
            Some("serve") => Work::Serve,
            Some("enrol") => Work::Enrol(details(&mut arguments)?),
            _ => return Err(WrongCall::Usage),
        };
        match arguments.finish().is_empty() {
            true => Ok(Self { settings, work }),
            false => Err(WrongCall::Usage),
        }
    }
}

fn details(arguments: &mut Arguments) -> Result<Details, WrongCall> {
    let mut value = |key| arguments.opt_value_from_str(key).map_err(|_| WrongCall::Usage);
    let facility = value("--facility")?.ok_or(WrongCall::Usage)?;
    let user = value("--user")?.ok_or(WrongCall::Usage)?;
    let code = value("--code")?;
    let serial = value("--serial")?.ok_or(WrongCall::Usage)?;
    Ok(Details {
        facility: digits("--facility", "10 digits", 10, facility)?,
        user: visible("--user", user)?,
        code: code.map(|code| digits("--code", "12 digits", 12, code)).transpose()?,
        serial: visible("--serial", serial)?,
        terms: None,
        station: None,
    })
}

fn digits(
    key: &'static str,
    rule: &'static str,
    count: usize,
    value: String,
) -> Result<String, WrongCall> {
    let fits = value.len() == count && value.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(value).ok_or(WrongCall::Value(key, rule))
}

fn visible(key: &'static str, value: String) -> Result<String, WrongCall> {
    let fits = (1..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(value).ok_or(WrongCall::Value(key, "1 to 64 visible ASCII characters"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &str) {
        let read = Call::read(line.split(' ').map(OsString::from).collect());
        let shown = match read.map(|call| (call.settings, call.work)) {
            Ok((settings, Work::Serve)) => format!("serve with {}", settings.display()),
            Ok((_, Work::Enrol(it))) => {
                format!("enrol {} {} {:?} {}", it.facility, it.user, it.code, it.serial)
            }
            Err(WrongCall::Usage) => "usage".to_owned(),
            Err(wrong) => wrong.to_string(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn good_calls_are_read() {
        check("--settings a/kiosk.toml serve", "serve with a/kiosk.toml");
        check(
            "--settings k enrol --facility 1310000001 --user kiosk01 --code 123456789012 --serial SK-000001",
            "enrol 1310000001 kiosk01 Some(\"123456789012\") SK-000001",
        );
        check(
            "--settings k enrol --facility 1310000001 --user kiosk01 --serial SK-000001",
            "enrol 1310000001 kiosk01 None SK-000001",
        );
    }

    #[test]
    fn wrong_calls_say_what_is_wrong_and_not_what_was_typed() {
        check("serve", "usage");
        check("--settings k", "usage");
        check("--settings k serve more", "usage");
        check("--settings k enrol --facility 1310000001 --user kiosk01", "usage");
        check(
            "--settings k enrol --facility 131 --user u --serial s",
            "--facility: must be 10 digits",
        );
        check(
            "--settings k enrol --facility 1310000001 --user u --code １２ --serial s",
            "--code: must be 12 digits",
        );
        check(
            "--settings k enrol --facility 1310000001 --user ü --serial s",
            "--user: must be 1 to 64 visible ASCII characters",
        );
    }
}
