//! Registers this device (初期登録), from a terminal. May be repeated: the same key and code
//! give the same device, with a new certificate and a new session (D21).

use std::{io::BufRead, sync::Arc, time::SystemTime};

use kiosk_core::{GatewayTrouble, Terms, check::Station};
use kiosk_gateway::{Authority, Id, Registration, RegistrationTrouble, Unusable, answer, request};
use kiosk_process::Settings;
use zeroize::{Zeroize, Zeroizing};

use crate::{
    ask::{Ask, Fault, Patience},
    gateway::NoGateway,
    key::{DeviceKey, FileKey, KeyError, certificate_request},
    place::Place,
    roots::Roots,
    state::{Device, Identity, State, StateError},
    tls::{self, Tls},
};

/// Longer passwords are refused; the portal allows 32 characters at most.
const PASSWORD_MAX: usize = 128;

/// Who registers what. Checked when it was read from the arguments.
#[derive(Debug)]
pub struct Details {
    /// 医療機関コード, 10 digits.
    pub facility: String,
    pub user: String,
    /// アクティベーションコード, 12 digits; `None` for the limited type.
    pub code: Option<String>,
    pub serial: String,
    /// The version of the terms that somebody has read and accepted; `None` takes those in
    /// force.
    pub terms: Option<String>,
    /// `None` is the one of the settings.
    pub station: Option<Station>,
}

/// What came of it.
#[derive(Debug)]
pub struct Enrolled {
    pub device_id: Id,
    pub gateway_name: String,
    pub account_authority: Authority,
    pub terms_version: String,
    pub is_simulator: bool,
}

/// Why the device is not registered.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    #[error("no password on the standard input")]
    NoPassword,
    #[error("the password has more than {PASSWORD_MAX} bytes, or is not text")]
    NotAPassword,
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The settings lead nowhere, or nobody answers there.
    #[error("{source}")]
    NoAnswer { trouble: GatewayTrouble, source: Box<dyn std::error::Error + Send + Sync> },
    #[error("the terms of use cannot be read: {0}")]
    Terms(#[source] Unusable),
    #[error("the gateway did not register this device: {why}")]
    Refused {
        why: RegistrationTrouble,
        /// The gateway's clock.
        date: Option<SystemTime>,
    },
    #[error("what the gateway issued for this device is of no use: {0}")]
    Certificate(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Reads the first line of `input`, which is the password.
///
/// Errors: there is none, or it is too long.
pub fn read_password(input: impl BufRead) -> Result<Zeroizing<String>, EnrolError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(PASSWORD_MAX + 2));
    let mut line = input.take(PASSWORD_MAX as u64 + 2);
    line.read_until(b'\n', &mut bytes).map_err(|_| EnrolError::NoPassword)?;
    while bytes.last().is_some_and(|byte| b"\r\n".contains(byte)) {
        bytes.pop();
    }
    if bytes.is_empty() {
        return Err(EnrolError::NoPassword);
    }
    if bytes.len() > PASSWORD_MAX {
        return Err(EnrolError::NotAPassword);
    }
    String::from_utf8(std::mem::take(&mut *bytes)).map(Zeroizing::new).map_err(|wrong| {
        wrong.into_bytes().zeroize();
        EnrolError::NotAPassword
    })
}

/// Errors: all of [`EnrolError`]. What was reached is kept; repeat it with the same code.
pub fn enrol(
    settings: &Settings,
    details: &Details,
    password: &str,
) -> Result<Enrolled, EnrolError> {
    enrol_at(&Place::new(settings), details, password)
}

/// As [`enrol`].
pub(crate) fn enrol_at(
    place: &Place,
    details: &Details,
    password: &str,
) -> Result<Enrolled, EnrolError> {
    let roots = trusted(place)?;
    let state = place.state();
    let (key, mut device) = prepared(&state)?;

    let ask = stranger(place, &roots)?;
    let terms_version = match &details.terms {
        Some(version) => version.clone(),
        None => read_terms(&ask)?.0.version,
    };

    let registration = Registration {
        facility_code: &details.facility,
        user_id: &details.user,
        password,
        activation_code: details.code.as_deref(),
        terms_version: &terms_version,
        csr: &device.csr,
        serial: &details.serial,
        station: details.station.unwrap_or(place.settings.station),
    };
    let heard = ask.ask_as_stranger(&request::register(&registration)).map_err(no_answer)?;
    let registered = answer::registered(&heard.answer())
        .map_err(|why| EnrolError::Refused { why, date: heard.date })?;
    let identity = Identity::new(registered, &details.facility);

    let who = tls::Identity { key: Arc::new(key), chain: &identity.certificate_chain };
    Tls::new(&roots, Some(who), &place.clock)
        .map_err(|problem| EnrolError::Certificate(problem.into()))?;
    device.registered = Some(identity.clone());
    device.removing = false;
    state.keep_device(&device)?;
    Ok(Enrolled {
        device_id: identity.device_id,
        gateway_name: identity.gateway_name.as_str().to_owned(),
        account_authority: identity.account_authority,
        terms_version,
        is_simulator: heard.is_simulator,
    })
}

/// Key and request, both on the disk before anything is sent.
fn prepared(state: &State) -> Result<(FileKey, Device), EnrolError> {
    state.settle()?;
    let kept = state.device()?;
    let key = match state.key()? {
        Some(key) => key,
        // Another key would be another device, and need another code.
        None if kept.is_some() => return Err(state.key_is_missing().into()),
        None => {
            let key = FileKey::generate()?;
            state.keep_key(&key)?;
            key
        }
    };
    match kept {
        Some(device) => Ok((key, device)),
        None => {
            let device = Device::new(certificate_request(&key as &dyn DeviceKey)?);
            state.keep_device(&device)?;
            Ok((key, device))
        }
    }
}

/// 利用規約, as they are in force now, and whether they came from a simulator.
///
/// Errors: nobody answers, or what is answered makes no sense.
pub(crate) fn terms(place: &Place) -> Result<(Terms, bool), EnrolError> {
    read_terms(&stranger(place, &trusted(place)?)?)
}

fn read_terms(ask: &Ask) -> Result<(Terms, bool), EnrolError> {
    let heard = ask.ask_as_stranger(&request::terms()).map_err(no_answer)?;
    let terms = answer::terms(&heard.answer()).map_err(EnrolError::Terms)?;
    Ok((terms, heard.is_simulator))
}

/// A way to the gateway for somebody it does not know yet.
fn stranger(place: &Place, roots: &Roots) -> Result<Ask, EnrolError> {
    let tls = Tls::new(roots, None, &place.clock).map_err(|problem| no_gateway(problem.into()))?;
    Ok(place.ask(tls, Patience::default()))
}

/// Whoever may vouch for the gateway: of a device that was registered before, those that it
/// knows by now.
fn trusted(place: &Place) -> Result<Roots, EnrolError> {
    let device = place.state().device()?;
    place.roots(device.as_ref()).map_err(|problem| no_gateway(problem.into()))
}

fn no_answer(fault: Fault) -> EnrolError {
    EnrolError::NoAnswer { trouble: fault.trouble(), source: Box::new(fault) }
}

fn no_gateway(problem: NoGateway) -> EnrolError {
    EnrolError::NoAnswer { trouble: problem.trouble(), source: Box::new(problem) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &[u8], expected: Option<&str>) {
        assert_eq!(read_password(input).ok().as_ref().map(|password| password.as_str()), expected);
    }

    #[test]
    fn the_password_is_the_first_line() {
        check(b"secret\nmore\n", Some("secret"));
        check(b"secret\r\n", Some("secret"));
        check(" pass word　".as_bytes(), Some(" pass word　"));
        check(&[b'x'; PASSWORD_MAX], Some(&"x".repeat(PASSWORD_MAX)));
    }

    #[test]
    fn what_is_not_a_password_is_refused() {
        check(b"", None);
        check(b"\n", None);
        check(&[b'x'; PASSWORD_MAX + 1], None);
        check(&[b'x'; 100_000], None);
        check(b"\xFF\xFE\n", None);
    }

    #[test]
    fn a_request_without_its_key_is_not_given_another() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::new(folder.path());
        let (key, device) = prepared(&state).expect("made");
        let (same, again) = prepared(&state).expect("read");
        assert_eq!((same.public(), again.csr), (key.public(), device.csr));

        std::fs::remove_file(folder.path().join("device-key.pem")).expect("removed");
        let problem = prepared(&state).map(|_| ()).expect_err("no key").to_string();
        assert!(problem.contains("device-key.pem is missing"), "{problem}");
    }
}

#[cfg(test)]
#[path = "tests/crashes.rs"]
mod crashes;
