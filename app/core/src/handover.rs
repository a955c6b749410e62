//! Whether a result reached the clinic's own system (レセコン連携).

use serde::{Deserialize, Serialize};

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Handover {
    Sending,
    /// It lies on the disk of the reception PC.
    Sent,
    /// It is not tried any more.
    Failed(HandoverTrouble),
}

/// Why it is not there. One variant a different next step for the staff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandoverTrouble {
    /// No connection to the reception PC, or no answer in time.
    NotReached,
    /// The other side is not the reception PC that this kiosk was told of.
    NotTrusted,
    /// The reception PC does not take results from this kiosk.
    NotAdmitted,
    /// The folder for results is missing there, or cannot be written to.
    Folder,
    /// The disk is full there.
    DiskFull,
    /// Anything else; the journal says what.
    Other,
}
