//! The code lists of 別紙5-1, one table each. A code that a table does not have is kept as
//! received and never guessed at.

use kiosk_core::{
    Private,
    eligibility::{CardClass, Code, Relation, Sex, Validity},
};

use crate::Unusable;

/// One code list.
pub(crate) struct CodeList<T: 'static>(&'static [(&'static str, T)]);

impl<T: Copy> CodeList<T> {
    /// The code's meaning, if the list has it.
    pub(crate) fn find(&self, code: &str) -> Option<T> {
        self.0.iter().find(|(known, _)| *known == code).map(|(_, meaning)| *meaning)
    }

    /// Errors: the code is longer than 16 bytes, which no code list has.
    pub(crate) fn read(&self, item: &'static str, code: &str) -> Result<Code<T>, Unusable> {
        match self.find(code) {
            Some(meaning) => Ok(Code::Known(meaning)),
            None => Private::new(code)
                .map(Code::Unknown)
                .map_err(|_| Unusable::nonsense(item, "too long for a code")),
        }
    }
}

/// 処理結果区分 (SegmentOfResult): of the whole answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    Done,
    StillWorking,
    Failed,
}

/// OQSCD003
pub(crate) const SEGMENT: CodeList<Segment> =
    CodeList(&[("1", Segment::Done), ("2", Segment::StillWorking), ("9", Segment::Failed)]);

/// 処理結果状況 (ProcessingResultStatus): of this person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResultStatus {
    Done,
    Error,
}

/// OQSCD004
pub(crate) const RESULT_STATUS: CodeList<ResultStatus> =
    CodeList(&[("1", ResultStatus::Done), ("2", ResultStatus::Error)]);

/// OQSCD006
pub(crate) const VALIDITY: CodeList<Validity> = CodeList(&[
    ("1", Validity::Valid),
    ("2", Validity::Invalid),
    ("3", Validity::InvalidNewerExists),
    ("4", Validity::NotFound),
    ("5", Validity::Several),
    ("6", Validity::ValidUnregistered),
]);

/// OQSCD007
pub(crate) const SEX: CodeList<Sex> =
    CodeList(&[("1", Sex::Male), ("2", Sex::Female), ("3", Sex::NotSet)]);

/// OQSCD009
pub(crate) const RELATION: CodeList<Relation> =
    CodeList(&[("1", Relation::Insured), ("2", Relation::Family)]);

/// OQSCD010, without `A1`
pub(crate) const CARD_CLASS: CodeList<CardClass> = CodeList(&[
    ("01", CardClass::General),
    ("02", CardClass::Retired),
    ("03", CardClass::ShortTermGeneral),
    ("04", CardClass::ShortTermRetired),
    ("05", CardClass::SpecialCare),
    ("06", CardClass::SpecialRetired),
    ("07", CardClass::SelfDefenceForces),
]);

/// OQSCD010 `A1`, 医療扶助: such a record is not an insurance. The insurer number says
/// nothing about it: the manual's own example of an insurance begins with 12 as well.
pub(crate) const PUBLIC_ASSISTANCE: &str = "A1";

/// OQSCD015, 未就学区分: `true` for 未就学該当.
pub(crate) const PRESCHOOL: CodeList<bool> = CodeList(&[("1", true), ("0", false), ("", false)]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_have_a_meaning_and_others_are_kept() {
        let read = |code| VALIDITY.read("QualificationValidity", code);
        assert_eq!(read("3"), Ok(Code::Known(Validity::InvalidNewerExists)));
        assert_eq!(read("8"), Ok(Code::Unknown(Private::new("8").expect("it fits"))));
        assert_eq!(read("01"), Ok(Code::Unknown(Private::new("01").expect("it fits"))));
        assert!(read("12345678901234567").is_err());
    }
}
