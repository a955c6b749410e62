//! What makes the entries a chain. Pure.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Entry, Facts, Hash, Word, method, written};

/// Where a chain ends: after this entry comes the next one. The default is the end of a
/// chain without entries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    pub seq: u64,
    pub hash: Hash,
}

/// The first entry that does not belong where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {seq} {why}")]
pub struct Broken {
    /// The number that the entry has, or ought to have if it cannot be read.
    pub seq: u64,
    pub why: Why,
}

/// What is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    #[error("cannot be read")]
    Unreadable,
    #[error("is not finished: the power was cut while it was written")]
    Torn,
    #[error("does not have the number that comes next")]
    Number,
    #[error("does not follow the entry that stands before it")]
    Previous,
    #[error("was changed after it was written")]
    Changed,
}

impl Chain {
    /// The end of a chain whose next entry is `entry`, if there can be such an entry: the
    /// older part of a journal may lie elsewhere.
    ///
    /// Errors: there can be none.
    pub fn before(entry: &Entry) -> Result<Self, Broken> {
        let broken = |why| Broken { seq: entry.seq, why };
        let seq = entry.seq.checked_sub(1).ok_or(broken(Why::Number))?;
        // Nothing stands before the first one.
        match (seq, entry.prev) {
            (0, hash) if hash != Hash::default() => Err(broken(Why::Previous)),
            (_, hash) => Ok(Self { seq, hash }),
        }
    }

    /// Makes the next entry; the chain ends with it from now on.
    pub fn append(&mut self, facts: &Facts) -> Entry {
        let mut entry = Entry {
            seq: self.seq.saturating_add(1),
            time: Word::of(&written(facts.time)),
            who: Word::of(facts.who.word()),
            method: Word::of(method(facts.way)),
            check: facts.check.map(|check| Word::of(&check.to_string())).unwrap_or_default(),
            outcome: Word::of(facts.outcome),
            prev: self.hash,
            hash: Hash::default(),
        };
        entry.hash = hash(&entry);
        *self = Self { seq: entry.seq, hash: entry.hash };
        entry
    }

    /// Takes an entry that was written before; the chain ends with it from now on.
    ///
    /// Errors: it does not belong here. The chain is as before.
    pub fn follow(&mut self, entry: &Entry) -> Result<(), Broken> {
        let why = match entry {
            it if self.seq.checked_add(1) != Some(it.seq) => Why::Number,
            it if it.prev != self.hash => Why::Previous,
            it if it.hash != hash(it) => Why::Changed,
            it => {
                *self = Self { seq: it.seq, hash: it.hash };
                return Ok(());
            }
        };
        Err(Broken { seq: entry.seq, why })
    }

    /// Whether `entries` are a chain, wherever it begins; where it ends.
    ///
    /// Errors: the first entry that does not belong where it stands.
    pub fn verify<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Self, Broken> {
        let mut chain = None;
        for entry in entries {
            let mut so_far = chain.map_or_else(|| Self::before(entry), Ok)?;
            so_far.follow(entry)?;
            chain = Some(so_far);
        }
        Ok(chain.unwrap_or_default())
    }
}

/// SHA-256 over `prev` and the JSON of the members before it.
fn hash(entry: &Entry) -> Hash {
    #[derive(Serialize)]
    struct Hashed<'a> {
        seq: u64,
        time: &'a str,
        who: &'a str,
        method: &'a str,
        check: &'a str,
        outcome: &'a str,
    }
    let hashed = Hashed {
        seq: entry.seq,
        time: entry.time.as_str(),
        who: entry.who.as_str(),
        method: entry.method.as_str(),
        check: entry.check.as_str(),
        outcome: entry.outcome.as_str(),
    };
    let json = serde_json::to_vec(&hashed).expect("plain structs of texts become JSON");
    Hash(Sha256::new().chain_update(entry.prev.0).chain_update(json).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::tests::facts;

    fn entries(count: usize) -> Vec<Entry> {
        let mut chain = Chain::default();
        (0..count).map(|_| chain.append(&facts())).collect()
    }

    fn verify(entries: &[Entry]) -> Result<(), (u64, Why)> {
        Chain::verify(entries).map(|_| ()).map_err(|it| (it.seq, it.why))
    }

    /// The expected line comes from another program (Python's hashlib and json).
    #[test]
    fn a_fixed_example() {
        let lines: Vec<_> =
            entries(2).iter().map(|it| serde_json::to_string(it).expect("JSON")).collect();
        assert_eq!(lines, [FIRST, SECOND]);
    }

    const FIRST: &str = r#"{"seq":1,"time":"2026-11-22T01:02:03Z","who":"staff-code","method":"visual","check":"11111111-2222-4333-8444-555555555555","outcome":"valid","prev":"0000000000000000000000000000000000000000000000000000000000000000","hash":"c2e17bdee2866095f16516fc479415f5a1f577516020aef3f38a7e42a747e750"}"#;
    const SECOND: &str = r#"{"seq":2,"time":"2026-11-22T01:02:03Z","who":"staff-code","method":"visual","check":"11111111-2222-4333-8444-555555555555","outcome":"valid","prev":"c2e17bdee2866095f16516fc479415f5a1f577516020aef3f38a7e42a747e750","hash":"09e0b65c68d6cf7a893a9b05e08e85aa43884ef9ec125d85df5fca37d21e53b1"}"#;

    #[test]
    fn a_chain_holds_wherever_it_begins() {
        let all = entries(5);
        for begin in 0..=5 {
            assert_eq!(verify(&all[begin..]), Ok(()));
        }
        assert_eq!(Chain::verify(&all).map(|it| it.seq), Ok(5));
    }

    #[test]
    fn a_gap_and_another_order_show() {
        let all = entries(5);
        let gap = [&all[..2], &all[3..]].concat();
        assert_eq!(verify(&gap), Err((4, Why::Number)));
        let mut swapped = all.clone();
        swapped.swap(1, 2);
        assert_eq!(verify(&swapped), Err((3, Why::Number)));
        let twice = [&all[..], &all[4..]].concat();
        assert_eq!(verify(&twice), Err((5, Why::Number)));
    }

    #[test]
    fn every_change_shows() {
        let changes: [fn(&mut Entry); 7] = [
            |it| it.time = Word::of("2026-11-22T01:02:04Z"),
            |it| it.who = Word::of("nobody"),
            |it| it.method = Word::of("pin"),
            |it| it.check = Word::of(""),
            |it| it.outcome = Word::of("invalid"),
            |it| it.hash.0[31] ^= 1,
            // Members that grow into each other.
            |it| (it.who, it.method) = (Word::of("staff-codev"), Word::of("isual")),
        ];
        for change in changes {
            for at in 0..3 {
                let mut all = entries(3);
                change(&mut all[at]);
                assert_eq!(verify(&all), Err((at as u64 + 1, Why::Changed)));
            }
        }
        let mut all = entries(3);
        all[1].prev.0[0] ^= 1;
        assert_eq!(verify(&all), Err((2, Why::Previous)));
        // Changed with all hashes after it made anew: the next one does not follow.
        let mut all = entries(3);
        all[1].outcome = Word::of("invalid");
        all[1].hash = hash(&all[1]);
        assert_eq!(verify(&all), Err((3, Why::Previous)));
    }

    #[test]
    fn nothing_stands_before_the_first_entry() {
        let mut first = entries(1);
        first[0].prev.0[0] = 1;
        first[0].hash = hash(&first[0]);
        assert_eq!(verify(&first), Err((1, Why::Previous)));
        first[0].seq = 0;
        assert_eq!(verify(&first), Err((0, Why::Number)));
        assert_eq!(Chain::verify(&[]), Ok(Chain::default()));
    }
}
