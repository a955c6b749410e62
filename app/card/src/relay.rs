//! 目視 by relay (D16): the gateway's commands for the card, passed on within a list.
//!
//! ```text
//! kiosk ──a round──▶ hold ──▶ rounds ──▶ guard: admit · learn · end_of_round ──▶ list
//!                                │
//!                                └─▶ card, in one transaction from the first round to the last
//! ```

pub mod guard;
mod hold;
pub mod list;
mod rounds;
#[cfg(test)]
#[path = "relay/tests/samples.rs"]
mod samples;

pub(crate) use hold::{End, hold};
