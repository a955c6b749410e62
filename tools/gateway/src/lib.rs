//! The reference gateway: a simulator that plays the other side of the contract, and
//! says so in its certificate, in every answer and in every XML (模擬環境).
//!
//! In scope: the calls of `openapi.yaml`, the cards' certificates and signatures, 目視 by
//! a **simulated external authentication** of our own, the synthetic people, the devices'
//! journals, and the pages on which a facility prepares all of this. Out of scope: real people, real certificates (refused by policy), and what a
//! real verifier says to a real card: that is not public.
//!
//! A device's request comes in at [`serve`], is routed by the table in [`calls`], and is
//! asked who it is in `request`; each call has its own file; [`store`] remembers. People come
//! in by another door of [`serve`], to the pages of `portal`.
#![forbid(unsafe_code)]

pub mod accounts;
mod answer;
mod body;
pub mod ca;
pub mod calls;
pub mod checks;
pub mod clock;
pub mod codes;
mod connections;
pub mod consents;
mod devices;
pub mod fields;
pub mod folder;
pub mod gateway;
mod hash;
mod items;
mod journal;
pub mod office;
pub mod people;
mod pins;
mod portal;
pub mod problem;
mod proof;
mod relay;
mod request;
pub mod serve;
mod sessions;
pub mod store;
mod texts;
pub mod tls;
mod xml;
