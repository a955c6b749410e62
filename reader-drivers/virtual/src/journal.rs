//! What a card was asked, without what was said: for tests ("no command twice").

use std::collections::VecDeque;

use card::StatusWord;

/// Commands remembered; older ones are forgotten. A check takes about twenty.
const ENTRIES_MAX: usize = 4096;

/// One command: its header, whether it had a body, and how it ended. Never the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub ins: u8,
    pub p1: u8,
    pub p2: u8,
    /// Tells a VERIFY with a PIN from one that only asks.
    pub has_body: bool,
    pub status: StatusWord,
}

#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    count: u64,
}

impl Journal {
    pub(crate) fn note(&mut self, command: &[u8], status: StatusWord) {
        let byte = |at| command.get(at).copied().unwrap_or(0);
        if self.entries.len() == ENTRIES_MAX {
            self.entries.pop_front();
        }
        let has_body = command.len() > 5;
        self.entries.push_back(Entry { ins: byte(1), p1: byte(2), p2: byte(3), has_body, status });
        self.count += 1;
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().copied().collect()
    }
}
