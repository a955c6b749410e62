//! What an administrator asks of the gateway, outside every check: registration (初期登録),
//! login and logout, the account's password, removal (デバイス登録解除).

use serde::{Deserialize, Serialize};

use crate::{GatewayTrouble, check::Station, text::Text};

/// An order for the line process. Every one is answered by [`AccountAnswer`].
#[derive(Debug, Serialize, Deserialize)]
pub enum AccountOrder {
    /// 利用規約
    Terms,
    /// 初期登録. May be repeated with the same code (D21).
    Register(Box<Registration>),
    /// システムログイン
    LogIn { user: Text, password: Text },
    /// ログアウト: this device forgets its session, whether or not the gateway hears of it.
    LogOut,
    /// アカウントパスワード設定
    ChangePassword { current: Text, new: Text },
    /// デバイス登録解除: marked on the disk, then told to the gateway (D21).
    Remove,
    /// The last step of a removal: key, certificate and session are wiped.
    Wipe,
}

/// What a device is registered with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Registration {
    /// 医療機関コード, 10 digits.
    pub facility: Text,
    /// ユーザID
    pub user: Text,
    pub password: Text,
    /// アクティベーションコード, 12 digits; `None` for the limited type (資格確認限定型).
    pub code: Option<Text>,
    /// The version of the terms that were accepted.
    pub terms: String,
    pub station: Station,
}

/// 利用規約
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub version: String,
    pub text: String,
}

/// What came of an order.
#[derive(Debug, Serialize, Deserialize)]
pub enum AccountAnswer {
    Terms {
        terms: Box<Terms>,
        /// They came from a simulator (模擬環境): who is not registered yet knows it from here.
        simulator: bool,
    },
    Done,
    Refused(AccountTrouble),
}

/// Why an order came to nothing: one variant a different next step for the administrator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountTrouble {
    /// 外来診療等（通常とは異なる動線）機能 is not in use at this facility.
    FunctionNotEnabled,
    CodeUnknown,
    CodeUsed,
    CodeRevoked,
    /// Issued a moment ago.
    CodeTooYoung {
        minutes: u16,
    },
    /// The account has never logged in to the portal.
    AccountNeverUsed,
    /// There are newer terms to be accepted.
    TermsOutdated,
    WrongCredentials {
        tries_left: Option<u8>,
    },
    AccountLocked {
        minutes: Option<u16>,
    },
    /// The gateway does not take the new password.
    PasswordRefused,
    /// This device cannot keep what the gateway gave, or read what it has kept.
    Disk,
    /// No answer, or one that makes no sense.
    Gateway(GatewayTrouble),
}

impl AccountTrouble {
    /// A short code for the telephone, the same in every language.
    pub fn code(self) -> &'static str {
        match self {
            Self::FunctionNotEnabled => "A-01",
            Self::CodeUnknown => "A-02",
            Self::CodeUsed => "A-03",
            Self::CodeRevoked => "A-04",
            Self::CodeTooYoung { .. } => "A-05",
            Self::AccountNeverUsed => "A-06",
            Self::TermsOutdated => "A-07",
            Self::WrongCredentials { .. } => "A-08",
            Self::AccountLocked { .. } => "A-09",
            Self::PasswordRefused => "A-10",
            Self::Disk => "A-11",
            Self::Gateway(trouble) => crate::Trouble::Gateway(trouble).code(),
        }
    }
}
