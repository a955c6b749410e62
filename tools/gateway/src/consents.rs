//! 同意: what a holder lets the institution look at beside the eligibility. Declining
//! never blocks a check. 限度額適用認定証 is not among them: it needs no consent any more.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::problem::Problem;

/// One thing to consent to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// 薬剤情報
    Medication,
    /// 診療情報
    Treatment,
    /// 特定健診情報
    Checkup,
}

impl Consent {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Medication, Self::Treatment, Self::Checkup];

    /// The contract's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Medication => "medication",
            Self::Treatment => "treatment",
            Self::Checkup => "checkup",
        }
    }
}

/// Some of them, or none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Consents([bool; Consent::ALL.len()]);

impl Consents {
    /// Everything that can be consented to.
    pub const ALL: Self = Self([true; Consent::ALL.len()]);

    /// Those in it.
    pub fn iter(self) -> impl Iterator<Item = Consent> {
        Consent::ALL.into_iter().zip(self.0).filter_map(|(consent, given)| given.then_some(consent))
    }

    pub(crate) fn has(self, consent: Consent) -> bool {
        self.iter().any(|it| it == consent)
    }

    /// What a request names, out of `self`, which was offered.
    ///
    /// Errors: a word twice, or one that was not offered.
    pub(crate) fn given(self, words: &[String]) -> Result<Self, Problem> {
        let mut given = Self::default();
        for word in words {
            match Self::place(word) {
                Some(at) if self.0[at] && !given.0[at] => given.0[at] = true,
                Some(at) if given.0[at] => {
                    return Err(Problem::BadRequest("consents names one twice."));
                }
                _ => return Err(Problem::BadRequest("consents names one that was not offered.")),
            }
        }
        Ok(given)
    }

    fn place(word: &str) -> Option<usize> {
        Consent::ALL.iter().position(|consent| consent.name() == word)
    }
}

/// A word that is none of the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be some of medication, treatment, checkup with commas between them, or empty")]
pub struct WrongConsents;

/// Words with commas between them; none is empty.
impl FromStr for Consents {
    type Err = WrongConsents;

    fn from_str(text: &str) -> Result<Self, WrongConsents> {
        let mut all = Self::default();
        for word in text.split(',').filter(|_| !text.is_empty()) {
            all.0[Self::place(word).ok_or(WrongConsents)?] = true;
        }
        Ok(all)
    }
}

impl fmt::Display for Consents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Consent::name).collect();
        f.write_str(&words.join(","))
    }
}

impl Serialize for Consents {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Consent::name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_words_with_commas() {
        let read = |text: &str| text.parse::<Consents>();
        assert_eq!(read("treatment,medication,checkup"), Ok(Consents::ALL));
        assert_eq!(read(""), Ok(Consents::default()));
        assert_eq!(read("treatment").expect("one").to_string(), "treatment");
        assert_eq!(Consents::ALL.to_string().parse(), Ok(Consents::ALL));
        for wrong in ["x", "medication,", ",", " medication", "Medication"] {
            assert_eq!(read(wrong), Err(WrongConsents), "{wrong}");
        }
    }

    #[test]
    fn only_what_was_offered_is_given_and_only_once() {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let offered: Consents = "medication,checkup".parse().expect("two");
        let given = |all: &[&str]| offered.given(&words(all)).map(|it| it.to_string());
        assert_eq!(given(&["medication", "checkup"]), Ok("medication,checkup".to_owned()));
        assert_eq!(given(&[]), Ok(String::new()));
        for wrong in [&["treatment"][..], &["checkup", "checkup"], &["limit"], &[""]] {
            assert!(given(wrong).is_err(), "{wrong:?}");
        }
    }
}
