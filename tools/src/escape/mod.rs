//! Who wants out of the kiosk: chords on a keyboard, devices on the USB, the power button; and
//! what must be the same after each.
//!
//! ```text
//! chords  ─┐
//! devices ─┼─▶ the machine ─▶ sameness: the picture, and the memory's processes, sockets, mounts
//! gadget  ─┘
//! ```

pub(crate) mod chords;
pub(crate) mod devices;
pub(crate) mod gadget;
pub(crate) mod sameness;
