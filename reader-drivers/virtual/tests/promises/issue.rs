//! The issuing office: chains that verify, dates that hold, keys that stay.

use std::{fs, os::unix::fs::PermissionsExt, path::Path, thread, time::Duration};

use crate::bench::{now, office};
use card::{Day, certificate::Policy};
use reader_virtual::{OfficeError, Report, VirtualCard, ids, issue, issue_cards};
use rsa::{
    RsaPublicKey,
    pkcs1v15::{Signature, VerifyingKey},
    pkcs8::DecodePublicKey,
    sha2::Sha256,
    signature::Verifier,
};
use x509_cert::{
    Certificate,
    der::{Decode, DecodePem, Encode},
};

fn pem(path: &Path) -> Certificate {
    Certificate::from_pem(fs::read(path).expect("a file")).expect("a certificate")
}

fn signed_by(certificate: &Certificate, authority: &Certificate) -> bool {
    let key = authority.tbs_certificate.subject_public_key_info.to_der().expect("a key");
    let key = RsaPublicKey::from_public_key_der(&key).expect("an RSA key");
    let signature = certificate.signature.raw_bytes().try_into().expect("a signature");
    let body = certificate.tbs_certificate.to_der().expect("a body");
    VerifyingKey::<Sha256>::new(key).verify(&body, &Signature::clone(&signature)).is_ok()
        && certificate.tbs_certificate.issuer == authority.tbs_certificate.subject
}

#[test]
fn every_card_comes_from_its_authority() {
    let ids = ids();
    let names: Vec<_> = ids.iter().map(String::as_str).collect();
    let office = office(&names);
    let report = issue(office.path(), now()).expect("issued");
    assert_eq!(report, Report { cards: ids.len(), new_keys: 0 });

    let test = pem(&office.path().join("user-auth-ca.pem"));
    let production = pem(&office.path().join("user-auth-ca-production-lookalike.pem"));
    assert!(signed_by(&test, &test) && signed_by(&production, &production));
    assert_ne!(test.tbs_certificate.subject, production.tbs_certificate.subject);

    for id in names {
        VirtualCard::load(office.path(), id).unwrap_or_else(|error| panic!("{id}: {error}"));
        let Ok(der) = fs::read(office.path().join("cards").join(id).join("auth.der")) else {
            assert!(["juki", "other-card"].contains(&id), "{id} has no certificate");
            continue;
        };
        let (authority, policy) = match id {
            "production" => (&production, Policy::Production),
            _ => (&test, Policy::Test),
        };
        assert!(signed_by(&Certificate::from_der(&der).expect("a certificate"), authority), "{id}");
        let read = card::Certificate::read(&der).expect("a certificate");
        assert_eq!(read.policy, policy, "{id}");
        assert_eq!(der.len(), if id == "production" { 1575 } else { 1590 }, "{id}");
        let last = match id {
            "expired-long" => Some((2025, 9, 13)),
            "expired" => Some((2026, 3, 2)),
            "expires-soon" => Some((2026, 5, 31)),
            _ => Some((2029, 7, 14)),
        };
        let last = last.map(|(year, month, day)| Day { year, month, day });
        assert!(Some(read.not_after) == last, "{id}");
    }
}

#[test]
fn the_signature_certificate_is_of_the_other_hierarchy() {
    let office = office(&["one"]);
    issue_cards(office.path(), &[("one", "serial = 7\nsigning = true")], now()).expect("issued");
    let authority = pem(&office.path().join("signature-ca.pem"));
    let der = fs::read(office.path().join("cards/one/sign.der")).expect("issued");
    assert!(signed_by(&Certificate::from_der(&der).expect("a certificate"), &authority));
    let read = card::Certificate::read(&der).expect("a certificate");
    assert_eq!(read.policy, Policy::Unknown, "good for nothing at a kiosk");
}

#[test]
fn the_same_day_gives_the_same_bytes_and_another_day_others() {
    let office = office(&["one"]);
    let certificate = |at| {
        let report = issue_cards(office.path(), &[("one", "serial = 7")], at).expect("issued");
        assert_eq!(report, Report { cards: 1, new_keys: 0 });
        fs::read(office.path().join("cards/one/auth.der")).expect("issued")
    };
    let first = certificate(now());
    assert!(first == certificate(now() + Duration::from_secs(3600)));
    assert!(first != certificate(now() + Duration::from_secs(24 * 3600)));
}

#[test]
fn two_at_once_make_every_key_once() {
    let office = tempfile::tempdir().expect("a folder");
    let cards = [("one", "serial = 7")];
    let new_keys: usize = thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| issue_cards(office.path(), &cards, now())));
        both.into_iter().map(|it| it.join().expect("no panic").expect("issued").new_keys).sum()
    });
    assert_eq!(new_keys, 4, "three authorities and a card");
    VirtualCard::load(office.path(), "one").expect("whole");

    let mode = |name: &str| {
        fs::metadata(office.path().join(name)).expect("there").permissions().mode() & 0o777
    };
    assert_eq!(mode("keys"), 0o700);
    assert_eq!(mode("keys/one-auth.pem"), 0o600);
    for folder in ["keys", "state", "cards/one"] {
        for file in fs::read_dir(office.path().join(folder)).expect("there") {
            let name = file.expect("a file").file_name();
            assert!(!name.to_string_lossy().contains("new"), "left over: {name:?}");
        }
    }
}

#[test]
fn what_is_missing_or_damaged_is_named() {
    let office = office(&["one"]);
    let load = |id| VirtualCard::load(office.path(), id).expect_err("refused").to_string();
    assert!(load("one").contains("`virtual-card issue"));
    assert!(load("../keys").contains("virtual-card list"));
    let error = issue_cards(office.path(), &[("one", "serial = 0")], now()).expect_err("refused");
    assert!(matches!(&error, OfficeError::Wrong { problem, .. } if problem.starts_with("serial")));
    let error =
        issue_cards(office.path(), &[("../one", "serial = 1")], now()).expect_err("refused");
    assert!(matches!(error, OfficeError::NoSuchCard(_)));

    issue_cards(office.path(), &[("one", "serial = 1")], now()).expect("issued");
    let damage = |name: &str, with: &[u8], told: &str| {
        let path = office.path().join(name);
        let good = fs::read(&path).expect("there");
        fs::write(&path, with).expect("written");
        let error = load("one");
        assert!(error.contains(told) && error.contains("one"), "{error}");
        fs::write(&path, good).expect("written");
    };
    damage("keys/one-auth.pem", b"no key", "is not an RSA key");
    damage("keys/one-auth.pem", &[b'a'; 5000], "longer than");
    damage("cards/one/auth.der", &[0; 2049], "longer than");
    damage("cards/one/card.toml", b"\xFF", "UTF-8");
    damage("cards/one/card.toml", b"kind = \"phone\"", "unknown variant");
    fs::remove_file(office.path().join("keys/one-auth.pem")).expect("removed");
    assert!(load("one").contains("one-auth.pem"));
}
