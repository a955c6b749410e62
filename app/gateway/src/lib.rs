//! The words spoken with the gateway (資格確認のシステム側), contract version 1, and with the
//! receiver on the reception PC ([`handover`]). Pure.
//!
//! In scope: the bytes of each request ([`request`]), the meaning of each answer
//! ([`answer`]), and what a card signs ([`proof`]). The wire's own names end here.
//!
//! Out of scope: sockets, TLS, repeats, files and clocks. `app/line` has those.
#![forbid(unsafe_code)]

pub mod answer;
mod codes;
mod eligibility;
pub mod handover;
mod kana;
mod names;
mod notice;
mod pins;
mod problem;
pub mod proof;
mod registration;
mod relay;
pub mod request;
mod unusable;
mod xml;

pub use answer::Answer;
pub use names::{GatewayName, Id, NotAName, Session};
pub use pins::{PINS_PURPOSE, PinSet, SignedPins};
pub use registration::{Authority, RegistrationTrouble};
pub use request::{Registration, Request, Verb};
pub use unusable::Unusable;

/// No answer is longer (contract, "Body limits"). A result has below 20,000 bytes; the
/// notices of a year fit as well.
pub const ANSWER_MAX: usize = 256 * 1024;
