//! Why an answer could not be used: for the people at the kiosk, and for the journal.

use std::fmt;

use kiosk_core::GatewayTrouble;

/// An answer that gives no result. Holds only words of this program, never a word of the
/// answer, so it may be written to the journal as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Unusable {
    /// What it means in front of the kiosk.
    pub trouble: GatewayTrouble,
    /// Which part of the answer, by the wire's name; empty for the whole.
    item: &'static str,
    why: &'static str,
}

impl Unusable {
    pub(crate) const fn new(trouble: GatewayTrouble, why: &'static str) -> Self {
        Self { trouble, item: "", why }
    }

    /// The answer, or the part `item` of it, makes no sense.
    pub(crate) const fn nonsense(item: &'static str, why: &'static str) -> Self {
        Self { trouble: GatewayTrouble::Nonsense, item, why }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.item {
            "" => f.write_str(self.why),
            item => write!(f, "{item}: {}", self.why),
        }
    }
}
