//! What a hand types on a PIN pad.

use std::fmt;

use zeroize::Zeroizing;

/// Digits the pad can hold.
pub const MOST_DIGITS: u8 = 16;

/// What was typed. Wiped when dropped.
pub enum Keys {
    Digits(Zeroizing<Vec<u8>>),
    Cancel,
}

impl Keys {
    /// `cancel`, or 1 to 16 digits.
    pub fn read(text: &str) -> Option<Self> {
        if text == "cancel" {
            return Some(Self::Cancel);
        }
        let fits = (1..=usize::from(MOST_DIGITS)).contains(&text.len());
        (fits && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| Self::Digits(Zeroizing::new(text.as_bytes().to_vec())))
    }
}

/// Which of the two, never the digits.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Digits(_) => "Digits",
            Self::Cancel => "Cancel",
        })
    }
}
