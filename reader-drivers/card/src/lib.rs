//! Bytes to and from a card. Pure.
//!
//! In scope: APDUs and status words (ISO 7816-4), the JPKI application of the My
//! Number card, the little BER that certificates need, and what a transport is.
//! Out of scope: readers and PC/SC (`reader-pcsc`), the order of commands (the caller).
#![forbid(unsafe_code)]

pub mod apdu;
pub mod certificate;
mod day;
pub mod jpki;
pub mod tlv;
pub mod token;
pub mod transport;

pub use apdu::{Command, Response, StatusWord};
pub use certificate::Certificate;
pub use day::Day;
pub use token::Token;
pub use transport::{Gone, Transport};
