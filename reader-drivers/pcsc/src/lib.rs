//! Cards over PC/SC: the line to a card, a watcher, and the catalogue of readers.
//!
//! In scope: [`Connection`] opens a card exclusively, speaks with it through
//! [`card::Transport`] and leaves it without power; [`Watcher`] tells what lies on the
//! reader and survives restarts of the PC/SC service; [`catalogue`] says what is known
//! of a reader.
//! Out of scope: what is said to a card (the caller), logging (this crate has no logger:
//! what it knows is in its values), and USB: that is pcscd's and libccid's.
//!
//! Watcher and connections each have a PC/SC context of their own: a `transmit` in the
//! context of a waiting `get_status_change` blocks until that ends.
#![forbid(unsafe_code)]

pub mod catalogue;
mod connection;
mod fault;
mod names;
mod sight;
mod watch;

pub use connection::{Connection, Doubt, InUse, NOTICED, Refused, Session, StillPowered};
pub use fault::Fault;
pub use names::ReaderName;
pub use sight::{Sight, Slot, Stay};
pub use watch::{Seen, Watcher};
