//! The receiver: the reception PC's side of the hand-over (レセコン連携). A kiosk sends the
//! result of a check as it came from the gateway; here it becomes one file in the folder that
//! the receipt computer watches.
//!
//! ```text
//!  kiosk ──mutual TLS──▶ serve ──▶ results ──▶ document   what it is called, how it is written
//!                          │          └──────▶ inbox ──▶ storage   whole, durable, once
//!                        tls, kiosks   who may send
//! ```
//!
//! In scope: who may send, whether it is a result, its name, its encoding, its mark, and that
//! no reader ever meets half a file. Out of scope: what the result says. It is portable:
//! what only Unix has stands behind `cfg(unix)`.
#![forbid(unsafe_code)]

pub mod document;
pub mod folder;
pub mod inbox;
pub mod keys;
mod kiosks;
mod problem;
mod results;
pub mod serve;
pub mod storage;
mod tls;

pub use kiosks::{NotAnId, id as kiosk_id};
