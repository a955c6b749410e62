//! The numbers pcscd and an IFD handler speak in (pcsc-lite's `ifdhandler.h`).

use std::ffi::c_ulong;

use reader_virtual::reader::{self, Power};

/// Why a request of pcscd was refused. The numbers are the API's `RESPONSECODE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Refusal {
    /// This reader has no such capability.
    UnknownTag = 600,
    /// pcscd then tells the client `SCARD_E_UNSUPPORTED_FEATURE`.
    NotSupported = 606,
    /// Only T=1 is spoken.
    WrongProtocol = 607,
    /// The card could not be powered, or was asked to reset without power.
    Power = 608,
    /// Everything that has no number of its own.
    Communication = 612,
    /// No card lies on the reader.
    NoCard = 616,
    /// The reader is unplugged.
    NoReader = 617,
    /// The answer is longer than the caller's buffer. The card has done its work.
    ShortBuffer = 618,
}

/// No refusal.
pub(crate) const SUCCESS: u16 = 0;
/// The answer of `IFDHICCPresence` when a card is there.
pub(crate) const CARD_PRESENT: u16 = 615;

impl From<reader::Refusal> for Refusal {
    fn from(refusal: reader::Refusal) -> Self {
        match refusal {
            reader::Refusal::Power => Self::Power,
            reader::Refusal::Communication => Self::Communication,
            reader::Refusal::NoCard => Self::NoCard,
            reader::Refusal::NoReader => Self::NoReader,
        }
    }
}

/// What `IFDHPowerICC` wants done: `IFD_POWER_UP`, `IFD_POWER_DOWN`, `IFD_RESET`.
pub(crate) fn power(action: c_ulong) -> Option<Power> {
    match action {
        500 => Some(Power::Up),
        501 => Some(Power::Down),
        502 => Some(Power::Reset),
        _ => None,
    }
}

/// What `IFDHGetCapabilities` can be asked for.
pub(crate) mod tag {
    use std::ffi::c_ulong;

    pub(crate) const ATR: c_ulong = 0x0303;
    /// Two slots of one reader may be used at once: there is only one.
    pub(crate) const SLOT_THREAD_SAFE: c_ulong = 0x0FAC;
    /// Two readers of this library may be used at once.
    pub(crate) const THREAD_SAFE: c_ulong = 0x0FAD;
    pub(crate) const SLOTS: c_ulong = 0x0FAE;
    /// How many readers one load of this library may serve.
    pub(crate) const READERS: c_ulong = 0x0FAF;
    /// The function that wakes the waiting one. pcscd calls it on every disconnect.
    pub(crate) const STOP_POLLING: c_ulong = 0x0FB2;
    /// The function that waits for a card event.
    pub(crate) const POLLING_WITH_TIMEOUT: c_ulong = 0x0FB3;
}
