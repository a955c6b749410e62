//! What goes into the device journal when a check is over (D28): method, outcome class
//! and the gateway's id. Never a person.

use crate::{
    Trouble,
    eligibility::{Code, Validity},
    proof::{CheckReference, Way},
};

/// One check, as the journal tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    pub way: Way,
    /// Whether the staff code was entered for it, or stood open.
    pub staff: bool,
    /// Once the gateway has opened the check.
    pub reference: Option<CheckReference>,
    pub outcome: Outcome,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The gateway answered; whether the insurance holds.
    Answered(Answered),
    Trouble(Trouble),
    /// Left by ← or 閉じる, or nobody was there any more.
    Left,
}

/// Classes of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answered {
    Valid,
    Invalid,
    NotFound,
    /// A code that we do not know, or several at once: confirm by other means.
    Unclear,
}

impl From<&Code<Validity>> for Answered {
    fn from(validity: &Code<Validity>) -> Self {
        match validity {
            Code::Known(Validity::Valid | Validity::ValidUnregistered) => Self::Valid,
            Code::Known(Validity::Invalid | Validity::InvalidNewerExists) => Self::Invalid,
            Code::Known(Validity::NotFound) => Self::NotFound,
            Code::Known(Validity::Several) | Code::Unknown(_) => Self::Unclear,
        }
    }
}

impl Outcome {
    /// The word that stands in the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Answered(Answered::Valid) => "valid",
            Self::Answered(Answered::Invalid) => "invalid",
            Self::Answered(Answered::NotFound) => "not-found",
            Self::Answered(Answered::Unclear) => "unclear",
            Self::Trouble(trouble) => trouble.code(),
            Self::Left => "left",
        }
    }
}
