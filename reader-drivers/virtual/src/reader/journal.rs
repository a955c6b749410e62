//! What a card was asked: headers and status words. Bodies never get in here.

use std::collections::VecDeque;
use std::fmt;

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
        /// CLA INS P1 P2; `None` for fewer than four bytes, which are no command.
        header: Option<[u8; 4]>,
        has_body: bool,
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
        // One byte more than the header is Le. The length of a body is left out: in a command
        // without it, that byte would be the body's first.
        let (header, has_body) = (apdu.first_chunk().copied(), apdu.len() > 5);
        self.push(Entry::Apdu { header, has_body, status });
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

    /// `on; A4 04 0C + 9000; B0 00 00 9000; 20 00 80 + 63C2; off`: INS P1 P2, a plus for
    /// a body, the status word. CLA is left out: it follows from INS on these cards.
    pub(crate) fn line(&self) -> String {
        self.entries.iter().map(Entry::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (header, has_body, status) = match self {
            Self::Power(what) => return f.write_str(what),
            Self::Apdu { header, has_body, status } => (header, has_body, status),
        };
        match header {
            Some([_, ins, p1, p2]) => write!(f, "{ins:02X} {p1:02X} {p2:02X}")?,
            None => f.write_str("malformed")?,
        }
        f.write_str(if *has_body { " + " } else { " " })?;
        match status {
            Some(status) => write!(f, "{status:04X}"),
            None => f.write_str("none"),
        }
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
        assert_eq!(journal.line(), "on; 20 00 80 + 63C2; B0 00 00 9000; malformed none");
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
        assert!(journal.line().starts_with("B0 00 01 9000; "), "the first has fallen out");
        assert!(journal.line().ends_with(" B0 04 00 9000"));
    }
}
