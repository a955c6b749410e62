//! What is read from certificates, and that nothing hostile gets further than an error.

use card::{
    Certificate, Day,
    certificate::{CertificateError, LengthError, Policy, total_length},
    tlv::TlvError,
};

const PRODUCTION: &[u8] = b"\x2A\x83\x08\x8C\x9B\x55\x08\x05\x01\x03\x1E";
const TEST: &[u8] = b"\x2A\x83\x08\x8C\x9B\x55\x08\x05\x01\x00\x1E";
const SIGNING: &[u8] = b"\x2A\x83\x08\x8C\x9B\x55\x08\x05\x01\x01\x14";

/// One element around its parts.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let mut out = vec![tag];
    match value.len() {
        short @ 0..=0x7F => out.push(short as u8),
        long @ 0x80..=0xFF => out.extend([0x81, long as u8]),
        longer => out.extend([0x82, (longer >> 8) as u8, longer as u8]),
    }
    out.extend(value);
    out
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

fn policies(oids: &[&[u8]]) -> Vec<u8> {
    let list: Vec<u8> = oids.iter().flat_map(|oid| sequence(&[&tlv(0x06, &[oid])])).collect();
    let critical = tlv(0x01, &[&[0xFF]]);
    sequence(&[&tlv(0x06, &[b"\x55\x1D\x20"]), &critical, &tlv(0x04, &[&sequence(&[&list])])])
}

fn key_usage() -> Vec<u8> {
    sequence(&[&tlv(0x06, &[b"\x55\x1D\x0F"]), &tlv(0x04, &[b"\x03\x02\x07\x80"])])
}

/// A certificate in outline, large enough for a length of two bytes.
fn certificate(not_after: &[u8], extensions: &[Vec<u8>]) -> Vec<u8> {
    let algorithm = sequence(&[b"\x06\x01\x2A"]);
    let name = sequence(&[&tlv(0x31, &[&[0; 60]])]);
    let validity = sequence(&[&tlv(0x17, &[b"250101000000Z"]), not_after]);
    let body = sequence(&[
        &tlv(0xA0, &[b"\x02\x01\x02"]),
        &tlv(0x02, &[b"\x07"]),
        &algorithm,
        &name,
        &validity,
        &name,
        &sequence(&[&tlv(0x03, &[&[0; 200]])]),
        &tlv(0xA3, &[&sequence(&[&extensions.concat()])]),
    ]);
    sequence(&[&body, &algorithm, &tlv(0x03, &[&[0; 257]])])
}

fn utc(text: &str) -> Vec<u8> {
    tlv(0x17, &[text.as_bytes()])
}

fn good() -> Vec<u8> {
    certificate(&utc("301231145959Z"), &[key_usage(), policies(&[TEST])])
}

#[test]
fn the_last_day_is_read() {
    let read = |not_after: &[u8]| {
        Certificate::read(&certificate(not_after, &[])).map(|found| found.not_after)
    };
    let day = |year, month, day| Ok(Day { year, month, day });
    assert_eq!(read(&utc("301231145959Z")), day(2030, 12, 31));
    assert_eq!(read(&utc("301231150000Z")), day(2031, 1, 1));
    assert_eq!(read(&tlv(0x18, &[b"20510630145959Z"])), day(2051, 6, 30));
    assert_eq!(read(&utc("309931145959Z")), Err(CertificateError::NoSuchDay));
    assert_eq!(read(&tlv(0x0C, &[b"301231145959Z"])), Err(TlvError::Unexpected.into()));
}

#[test]
fn the_policy_is_read() {
    let read = |extensions: &[Vec<u8>]| {
        Certificate::read(&certificate(&utc("301231145959Z"), extensions)).map(|found| found.policy)
    };
    assert_eq!(read(&[key_usage(), policies(&[PRODUCTION])]), Ok(Policy::Production));
    assert_eq!(read(&[policies(&[TEST]), key_usage()]), Ok(Policy::Test));
    assert_eq!(read(&[policies(&[SIGNING])]), Ok(Policy::Unknown));
    assert_eq!(read(&[policies(&[TEST, TEST])]), Ok(Policy::Unknown));
    assert_eq!(read(&[policies(&[SIGNING, TEST])]), Ok(Policy::Unknown));
    assert_eq!(read(&[policies(&[])]), Ok(Policy::Unknown));
    assert_eq!(read(&[key_usage()]), Ok(Policy::Unknown));
    let twice = [policies(&[TEST]), policies(&[PRODUCTION])];
    assert_eq!(read(&twice), Err(CertificateError::Extensions));
    assert_eq!(read(&vec![key_usage(); 33]), Err(CertificateError::Extensions));
    assert!(read(&[policies(&[TEST; 9])]).is_err());
}

#[test]
fn the_length_is_known_from_four_bytes() {
    assert_eq!(total_length([0x30, 0x82, 0x06, 0x32]), Ok(1590));
    assert_eq!(total_length([0x30, 0x82, 0x0F, 0xFC]), Ok(4096));
    assert_eq!(total_length([0x30, 0x82, 0x0F, 0xFD]), Err(LengthError::TooLong(4097)));
    assert_eq!(total_length([0x30, 0x82, 0xFF, 0xFF]), Err(LengthError::TooLong(65539)));
    for other in [[0x30, 0x81, 0x80, 0], [0x31, 0x82, 1, 0], [0xFF; 4], [0; 4], [0x30, 0x80, 0, 0]]
    {
        assert_eq!(total_length(other), Err(LengthError::NotACertificate));
    }
    let good = good();
    let first = *good.first_chunk().expect("four bytes");
    assert_eq!(total_length(first), Ok(good.len()));
}

#[test]
fn no_part_of_a_certificate_is_one() {
    let good = good();
    assert!(Certificate::read(&good).is_ok());
    for end in 0..good.len() {
        assert!(Certificate::read(&good[..end]).is_err(), "{end} bytes");
    }
    assert!(Certificate::read(&[good, vec![0xFF]].concat()).is_err());
    assert_eq!(Certificate::read(&[0x30; 4097]), Err(TlvError::TooLong.into()));
}

#[test]
fn nothing_more_fits_into_a_certificate() {
    let good = good();
    // Beside the signature: the outermost content with one element more.
    let more = sequence(&[&good[4..], b"\x05\x00"]);
    assert_eq!(Certificate::read(&more), Err(TlvError::Unexpected.into()));
    // Beside the two ends of the validity.
    let three = [utc("301231145959Z"), utc("301231145959Z")].concat();
    let more = certificate(&three, &[key_usage()]);
    assert_eq!(Certificate::read(&more), Err(TlvError::Unexpected.into()));
    // Beside the extensions, and instead of one.
    let more = certificate(&utc("301231145959Z"), &[key_usage(), tlv(0x02, &[&[1]])]);
    assert_eq!(Certificate::read(&more), Err(TlvError::Unexpected.into()));
}

#[test]
fn no_changed_byte_makes_it_panic() {
    let good = good();
    for at in 0..good.len() {
        for value in [0x00, 0x01, 0x1F, 0x30, 0x7F, 0x80, 0x81, 0x82, 0x84, 0xA3, 0xFF] {
            let mut changed = good.clone();
            changed[at] = value;
            if let Ok(read) = Certificate::read(&changed) {
                assert!((1..=31).contains(&read.not_after.day));
            }
        }
    }
}

#[test]
fn a_persons_certificate_is_not_printed() {
    let read = Certificate::read(&good()).expect("a certificate");
    assert_eq!(format!("{read:?}"), "Certificate { not_after: Day(…), policy: Test }");
}
