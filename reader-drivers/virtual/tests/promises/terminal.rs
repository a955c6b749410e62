//! The simulated external authentication: the key without the PIN, once, for one digest.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use crate::bench::{
    self, DOMAIN, JPKI, RIGHT, answer, at_the_pin, card, load, now, office, select, sign, status,
};
use p256::{
    ecdsa::{Signature, SigningKey, signature::Signer},
    pkcs8::DecodePrivateKey,
};
use reader_virtual::{VirtualCard, issue_cards};
use rsa::{Pkcs1v15Sign, RsaPublicKey, pkcs8::DecodePublicKey, sha2::Sha256};
use x509_cert::{
    Certificate,
    der::{Decode, Encode},
};

const DIGEST: [u8; 32] = [5; 32];
const CHALLENGE: &[u8] = b"\x00\x84\x00\x00\x10";

/// What the gateway has of its office.
struct Terminal {
    key: SigningKey,
    certificate: Vec<u8>,
    signature: Vec<u8>,
}

impl Terminal {
    fn of(office: &Path) -> Self {
        let read = |name: &str| fs::read(office.join("simulated-terminal").join(name));
        let pem = String::from_utf8(read("terminal-key.pem").expect("issued")).expect("PEM");
        Self {
            key: SigningKey::from_pkcs8_pem(&pem).expect("a key"),
            certificate: read("certificate.bin").expect("issued"),
            signature: read("signature.bin").expect("issued"),
        }
    }

    /// `80 A2` twice: the status words.
    fn introduces_itself(&self, card: &mut VirtualCard) -> (u16, u16) {
        (status(card, &long(&self.certificate)), status(card, &vouch(&self.signature)))
    }

    /// The body of `00 82` for a challenge and a digest.
    fn body(&self, challenge: &[u8], digest: &[u8; 32]) -> Vec<u8> {
        let message = [b"SIMULATED EXTERNAL AUTHENTICATION", challenge, digest].concat();
        let signature: Signature = self.key.sign(&message);
        [&digest[..], &signature.to_bytes()].concat()
    }

    /// Asks for a challenge and answers it for `digest`.
    fn authenticates(&self, card: &mut VirtualCard, digest: &[u8; 32]) -> u16 {
        let (challenge, told) = answer(card, CHALLENGE);
        assert_eq!((challenge.len(), told), (16, 0x9000));
        status(card, &external(&self.body(&challenge, digest)))
    }
}

fn long(certificate: &[u8]) -> Vec<u8> {
    let length = u16::try_from(certificate.len()).expect("short").to_be_bytes();
    [&[0x80, 0xA2, 0x06, 0xC1, 0x00], &length[..], certificate].concat()
}

fn vouch(signature: &[u8]) -> Vec<u8> {
    let length = u8::try_from(signature.len()).expect("short");
    [&[0x80, 0xA2, 0x00, 0xC1, length], signature].concat()
}

fn external(body: &[u8]) -> Vec<u8> {
    let length = u8::try_from(body.len()).expect("short");
    [&[0x00, 0x82, 0x00, 0x00, length], body].concat()
}

fn info(digest: &[u8]) -> Vec<u8> {
    [&card::jpki::SHA256_DIGEST_INFO[..], digest].concat()
}

/// A card with EF 0016 selected, its office's terminal, and the office.
fn ready(text: &str) -> (VirtualCard, Terminal, tempfile::TempDir) {
    let (mut card, office) = card(text);
    at_0016(&mut card);
    let terminal = Terminal::of(office.path());
    (card, terminal, office)
}

fn at_0016(card: &mut VirtualCard) {
    assert_eq!(status(card, JPKI), 0x9000);
    assert_eq!(select(card, 0x0016), 0x9000);
}

/// A card whose key is open for [`DIGEST`].
fn open() -> (VirtualCard, Terminal, tempfile::TempDir) {
    let (mut card, terminal, office) = ready("serial = 1");
    assert_eq!(terminal.introduces_itself(&mut card), (0x9000, 0x9000));
    assert_eq!(terminal.authenticates(&mut card, &DIGEST), 0x9000);
    (card, terminal, office)
}

/// COMPUTE DIGITAL SIGNATURE over the DigestInfo of `digest`, with the key selected.
fn signed(card: &mut VirtualCard, digest: &[u8]) -> u16 {
    assert_eq!(select(card, 0x0017), 0x9000);
    sign(card, 0, &info(digest)).1
}

#[test]
fn a_terminal_gets_one_signature_and_it_is_the_card_s() {
    for text in [
        "serial = 1",
        "serial = 1\ntries_left = 0",
        "serial = 1\ntries_left = 0\nblocked_as = \"6983\"",
        "serial = 1\nface = true",
    ] {
        let (mut card, terminal, office) = ready(text);
        assert_eq!(terminal.introduces_itself(&mut card), (0x9000, 0x9000), "{text}");
        assert_eq!(terminal.authenticates(&mut card, &DIGEST), 0x9000, "{text}");
        assert_eq!(select(&mut card, 0x0017), 0x9000);
        let (signature, told) = sign(&mut card, 0, &info(&DIGEST));
        assert_eq!(told, 0x9000, "{text}");
        let der = fs::read(office.path().join("cards/one/auth.der")).expect("issued");
        let key = Certificate::from_der(&der).expect("a certificate").tbs_certificate;
        let key = key.subject_public_key_info.to_der().expect("a key");
        let key = RsaPublicKey::from_public_key_der(&key).expect("an RSA key");
        assert_eq!(key.verify(Pkcs1v15Sign::new::<Sha256>(), &DIGEST, &signature), Ok(()));
        assert_eq!(signed(&mut card, &DIGEST), 0x6982, "once, also for the same digest");
        assert!(bench::tried(&card).is_empty(), "no PIN was tried");
    }
}

/// The commands of a relayed check, as many as the reference gateway sends. The kiosk's
/// own two come on top: the throw-away before and the leaving after it.
#[test]
fn a_relayed_check_takes_nineteen_commands() {
    let (mut card, office) = card("serial = 5001");
    let terminal = Terminal::of(office.path());
    assert_eq!(status(&mut card, JPKI), 0x9000);
    assert_eq!(select(&mut card, 0x0006), 0x9000);
    assert_eq!(answer(&mut card, b"\x00\xB0\x00\x00\x20").0.len(), 32);
    assert_eq!(select(&mut card, 0x000A), 0x9000);
    let (head, _) = answer(&mut card, b"\x00\xB0\x00\x00\x04");
    let head = *head.first_chunk().expect("four bytes");
    let total = card::certificate::total_length(head).expect("a length");
    let mut der = Vec::new();
    while der.len() < total {
        let [high, low] = u16::try_from(der.len()).expect("short").to_be_bytes();
        let le = u8::try_from(total - der.len()).unwrap_or(0);
        der.extend(answer(&mut card, &[0x00, 0xB0, high, low, le]).0);
    }
    assert!(der == fs::read(office.path().join("cards/one/auth.der")).expect("issued"));
    assert_eq!(select(&mut card, 0x0016), 0x9000);
    assert_eq!(terminal.introduces_itself(&mut card), (0x9000, 0x9000));
    assert_eq!(terminal.authenticates(&mut card, &DIGEST), 0x9000);
    assert_eq!(signed(&mut card, &DIGEST), 0x9000);
    // 5, then 7 pieces of 1,590 bytes and the terminal's 4, then 3; none of them a VERIFY.
    assert_eq!((der.len(), card.apdus()), (1590, 5 + 7 + 4 + 3));
    assert!(card.journal().iter().all(|entry| entry.ins != 0x20));
}

#[test]
fn another_digest_is_not_signed_and_closes_the_key() {
    for (scheme, message) in [
        (0, info(&[6; 32])),
        (0, DIGEST.to_vec()),
        (0, [info(&DIGEST), vec![0]].concat()),
        (1, info(&DIGEST)),
        (2, vec![6; 32]),
        (3, DIGEST.to_vec()),
    ] {
        let (mut card, _terminal, _office) = open();
        assert_eq!(select(&mut card, 0x0017), 0x9000);
        assert_eq!(sign(&mut card, scheme, &message), (vec![], 0x6982), "{scheme} {message:02X?}");
        assert_eq!(signed(&mut card, &DIGEST), 0x6982, "one try");
    }
    let (mut card, _terminal, _office) = open();
    assert_eq!(select(&mut card, 0x0017), 0x9000);
    assert_eq!(sign(&mut card, 2, &DIGEST).1, 0x9000, "the card may build the DigestInfo");
}

#[test]
fn a_challenge_is_answered_once_and_the_last_one_only() {
    let (mut card, terminal, _office) = ready("serial = 1");
    assert_eq!(terminal.introduces_itself(&mut card), (0x9000, 0x9000));
    let (first, _) = answer(&mut card, CHALLENGE);
    let (last, _) = answer(&mut card, CHALLENGE);
    let early = external(&terminal.body(&first, &DIGEST));
    assert_eq!(status(&mut card, &early), 0x6300);
    let late = external(&terminal.body(&last, &DIGEST));
    assert_eq!(status(&mut card, &late), 0x6300, "a wrong answer used it up");
    assert_eq!(signed(&mut card, &DIGEST), 0x6982);

    let (challenge, _) = answer(&mut card, CHALLENGE);
    let right = external(&terminal.body(&challenge, &DIGEST));
    assert_eq!(status(&mut card, &right), 0x9000);
    assert_eq!(status(&mut card, &right), 0x6300, "again");
    assert_eq!(signed(&mut card, &DIGEST), 0x6982, "what failed last counts");

    let (short, _) = answer(&mut card, b"\x00\x84\x00\x00\x08");
    assert_eq!(status(&mut card, &external(&terminal.body(&short, &DIGEST))), 0x6300);
}

#[test]
fn only_the_offices_own_terminal_is_let_in() {
    let (mut card, terminal, _office) = ready("serial = 1");
    let other = office(&["one"]);
    fs::remove_file(other.path().join("keys/simulated-terminal-ca.pem"))
        .expect("the tests share it");
    issue_cards(other.path(), &[("one", "serial = 1")], now()).expect("issued");
    let other = Terminal::of(other.path());
    assert!(terminal.certificate != other.certificate, "each office has its own");
    assert_eq!(other.introduces_itself(&mut card), (0x9000, 0x6300));
    assert_eq!(other.authenticates(&mut card, &DIGEST), 0x6300);

    // Another's key behind the right certificate.
    assert_eq!(terminal.introduces_itself(&mut card), (0x9000, 0x9000));
    assert_eq!(other.authenticates(&mut card, &DIGEST), 0x6300);
    assert_eq!(signed(&mut card, &DIGEST), 0x6982);
    assert_eq!(terminal.authenticates(&mut card, &DIGEST), 0x9000, "and the right one after it");

    // The certificate is taken once; the signature alone says nothing.
    assert_eq!(select(&mut card, 0x0016), 0x9000);
    assert_eq!(status(&mut card, &vouch(&terminal.signature)), 0x6300);
    assert_eq!(terminal.authenticates(&mut card, &DIGEST), 0x6300);
}

#[test]
fn lengths_and_places_are_those_and_no_others() {
    let (mut card, terminal, _office) = ready("serial = 1");
    for length in [0, 1, 255, 306, 308, 512] {
        assert_eq!(status(&mut card, &long(&vec![7; length])), 0x6700, "{length}");
    }
    assert_eq!(status(&mut card, &vouch(&[7; 63])), 0x6700);
    assert_eq!(status(&mut card, b"\x80\xA2\x06\xC2\x01\x07"), 0x6A86);
    for length in [64, 95, 97] {
        assert_eq!(status(&mut card, &external(&vec![7; length])), 0x6700, "{length}");
    }
    assert_eq!(status(&mut card, b"\x00\x82\x00\x01\x01\x07"), 0x6A86);
    assert_eq!(select(&mut card, 0x0017), 0x9000);
    assert_eq!(terminal.introduces_itself(&mut card), (0x6986, 0x6986), "not at EF 0016");
    assert_eq!(status(&mut card, DOMAIN), 0x9000);
    assert_eq!(status(&mut card, &external(&[7; 96])), 0x6986);
}

#[test]
fn it_ends_with_another_application_a_reset_or_the_power() {
    type End = fn(&mut VirtualCard);
    let ends: [(&str, End); 4] = [
        ("application", |card| assert_eq!(status(card, DOMAIN), 0x9000)),
        ("reset", |card| drop(card.warm_reset())),
        ("power", VirtualCard::power_off),
        ("power again", |card| drop(card.power_on())),
    ];
    for (name, end) in ends {
        let (mut card, terminal, _office) = open();
        end(&mut card);
        card.warm_reset();
        assert_eq!(status(&mut card, JPKI), 0x9000);
        assert_eq!(signed(&mut card, &DIGEST), 0x6982, "{name}");
        assert_eq!(terminal.authenticates(&mut card, &DIGEST), 0x6300, "{name}: nobody is there");
    }
    let (mut card, _terminal, _office) = open();
    assert_eq!(status(&mut card, JPKI), 0x9000);
    assert_eq!(signed(&mut card, &DIGEST), 0x9000, "the same application again ends nothing");
}

#[test]
fn the_pin_and_a_terminal_keep_out_of_each_others_way() {
    let (mut card, _terminal, _office) = open();
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, RIGHT), 0x9000);
    assert_eq!(signed(&mut card, &[6; 32]), 0x9000, "whoever knows the PIN signs what he likes");
    at_the_pin(&mut card);
    assert_eq!(status(&mut card, bench::WRONG), 0x63C2);
    assert_eq!(signed(&mut card, &DIGEST), 0x9000, "the terminal's signature is still its own");

    let (mut card, terminal, _office) = ready("serial = 1\nsigning = true");
    assert_eq!(terminal.introduces_itself(&mut card), (0x9000, 0x9000));
    assert_eq!(terminal.authenticates(&mut card, &DIGEST), 0x9000);
    assert_eq!(select(&mut card, 0x001A), 0x9000);
    assert_eq!(sign(&mut card, 0, &info(&DIGEST)).1, 0x6982, "never the signature key");
}

#[test]
fn phones_and_other_cards_do_not_know_it() {
    for text in
        ["serial = 1\nkind = \"android\"", "serial = 1\nkind = \"iphone\"", "kind = \"juki\""]
    {
        let (mut card, office) = card(text);
        let terminal = Terminal::of(office.path());
        assert_eq!(status(&mut card, JPKI), 0x9000);
        select(&mut card, 0x0016);
        assert_eq!(terminal.introduces_itself(&mut card), (0x6D00, 0x6D00), "{text}");
        assert_eq!(status(&mut card, &external(&[7; 96])), 0x6D00, "{text}");
    }
}

#[test]
fn an_office_gets_its_terminal_once() {
    let office = office(&["one"]);
    let files = || {
        ["ca-public.bin", "terminal-key.pem", "certificate.bin", "signature.bin"]
            .map(|name| fs::read(office.path().join("simulated-terminal").join(name)).ok())
    };
    let issue = || issue_cards(office.path(), &[("one", "serial = 1")], now()).expect("issued");
    issue();
    let first = files();
    let lengths = first.each_ref().map(|file| file.as_ref().map(Vec::len));
    assert!(matches!(lengths, [Some(65), Some(_), Some(307), Some(64)]), "{lengths:?}");
    let mode = |name: &str| {
        fs::metadata(office.path().join(name)).expect("there").permissions().mode() & 0o777
    };
    assert_eq!(mode("simulated-terminal/terminal-key.pem"), 0o600);
    assert_eq!(mode("keys/simulated-terminal-ca.pem"), 0o600);
    issue();
    assert!(files() == first, "the same bytes");
    fs::remove_file(office.path().join("simulated-terminal/signature.bin")).expect("removed");
    issue();
    assert!(files() == first, "what was interrupted is made whole");
}

#[test]
fn an_office_of_before_goes_on_and_has_no_terminal_until_it_issues() {
    let (_card, terminal, office) = ready("serial = 1");
    let folder = office.path().join("simulated-terminal");
    fs::remove_dir_all(&folder).expect("removed");
    let mut card = load(office.path());
    at_0016(&mut card);
    assert_eq!(terminal.introduces_itself(&mut card), (0x9000, 0x6A88));

    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("ca-public.bin"), [4; 65]).expect("written");
    let error = VirtualCard::load(office.path(), "one").expect_err("refused").to_string();
    assert!(error.contains("ca-public.bin: is not a P-256 point"), "{error}");
    fs::write(folder.join("terminal-key.pem"), "no key").expect("written");
    let again = issue_cards(office.path(), &[("one", "serial = 1")], now());
    let error = again.expect_err("refused").to_string();
    assert!(error.contains("terminal-key.pem: is not a P-256 key"), "{error}");
}
