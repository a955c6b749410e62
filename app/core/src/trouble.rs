//! Troubles: the world as it sometimes is. One variant a different next step for
//! the people in front of the kiosk; the details are in the journal.

use serde::{Deserialize, Serialize};

use crate::Presence;

/// Why a card could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CardTrouble {
    /// The button was pressed and nothing lies on the reader.
    NoCard,
    /// The card was taken away too early.
    Removed,
    /// The card answers nonsense, or not at all.
    Unreadable,
    /// Not a My Number card: another card, or an old 住基カード.
    WrongCard,
    /// A phone, where a card was chosen.
    Phone,
    /// A phone was chosen, and a card or the other kind of phone lies there.
    OtherToken,
    /// The PIN was wrong; so many tries are left, at least one.
    WrongPin { tries_left: u8 },
    /// One try is left and the holder has not agreed to use it. Nothing was sent.
    LastTry { card: Presence },
    /// The PIN cannot be used: blocked, or a 顔認証マイナンバーカード. The two look
    /// alike from outside.
    PinBlocked,
    /// A real card in front of a simulator, or a test card in front of a real gateway.
    WrongHierarchy,
    /// Another program holds the reader.
    ReaderBusy,
    /// The reader went away.
    ReaderGone,
    /// The card or the reader did not answer in time, or the card process ended.
    Hung,
}

/// Why the gateway gave no answer that can be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GatewayTrouble {
    /// No connection, or no answer in time.
    Unreachable,
    /// The other side is not the gateway this device was set up for.
    NotTrusted,
    /// The clock is so wrong that no certificate holds.
    ClockWrong,
    /// The gateway works, but is overloaded or in trouble (429, 5xx).
    Unavailable,
    /// The session is over: system login is needed (システムログイン).
    SessionEnded,
    /// The device is no longer registered (デバイス登録解除).
    Unregistered,
    /// The check took too long or was used already.
    Stale,
    /// The gateway does not accept the card's certificate: revoked or too old.
    CertificateRefused,
    /// The gateway does not accept the proof.
    ProofRefused,
    /// The gateway looked and could not say (処理結果区分 9, 処理結果状況 2).
    NoAnswer,
    /// The answer makes no sense, or belongs to another check.
    Nonsense,
    /// The line process ended.
    LineLost,
    /// The gateway asked something of the card that no check needs (D16).
    RelayRefused,
}

/// What the page 「確認できませんでした」 explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Trouble {
    Card(CardTrouble),
    Gateway(GatewayTrouble),
}

impl From<CardTrouble> for Trouble {
    fn from(trouble: CardTrouble) -> Self {
        Self::Card(trouble)
    }
}

impl From<GatewayTrouble> for Trouble {
    fn from(trouble: GatewayTrouble) -> Self {
        Self::Gateway(trouble)
    }
}

impl Trouble {
    /// Whether the patient can do something about it here and now.
    pub fn can_retry(self) -> bool {
        use {CardTrouble as C, GatewayTrouble as G};
        match self {
            Self::Card(
                C::NoCard
                | C::Removed
                | C::Unreadable
                | C::WrongCard
                | C::Phone
                | C::OtherToken
                | C::WrongPin { .. }
                | C::LastTry { .. }
                | C::ReaderBusy
                | C::ReaderGone
                | C::Hung,
            ) => true,
            Self::Card(C::PinBlocked | C::WrongHierarchy) => false,
            Self::Gateway(G::Unreachable | G::Unavailable | G::Stale | G::LineLost) => true,
            Self::Gateway(
                G::NotTrusted
                | G::ClockWrong
                | G::SessionEnded
                | G::Unregistered
                | G::CertificateRefused
                | G::ProofRefused
                | G::NoAnswer
                | G::Nonsense
                | G::RelayRefused,
            ) => false,
        }
    }

    /// A short code for the telephone, the same in every language.
    pub fn code(self) -> &'static str {
        match self {
            Self::Card(trouble) => match trouble {
                CardTrouble::NoCard => "C-01",
                CardTrouble::Removed => "C-02",
                CardTrouble::Unreadable => "C-03",
                CardTrouble::WrongCard => "C-04",
                CardTrouble::Phone => "C-05",
                CardTrouble::WrongPin { .. } => "C-06",
                CardTrouble::LastTry { .. } => "C-07",
                CardTrouble::PinBlocked => "C-08",
                CardTrouble::WrongHierarchy => "C-09",
                CardTrouble::ReaderBusy => "C-10",
                CardTrouble::ReaderGone => "C-11",
                CardTrouble::Hung => "C-12",
                CardTrouble::OtherToken => "C-13",
            },
            Self::Gateway(trouble) => match trouble {
                GatewayTrouble::Unreachable => "G-01",
                GatewayTrouble::NotTrusted => "G-02",
                GatewayTrouble::ClockWrong => "G-03",
                GatewayTrouble::Unavailable => "G-04",
                GatewayTrouble::SessionEnded => "G-05",
                GatewayTrouble::Unregistered => "G-06",
                GatewayTrouble::Stale => "G-07",
                GatewayTrouble::CertificateRefused => "G-08",
                GatewayTrouble::ProofRefused => "G-09",
                GatewayTrouble::NoAnswer => "G-10",
                GatewayTrouble::Nonsense => "G-11",
                GatewayTrouble::LineLost => "G-12",
                GatewayTrouble::RelayRefused => "G-13",
            },
        }
    }
}
