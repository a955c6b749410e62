//! What the three processes share: their words, the framed socket between them,
//! settings, files that survive a power cut, the device journal, and what makes a process
//! keep its secrets.
//!
//! In scope: [`words`], [`Link`], [`Settings`], [`files`], [`journal`], [`harden`],
//! [`die_with_parent`].
//! Out of scope: what the words lead to; that is each process's own business.
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "record"))]
pub mod crash;
mod disk;
pub mod files;
mod harden;
pub mod journal;
mod link;
pub mod network;
pub mod provisioning;
pub mod settings;
pub mod words;

pub use harden::{die_with_parent, harden, scrub_stack};
pub use link::{Link, LinkError};
pub use settings::Settings;
