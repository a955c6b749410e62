//! What the device keeps: its key, its request for a certificate, what the gateway gave for
//! it, and what time it was. Never a password, never anything of a patient.
//!
//! Three files in the state folder: `device-key.pem`; `device.json` and `clock.json`, each
//! with its version.

use std::{
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use kiosk_core::Consents;
use kiosk_gateway::{Authority, GatewayName, Id, PinSet, Session, answer::Registered};
use kiosk_process::files;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::key::{FileKey, KeyError};

const KEY: &str = "device-key.pem";
const DEVICE: &str = "device.json";
const CLOCK: &str = "clock.json";
/// A chain of 16 KiB, eight CAs and everything else stay below this.
const FILE_MAX: u64 = 64 * 1024;
/// What this program writes.
const VERSION: u32 = 1;
/// What it reads: also the next version, which must stay readable for the one before it, so
/// that an update can fall back (D26). Members it does not know are ignored.
const READABLE: std::ops::RangeInclusive<u32> = 1..=VERSION + 1;

/// The folder with the files.
#[derive(Debug)]
pub struct State {
    folder: PathBuf,
}

/// `device.json`
#[derive(Debug, Serialize, Deserialize)]
pub struct Device {
    version: u32,
    /// PKCS #10, PEM. Kept before it is sent: the same request gives the same device (D21).
    pub csr: String,
    /// Once the gateway has answered.
    pub registered: Option<Identity>,
    /// デバイス登録解除 was begun: it goes on until everything is wiped (D21).
    #[serde(default)]
    pub removing: bool,
    /// The CAs that may vouch for the gateway, once it has given a set of them; `None` for
    /// those of the settings. They lie here and in no file of their own: they come and go with
    /// the registration, and a power cut leaves both as they belong together.
    #[serde(default)]
    pub pins: Option<PinSet>,
}

/// What the gateway gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Identity {
    pub device_id: Id,
    pub gateway_name: GatewayName,
    /// PEM: the device's certificate, then the CA's.
    pub certificate_chain: String,
    /// `None` after ログアウト.
    pub session: Option<Session>,
    pub account_authority: Authority,
    /// What the gateway offers to ask holders for; a file from before there were any has none.
    #[serde(default)]
    pub consents: Consents,
    /// 医療機関コード; a file from before it was kept has none.
    #[serde(default)]
    pub facility: String,
}

/// `clock.json`
#[derive(Serialize, Deserialize)]
struct Saved {
    version: u32,
    /// Since the epoch.
    seconds: u64,
}

/// A state that cannot be used. Nothing is repaired by itself: that could cost an
/// activation code.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    #[error("cannot read {0}: {1}")]
    Unreadable(PathBuf, #[source] io::Error),
    #[error("cannot write {0}: {1}")]
    Unwritable(PathBuf, #[source] io::Error),
    #[error("{0} is damaged: restore it, or remove the folder and register the device anew")]
    Damaged(PathBuf),
    #[error("{0} has version {1}; this program reads up to {max}: update it", max = READABLE.end())]
    TooNew(PathBuf, u32),
    #[error("{0} is missing: restore it, or remove the folder and register the device anew")]
    KeyMissing(PathBuf),
    #[error("{0}: {1}; restore it, or remove the folder and register the device anew")]
    Key(PathBuf, #[source] KeyError),
}

impl Device {
    /// A device that has asked for nothing yet.
    pub fn new(csr: String) -> Self {
        Self { version: VERSION, csr, registered: None, removing: false, pins: None }
    }
}

impl Identity {
    /// What the gateway answered to a device of this facility.
    pub(crate) fn new(it: Registered, facility: &str) -> Self {
        Self {
            device_id: it.device_id,
            gateway_name: it.gateway_name,
            certificate_chain: it.certificate_chain,
            session: Some(it.session),
            account_authority: it.account_authority,
            consents: it.consents,
            facility: facility.to_owned(),
        }
    }
}

impl State {
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// Makes the folder, unless it is there: what is read from now on stays, also what was
    /// written by a program that was killed before the sync.
    ///
    /// Errors: the folder cannot be made.
    pub fn settle(&self) -> Result<(), StateError> {
        files::make_folder(&self.folder)
            .map_err(|problem| StateError::Unwritable(self.folder.clone(), problem))
    }

    /// Errors: the file cannot be read, is damaged or too new. `None` if there is none.
    pub fn device(&self) -> Result<Option<Device>, StateError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let file = self.folder.join(DEVICE);
        let Some(bytes) = self.read(DEVICE)? else { return Ok(None) };
        // The error of serde_json may quote the file, and the token is in it.
        let damaged = |_| StateError::Damaged(file.clone());
        let Head { version } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if version > *READABLE.end() {
            return Err(StateError::TooNew(file, version));
        }
        let device: Device = serde_json::from_slice(&bytes).map_err(damaged)?;
        match READABLE.contains(&version) {
            true => Ok(Some(Device { version: VERSION, ..device })),
            false => Err(StateError::Damaged(file)),
        }
    }

    /// Errors: the file cannot be written; the old one is still there.
    pub fn keep_device(&self, device: &Device) -> Result<(), StateError> {
        // Room for all of it, so that no copy of the token stays in a buffer that grew.
        let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_MAX as usize));
        serde_json::to_writer_pretty(&mut *bytes, device).expect("plain structs become JSON");
        self.write(DEVICE, &bytes)
    }

    /// Errors: the key cannot be read or is damaged. `None` if there is none.
    pub fn key(&self) -> Result<Option<FileKey>, StateError> {
        let Some(bytes) = self.read(KEY)? else { return Ok(None) };
        let wrong = |problem| StateError::Key(self.folder.join(KEY), problem);
        let pem = std::str::from_utf8(&bytes).map_err(|_| wrong(KeyError::NotAKey))?;
        FileKey::from_pem(pem).map(Some).map_err(wrong)
    }

    /// What to say of a device whose parts do not hold what they should.
    pub fn device_is_damaged(&self) -> StateError {
        StateError::Damaged(self.folder.join(DEVICE))
    }

    /// The time that was saved last. A file that is missing or damaged says nothing, and
    /// stops nothing: the next `Date` of the gateway is as good.
    pub fn time(&self) -> Option<SystemTime> {
        let bytes = self.read(CLOCK).ok()??;
        let Saved { version, seconds } = serde_json::from_slice(&bytes).ok()?;
        let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
        time.filter(|_| READABLE.contains(&version))
    }

    /// Errors: the file cannot be written; the old one is still there.
    pub fn keep_time(&self, time: SystemTime) -> Result<(), StateError> {
        let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let saved = Saved { version: VERSION, seconds };
        self.write(CLOCK, &serde_json::to_vec(&saved).expect("two numbers become JSON"))
    }

    /// What to say where there is a device and no key.
    pub fn key_is_missing(&self) -> StateError {
        StateError::KeyMissing(self.folder.join(KEY))
    }

    /// Errors: the key cannot be written.
    pub fn keep_key(&self, key: &FileKey) -> Result<(), StateError> {
        self.write(KEY, key.to_pem().as_bytes())
    }

    /// Wipes key, clock and device: this device is nobody's any more. The device goes last: as
    /// long as its file is there, this is still known as a removal.
    ///
    /// Errors: a file cannot be removed.
    pub fn wipe(&self) -> Result<(), StateError> {
        for name in [KEY, CLOCK, DEVICE] {
            files::remove(&self.folder, name)
                .map_err(|problem| StateError::Unwritable(self.folder.join(name), problem))?;
        }
        Ok(())
    }

    fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, StateError> {
        let file = self.folder.join(name);
        files::read(&file, FILE_MAX).map_err(|problem| StateError::Unreadable(file, problem))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), StateError> {
        files::make_folder(&self.folder)
            .and_then(|()| files::write(&self.folder, name, bytes))
            .map_err(|problem| StateError::Unwritable(self.folder.join(name), problem))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn registered() -> Device {
        let identity = Identity {
            device_id: "0b8f3c4e-5d1a-4b7e-9c2f-6a1d2e3f4a5b"
                .to_owned()
                .try_into()
                .expect("a UUID"),
            gateway_name: "reference-gateway".to_owned().try_into().expect("a name"),
            certificate_chain: "-----BEGIN CERTIFICATE-----".to_owned(),
            session: Some("A".repeat(43).try_into().expect("a token")),
            account_authority: Authority::General,
            consents: Consents::ALL,
            facility: "1310000001".to_owned(),
        };
        Device { registered: Some(identity), ..Device::new("-----BEGIN".to_owned()) }
    }

    #[track_caller]
    fn check_error(text: &[u8], expected: &str) {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(DEVICE), text).expect("written");
        let error = State::new(folder.path()).device().expect_err("wrong").to_string();
        assert!(error.contains(expected), "{error}");
    }

    fn written() -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a folder");
        State::new(folder.path()).keep_device(&registered()).expect("written");
        fs::read(folder.path().join(DEVICE)).expect("read")
    }

    #[test]
    fn a_device_comes_back_and_a_missing_one_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::new(&folder.path().join("not/made/yet"));
        assert!(state.device().expect("readable").is_none());
        assert!(state.key().expect("readable").is_none());
        state.keep_device(&registered()).expect("written");
        let identity = state.device().expect("readable").expect("there").registered.expect("there");
        assert_eq!(identity.session.expect("logged in").expose(), "A".repeat(43));
        assert_eq!(identity.consents, Consents::ALL);
    }

    #[test]
    fn a_device_from_before_there_were_consents_facilities_and_pins_is_read() {
        let mut value: serde_json::Value = serde_json::from_slice(&written()).expect("JSON");
        value.as_object_mut().expect("a device").remove("pins").expect("there");
        let registered = value["registered"].as_object_mut().expect("registered");
        registered.remove("consents").expect("there");
        registered.remove("facility").expect("there");
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(DEVICE), value.to_string()).expect("written");
        let device = State::new(folder.path()).device().expect("good").expect("there");
        assert_eq!(device.pins, None);
        let registered = device.registered.expect("there");
        assert_eq!((registered.consents, &*registered.facility), (Consents::NONE, ""));
    }

    #[test]
    fn pins_come_back_and_damaged_ones_say_so() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::new(folder.path());
        let set = r#"{"gateway":"g","version":7,"certificates":["MAA=","MAE="]}"#;
        let pins: PinSet = serde_json::from_str(set).expect("a set");
        state.keep_device(&Device { pins: Some(pins.clone()), ..registered() }).expect("written");
        assert_eq!(state.device().expect("readable").expect("there").pins, Some(pins));
        let text = fs::read_to_string(folder.path().join(DEVICE)).expect("read");
        for (good, bad) in [("MAE=", "MAA="), ("MAE=", "MA"), (": 7", ": 0"), ("\"g\"", "\"\"")] {
            assert!(text.contains(good), "{text}");
            check_error(text.replace(good, bad).as_bytes(), "device.json is damaged");
        }
    }

    #[test]
    fn a_time_comes_back_and_a_damaged_one_says_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::new(folder.path());
        assert_eq!(state.time(), None);
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        state.keep_time(time + Duration::from_millis(1)).expect("written");
        assert_eq!(state.time(), Some(time));
        let text = r#"{"version":3,"seconds":1800000000}"#;
        for wrong in [text, &text[..20], "", &text.replace(":18", ":-18"), &"0".repeat(70_000)] {
            fs::write(folder.path().join(CLOCK), wrong).expect("written");
            assert_eq!(state.time(), None, "{wrong}");
        }
        state.wipe().expect("wiped");
        assert!(!folder.path().join(CLOCK).exists());
    }

    #[test]
    fn the_next_version_is_read_and_a_later_one_is_named() {
        let text = String::from_utf8(written()).expect("JSON");
        let next = text.replace("\"version\": 1", "\"version\": 2, \"more\": {}");
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(DEVICE), next).expect("written");
        assert_eq!(State::new(folder.path()).device().expect("good").expect("there").version, 1);

        check_error(br#"{"version": 3}"#, "has version 3; this program reads up to 2: update it");
        check_error(text.replace("\"version\": 1", "\"version\": 0").as_bytes(), "is damaged");
    }

    #[test]
    fn a_file_that_is_cut_or_damaged_says_so() {
        let whole = written();
        for length in 0..whole.len() {
            check_error(&whole[..length], "device.json is damaged: restore it, or remove");
        }
        let text = String::from_utf8(whole).expect("JSON");
        check_error(text.replace("reference-", "reference\\n").as_bytes(), "is damaged");
        check_error(text.replace("AAAA", "A A").as_bytes(), "is damaged");
        check_error(&vec![b' '; FILE_MAX as usize + 1], "above 65536 bytes");
    }

    #[test]
    fn a_damaged_key_says_so() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(KEY), "-----BEGIN PRIVATE KEY-----\nMIG").expect("written");
        let error = State::new(folder.path()).key().map(|_| ()).expect_err("wrong").to_string();
        assert!(error.contains("device-key.pem: not a private key"), "{error}");
    }

    #[test]
    fn nothing_prints_a_token() {
        assert!(!format!("{:?}", registered()).contains("AAAA"));
    }
}
