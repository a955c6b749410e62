//! What lies on the reader, by its label: the first 32 bytes of EF 0006.
//!
//! The file has the layout of a PKCS#11 `CK_TOKEN_INFO`. Never told by the ATR: that
//! depends on the reader as much as on the card.

/// Bytes of the label at the start of EF 0006.
pub const LABEL_LENGTH: u8 = 32;

/// Whose JPKI application answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// `JPKIAPICCTOKEN2`: My Number card (マイナンバーカード).
    MyNumberCard,
    /// `JPKIAPICCTOKEN`: old 住基カード, without a user-authentication certificate.
    OldJukiCard,
    /// `JPKIAPGPSETOKEN`: Android phone.
    Android,
    /// `JPKIAPIOSTOKEN`: iPhone.
    Iphone,
    Unknown,
}

impl Token {
    /// Reads the label from the start of EF 0006. Fewer than 32 bytes are
    /// [`Token::Unknown`]: a label cut short could be another one's.
    pub fn read(file: &[u8]) -> Self {
        let Some(label) = file.get(..LABEL_LENGTH.into()) else { return Self::Unknown };
        // Spaces by PKCS#11; test data padded with NULs is about.
        let end = label.iter().rposition(|byte| !matches!(byte, b' ' | 0)).map_or(0, |at| at + 1);
        match &label[..end] {
            b"JPKIAPICCTOKEN2" => Self::MyNumberCard,
            b"JPKIAPICCTOKEN" => Self::OldJukiCard,
            b"JPKIAPGPSETOKEN" => Self::Android,
            b"JPKIAPIOSTOKEN" => Self::Iphone,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(label: &[u8], padding: u8, expected: Token) {
        let mut file = label.to_vec();
        file.resize(160, padding);
        assert_eq!(Token::read(&file), expected);
        assert_eq!(Token::read(&file[..32]), expected);
    }

    #[test]
    fn labels_are_told_apart() {
        for padding in [b' ', 0] {
            check(b"JPKIAPICCTOKEN2", padding, Token::MyNumberCard);
            check(b"JPKIAPICCTOKEN", padding, Token::OldJukiCard);
            check(b"JPKIAPGPSETOKEN", padding, Token::Android);
            check(b"JPKIAPIOSTOKEN", padding, Token::Iphone);
            check(b"JPKIAPICCTOKEN3", padding, Token::Unknown);
            check(b"", padding, Token::Unknown);
        }
        check(b"JPKIAPICCTOKEN", b'x', Token::Unknown);
    }

    #[test]
    fn a_label_cut_short_is_nobodys() {
        let file = b"JPKIAPICCTOKEN2                 ";
        for length in 0..32 {
            assert_eq!(Token::read(&file[..length]), Token::Unknown, "{length} bytes");
        }
    }
}
