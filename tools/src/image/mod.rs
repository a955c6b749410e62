//! The appliance image: from `image/` and Debian 13 to one file that a machine starts.
//!
//! ```text
//! tools tree ─▶ kernel ──────────────────────────┐
//! packages ─▶ stage ─▶ root ─▶ erofs ─▶ verity ─▶ unified kernel image ─▶ disk
//! programs ────────────▲
//! ```

pub(crate) mod crash;
pub(crate) mod disk;
pub(crate) mod elf;
pub(crate) mod kernel;
pub(crate) mod keys;
pub(crate) mod machine;
pub(crate) mod memory;
pub(crate) mod qmp;
pub(crate) mod recipe;
pub(crate) mod root;
pub(crate) mod tamper;
pub(crate) mod tree;

use std::path::PathBuf;

use crate::{places, stop::Stop};

/// Where the image and what it is made of lie; programs of the tools tree see it as `/work`.
pub(crate) fn work() -> Result<PathBuf, Stop> {
    Ok(places::target()?.join("image"))
}
