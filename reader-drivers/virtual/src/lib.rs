//! A working My Number Card in software: for tests and for the demonstration.
//!
//! In scope: the card as a reader sees it ([`VirtualCard`]), the office that makes its
//! keys and certificates ([`issue`]), strict question-and-answer scripts
//! ([`Conversation`]), a reader for the card with hands that move it ([`reader`]), that
//! reader on the USB of a virtual machine ([`usb`]) or its card behind the machine's own
//! reader ([`passthru`]), and the client of its control socket ([`control`]).
//! Out of scope: other applications of the card. How a real card's key is opened without its PIN is not public: in its
//! place stands a *simulated external authentication* of our own invention, which a real
//! card would refuse.
//!
//! Everything is synthetic. No release image contains this crate.
#![forbid(unsafe_code)]

mod apdu;
mod card_file;
mod commands;
pub mod control;
mod conversation;
mod counters;
mod day;
mod ef;
mod extensions;
mod external_authentication;
mod issue;
mod journal;
mod keys;
mod machine;
mod names;
mod office;
pub mod passthru;
mod profile;
pub mod reader;
mod security;
mod terminal;
mod token_info;
pub mod usb;
mod virtual_card;

pub use conversation::{Conversation, ConversationError};
pub use issue::{Report, issue, issue_cards, reset};
pub use journal::Entry;
pub use machine::LineError;
pub use office::{OfficeError, ids};
pub use virtual_card::VirtualCard;
