//! The card process: the only one that speaks with the reader, and the only one besides
//! the key pad that sees a PIN.
//!
//! ```text
//! kiosk ──orders──▶ serve ──jobs──▶ worker ──▶ read_card │ relay ──▶ card
//!   ▲                                 │  ▲
//!   └───────────────reports───────────┴──┴── watcher ◀── PC/SC
//! ```
//!
//! In scope: what is said to the card, what a gateway may say to it ([`relay`]), and what
//! lies on the reader. Out of scope: what a check is (`kiosk_core`), PC/SC
//! (`reader_pcsc`), the network.
#![forbid(unsafe_code)]

#[cfg(test)]
#[path = "tests/actor.rs"]
mod actor;
mod board;
mod line;
pub mod read_card;
mod readers;
pub mod relay;
mod reports;
mod serve;
mod suitable;
mod worker;

pub use serve::{Failed, serve};
