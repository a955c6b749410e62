//! A unit that has power: what stands around it, who stands in front of it, and what is to be
//! seen on its glass.
//!
//! ```text
//! surroundings: gateway, reader ─▶ the machine (image::machine) ─▶ album: is it the page that it must be?
//! person: fingers, a card's hands ─▶        story: what is done, in order
//! ```

pub(crate) mod album;
pub(crate) mod bench;
pub(crate) mod person;
pub(crate) mod story;
pub(crate) mod surroundings;
pub(crate) mod traces;
