//! What can be read, and how it ends.

use crate::bench::{self, JPKI, answer, at_the_pin, card, select, sign, status};
use card::{Token, certificate};
use reader_virtual::VirtualCard;
use rsa::{
    Pkcs1v15Sign, RsaPublicKey,
    pkcs8::DecodePublicKey,
    sha2::{Digest, Sha256},
};
use x509_cert::{
    Certificate,
    der::{Decode, Encode},
};

fn read(card: &mut VirtualCard, file: u16, offset: u16, le: u8) -> (Vec<u8>, u16) {
    assert_eq!(select(card, file), 0x9000, "{file:04X}");
    let [high, low] = offset.to_be_bytes();
    answer(card, &[0x00, 0xB0, high, low, le])
}

fn present(card: &mut VirtualCard) -> Vec<u16> {
    assert_eq!(status(card, JPKI), 0x9000);
    (0..=0x20).filter(|file| select(card, *file) == 0x9000).collect()
}

#[test]
fn every_kind_has_its_files() {
    let plain = [2, 6, 8, 0xA, 0xB, 0x16, 0x17, 0x18, 0x1B];
    let with_signing = [1, 2, 6, 8, 0xA, 0xB, 0x16, 0x17, 0x18, 0x1A, 0x1B];
    for (text, files, label) in [
        ("serial = 1", &plain[..], Token::MyNumberCard),
        ("serial = 1\nsigning = true", &with_signing, Token::MyNumberCard),
        ("serial = 1\nface = true", &plain, Token::MyNumberCard),
        ("serial = 1\nkind = \"android\"", &plain, Token::Android),
        ("serial = 1\nkind = \"iphone\"", &plain, Token::Iphone),
        ("kind = \"juki\"", &[2, 6, 0x1B], Token::OldJukiCard),
    ] {
        let (mut card, _office) = card(text);
        assert_eq!(present(&mut card), files, "{text}");
        assert_eq!(Token::read(&read(&mut card, 6, 0, 32).0), label, "{text}");
    }
    let (mut other, _office) = card("kind = \"other\"");
    assert_eq!(status(&mut other, JPKI), 0x6A82);
    assert_eq!(status(&mut other, bench::DOMAIN), 0x9000);
}

#[test]
fn atrs_are_well_formed() {
    for text in ["serial = 1", "serial = 1\nkind = \"android\"", "kind = \"other\""] {
        let (mut card, _office) = card(text);
        let atr = card.power_on();
        assert_eq!(atr[0], 0x3B);
        // Each ends with a check byte over all but the first.
        assert_eq!(atr[1..].iter().fold(0, |sum, byte| sum ^ byte), 0, "{text}");
    }
}

#[test]
fn a_certificate_is_read_in_pieces_and_padded_after() {
    let (mut card, office) = card("serial = 5001");
    let der = std::fs::read(office.path().join("cards/one/auth.der")).expect("issued");
    assert_eq!(der.len(), 1590, "as long as those of test cards");
    assert_eq!(status(&mut card, JPKI), 0x9000);
    let (first, _) = read(&mut card, 0xA, 0, 4);
    let first = first.try_into().expect("four bytes");
    assert_eq!(certificate::total_length(first), Ok(der.len()));

    let mut file = Vec::new();
    while file.len() < 2048 {
        let offset = u16::try_from(file.len()).expect("short");
        let (piece, status) = read(&mut card, 0xA, offset, 0);
        assert_eq!((piece.len(), status), (256, 0x9000));
        file.extend(piece);
    }
    assert_eq!(file[..der.len()], der);
    assert!(file[der.len()..].iter().all(|byte| *byte == 0xFF));
}

#[test]
fn the_end_of_a_file_is_told() {
    let (mut card, _office) = card("serial = 1");
    assert_eq!(status(&mut card, JPKI), 0x9000);
    assert_eq!(read(&mut card, 8, 0, 3), (vec![0, 0x8F, 0], 0x9000));
    assert_eq!(read(&mut card, 8, 1, 0), (vec![0x8F, 0], 0x9000));
    assert_eq!(read(&mut card, 8, 3, 1), (vec![], 0x6B00));
    assert_eq!(read(&mut card, 6, 159, 2), (vec![b' '], 0x9000));
    assert_eq!(read(&mut card, 6, 0x7FFF, 1), (vec![], 0x6B00));
    // By its short id, which selects the file too.
    assert_eq!(answer(&mut card, b"\x00\xB0\x88\x01\x01"), (vec![0x8F], 0x9000));
    assert_eq!(answer(&mut card, b"\x00\xB0\x00\x01\x01"), (vec![0x8F], 0x9000));
    assert_eq!(status(&mut card, b"\x00\xB0\x9F\x00\x01"), 0x6A82);
    assert_eq!(status(&mut card, b"\x00\xB0\x00\x00"), 0x6700);
}

#[test]
fn pins_and_keys_are_not_read() {
    let (mut card, _office) = card("serial = 1\nsigning = true");
    at_the_pin(&mut card);
    for file in [0x16, 0x17, 0x18, 0x1A, 0x1B] {
        assert_eq!(read(&mut card, file, 0, 0), (vec![], 0x6986), "{file:04X}");
    }
    assert_eq!(select(&mut card, 0x17), 0x9000);
    assert_eq!(status(&mut card, bench::RIGHT), 0x6A88, "a key is no PIN");
    assert_eq!(select(&mut card, 0x18), 0x9000);
    assert_eq!(sign(&mut card, 0, &[1]).1, 0x6A88, "a PIN is no key");
    assert_eq!(status(&mut card, b"\x00\x20\x00\x98\x041234"), 0x9000, "by its short id");
}

#[test]
fn signatures_are_those_of_the_certificate() {
    let (mut card, office) = card("serial = 1\nsigning = true");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, bench::RIGHT), 0x9000);
    assert_eq!(select(&mut card, 0x1B), 0x9000);
    assert_eq!(status(&mut card, b"\x00\x20\x00\x80\x06ABC123"), 0x9000);
    let hash = Sha256::digest(b"a message");
    let info = [&card::jpki::SHA256_DIGEST_INFO[..], &hash].concat();
    for (file, der) in [(0x17, "auth.der"), (0x1A, "sign.der")] {
        let der = std::fs::read(office.path().join("cards/one").join(der)).expect("issued");
        let key = Certificate::from_der(&der).expect("a certificate").tbs_certificate;
        let key = key.subject_public_key_info.to_der().expect("a key");
        let key = RsaPublicKey::from_public_key_der(&key).expect("an RSA key");

        assert_eq!(select(&mut card, file), 0x9000);
        let (by_host, _) = sign(&mut card, 0, &info);
        assert_eq!(key.verify(Pkcs1v15Sign::new::<Sha256>(), &hash, &by_host), Ok(()));
        assert_eq!(sign(&mut card, 2, &hash), (by_host.clone(), 0x9000));
        assert_eq!(sign(&mut card, 3, b"a message"), (by_host, 0x9000));
        let (bare, _) = sign(&mut card, 1, b"a message");
        assert_eq!(key.verify(Pkcs1v15Sign::new_unprefixed(), &hash, &bare), Ok(()));
        let (longest, _) = sign(&mut card, 0, &[9; 245]);
        assert_eq!(key.verify(Pkcs1v15Sign::new_unprefixed(), &[9; 245], &longest), Ok(()));
        assert_eq!(sign(&mut card, 0, &[9; 246]), (vec![], 0x6700));
        assert_eq!(sign(&mut card, 2, &[9; 31]), (vec![], 0x6700));
        assert_eq!(sign(&mut card, 4, &hash), (vec![], 0x6A86));
    }
    assert_eq!(status(&mut card, b"\x80\x2A\x00\x80"), 0x6700);
    let by_short_id = [&[0x80, 0x2A, 0x00, 0x97, 0x33][..], &info, &[0]].concat();
    assert_eq!(status(&mut card, &by_short_id), 0x9000);
}

#[test]
fn challenges_are_random() {
    let (mut card, _office) = card("serial = 1");
    assert_eq!(status(&mut card, b"\x00\x84\x00\x00\x08"), 0x6986);
    assert_eq!(status(&mut card, JPKI), 0x9000);
    let (one, _) = answer(&mut card, b"\x00\x84\x00\x00\x08");
    let (other, _) = answer(&mut card, b"\x00\x84\x00\x00\x08");
    assert_eq!((one.len(), other.len()), (8, 8));
    assert_ne!(one, other);
    assert_eq!(answer(&mut card, b"\x00\x84\x00\x00\x00").0.len(), 256);
    assert_eq!(status(&mut card, b"\x00\x84\x00\x00\x00\x01\x00"), 0x6700, "extended");
}
