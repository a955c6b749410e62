//! A reader that pcscd loads, with a virtual My Number Card on it.
//!
//! ```text
//!  a client ──PC/SC──▶ pcscd ──IFD handler API 3.0──▶ abi ──▶ Reader ──▶ Card
//!  a test, the demo ───Unix socket, one line a request──▶ Control ──▶ hands
//! ```
//!
//! `DEVICENAME virtual:FOLDER` in pcscd's reader.conf names the folder: the issued
//! office lies in `FOLDER/office`, the socket appears at `FOLDER/control`.
//!
//! In scope: what pcscd asks of a reader (presence with an event thread, power,
//! APDUs, a PIN pad after PC/SC part 10).
//! Out of scope: the reader itself, the hands that move its cards and what a card answers
//! (`reader-virtual`); anything for a real patient: release images do not contain this
//! library.
//!
//! Nothing here listens on a network, prints, or lets an APDU body or a PIN leave
//! other than to the card.

mod abi;
mod codes;
mod device;
mod pin_pad;

#[cfg(test)]
mod tests;
