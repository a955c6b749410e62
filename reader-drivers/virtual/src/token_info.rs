//! EF 0006: a PKCS#11 `CK_TOKEN_INFO` in 160 bytes, integers of 32 bits, big-endian.

use crate::card_file::Kind;

/// `CKF_RNG`, `CKF_LOGIN_REQUIRED`, `CKF_USER_PIN_INITIALIZED`, `CKF_TOKEN_INITIALIZED`.
const FLAGS: u32 = 0x40D;
/// `CK_UNAVAILABLE_INFORMATION`.
const UNAVAILABLE: u32 = u32::MAX;

/// The file of a card of this kind.
pub(crate) fn token_info(kind: Kind) -> Vec<u8> {
    let mut file = Vec::with_capacity(160);
    // Texts are padded with spaces: label, manufacturer, model, serial number.
    for (text, length) in
        [(label(kind), 32), ("Shikaku Kiosk virtual card", 32), ("VIRTUAL", 16), ("0", 16)]
    {
        file.extend(text.bytes().chain(std::iter::repeat(b' ')).take(length));
    }
    // Sessions, read/write sessions, PIN lengths, public and private memory.
    for number in [FLAGS, 1, 0, 1, 0, 16, 4, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE] {
        file.extend(number.to_be_bytes());
    }
    // Hardware and firmware version, and a clock that the card has not.
    file.extend([0, 0, 0, 0]);
    file.extend([b' '; 16]);
    file
}

fn label(kind: Kind) -> &'static str {
    match kind {
        Kind::Card => "JPKIAPICCTOKEN2",
        Kind::Juki => "JPKIAPICCTOKEN",
        Kind::Android => "JPKIAPGPSETOKEN",
        Kind::Iphone => "JPKIAPIOSTOKEN",
        Kind::Other => "",
    }
}

#[cfg(test)]
mod tests {
    use card::Token;

    use super::*;

    #[test]
    fn every_kind_has_its_label() {
        for (kind, token) in [
            (Kind::Card, Token::MyNumberCard),
            (Kind::Juki, Token::OldJukiCard),
            (Kind::Android, Token::Android),
            (Kind::Iphone, Token::Iphone),
            (Kind::Other, Token::Unknown),
        ] {
            let file = token_info(kind);
            assert_eq!((file.len(), Token::read(&file)), (160, token));
        }
    }
}
