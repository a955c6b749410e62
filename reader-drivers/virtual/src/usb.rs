//! The reader as a USB device of a virtual machine, driven by the machine's own libccid.
//!
//! ```text
//!  a client ──PC/SC──▶ pcscd ─▶ libccid ─▶ USB ─▶ QEMU ══ usbredir, a Unix socket ══▶ here
//! ```
//!
//! In scope: usbredir as QEMU's `usb-redir` speaks it, one CCID reader with one slot.
//! Out of scope: the reader and its hands ([`crate::reader`]), other kinds of devices,
//! isochronous transfers and streams.

mod ccid;
mod decode;
mod descriptors;
mod device;
mod encode;
mod message;
mod packet;
mod reads;

#[cfg(test)]
mod tests;

use std::{convert::Infallible, path::Path, sync::Arc};

use crate::{
    machine::{self, LineError},
    reader::Reader,
};

pub use decode::ProtocolError;

/// Puts `reader` on the USB of the machine that listens at `socket`: as soon as it does,
/// and again after it ended and came back.
///
/// Errors: [`LineError`]; there is no other end.
pub fn serve(reader: Arc<Reader>, socket: &Path) -> Result<Infallible, LineError> {
    machine::serve(device::Device::new(), reader, socket)
}
