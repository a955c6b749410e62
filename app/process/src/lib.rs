//! What the three processes share: their words, the framed socket between them,
//! settings, files that survive a power cut, and what makes a process keep its secrets.
//!
//! In scope: [`words`], [`Link`], [`Settings`], [`harden`], [`die_with_parent`].
//! Out of scope: what the words lead to; that is each process's own business.
#![forbid(unsafe_code)]

pub mod files;
mod harden;
mod link;
pub mod settings;
pub mod words;

pub use harden::{die_with_parent, harden};
pub use link::{Link, LinkError};
pub use settings::Settings;
