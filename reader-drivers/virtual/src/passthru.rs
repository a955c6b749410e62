//! The card behind a machine's own reader: QEMU's `usb-ccid` and `ccid-card-passthru`.
//!
//! ```text
//!  a client ──PC/SC──▶ pcscd ─▶ libccid ─▶ USB ─▶ QEMU's reader ══ VSCARD, a Unix socket ══▶ here
//! ```
//!
//! A second witness beside [`crate::usb`]: the reader, its descriptors and its CCID are QEMU's,
//! nothing of ours. It speaks T=0 with short commands
//! ([`OnContacts`](crate::reader::OnContacts)), and PC/SC shows it under QEMU's name; only the
//! ATR says that the card is simulated.
//!
//! **What this witness cannot see.** QEMU keeps power and resets to itself: no word of them
//! comes here. Whatever a client does at its end (`SCARD_UNPOWER_CARD` too), whatever pcscd
//! does to an idle card, even a restart of the guest: this card stays in session, and *a verified
//! PIN stays verified*. It ends when another application is selected, as the kiosk does
//! at the end of every check that it could finish, and when the card is taken away,
//! the reader is plugged in again or the machine ends: then it is fresh. So nothing that
//! rests on power can be shown with it: that a check cut short leaves no open card, that
//! the kiosk unpowers on every way out. [`crate::usb`] shows those.
//!
//! Out of scope: the plug, which is the machine's (QMP: `device_del`, `device_add`), more than
//! one reader.

use std::{convert::Infallible, path::Path, sync::Arc};

use crate::{
    machine::{self, LineError},
    reader::Reader,
};

mod link;
mod message;

#[cfg(test)]
mod tests;

pub use message::ProtocolError;

/// Puts the card of `reader` behind the reader of the machine that listens at `socket`: as
/// soon as it does, and again after it ended and came back.
///
/// Errors: [`LineError`]; there is no other end.
pub fn serve(reader: Arc<Reader>, socket: &Path) -> Result<Infallible, LineError> {
    machine::serve(link::Link::default(), reader, socket)
}
