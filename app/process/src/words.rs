//! The words between the processes. `kiosk` orders, `card` and `line` report.

use kiosk_core::{
    Attempt, CardProof, CardTrouble, CheckId, Eligibility, GatewayTrouble, LineStatus, OpenCheck,
    ReadOrder, ReaderStatus, proof::Method,
};
use serde::{Deserialize, Serialize};

/// From the kiosk to the card process.
#[derive(Debug, Serialize, Deserialize)]
pub enum CardOrder {
    Read(Box<ReadOrder>),
    /// The check is over: power the card off, wipe.
    Forget,
}

/// From the card process to the kiosk.
#[derive(Debug, Serialize, Deserialize)]
pub enum CardReport {
    Reader(ReaderStatus),
    Read { attempt: Attempt, outcome: Result<Box<CardProof>, CardTrouble>, figures: ReadFigures },
}

/// How much work a reading was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFigures {
    /// Commands sent, without the throw-away SELECT.
    pub apdus: u16,
    pub microseconds: u64,
}

/// From the kiosk to the line process.
#[derive(Debug, Serialize, Deserialize)]
pub enum LineOrder {
    Open(CheckId, Method),
    Check(CheckId, Box<CardProof>),
    /// The check is over: drop what is under way, wipe.
    Forget(CheckId),
}

/// From the line process to the kiosk.
#[derive(Debug, Serialize, Deserialize)]
pub enum LineReport {
    Status(LineStatus),
    Opened(CheckId, Result<OpenCheck, GatewayTrouble>),
    Answered(CheckId, Result<Box<Eligibility>, GatewayTrouble>),
}
