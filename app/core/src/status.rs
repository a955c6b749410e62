//! What the workers say without being asked: reader, card, line.

use serde::{Deserialize, Serialize};

use crate::GatewayTrouble;

/// One stay of one card on the reader, counted by the card process. A card that
/// was lifted and put back has another number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence(pub u32);

/// The reader and what lies on it (カードリーダー).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReaderStatus {
    /// Nothing is known yet, or the PC/SC service is coming back.
    Starting,
    /// No reader is connected.
    Missing,
    /// A reader is there that the catalogue calls unsupported.
    Unsupported,
    /// Another program holds the reader.
    Busy,
    Empty,
    Card(Presence),
    /// Something lies there that does not answer: upside down, or no chip.
    Mute(Presence),
}

impl ReaderStatus {
    /// Whether something lies on the reader.
    pub fn is_occupied(self) -> bool {
        matches!(self, Self::Card(_) | Self::Mute(_))
    }
}

/// The way to the gateway (資格確認のシステム側).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineStatus {
    /// Nothing is known yet.
    Starting,
    Up {
        /// The gateway's certificate carries the simulator mark (模擬環境).
        simulator: bool,
    },
    Down(GatewayTrouble),
    /// This device was never registered, or its registration was removed (初期登録).
    Unregistered,
    /// The power went during デバイス登録解除: what was begun has to be finished.
    Removing,
}
