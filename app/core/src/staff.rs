//! The staff code (職員コード): opens 目視, the one-patient switch and a reader that
//! nobody knows (D5 to D7). It is not the admin passcode, and opens no setting.

use std::time::Duration;

use crate::Pin;

/// Four digits that staff know. Typed on the same key pad as a PIN, and kept as well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffCode(Pin);

impl StaffCode {
    pub fn new(digits: Pin) -> Self {
        Self(digits)
    }

    /// The four ASCII digits: for the comparison, nothing else.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }
}

/// What came of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffAnswer {
    Right,
    /// Wrong, or too early after a wrong one; the next try counts after this time.
    Wrong {
        wait: Duration,
    },
    /// It could not be compared: the stored code is missing or damaged.
    Unusable,
}

/// What the code is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaffReason {
    /// 目視: staff have compared photo and face.
    Visual,
    /// The other method, for one patient (D7).
    Switch,
    /// The reader is in no list: is it ours?
    UnknownReader,
}
