//! What the holder may agree to show besides eligibility (同意). Declining never blocks
//! the check; 限度額 is never asked.

use serde::{Deserialize, Serialize};

/// One thing to agree to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consent {
    /// 薬剤情報
    Medication,
    /// 診療情報
    Treatment,
    /// 特定健診情報
    Checkup,
}

/// A set of them: what a gateway offers, or what a holder agreed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consents {
    pub medication: bool,
    pub treatment: bool,
    pub checkup: bool,
}

impl Consents {
    pub const NONE: Self = Self { medication: false, treatment: false, checkup: false };
    pub const ALL: Self = Self { medication: true, treatment: true, checkup: true };

    pub fn with(mut self, consent: Consent) -> Self {
        *self.place(consent) = true;
        self
    }

    pub fn has(mut self, consent: Consent) -> bool {
        *self.place(consent)
    }

    /// In the order in which they are asked.
    pub fn iter(self) -> impl Iterator<Item = Consent> {
        use Consent::{Checkup, Medication, Treatment};
        [Medication, Treatment, Checkup].into_iter().filter(move |it| self.has(*it))
    }

    pub fn is_empty(self) -> bool {
        self == Self::NONE
    }

    fn place(&mut self, consent: Consent) -> &mut bool {
        match consent {
            Consent::Medication => &mut self.medication,
            Consent::Treatment => &mut self.treatment,
            Consent::Checkup => &mut self.checkup,
        }
    }
}

impl FromIterator<Consent> for Consents {
    fn from_iter<T: IntoIterator<Item = Consent>>(consents: T) -> Self {
        consents.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_gives_back_what_went_in() {
        let some: Consents = [Consent::Checkup, Consent::Medication].into_iter().collect();
        assert_eq!(some.iter().collect::<Vec<_>>(), [Consent::Medication, Consent::Checkup]);
        assert!(!some.has(Consent::Treatment) && Consents::NONE.is_empty());
        assert_eq!(Consents::ALL.iter().collect::<Consents>(), Consents::ALL);
    }
}
