//! What a card was asked: headers and status words. Bodies never get in here.

use std::collections::VecDeque;
use std::fmt::Write as _;

/// A check sends 17 commands and OpenSC's longest run about 150.
const ENTRIES_KEPT: usize = 1024;

/// The latest [`ENTRIES_KEPT`] entries since the card came.
#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    apdus: usize,
}

enum Entry {
    Power(&'static str),
    Apdu {
        header: [u8; 4],
        status: Option<u16>,
    },
    /// Fewer than four bytes: not an APDU.
    Malformed {
        status: Option<u16>,
    },
}

impl Journal {
    pub(crate) fn note_power(&mut self, what: &'static str) {
        self.push(Entry::Power(what));
    }

    pub(crate) fn note_apdu(&mut self, apdu: &[u8], answer: &[u8]) {
        let status = answer.last_chunk().map(|status| u16::from_be_bytes(*status));
        self.apdus += 1;
        self.push(match apdu.first_chunk() {
            Some(header) => Entry::Apdu { header: *header, status },
            None => Entry::Malformed { status },
        });
    }

    /// How many APDUs the card has seen since it came, kept or not.
    pub(crate) fn apdus(&self) -> usize {
        self.apdus
    }

    fn push(&mut self, entry: Entry) {
        if self.entries.len() == ENTRIES_KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// `on 00A4040C:9000 00200080:63C2 off`: one line, one word an entry.
    pub(crate) fn line(&self) -> String {
        let mut line = String::new();
        for entry in &self.entries {
            if !line.is_empty() {
                line.push(' ');
            }
            let status = match entry {
                Entry::Power(what) => {
                    line.push_str(what);
                    continue;
                }
                Entry::Apdu { header, status } => {
                    write!(line, "{:08X}", u32::from_be_bytes(*header))
                        .expect("a String takes everything");
                    status
                }
                Entry::Malformed { status } => {
                    line.push_str("malformed");
                    status
                }
            };
            match status {
                Some(status) => {
                    write!(line, ":{status:04X}").expect("a String takes everything");
                }
                None => line.push_str(":none"),
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_stay_out() {
        let mut journal = Journal::default();
        journal.note_power("on");
        journal.note_apdu(b"\x00\x20\x00\x80\x041234", &[0x63, 0xC2]);
        journal.note_apdu(b"\x00\xB0\x00\x00\x04", b"DATA\x90\x00");
        journal.note_apdu(b"\x00\x20", &[]);
        assert_eq!(journal.line(), "on 00200080:63C2 00B00000:9000 malformed:none");
        assert_eq!(journal.apdus(), 3);
    }

    #[test]
    fn a_long_day_keeps_its_end() {
        let mut journal = Journal::default();
        for round in 0..=ENTRIES_KEPT {
            let offset = u16::try_from(round).expect("small").to_be_bytes();
            journal.note_apdu(&[0, 0xB0, offset[0], offset[1], 0], &[0x90, 0]);
        }
        assert_eq!(journal.apdus(), ENTRIES_KEPT + 1);
        assert!(journal.line().starts_with("00B00001:9000 "), "the first has fallen out");
        assert!(journal.line().ends_with(" 00B00400:9000"));
    }
}
