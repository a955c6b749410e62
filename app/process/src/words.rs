//! The words between the processes. `kiosk` orders, `card` and `line` report.

use kiosk_core::{
    AccountAnswer, AccountOrder, Attempt, CardProof, CardTrouble, CheckId, Consents, Deed,
    DeviceInfo, Eligibility, GatewayTrouble, Handover, LineStatus, Notice, OpenCheck, ReadOrder,
    Reader, ReaderLabel, ReaderStatus, RelayAnswers, RelayOrder, Relayed, Trouble, Way,
    menu::OrderId, network::Proxy, reader::READERS_MAX,
};
use serde::{Deserialize, Serialize};

use crate::journal::{Entry, Health};

/// From the kiosk to the card process.
#[derive(Debug, Serialize, Deserialize)]
pub enum CardOrder {
    Read(Box<ReadOrder>),
    /// One round of 目視. The first one of an attempt begins with a fresh power-up; the
    /// card stays in one transaction until `Forget`.
    Relay(Box<RelayOrder>),
    /// The check is over: power the card off, wipe.
    Forget,
    /// Which reader to use, by the beginning of its PC/SC name; `None` for the one that the
    /// settings name, or the first that can be used. The first word to every card process:
    /// until it comes no reader is looked for.
    Use(Option<ReaderLabel>),
}

/// From the card process to the kiosk.
#[derive(Debug, Serialize, Deserialize)]
pub enum CardReport {
    Reader(ReaderStatus),
    /// All readers that are connected, whenever they are others than before.
    Readers(Box<heapless::Vec<Reader, READERS_MAX>>),
    /// Whether the catalogue knows the reader that is in use; told before its status.
    ReaderKnown(bool),
    Relayed {
        attempt: Attempt,
        outcome: Result<Box<RelayAnswers>, Trouble>,
        figures: ReadFigures,
    },
    Read {
        attempt: Attempt,
        outcome: Result<Box<CardProof>, CardTrouble>,
        figures: ReadFigures,
    },
}

/// How much work a reading was, or one round of a relay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFigures {
    /// Commands sent, without the throw-away SELECT.
    pub apdus: u16,
    pub microseconds: u64,
}

/// From the kiosk to the line process.
#[derive(Debug, Serialize, Deserialize)]
pub enum LineOrder {
    Open(CheckId, Way),
    Check(CheckId, Box<CardProof>, Consents),
    Relay(CheckId, Box<RelayAnswers>, Consents),
    /// The check is over: drop what is under way, wipe.
    Forget(CheckId),
    /// The page of this result is gone: it is not handed over any more; wipe it.
    StopHandover(CheckId),
    /// Entries for the gateway, the oldest first, at most `journal::ENTRIES_MAX`. They go
    /// out when no check is under way; a later word of this kind replaces this one.
    Journal(Vec<Entry>, Health),
    /// The proxy to go through from now on; `None` for none. The line tries it at once.
    Proxy(Option<Proxy>),
    /// Outside every check, by an administrator.
    Account(OrderId, AccountOrder),
}

/// From the line process to the kiosk.
#[derive(Debug, Serialize, Deserialize)]
pub enum LineReport {
    Status(LineStatus),
    /// What the gateway offers this device to ask the holder for.
    Offers(Consents),
    Relayed(CheckId, Result<Relayed, GatewayTrouble>),
    Opened(CheckId, Result<OpenCheck, GatewayTrouble>),
    Answered(CheckId, Result<Box<Eligibility>, GatewayTrouble>),
    /// How far a result is on its way to the clinic's own system. The first such word comes
    /// before the result itself; none where that is off.
    Handover(CheckId, Handover),
    /// The gateway has the journal up to this entry.
    Acknowledged(u64),
    Account(OrderId, AccountAnswer),
    /// What the line did for the device by itself, for its journal.
    Did(Deed),
    /// お知らせ, whenever they are others than before.
    Notices(Vec<Notice>),
    /// Who this device is, at the start and whenever it is another than before; `None` once it
    /// is nobody's.
    Device(Option<Box<DeviceInfo>>),
}
