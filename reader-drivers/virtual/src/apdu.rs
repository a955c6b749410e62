//! Commands as the card reads them, and its answers (ISO 7816-4, short form, with one
//! exception).

use card::StatusWord;

/// A proof was wrong, or proves nothing here; unlike 63Cx it says nothing of tries.
pub(crate) const NOT_PROVEN: StatusWord = StatusWord(0x6300);
pub(crate) const WRONG_LENGTH: StatusWord = StatusWord(0x6700);
pub(crate) const MEMORY_FAILURE: StatusWord = StatusWord(0x6581);
pub(crate) const NO_CURRENT_EF: StatusWord = StatusWord(0x6986);
pub(crate) const WRONG_PARAMETERS: StatusWord = StatusWord(0x6A86);
pub(crate) const NO_REFERENCE_DATA: StatusWord = StatusWord(0x6A88);
pub(crate) const UNKNOWN_INS: StatusWord = StatusWord(0x6D00);
pub(crate) const UNKNOWN_CLA: StatusWord = StatusWord(0x6E00);
pub(crate) const NO_DIAGNOSIS: StatusWord = StatusWord(0x6F00);

/// CLA and INS of the one command that may have an extended Lc: a terminal certificate
/// fits no short one.
const MAY_BE_LONG: (u8, u8) = (0x80, 0xA2);

/// A command, taken apart.
pub(crate) struct Apdu<'a> {
    pub(crate) cla: u8,
    pub(crate) ins: u8,
    pub(crate) p1: u8,
    pub(crate) p2: u8,
    pub(crate) body: &'a [u8],
    /// Bytes wanted, 1 to 256.
    pub(crate) expected: Option<usize>,
}

impl<'a> Apdu<'a> {
    /// Errors: [`WRONG_LENGTH`]; so are extended lengths, except in [`MAY_BE_LONG`], and
    /// there an extended Le.
    pub(crate) fn read(wire: &'a [u8]) -> Result<Self, StatusWord> {
        let (&[cla, ins, p1, p2], rest) = wire.split_first_chunk().ok_or(WRONG_LENGTH)?;
        let (body, le) = match rest {
            [] => (&[][..], None),
            [le] => (&[][..], Some(*le)),
            [0, high, low, body @ ..] if (cla, ins) == MAY_BE_LONG => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if length == 0 || body.len() != length {
                    return Err(WRONG_LENGTH);
                }
                (body, None)
            }
            [lc, rest @ ..] => match usize::from(*lc) {
                0 => return Err(WRONG_LENGTH),
                length if rest.len() == length => (rest, None),
                length if rest.len() == length + 1 => (&rest[..length], rest.last().copied()),
                _ => return Err(WRONG_LENGTH),
            },
        };
        let expected = le.map(|le| if le == 0 { 256 } else { usize::from(le) });
        Ok(Self { cla, ins, p1, p2, body, expected })
    }
}

/// What the card answers: data and status word.
pub(crate) struct Answer {
    pub(crate) data: Vec<u8>,
    pub(crate) status: StatusWord,
}

impl Answer {
    pub(crate) fn with(data: impl Into<Vec<u8>>) -> Self {
        Self { data: data.into(), status: StatusWord::OK }
    }

    pub(crate) fn wire(self) -> Vec<u8> {
        let mut wire = self.data;
        wire.extend(self.status.0.to_be_bytes());
        wire
    }
}

impl From<StatusWord> for Answer {
    fn from(status: StatusWord) -> Self {
        Self { data: Vec::new(), status }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wire: &[u8], expected: Option<(&[u8], Option<usize>)>) {
        let read = Apdu::read(wire).ok().map(|apdu| (apdu.body, apdu.expected));
        assert_eq!(read, expected, "{wire:02X?}");
    }

    #[test]
    fn the_four_cases_are_told_apart() {
        check(&[0, 0x20, 0, 0x80], Some((&[], None)));
        check(&[0, 0xB0, 0, 0, 4], Some((&[], Some(4))));
        check(&[0, 0xB0, 0, 0, 0], Some((&[], Some(256))));
        check(&[0, 0xA4, 2, 0x0C, 2, 0, 6], Some((&[0, 6], None)));
        check(&[0x80, 0x2A, 0, 0x80, 1, 7, 0], Some((&[7], Some(256))));
    }

    #[test]
    fn one_command_may_be_long() {
        let long = |cla, ins| [&[cla, ins, 6, 0xC1, 0, 0x01, 0x33][..], &[7; 0x133]].concat();
        check(&long(0x80, 0xA2), Some((&[7; 0x133], None)));
        check(&[0x80, 0xA2, 0, 0xC1, 0, 0, 1, 7], Some((&[7], None)));
        check(&[0x80, 0xA2, 0, 0xC1, 1, 7], Some((&[7], None)));
        check(&long(0x00, 0xA2), None);
        check(&long(0x80, 0x2A), None);
        check(&[0x80, 0xA2, 0, 0xC1, 0, 0, 0], None);
        check(&[0x80, 0xA2, 0, 0xC1, 0, 0, 2, 7], None);
        check(&[0x80, 0xA2, 0, 0xC1, 0, 0, 1, 7, 0, 0], None);
    }

    #[test]
    fn other_lengths_are_refused() {
        check(&[], None);
        check(&[0, 0x20, 0], None);
        check(&[0, 0xA4, 2, 0x0C, 2, 0], None);
        check(&[0, 0xA4, 2, 0x0C, 2, 0, 6, 0, 0], None);
        check(&[0, 0x84, 0, 0, 0, 1, 0], None);
    }
}
