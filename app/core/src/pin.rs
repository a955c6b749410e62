//! The card holder's four digits (暗証番号).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// One key of the key pad, 0 to 9.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Digit(u8);

impl Digit {
    /// `None` for anything above 9.
    pub fn new(value: u8) -> Option<Self> {
        (value <= 9).then_some(Self(value))
    }

    pub(crate) fn ascii(self) -> u8 {
        b'0' + self.0
    }
}

impl fmt::Debug for Digit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("*")
    }
}

/// The PIN of the user-authentication certificate (利用者証明用電子証明書の
/// 暗証番号): four digits, as ASCII. Lives on the heap so that a move leaves no
/// copy behind, and is wiped when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Pin(Box<[u8; Pin::LENGTH]>);

impl Pin {
    /// Digits of a PIN.
    pub const LENGTH: usize = 4;

    /// `None` unless the bytes are four ASCII digits.
    pub fn new(ascii: &[u8]) -> Option<Self> {
        if ascii.len() != Self::LENGTH || !ascii.iter().all(u8::is_ascii_digit) {
            return None;
        }
        // Filled where it lies: an array made first would stay on the stack.
        let mut pin = Self(Box::new([0; Self::LENGTH]));
        pin.0.copy_from_slice(ascii);
        Some(pin)
    }

    /// The four ASCII digits: for VERIFY, nothing else.
    pub fn expose(&self) -> &[u8] {
        &*self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(****)")
    }
}

/// As a piece of bytes: read digit by digit, a PIN would leave copies on the stack.
impl Serialize for Pin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.expose())
    }
}

impl<'de> Deserialize<'de> for Pin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_bytes(PinVisitor)
    }
}

struct PinVisitor;

impl de::Visitor<'_> for PinVisitor {
    type Value = Pin;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("four ASCII digits")
    }

    /// The error does not say what came instead: it may be most of a PIN.
    fn visit_bytes<E: de::Error>(self, ascii: &[u8]) -> Result<Pin, E> {
        Pin::new(ascii).ok_or_else(|| E::custom("not a PIN"))
    }
}

/// Digits typed so far. The screen learns only how many there are.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
pub struct Typed(Box<heapless::Vec<u8, { Pin::LENGTH }>>);

impl Typed {
    /// A fifth digit is ignored.
    pub fn push(&mut self, digit: Digit) {
        // A full pad keeps its four digits.
        let _ = self.0.push(digit.ascii());
    }

    pub fn erase(&mut self) {
        self.0.pop();
    }

    pub fn clear(&mut self) {
        self.0.zeroize();
    }

    pub fn count(&self) -> u8 {
        self.0.len() as u8
    }

    /// The PIN, once four digits are there.
    pub fn pin(&self) -> Option<Pin> {
        Pin::new(&self.0)
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Typed({})", self.count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(digits: &[u8]) -> Typed {
        let mut typed = Typed::default();
        for digit in digits {
            typed.push(Digit::new(*digit).expect("a digit"));
        }
        typed
    }

    #[test]
    fn four_digits_make_a_pin_and_a_fifth_is_ignored() {
        assert_eq!(typed(&[1, 2, 3]).pin(), None);
        assert_eq!(typed(&[1, 2, 3, 4, 5]).pin(), Pin::new(b"1234"));
        assert_eq!(Pin::new(b"12a4"), None);
    }

    #[test]
    fn nothing_prints_a_digit() {
        let typed = typed(&[1, 2, 3, 4]);
        assert_eq!(format!("{typed:?} {:?}", typed.pin()), "Typed(4) Some(Pin(****))");
    }

    #[test]
    fn a_key_is_one_digit() {
        assert_eq!(Digit::new(10), None);
    }
}
