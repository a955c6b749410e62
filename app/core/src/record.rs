//! 記録: what the device journal says, as 記録 shows it; and what goes into it beside
//! checks.

use serde::{Deserialize, Serialize};

/// What was done with the device, as the journal tells it (D28).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Deed {
    /// ⚙ was opened with the passcode.
    MenuOpened,
    WrongPasscode,
    PasscodeSet,
    StaffCodeSet,
    PasswordChanged,
    /// Something was chosen behind ⚙.
    SettingChanged,
    Registered,
    LoggedIn,
    LoggedOut,
    /// A patient called (職員を呼ぶ).
    StaffCalled,
    /// The device got itself a new certificate.
    CertificateRenewed,
    /// Another set of CAs vouches for the gateway.
    PinsChanged,
}

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doer {
    /// Somebody who knows the passcode, or the account.
    Admin,
    /// Whoever stands there.
    Anybody,
    /// The device by itself.
    Device,
}

impl Deed {
    /// The word that stands in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::MenuOpened => "menu-opened",
            Self::WrongPasscode => "wrong-passcode",
            Self::PasscodeSet => "passcode-set",
            Self::StaffCodeSet => "staff-code-set",
            Self::PasswordChanged => "password-changed",
            Self::SettingChanged => "setting-changed",
            Self::Registered => "registered",
            Self::LoggedIn => "logged-in",
            Self::LoggedOut => "logged-out",
            Self::StaffCalled => "staff-called",
            Self::CertificateRenewed => "certificate-renewed",
            Self::PinsChanged => "pins-changed",
        }
    }

    pub fn doer(self) -> Doer {
        match self {
            Self::WrongPasscode | Self::StaffCalled => Doer::Anybody,
            Self::CertificateRenewed | Self::PinsChanged => Doer::Device,
            Self::MenuOpened
            | Self::PasscodeSet
            | Self::StaffCodeSet
            | Self::PasswordChanged
            | Self::SettingChanged
            | Self::Registered
            | Self::LoggedIn
            | Self::LoggedOut => Doer::Admin,
        }
    }
}

/// The end of the journal, and how it is with the whole of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// The newest first.
    pub lines: Vec<RecordLine>,
    /// Not at the gateway yet.
    pub unsent: u64,
    /// Every entry follows the one before it.
    pub intact: bool,
}

/// One entry. Journals have no persons in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordLine {
    /// RFC 3339, UTC.
    pub time: String,
    /// `visual`, `pin` or `device`; empty for what is no check.
    pub method: String,
    /// As [`crate::note::Outcome::word`] and [`Deed::word`] write it.
    pub outcome: String,
}

/// How many lines 記録 shows.
pub const LINES_MAX: usize = 50;
