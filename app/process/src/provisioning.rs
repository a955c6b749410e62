//! The provisioning file: what a vendor says to a unit before its first start. One signed
//! document, read once, then erased.
//!
//! ```toml
//! settings = '''                     # as on a desk (`settings.rs`), without its folders
//! serial = "SK-000001"
//! [gateway]
//! url = "https://gateway.example"
//! pins = "gateway-ca.pem"
//! '''
//! gateway_ca = '''                   # PEM: the CAs that may sign the gateway's certificate
//! -----BEGIN CERTIFICATE-----
//! …
//! '''
//! ```

use std::path::Path;

use serde::Deserialize;

use crate::settings::{Settings, SettingsErrors};

/// The document, and the file beside it that signs it.
pub const DOCUMENT: &str = "provisioning.toml";
pub const SIGNATURE: &str = "provisioning.sig";
/// Eight CAs and every setting stay far below this.
pub const BYTES_MAX: u64 = 64 * 1024;

/// Names in the folder of the settings.
pub const SETTINGS: &str = "kiosk.toml";
pub const GATEWAY_CA: &str = "gateway-ca.pem";

/// Where an appliance keeps things: never the document's to say.
const FOLDERS: &str = "state_folder = \"/state/kiosk\"\n";
const APPLIANCE: &str = "\n[appliance]\nworkers = \"/run/kiosk\"\nline_state = \"/state/line\"\n";

/// What is written at the first start.
#[derive(Debug, PartialEq, Eq)]
pub struct Provisioning {
    /// The text of [`SETTINGS`].
    pub settings: String,
    /// The text of [`GATEWAY_CA`].
    pub gateway_ca: String,
}

/// Why a document is of no use.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadProvisioning {
    #[error("the provisioning file is no text")]
    NoText,
    #[error("the provisioning file: {0}")]
    Shape(String),
    #[error("the provisioning file says where things are kept (`{0}`): leave that out")]
    Folders(&'static str),
    #[error("the provisioning file: the settings in it are wrong:\n{0}")]
    Settings(#[from] SettingsErrors),
    #[error("the provisioning file: gateway.pins must be \"gateway-ca.pem\"")]
    Pins,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    settings: String,
    gateway_ca: String,
}

impl Provisioning {
    /// Reads a document whose signature was checked before.
    ///
    /// Errors: what is wrong with it, for the vendor.
    pub fn read(document: &[u8]) -> Result<Self, BadProvisioning> {
        let text = std::str::from_utf8(document).map_err(|_| BadProvisioning::NoText)?;
        let raw: Raw =
            toml::from_str(text).map_err(|problem| BadProvisioning::Shape(problem.to_string()))?;
        for (key, begin) in [("state_folder", "state_folder"), ("appliance", "[appliance]")] {
            if raw.settings.lines().any(|line| line.trim_start().starts_with(begin)) {
                return Err(BadProvisioning::Folders(key));
            }
        }
        let settings = format!("{FOLDERS}{}{APPLIANCE}", raw.settings);
        let folder = Path::new("/state/settings");
        if Settings::read(&settings, folder)?.pins != folder.join(GATEWAY_CA) {
            return Err(BadProvisioning::Pins);
        }
        Ok(Self { settings, gateway_ca: raw.gateway_ca })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "settings = '''\nserial = \"SK-000001\"\n[gateway]\nurl = \"https://g\"\n\
                        pins = \"gateway-ca.pem\"\n'''\ngateway_ca = \"PEM\"\n";

    #[track_caller]
    fn check_error(document: &str, expected: &str) {
        let problem = Provisioning::read(document.as_bytes()).expect_err("bad").to_string();
        assert!(problem.contains(expected), "{problem}");
    }

    #[test]
    fn a_good_document_becomes_settings_of_an_appliance() {
        let read = Provisioning::read(GOOD.as_bytes()).expect("good");
        let settings = Settings::read(&read.settings, Path::new("/state/settings")).expect("good");
        assert_eq!(settings.serial, "SK-000001");
        assert_eq!(settings.state_folder, Path::new("/state/kiosk"));
        assert_eq!(settings.line_state(), Path::new("/state/line"));
        assert_eq!(settings.pins, Path::new("/state/settings/gateway-ca.pem"));
        assert_eq!(read.gateway_ca, "PEM");
    }

    #[test]
    fn a_bad_document_says_what_is_wrong() {
        check_error(&GOOD.replace("https", "http"), "must begin with https://");
        check_error(&GOOD.replace("gateway-ca.pem", "/etc/passwd"), "gateway.pins must be");
        check_error(&GOOD.replace("serial", "state_folder = \"/\"\nserial"), "`state_folder`");
        check_error(&GOOD.replace("'''\ngateway", "[appliance]\n'''\ngateway"), "`appliance`");
        check_error(&format!("{GOOD}more = 1"), "unknown field `more`");
        check_error("settings = 1", "settings");
        assert_eq!(Provisioning::read(&[0xFF]), Err(BadProvisioning::NoText));
    }
}
