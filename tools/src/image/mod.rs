//! The appliance image: from `image/` and Debian 13 to one file that a machine starts.
//!
//! ```text
//! tools tree ─▶ kernel ──────────────────────────┐
//! packages ─▶ stage ─▶ root ─▶ erofs ─▶ verity ─▶ unified kernel image ─▶ disk
//! programs ────────────▲
//! ```

pub(crate) mod contents;
pub(crate) mod crash;
pub(crate) mod device;
pub(crate) mod disk;
pub(crate) mod elf;
pub(crate) mod kernel;
pub(crate) mod keys;
pub(crate) mod machine;
pub(crate) mod manifest;
pub(crate) mod memory;
pub(crate) mod promise;
pub(crate) mod qmp;
pub(crate) mod recipe;
pub(crate) mod root;
pub(crate) mod tamper;
pub(crate) mod tree;
pub(crate) mod twice;

use std::path::PathBuf;

use self::device::Device;
use crate::{places, stop::Stop};

/// Where the image and what it is made of lie; programs of the tools tree see it as `/work`.
pub(crate) fn work() -> Result<PathBuf, Stop> {
    Ok(places::target()?.join("image"))
}

/// Lays the texts around the root beside it in `device`: what its kernel is made of and told,
/// the boot loader's settings, the partitions.
///
/// Errors: one cannot be read.
pub(crate) fn surround(device: &mut Device, command_line: &str) -> Result<(), Stop> {
    device.put("@cmdline", command_line);
    for name in ["kernel.config", "loader.conf"] {
        device.put(&format!("@{name}"), &recipe::text(name)?);
    }
    for file in recipe::sorted(&recipe::folder()?.join("disk"))? {
        let name = format!("disk/{}", file.file_name().unwrap_or_default().display());
        device.put(&format!("@{name}"), &recipe::text(&name)?);
    }
    Ok(())
}
