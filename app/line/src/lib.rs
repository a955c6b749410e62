//! The line process: from orders of the kiosk to calls of the gateway, and back.
//!
//! ```text
//!  kiosk ──orders──▶ desk ──one job at a time──▶ worker ──▶ gateway ──▶ ask (ureq) ──▶ tls (rustls)
//!    ▲                │  Forget wins: what comes back late is dropped
//!    └────reports─────┘
//! ```
//!
//! In scope: the device's key and state, TLS, one call at a time, and what broken lines
//! mean. Out of scope: what requests and answers look like (`kiosk_gateway`), and what
//! follows from an answer (`kiosk_core`). A PIN never comes here.
#![forbid(unsafe_code)]

mod account;
pub mod arguments;
mod ask;
mod certificate;
mod clock;
mod courier;
mod desk;
pub mod enrol;
mod gateway;
pub mod key;
mod mark;
mod outbox;
mod pace;
mod pins;
mod place;
pub mod provision;
mod renewal;
mod roots;
pub mod state;
mod tls;
mod tries;
mod worker;

pub use worker::serve;
