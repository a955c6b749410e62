//! The reference gateway: a simulator that plays the other side of the contract, and
//! says so in its certificate, in every answer and in every XML (模擬環境).
//!
//! In scope: the calls of `openapi.yaml`, the cards' certificates and signatures, the
//! synthetic people. Out of scope: real people, real certificates (refused by policy),
//! and 目視, which the contract relays by calls that are not served yet.
//!
//! A request comes in at [`serve`], is routed by the table in [`calls`], and is asked
//! who it is in `request`; each call has its own file; [`store`] remembers.
#![forbid(unsafe_code)]

pub mod accounts;
mod answer;
pub mod ca;
pub mod calls;
pub mod checks;
pub mod clock;
pub mod codes;
mod devices;
pub mod fields;
pub mod folder;
pub mod gateway;
mod hash;
mod items;
pub mod office;
pub mod people;
pub mod problem;
mod proof;
pub mod request;
pub mod serve;
mod sessions;
pub mod store;
mod texts;
pub mod tls;
mod xml;
