//! The kiosk's settings: one file, read once at start, then a value that cannot be
//! wrong. All three processes read the same file.
//!
//! ```toml
//! state_folder = "state"             # beside this file, or absolute
//! serial = "SK-000001"               # printed on the unit; a desk may leave it out
//!
//! facility = "1310000001"            # 医療機関コード: 初期登録 begins with it; may be left out
//!
//! [station]
//! mode = "attended"                  # or "unattended"
//! method = "visual"                  # or "pin"
//! phones = true                      # whether a phone may be chosen instead of the card
//!
//! [look]                             # every key may be left out
//! language = "ja"
//! theme = "normal"
//! text_size = "normal"
//! orientation = "landscape"
//! reach = "full"
//!
//! [gateway]
//! url = "https://localhost:8443"
//! pins = "gateway-ca.pem"            # the CAs that may sign the gateway's certificate
//!
//! [reader]                           # may be left out: the first usable reader
//! name = "Kiosk Virtual Reader"      # the beginning of the PC/SC name
//!
//! [appliance]                        # may be left out: on a desk the kiosk starts its workers itself
//! workers = "/run/kiosk"             # where the service manager listens for the kiosk, `card` and `line`
//! line_state = "/var/lib/kiosk-line" # what the line process keeps, which has a user of its own there
//!
//! [handover]                         # may be left out: results stay on the screen
//! url = "https://reception-pc:8444"  # the receiver, by a name that its certificate has
//! pins = "receiver-ca.pem"           # the CA that signs it: the file that `keys` named
//! ```

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use kiosk_core::{Look, check::Station, proof::Method};
use serde::Deserialize;

/// Every setting, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub state_folder: PathBuf,
    /// Of the unit, 1 to 32 letters, digits or `-`.
    pub serial: String,
    /// 医療機関コード, 10 digits, that 初期登録 begins with.
    pub facility: Option<String>,
    pub station: Station,
    pub method: Method,
    pub phones: bool,
    pub look: Look,
    pub gateway: HttpsUrl,
    pub pins: PathBuf,
    /// The beginning of the PC/SC name of the reader to use.
    pub reader: Option<String>,
    /// Where results are handed over to; `None` where they are not.
    pub handover: Option<Receiver>,
    /// What only an appliance has; `None` on a desk.
    pub appliance: Option<Appliance>,
}

/// Three processes with a user each, started by the service manager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appliance {
    /// The folder with the sockets `card` and `line`: each connection is a new process.
    pub workers: PathBuf,
    /// The state of the line process: the kiosk process cannot read it.
    pub line_state: PathBuf,
}

/// The receiver on the reception PC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    pub url: HttpsUrl,
    pub pins: PathBuf,
}

/// Every wrong setting of a file at once, so a technician makes one trip.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct SettingsErrors(Vec<SettingError>);

/// One wrong setting.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct SettingError {
    /// Where in the file, as the technician would look for it.
    key: &'static str,
    problem: String,
}

/// Why a program has no settings.
#[derive(Debug, thiserror::Error)]
pub enum SettingsFileError {
    #[error("usage: PROGRAM --settings FILE")]
    Usage,
    #[error("cannot read the settings {0}: {1}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    #[error("the settings {0} are wrong:\n{1}")]
    Wrong(PathBuf, SettingsErrors),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    state_folder: PathBuf,
    #[serde(default = "unnumbered")]
    serial: String,
    facility: Option<String>,
    #[serde(default)]
    station: RawStation,
    #[serde(default)]
    look: Look,
    gateway: RawGateway,
    #[serde(default)]
    reader: RawReader,
    handover: Option<RawGateway>,
    appliance: Option<RawAppliance>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAppliance {
    workers: PathBuf,
    line_state: PathBuf,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawStation {
    mode: Station,
    method: Method,
    phones: bool,
}

impl Default for RawStation {
    fn default() -> Self {
        Self { mode: Station::default(), method: Method::default(), phones: true }
    }
}

/// Also of the receiver.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGateway {
    url: String,
    pins: PathBuf,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawReader {
    name: Option<String>,
}

impl Settings {
    /// What a program was started with: `--settings FILE` and nothing else.
    ///
    /// Errors: another call; what [`Settings::open`] says.
    pub fn from_arguments() -> Result<(PathBuf, Self), SettingsFileError> {
        let mut arguments = env::args_os().skip(1);
        match (arguments.next(), arguments.next(), arguments.next()) {
            (Some(flag), Some(file), None) if flag == "--settings" => Self::open(Path::new(&file)),
            _ => Err(SettingsFileError::Usage),
        }
    }

    /// Reads the file; gives its absolute path, too.
    ///
    /// Errors: it cannot be read, or is wrong.
    pub fn open(file: &Path) -> Result<(PathBuf, Self), SettingsFileError> {
        let unreadable = |problem| SettingsFileError::Unreadable(file.to_owned(), problem);
        let path = std::path::absolute(file).map_err(unreadable)?;
        let text = fs::read_to_string(&path).map_err(unreadable)?;
        let settings = Self::read(&text, path.parent().unwrap_or(&path))
            .map_err(|problems| SettingsFileError::Wrong(path.clone(), problems))?;
        Ok((path, settings))
    }

    /// Reads `text`; relative paths begin at `folder`, where the file lies.
    ///
    /// Errors: every wrong setting at once.
    pub fn read(text: &str, folder: &Path) -> Result<Self, SettingsErrors> {
        let raw: Raw = toml::from_str(text)
            .map_err(|error| SettingsErrors(vec![wrong("settings file", error.to_string())]))?;
        let mut problems = Vec::new();
        let gateway = HttpsUrl::parse(&raw.gateway.url)
            .map_err(|problem| problems.push(wrong("gateway.url", problem)));
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if !(1..=32).contains(&raw.serial.len()) || !raw.serial.bytes().all(plain) {
            problems.push(wrong("serial", "must be 1 to 32 letters, digits or -"));
        }
        let is_code = |it: &String| it.len() == 10 && it.bytes().all(|it| it.is_ascii_digit());
        if !raw.facility.as_ref().is_none_or(is_code) {
            problems.push(wrong("facility", "must be 10 digits"));
        }
        if raw.reader.name.as_deref() == Some("") {
            problems.push(wrong("reader.name", "is empty: leave the key out"));
        }
        let handover = raw.handover.and_then(|it| match HttpsUrl::parse(&it.url) {
            Ok(url) => Some(Receiver { url, pins: folder.join(it.pins) }),
            Err(problem) => {
                problems.push(wrong("handover.url", problem));
                None
            }
        });
        match gateway {
            Ok(gateway) if problems.is_empty() => Ok(Self {
                state_folder: folder.join(raw.state_folder),
                serial: raw.serial,
                facility: raw.facility,
                station: raw.station.mode,
                method: raw.station.method,
                phones: raw.station.phones,
                look: raw.look,
                gateway,
                pins: folder.join(raw.gateway.pins),
                reader: raw.reader.name,
                handover,
                appliance: raw.appliance.map(|it| Appliance {
                    workers: folder.join(it.workers),
                    line_state: folder.join(it.line_state),
                }),
            }),
            _ => Err(SettingsErrors(problems)),
        }
    }
}

impl Settings {
    /// Where the line process keeps its files.
    pub fn line_state(&self) -> &Path {
        self.appliance.as_ref().map_or(&self.state_folder, |it| &it.line_state)
    }
}

fn unnumbered() -> String {
    "unnumbered".to_owned()
}

fn wrong(key: &'static str, problem: impl Into<String>) -> SettingError {
    SettingError { key, problem: problem.into() }
}

/// A URL that can only be https: plain http to the gateway cannot be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsUrl(String);

impl HttpsUrl {
    /// Errors: what is wrong with `text`, for the technician.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let rest = text.strip_prefix("https://").ok_or("must begin with https://")?;
        let host = rest.strip_suffix('/').unwrap_or(rest);
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
        match host {
            "" => Err("has no host"),
            host if !host.chars().all(plain) => Err("must be https://HOST or https://HOST:PORT"),
            host => Ok(Self(format!("https://{host}"))),
        }
    }

    /// `https://HOST[:PORT]`, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host alone; an address of IPv6 keeps its brackets.
    pub fn host(&self) -> &str {
        let address = &self.0["https://".len()..];
        match address.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => address,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        state_folder = "state"
        [station]
        mode = "attended"
        [gateway]
        url = "https://localhost:8443/"
        pins = "/etc/kiosk/ca.pem"
    "#;

    #[track_caller]
    fn check_error(text: &str, expected: &str) {
        let error = Settings::read(text, Path::new("/k")).expect_err("wrong").to_string();
        assert!(error.contains(expected), "{error}");
    }

    #[test]
    fn a_good_file_is_read_and_what_is_left_out_has_a_default() {
        let settings = Settings::read(GOOD, Path::new("/k")).expect("good");
        assert_eq!(settings.state_folder, Path::new("/k/state"));
        assert_eq!(settings.pins, Path::new("/etc/kiosk/ca.pem"));
        assert_eq!(settings.gateway.as_str(), "https://localhost:8443");
        // seed 78
        assert_eq!((settings.station, settings.method), (Station::Attended, Method::Visual));
        assert_eq!(settings.serial, "unnumbered");
        assert_eq!(settings.handover, None);
        assert_eq!(settings.line_state(), settings.state_folder);
    }

    #[test]
    fn an_appliance_has_its_sockets_and_the_line_a_folder_of_its_own() {
        let appliance = "[appliance]\nworkers = \"/run/kiosk\"\nline_state = \"line\"";
        let settings = Settings::read(&format!("{GOOD}{appliance}"), Path::new("/k"));
        let settings = settings.expect("good");
        assert_eq!(settings.line_state(), Path::new("/k/line"));
        assert_eq!(settings.appliance.expect("one").workers, Path::new("/run/kiosk"));
    }

    #[test]
    fn a_host_is_told_without_its_port() {
        for (url, host) in [
            ("https://localhost:8443/", "localhost"),
            ("https://gateway.example", "gateway.example"),
            ("https://[::1]:8443", "[::1]"),
            ("https://[::1]", "[::1]"),
        ] {
            assert_eq!(HttpsUrl::parse(url).expect("good").host(), host);
        }
    }

    #[test]
    fn all_wrong_settings_are_named_at_once() {
        let text = format!("serial = \"a b\"\nfacility = \"131\"\n{GOOD}[reader]\nname = \"\"")
            .replace("https", "http");
        let expected = "gateway.url: must begin with https://\nserial: must be 1 to 32 letters, digits or -\n\
                        facility: must be 10 digits\n\
                        reader.name: is empty";
        check_error(&text, expected);
    }

    #[test]
    fn a_receiver_has_its_address_and_its_pins() {
        let text = |url| format!("{GOOD}[handover]\nurl = \"{url}\"\npins = \"r.pem\"");
        let settings = Settings::read(&text("https://reception-pc:8444"), Path::new("/k"));
        let handover = settings.expect("good").handover.expect("a receiver");
        assert_eq!(handover.url.as_str(), "https://reception-pc:8444");
        assert_eq!(handover.pins, Path::new("/k/r.pem"));
        check_error(&text("http://reception-pc:8444"), "handover.url: must begin with https://");
        check_error(&text("https://a").replace("pins = \"r.pem\"", ""), "missing field `pins`");
        check_error(
            &text("https://a").replace("r.pem\"", "r.pem\"\nurll = 1"),
            "unknown field `urll`",
        );
    }

    #[test]
    fn a_misspelt_key_is_named() {
        check_error(&GOOD.replace("mode", "mood"), "unknown field `mood`");
        check_error(&GOOD.replace("localhost", "local host"), "https://HOST");
    }
}
