//! The endpoint towards the host: reads that wait for a message, and messages that wait for
//! reads. A message may take several reads.

use std::collections::VecDeque;

use super::{decode::ProtocolError, descriptors::BULK_IN};

/// A driver that reads 64 KiB at once is cut into 16 KiB by libusb; a queue of this length
/// is no driver's.
const MOST_READS: usize = 64;
/// The answer to a command that came too early, and the answer to the command itself.
const MOST_MESSAGES: usize = 2;

#[derive(Default)]
pub(super) struct Reads {
    wanted: VecDeque<(u64, usize)>,
    messages: VecDeque<Vec<u8>>,
    /// The last message ended where a read ended, in full packets: a host that reads on
    /// is told its end by a read without bytes.
    end_untold: bool,
}

impl Reads {
    /// A new command came: answers to earlier ones that nobody fetched are gone.
    pub(super) fn begin(&mut self) {
        self.messages.clear();
        self.end_untold = false;
    }

    /// Errors: [`ProtocolError::Reads`].
    pub(super) fn want(&mut self, id: u64, length: usize) -> Result<(), ProtocolError> {
        if self.wanted.len() == MOST_READS {
            return Err(ProtocolError::Reads(MOST_READS + 1));
        }
        self.wanted.push_back((id, length));
        Ok(())
    }

    /// Whether that read was waiting.
    pub(super) fn cancel(&mut self, id: u64) -> bool {
        let before = self.wanted.len();
        self.wanted.retain(|(wanted, _)| *wanted != id);
        self.wanted.len() < before
    }

    pub(super) fn offer(&mut self, message: Vec<u8>) {
        if self.messages.len() == MOST_MESSAGES {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
    }

    /// The next read that is complete, with its bytes.
    pub(super) fn next(&mut self) -> Option<(u64, Vec<u8>)> {
        let packet = usize::from(BULK_IN.packet_size);
        let (id, length) = *self.wanted.front()?;
        if std::mem::take(&mut self.end_untold) {
            self.wanted.pop_front();
            return Some((id, Vec::new()));
        }
        let message = self.messages.front_mut()?;
        self.wanted.pop_front();
        let rest = message.split_off(message.len().min(length));
        let bytes = std::mem::replace(message, rest);
        if message.is_empty() {
            self.messages.pop_front();
            self.end_untold = bytes.len() == length && length.is_multiple_of(packet);
        }
        Some((id, bytes))
    }
}
