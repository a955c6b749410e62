//! A text about a person: bounded, wiped, never printed.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Up to `N` bytes of UTF-8 that are wiped when dropped. `Debug` shows only
/// whether there is something.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Private<const N: usize>(heapless::String<N>);

/// The text has more bytes than the field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("longer than {0} bytes")]
pub struct TooLong(pub usize);

impl<const N: usize> Private<N> {
    /// Errors: [`TooLong`] when `text` has more than `N` bytes of UTF-8.
    pub fn new(text: &str) -> Result<Self, TooLong> {
        heapless::String::try_from(text).map(Self).map_err(|_| TooLong(N))
    }

    /// The text itself: for the screen and for the line, never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<const N: usize> fmt::Debug for Private<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "-" } else { "***" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_not_printed() {
        let name = Private::<64>::new("資格　太郎").expect("it fits");
        assert_eq!(format!("{name:?}"), "***");
        assert_eq!(name.expose(), "資格　太郎");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(Private::<4>::new("12345"), Err(TooLong(4)));
    }
}
