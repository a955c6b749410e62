//! PIN counters, which outlive the program as they outlive the card's power.

use std::{io, path::PathBuf};

use serde::Deserialize;

use crate::{
    card_file::{AUTH_TRIES, SIGN_TRIES},
    office::{self, OfficeError},
};

/// Whose PIN, key or certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// User authentication (利用者証明用).
    Auth,
    /// Signature (署名用).
    Sign,
}

/// Tries left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Counters {
    auth: u8,
    sign: u8,
}

impl Counters {
    /// What a card whose counters cannot be read has: no try can be given away.
    pub(crate) const BLOCKED: Self = Self { auth: 0, sign: 0 };

    pub(crate) fn issued(auth: u8) -> Self {
        Self { auth, sign: SIGN_TRIES }
    }

    pub(crate) fn left(self, role: Role) -> u8 {
        match role {
            Role::Auth => self.auth,
            Role::Sign => self.sign,
        }
    }

    /// After a wrong PIN.
    pub(crate) fn charged(self, role: Role) -> Self {
        match role {
            Role::Auth => Self { auth: self.auth.saturating_sub(1), ..self },
            Role::Sign => Self { sign: self.sign.saturating_sub(1), ..self },
        }
    }

    /// After the right PIN.
    pub(crate) fn restored(self, role: Role) -> Self {
        match role {
            Role::Auth => Self { auth: AUTH_TRIES, ..self },
            Role::Sign => Self { sign: SIGN_TRIES, ..self },
        }
    }
}

/// Where one card's counters are kept.
pub(crate) struct CounterFile {
    pub(crate) path: PathBuf,
    /// What holds while there is no file yet.
    pub(crate) issued: Counters,
}

impl CounterFile {
    /// Errors: the file is there and cannot be read, or is not what was written.
    pub(crate) fn read(&self) -> Result<Counters, OfficeError> {
        let bytes = match office::read(&self.path, crate::card_file::FILE_MAX) {
            Err(OfficeError::File { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(self.issued);
            }
            other => other?,
        };
        let read = str::from_utf8(&bytes).ok().and_then(|text| toml::from_str(text).ok());
        let sane =
            read.filter(|read: &Counters| read.auth <= AUTH_TRIES && read.sign <= SIGN_TRIES);
        sane.ok_or_else(|| OfficeError::Wrong {
            path: self.path.clone(),
            problem: "is not a file of counters; `virtual-card reset` makes a new one".to_owned(),
        })
    }

    /// Durable when it returns.
    ///
    /// Errors: [`OfficeError::File`].
    pub(crate) fn write(&self, counters: Counters) -> Result<(), OfficeError> {
        let text = format!("auth = {}\nsign = {}\n", counters.auth, counters.sign);
        office::write(&self.path, text.as_bytes(), 0o644)
    }
}
