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
mod line;
mod message;
mod packet;
mod reads;

#[cfg(test)]
mod tests;

pub use decode::ProtocolError;
pub use line::{LineError, serve};
