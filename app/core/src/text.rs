//! What is typed on the screen's keyboard: bounded, wiped, never printed.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::Digit;

/// One key of a keyboard: a visible ASCII character.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Letter(u8);

impl Letter {
    /// `None` for blanks, control characters and everything outside ASCII.
    pub fn new(character: char) -> Option<Self> {
        let byte = u8::try_from(character).ok()?;
        byte.is_ascii_graphic().then_some(Self(byte))
    }

    pub(crate) fn is_digit(self) -> bool {
        self.0.is_ascii_digit()
    }

    pub(crate) fn byte(self) -> u8 {
        self.0
    }

    pub(crate) fn is_alphanumeric(self) -> bool {
        self.0.is_ascii_alphanumeric()
    }
}

impl From<Digit> for Letter {
    fn from(digit: Digit) -> Self {
        Self(digit.ascii())
    }
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("*")
    }
}

/// Up to 32 visible ASCII characters. Lives on the heap so that a move leaves no copy
/// behind, and is wiped when dropped: it may be a password.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Text(Box<heapless::Vec<u8, { Text::LONGEST }>>);

impl Text {
    /// The portal's passwords have 20 characters at most, activation codes 12.
    pub const LONGEST: usize = 32;

    /// `None` for more than [`Text::LONGEST`] bytes, and for others than visible ASCII.
    pub fn new(text: &[u8]) -> Option<Self> {
        let mut new = Self::default();
        let good = text.iter().all(u8::is_ascii_graphic);
        (good && new.0.extend_from_slice(text).is_ok()).then_some(new)
    }

    /// The characters themselves: for the line, and for the screen where somebody wants to
    /// see them. Never for a log.
    pub fn expose(&self) -> &str {
        // Every byte is a letter's.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many characters there are.
    pub fn count(&self) -> u8 {
        self.0.len() as u8
    }

    pub(crate) fn push(&mut self, letter: Letter) {
        // What does not fit is not typed.
        let _ = self.0.push(letter.0);
    }

    pub(crate) fn erase(&mut self) {
        if let Some(last) = self.0.last_mut() {
            last.zeroize();
            self.0.pop();
        }
    }

    pub(crate) fn clear(&mut self) {
        self.0.zeroize();
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "-" } else { "***" })
    }
}

/// As a piece of bytes: read letter by letter, a password would leave copies on the stack.
impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(TextVisitor)
    }
}

struct TextVisitor;

impl de::Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("visible ASCII characters")
    }

    /// The error does not say what came instead: it may be most of a password.
    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Text, E> {
        Text::new(bytes).ok_or_else(|| E::custom("not a typed text"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_holds_what_is_typed_and_prints_none_of_it() {
        let mut text = Text::default();
        "aB3$".chars().filter_map(Letter::new).for_each(|letter| text.push(letter));
        text.erase();
        assert_eq!((text.expose(), text.count()), ("aB3", 3));
        assert_eq!(format!("{text:?} {:?}", Letter::new('a')), "*** Some(*)");
        text.clear();
        assert!(text.is_empty() && format!("{text:?}") == "-");
    }

    #[test]
    fn only_visible_ascii_and_only_so_much() {
        for other in [' ', '\n', '\u{7f}', 'ａ', 'é'] {
            assert_eq!(Letter::new(other), None);
        }
        assert_eq!(Text::new(&[b'x'; Text::LONGEST]).map(|it| it.count()), Some(32));
        assert_eq!(Text::new(&[b'x'; Text::LONGEST + 1]), None);
        assert_eq!(Text::new("あ".as_bytes()), None);
    }
}
