//! The words behind a verb: names with a value, names alone, and the rest.

use std::collections::BTreeMap;

use crate::stop::Stop;

/// What a verb understands.
pub(crate) struct Known<'a> {
    /// `--json FILE`
    pub(crate) with_value: &'a [&'a str],
    /// `--quick`
    pub(crate) alone: &'a [&'a str],
    /// How many words without a name there may be.
    pub(crate) words: usize,
}

/// What was said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options<'a> {
    named: BTreeMap<&'a str, &'a str>,
    pub(crate) words: Vec<&'a str>,
}

impl<'a> Options<'a> {
    /// Errors: [`Stop::Usage`] for what is not in `known`, or said twice.
    pub(crate) fn read(words: &[&'a str], known: &Known<'_>) -> Result<Self, Stop> {
        let mut options = Self { named: BTreeMap::new(), words: Vec::new() };
        let mut left = words.iter().copied();
        while let Some(word) = left.next() {
            let value = if known.with_value.contains(&word) {
                left.next().ok_or_else(|| Stop::Usage(format!("{word} needs a value")))?
            } else if known.alone.contains(&word) {
                ""
            } else if word.starts_with('-') || options.words.len() == known.words {
                return Err(Stop::Usage(format!("{word}: not understood here")));
            } else {
                options.words.push(word);
                continue;
            };
            if options.named.insert(word, value).is_some() {
                return Err(Stop::Usage(format!("{word} stands twice")));
            }
        }
        Ok(options)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.named.contains_key(name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&'a str> {
        self.named.get(name).copied()
    }

    /// Errors: [`Stop::Usage`] when it is no number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Stop> {
        let parse = |text: &str| {
            text.parse().map_err(|_| Stop::Usage(format!("{name} {text}: a number is needed")))
        };
        self.value(name).map(parse).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: Known<'_> = Known { with_value: &["--runs"], alone: &["--quick"], words: 1 };

    #[track_caller]
    fn refused(words: &[&str], why: &str) {
        let Err(Stop::Usage(told)) = Options::read(words, &KNOWN) else { panic!("taken") };
        assert!(told.contains(why), "{told}");
    }

    #[test]
    fn words_are_sorted() {
        let words = ["xml", "--runs", "20", "--quick"];
        let options = Options::read(&words, &KNOWN).expect("understood");
        assert_eq!(options.words, ["xml"]);
        assert_eq!(options.number("--runs").expect("a number"), Some(20));
        assert!(options.has("--quick") && options.value("--json").is_none());
    }

    #[test]
    fn what_makes_no_sense_is_said() {
        refused(&["--runs"], "needs a value");
        refused(&["--fast"], "--fast: not understood");
        refused(&["a", "b"], "b: not understood");
        refused(&["--quick", "--quick"], "stands twice");
        let options = Options::read(&["--runs", "many"], &KNOWN).expect("understood");
        assert!(matches!(options.number("--runs"), Err(Stop::Usage(_))));
    }
}
