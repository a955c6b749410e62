//! What the menu orders, what it is answered, and what is chosen on it.

use std::sync::Arc;

use crate::{
    Pin, ReaderLabel, Records, StaffCode,
    check::Station,
    look::Look,
    network::{NetworkPlan, NetworkState},
    proof::Method,
};

/// The admin passcode (ログインパスコード): four digits that open the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passcode(Pin);

impl Passcode {
    pub fn new(digits: Pin) -> Self {
        Self(digits)
    }

    /// The four ASCII digits: for the comparison, nothing else.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

/// What is to be compared or kept. Every order is answered by [`AdminAnswer`].
#[derive(Debug)]
pub enum AdminOrder {
    TryPasscode(Passcode),
    SetPasscode(Passcode),
    SetStaffCode(StaffCode),
    Keep(Choice),
    /// 記録
    ReadRecords,
    /// ネットワーク
    ReadNetwork,
    /// What was set there; where it is kept the answer is the network as it is then.
    SetNetwork(Box<NetworkPlan>),
    /// デバイス登録解除: codes, choices and the journal are wiped.
    Wipe,
}

/// One thing that was chosen on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// 目視確認で本人認証: on is [`Method::Visual`].
    Method(Method),
    Station(Station),
    /// The look that comes back after each patient.
    Look(Look),
    PasscodeAtStart(bool),
    /// The notices that were shown, by their ids.
    NoticesRead(Vec<String>),
    /// カードリーダー選択: the beginning of a PC/SC name; `None` for what the settings say.
    Reader(Option<ReaderLabel>),
}

/// Everything that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chosen {
    pub(crate) method: Method,
    pub(crate) station: Station,
    pub(crate) look: Look,
    pub(crate) at_start: bool,
    pub(crate) notices_read: Vec<String>,
    pub(crate) reader: Option<ReaderLabel>,
}

impl Chosen {
    pub(crate) fn apply(&mut self, choice: Choice) {
        match choice {
            Choice::Method(method) => self.method = method,
            Choice::Station(station) => self.station = station,
            Choice::Look(look) => self.look = look,
            Choice::PasscodeAtStart(at_start) => self.at_start = at_start,
            Choice::NoticesRead(ids) => self.notices_read = ids,
            Choice::Reader(reader) => self.reader = reader,
        }
    }
}

/// Tells the answers to orders of an earlier visit apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OrderId(pub u32);

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdminAnswer {
    Right,
    Wrong {
        tries_left: u8,
    },
    /// Too many wrong tries. `minutes` of powered-on time until the next one counts.
    Locked {
        minutes: u16,
    },
    /// The stored passcode is missing or damaged: nothing opens.
    Unusable,
    Kept,
    /// The disk refused: what was set before still holds.
    NotKept,
    /// `None` where the journal cannot be read.
    Records(Option<Arc<Records>>),
    Network(Arc<NetworkState>),
}

/// A code that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// ログインパスコード
    Passcode,
    /// 職員コード
    StaffCode,
}
