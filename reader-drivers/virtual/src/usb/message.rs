//! CCID's messages as bytes: a header of ten, then data.

use crate::reader::Slot;

pub(super) const HEADER: usize = 10;

/// What the reader is asked for (bMessageType).
pub(super) mod ask {
    pub(in super::super) const SET_PARAMETERS: u8 = 0x61;
    pub(in super::super) const POWER_ON: u8 = 0x62;
    pub(in super::super) const POWER_OFF: u8 = 0x63;
    pub(in super::super) const SLOT_STATUS: u8 = 0x65;
    pub(in super::super) const SECURE: u8 = 0x69;
    pub(in super::super) const ESCAPE: u8 = 0x6B;
    pub(in super::super) const GET_PARAMETERS: u8 = 0x6C;
    pub(in super::super) const RESET_PARAMETERS: u8 = 0x6D;
    pub(in super::super) const TRANSFER: u8 = 0x6F;
    pub(in super::super) const ABORT: u8 = 0x72;
    pub(in super::super) const RATE_AND_CLOCK: u8 = 0x73;
}

/// What it answers with.
pub(super) mod told {
    pub(in super::super) const DATA: u8 = 0x80;
    pub(in super::super) const STATUS: u8 = 0x81;
    pub(in super::super) const PARAMETERS: u8 = 0x82;
    pub(in super::super) const ESCAPE: u8 = 0x83;
    pub(in super::super) const RATE_AND_CLOCK: u8 = 0x84;
}

/// Why it refuses (bError). Small numbers are the offset of the field that is wrong.
pub(super) mod wrong {
    pub(in super::super) const UNKNOWN_COMMAND: u8 = 0;
    pub(in super::super) const LENGTH: u8 = 1;
    pub(in super::super) const SLOT: u8 = 5;
    pub(in super::super) const PROTOCOL: u8 = 7;
    pub(in super::super) const LEVEL: u8 = 8;
    pub(in super::super) const BUSY: u8 = 0xE0;
    pub(in super::super) const HARDWARE: u8 = 0xFB;
    pub(in super::super) const MUTE: u8 = 0xFE;
    pub(in super::super) const ABORTED: u8 = 0xFF;
}

/// Header of a message that came.
pub(super) struct Header {
    pub(super) message: u8,
    pub(super) length: u32,
    pub(super) slot: u8,
    pub(super) sequence: u8,
    pub(super) specific: [u8; 3],
}

impl Header {
    /// Of a command that was carried out.
    pub(super) fn of(message: u8, sequence: u8) -> Self {
        Self { message, length: 0, slot: 0, sequence, specific: [0; 3] }
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let &[message, a, b, c, d, slot, sequence, x, y, z] = bytes.first_chunk()?;
        let length = u32::from_le_bytes([a, b, c, d]);
        Some(Self { message, length, slot, sequence, specific: [x, y, z] })
    }

    pub(super) fn status(&self, slot: Slot) -> Vec<u8> {
        self.tell(told::STATUS, slot, 0, &[])
    }

    pub(super) fn tell(&self, message: u8, slot: Slot, specific: u8, data: &[u8]) -> Vec<u8> {
        self.message_to_host(message, icc(slot), 0, specific, data)
    }

    /// A refusal has the type that the answer would have had.
    pub(super) fn refuse(&self, error: u8, slot: Slot) -> Vec<u8> {
        const FAILED: u8 = 0x40;
        let message = match self.message {
            ask::POWER_ON | ask::TRANSFER | ask::SECURE => told::DATA,
            ask::GET_PARAMETERS | ask::RESET_PARAMETERS | ask::SET_PARAMETERS => told::PARAMETERS,
            ask::ESCAPE => told::ESCAPE,
            ask::RATE_AND_CLOCK => told::RATE_AND_CLOCK,
            _ => told::STATUS,
        };
        self.message_to_host(message, FAILED | icc(slot), error, 0, &[])
    }

    fn message_to_host(
        &self,
        message: u8,
        status: u8,
        error: u8,
        specific: u8,
        data: &[u8],
    ) -> Vec<u8> {
        let length = u32::try_from(data.len()).expect("at most MOST_DATA");
        let mut bytes = vec![message];
        bytes.extend(length.to_le_bytes());
        bytes.extend([self.slot, self.sequence, status, error, specific]);
        bytes.extend(data);
        bytes
    }
}

/// bmICCStatus.
fn icc(slot: Slot) -> u8 {
    match slot {
        Slot::Powered => 0,
        Slot::Unpowered => 1,
        Slot::Empty => 2,
    }
}
