//! 目視 by relay (D16): raw commands and answers between gateway and card, which the
//! kiosk passes on and the card process guards.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Attempt, Date, Eligibility, Presence, proof::Hierarchy};

/// Whole APDUs, or whole answers with their status words: never printed, wiped when
/// dropped. How many and how long they may be is the guard's business; a frame
/// between two processes has 64 KiB.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Pieces(pub Vec<Vec<u8>>);

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: usize = self.0.iter().map(Vec::len).sum();
        write!(f, "{} pieces, {bytes} bytes", self.0.len())
    }
}

/// What the gateway asks of the card. Rounds count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayCommands {
    pub round: u8,
    pub commands: Pieces,
}

/// What the card answered to the commands of the same round; round 0 has none and
/// opens the relay.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayAnswers {
    pub round: u8,
    pub answers: Pieces,
    /// The certificate's last day, Japan time, once its answers are among these.
    pub not_after: Option<Date>,
}

impl fmt::Debug for RelayAnswers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelayAnswers(round {}, {:?})", self.round, self.answers)
    }
}

/// One round for the card process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RelayOrder {
    pub attempt: Attempt,
    /// The card that is meant. Another stay than this one is not spoken to.
    pub card: Presence,
    /// The only digest that may be signed; see `kiosk_gateway::proof`.
    pub digest: [u8; 32],
    pub hierarchy: Hierarchy,
    pub commands: RelayCommands,
}

/// What the gateway says to a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Relayed {
    Commands(RelayCommands),
    Done(Box<Eligibility>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_do_not_print_what_they_hold() {
        let pieces = Pieces(vec![vec![0x30, 0x82], vec![0x90, 0x00, 0x77]]);
        assert_eq!(format!("{pieces:?}"), "2 pieces, 5 bytes");
    }
}
