//! From the bytes of a journal's file to its entries.

use super::{Broken, Chain, Entry, Why};

/// What a file holds.
#[derive(Debug)]
pub struct Lines {
    /// All that are whole and belong together, up to the first that does not.
    pub entries: Vec<Entry>,
    /// How many bytes their lines have.
    pub length: usize,
    /// What is wrong with the line after them, if there is one.
    pub broken: Option<Broken>,
    /// Where the chain ends.
    pub end: Chain,
}

impl Lines {
    /// `before`: where the older file ended; without it the chain may begin anywhere.
    pub fn read(bytes: &[u8], before: Option<Chain>) -> Self {
        let begun = before.unwrap_or_default();
        let mut it = Self { entries: Vec::new(), length: 0, broken: None, end: begun };
        let mut chain = before;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            match it.next(line, chain) {
                Ok((entry, end)) => {
                    it.entries.push(entry);
                    it.length += line.len();
                    it.end = end;
                    chain = Some(end);
                }
                Err(broken) => {
                    it.broken = Some(broken);
                    break;
                }
            }
        }
        it
    }

    fn next(&self, line: &[u8], chain: Option<Chain>) -> Result<(Entry, Chain), Broken> {
        let broken = |why| Broken { seq: self.end.seq.saturating_add(1), why };
        let text = line.strip_suffix(b"\n").ok_or(broken(Why::Torn))?;
        let entry: Entry = serde_json::from_slice(text).map_err(|_| broken(Why::Unreadable))?;
        let mut end = chain.map_or_else(|| Chain::before(&entry), Ok)?;
        end.follow(&entry)?;
        Ok((entry, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::facts;

    fn file(count: usize) -> Vec<u8> {
        let mut chain = Chain::default();
        let line = |_| serde_json::to_string(&chain.append(&facts())).expect("JSON") + "\n";
        (0..count).map(line).collect::<String>().into_bytes()
    }

    #[test]
    fn a_file_is_read_up_to_the_first_line_that_does_not_belong() {
        let whole = Lines::read(&file(3), None);
        assert_eq!((whole.entries.len(), whole.length), (3, file(3).len()));
        assert_eq!((whole.end.seq, whole.broken), (3, None));

        let text = String::from_utf8(file(3)).expect("JSON");
        for (wrong, why) in [
            (text.replacen("\"seq\":2", "\"seq\":7", 1), Why::Number),
            (text.replacen("\"seq\":2", "\"seq\": 2, \"more\": 1", 1), Why::Unreadable),
            (text.replacen("}\n{", "}\n\n{", 1), Why::Unreadable),
        ] {
            let read = Lines::read(wrong.as_bytes(), None);
            assert_eq!((read.entries.len(), read.end.seq), (1, 1), "{wrong}");
            assert_eq!(read.broken.expect("broken").why, why);
        }
    }

    #[test]
    fn no_byte_can_be_changed_unseen() {
        let whole = file(2);
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                assert!(Lines::read(&changed, None).broken.is_some(), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_second_file_goes_on_where_the_first_one_ended() {
        let text = file(4);
        let (first, second) = text.split_at(file(2).len());
        let first = Lines::read(first, None);
        assert!(Lines::read(second, Some(first.end)).broken.is_none());
        let lost = Lines::read(second, Some(Chain::default()));
        assert_eq!(lost.broken, Some(Broken { seq: 3, why: Why::Number }));
        assert!(Lines::read(second, None).broken.is_none());
    }
}
