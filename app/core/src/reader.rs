//! The readers that are connected (カードリーダー), as the card process tells them.

use serde::{Deserialize, Serialize};

/// A station has one; nobody connects more than these to one device.
pub const READERS_MAX: usize = 8;

/// A PC/SC name (`MAX_READERNAME`, without its NUL).
pub type ReaderLabel = heapless::String<127>;

/// One reader.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    pub name: ReaderLabel,
    pub level: Level,
    /// `None` where the catalogue does not know it.
    pub put: Option<Put>,
    /// Cards are read with it.
    pub in_use: bool,
}

/// What the catalogue says of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    Supported,
    /// By its class; nobody has reported a test.
    ShouldWork,
    Unsupported,
    /// It stands in no list.
    Unknown,
}

/// How a card is put on a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Put {
    /// On top (非接触).
    Place,
    /// Into the slot (接触).
    Insert,
    Either,
}

impl Reader {
    /// The name without the two numbers at its end, which change when it is plugged in
    /// anew: `<product> [<interface>] (<serial>) XX YY`.
    pub fn product(&self) -> &str {
        let number = |word: &str| word.len() == 2 && word.bytes().all(|it| it.is_ascii_hexdigit());
        let mut rest = self.name.as_str();
        for _ in 0..2 {
            match rest.rsplit_once(' ') {
                Some((before, last)) if number(last) => rest = before,
                _ => return self.name.as_str(),
            }
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let name = ReaderLabel::try_from(name).expect("short");
        let reader = Reader { name, level: Level::Unknown, put: None, in_use: false };
        assert_eq!(reader.product(), expected);
    }

    #[test]
    fn the_numbers_at_the_end_are_not_the_product() {
        check("Maker Reader [CCID] (1234) 00 00", "Maker Reader [CCID] (1234)");
        check("Maker Reader 01 0A", "Maker Reader");
        check("Maker Reader 3000", "Maker Reader 3000");
        check("Maker Reader 30 000", "Maker Reader 30 000");
        check("00 00", "00 00");
        check("", "");
    }
}
