//! The little DER (ITU-T X.690) that certificates need: one-byte tags, definite and
//! shortest lengths of up to two bytes, nothing above [`INPUT_MAX`].
//!
//! Nothing is copied and nothing is built: a [`Reader`] walks over bytes that came from
//! a card and are not to be believed.

/// No certificate is longer: real ones have about 1,600 bytes.
pub const INPUT_MAX: usize = 4096;

/// A policy inside the extensions of a certificate lies ten levels deep.
const DEPTH_MAX: u8 = 16;

/// What is wrong with the bytes. There is no position on purpose: the bytes are a
/// person's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlvError {
    #[error("longer than {INPUT_MAX} bytes")]
    TooLong,
    #[error("nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    #[error("ends too early")]
    Truncated,
    #[error("a tag or a length that DER does not allow here")]
    Malformed,
    #[error("another element than expected")]
    Unexpected,
}

/// Walks over elements that stand side by side.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    depth: u8,
}

/// One element: its tag and what is inside.
#[derive(Clone)]
pub struct Element<'a> {
    pub tag: u8,
    pub value: &'a [u8],
    depth: u8,
}

impl<'a> Reader<'a> {
    /// Errors: [`TlvError::TooLong`].
    pub fn new(input: &'a [u8]) -> Result<Self, TlvError> {
        if input.len() > INPUT_MAX {
            return Err(TlvError::TooLong);
        }
        Ok(Self { rest: input, depth: 0 })
    }

    /// The next element, or none at the end.
    ///
    /// Errors: [`TlvError::Truncated`], [`TlvError::Malformed`].
    pub fn read(&mut self) -> Result<Option<Element<'a>>, TlvError> {
        let [tag, rest @ ..] = self.rest else { return Ok(None) };
        // Five ones announce a tag of several bytes; certificates have none.
        if tag & 0x1F == 0x1F {
            return Err(TlvError::Malformed);
        }
        let (length, rest) = length(rest)?;
        let (value, rest) = rest.split_at_checked(length).ok_or(TlvError::Truncated)?;
        self.rest = rest;
        Ok(Some(Element { tag: *tag, value, depth: self.depth }))
    }

    /// The next element, which must be there and have this tag.
    ///
    /// Errors: as [`Reader::read`], and [`TlvError::Unexpected`].
    pub fn expect(&mut self, tag: u8) -> Result<Element<'a>, TlvError> {
        self.read()?.filter(|element| element.tag == tag).ok_or(TlvError::Unexpected)
    }

    /// The next element if it has this tag; else nothing is read.
    ///
    /// Errors: as [`Reader::read`].
    pub fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, TlvError> {
        match self.rest.first() {
            Some(first) if *first == tag => self.read(),
            _ => Ok(None),
        }
    }

    /// Nothing may follow.
    ///
    /// Errors: [`TlvError::Unexpected`].
    pub fn end(&self) -> Result<(), TlvError> {
        self.rest.is_empty().then_some(()).ok_or(TlvError::Unexpected)
    }
}

impl<'a> Element<'a> {
    /// The elements inside.
    ///
    /// Errors: [`TlvError::TooDeep`].
    pub fn inside(&self) -> Result<Reader<'a>, TlvError> {
        if self.depth >= DEPTH_MAX {
            return Err(TlvError::TooDeep);
        }
        Ok(Reader { rest: self.value, depth: self.depth + 1 })
    }
}

impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader({} bytes left)", self.rest.len())
    }
}

impl std::fmt::Debug for Element<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Element({:02X}, {} bytes)", self.tag, self.value.len())
    }
}

fn length(bytes: &[u8]) -> Result<(usize, &[u8]), TlvError> {
    let shortest = |length: usize, least: usize| {
        (length >= least).then_some(length).ok_or(TlvError::Malformed)
    };
    match bytes {
        [] | [0x81] | [0x82] | [0x82, _] => Err(TlvError::Truncated),
        [short @ 0..=0x7F, rest @ ..] => Ok((usize::from(*short), rest)),
        [0x81, one, rest @ ..] => Ok((shortest(usize::from(*one), 0x80)?, rest)),
        [0x82, high, low, rest @ ..] => {
            let length = usize::from(u16::from_be_bytes([*high, *low]));
            Ok((shortest(length, 0x100)?, rest))
        }
        // 80 is the indefinite length; 83 and above cannot fit INPUT_MAX.
        _ => Err(TlvError::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &[u8], expected: Result<Option<(u8, &[u8])>, TlvError>) {
        let read = Reader::new(input).and_then(|mut reader| reader.read());
        let read = read.map(|found| found.map(|element| (element.tag, element.value)));
        assert_eq!(read, expected, "{input:02X?}");
    }

    #[test]
    fn elements_are_read() {
        check(&[], Ok(None));
        check(&[0x05, 0x00], Ok(Some((0x05, &[]))));
        check(&[0x02, 0x01, 0x07, 0xFF], Ok(Some((0x02, &[0x07]))));
        let mut long = vec![0x04, 0x81, 0x80];
        long.resize(3 + 0x80, 0xAA);
        check(&long, Ok(Some((0x04, &long[3..]))));
        let mut longer = vec![0x04, 0x82, 0x01, 0x00];
        longer.resize(4 + 0x100, 0xAA);
        check(&longer, Ok(Some((0x04, &longer[4..]))));
    }

    #[test]
    fn what_der_does_not_allow_is_refused() {
        check(&[0x02], Err(TlvError::Truncated));
        check(&[0x02, 0x02, 0x00], Err(TlvError::Truncated));
        check(&[0x30, 0x82, 0x01], Err(TlvError::Truncated));
        check(&[0x30, 0x82, 0xFF, 0xFF, 0x00], Err(TlvError::Truncated));
        check(&[0x1F, 0x81, 0x00, 0x00], Err(TlvError::Malformed));
        check(&[0x30, 0x80, 0x00, 0x00], Err(TlvError::Malformed));
        check(&[0x04, 0x81, 0x01, 0x00], Err(TlvError::Malformed));
        check(&[0x04, 0x82, 0x00, 0x01, 0x00], Err(TlvError::Malformed));
        check(&[0x04, 0x83, 0x00, 0x00, 0x01, 0x00], Err(TlvError::Malformed));
        check(&[0x04, 0xFF], Err(TlvError::Malformed));
        check(&[0; INPUT_MAX + 1], Err(TlvError::TooLong));
    }

    #[test]
    fn nesting_has_an_end() {
        let mut input = Vec::new();
        for inner in 0..40u8 {
            input.splice(0..0, [0x30, inner * 2]);
        }
        let mut reader = Reader::new(&input).expect("short");
        let mut levels = 0;
        let end = loop {
            let element = reader.read().expect("well formed").expect("one more");
            match element.inside() {
                Ok(inner) => reader = inner,
                Err(error) => break error,
            }
            levels += 1;
        };
        assert_eq!((levels, end), (DEPTH_MAX, TlvError::TooDeep));
    }

    #[test]
    fn expectations_are_kept() {
        let mut reader = Reader::new(&[0x02, 0x01, 0x07, 0x05, 0x00]).expect("short");
        assert!(reader.optional(0x01).expect("well formed").is_none());
        assert_eq!(reader.end(), Err(TlvError::Unexpected));
        assert_eq!(reader.expect(0x02).expect("an integer").value, [7]);
        assert_eq!(reader.expect(0x02).err(), Some(TlvError::Unexpected));
        assert_eq!(reader.end(), Ok(()));
        assert_eq!(reader.expect(0x05).err(), Some(TlvError::Unexpected));
    }
}
