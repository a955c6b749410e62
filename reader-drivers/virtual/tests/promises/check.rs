//! A whole check in the order the kiosk asks, over the same trait as a real card.

use crate::bench::{self, card, tried};
use card::{
    Response, StatusWord, Token, Transport,
    certificate::{self, Policy},
    jpki::{self, Ef},
};
use reader_virtual::{Conversation, VirtualCard};
use rsa::{Pkcs1v15Sign, RsaPublicKey, pkcs8::DecodePublicKey, sha2::Sha256};
use x509_cert::{
    Certificate,
    der::{Decode, Encode},
};

const DIGEST: [u8; 32] = {
    let mut digest = [0; 32];
    let mut at = 0;
    while at < 32 {
        digest[at] = at as u8;
        at += 1;
    }
    digest
};

#[track_caller]
fn ok(answer: Result<Response, card::Gone>) -> Response {
    let answer = answer.expect("an answer");
    assert_eq!(answer.status, StatusWord::OK);
    answer
}

/// Certificate and signature, as in the flow of a check with a PIN.
pub(crate) fn check(card: &mut impl Transport) -> (Vec<u8>, Vec<u8>) {
    wake(card, Token::MyNumberCard);
    let der = certificate(card);
    pin(card);
    (der, signature(card))
}

/// The same with an Android phone, which shows the certificate only after the PIN.
fn check_android(card: &mut impl Transport) -> (Vec<u8>, Vec<u8>) {
    wake(card, Token::Android);
    pin(card);
    (certificate(card), signature(card))
}

/// The same with an iPhone, which has recognised its holder itself.
fn check_iphone(card: &mut impl Transport) -> (Vec<u8>, Vec<u8>) {
    wake(card, Token::Iphone);
    (certificate(card), signature(card))
}

fn wake(card: &mut impl Transport, token: Token) {
    card.transmit(&jpki::wake()).expect("an answer");
    ok(card.transmit(&jpki::select_application()));
    ok(card.transmit(&jpki::select_file(Ef::Token)));
    let label = ok(card.transmit(&jpki::read_binary(0, 32))).data;
    assert_eq!(Token::read(&label), token);
}

fn certificate(card: &mut impl Transport) -> Vec<u8> {
    ok(card.transmit(&jpki::select_file(Ef::AuthCert)));
    let mut der = ok(card.transmit(&jpki::read_binary(0, 0))).data.to_vec();
    let head = *der.first_chunk().expect("four bytes");
    let total = certificate::total_length(head).expect("a length");
    while der.len() < total {
        let offset = u16::try_from(der.len()).expect("short");
        let le = u8::try_from(total - der.len()).unwrap_or(0);
        der.extend(ok(card.transmit(&jpki::read_binary(offset, le))).data.iter());
    }
    der
}

fn pin(card: &mut impl Transport) {
    ok(card.transmit(&jpki::select_file(Ef::AuthPin)));
    let asked = card.transmit(&jpki::tries_left()).expect("an answer").status;
    assert_eq!(asked.tries_left(), Some(3));
    ok(card.transmit(&jpki::verify(b"1234")));
}

fn signature(card: &mut impl Transport) -> Vec<u8> {
    ok(card.transmit(&jpki::select_file(Ef::AuthKey)));
    let signature = ok(card.transmit(&jpki::compute_signature(&DIGEST))).data.to_vec();
    ok(card.transmit(&jpki::leave()));
    signature
}

/// Whether it is the signature of the certificate's key over [`DIGEST`].
pub(crate) fn is_signed(der: &[u8], signature: &[u8]) -> bool {
    let certificate = Certificate::from_der(der).expect("a certificate").tbs_certificate;
    let key = certificate.subject_public_key_info.to_der().expect("a key");
    let key = RsaPublicKey::from_public_key_der(&key).expect("an RSA key");
    key.verify(Pkcs1v15Sign::new::<Sha256>(), &DIGEST, signature).is_ok()
}

#[test]
fn seventeen_commands_prove_the_holder() {
    let (mut card, _office) = card("serial = 5001");
    let (der, signature) = check(&mut card);
    assert_eq!(card::Certificate::read(&der).map(|read| read.policy), Ok(Policy::Test));
    let certificate = Certificate::from_der(&der).expect("a certificate").tbs_certificate;
    assert_eq!(certificate.serial_number.as_bytes(), [0x13, 0x89], "whom the gateway knows");
    assert!(is_signed(&der, &signature));

    // The throw-away comes on top of the seventeen.
    assert_eq!(card.apdus(), 18);
    assert_eq!(tried(&card), [0x9000]);
    card.power_on();
    assert!(!bench::signs(&mut card));
}

#[test]
fn the_first_conversation_is_what_the_working_card_is_asked() {
    let mut conversation = Conversation::named("first-try").expect("a conversation");
    let (der, signature) = check(&mut conversation);
    conversation.assert_finished();
    assert_eq!(card::Certificate::read(&der).map(|read| read.policy), Ok(Policy::Test));
    assert_eq!(signature.len(), 256);
}

#[test]
fn phones_prove_their_holders_in_their_own_order() {
    let (mut android, _office) = card("serial = 1\nkind = \"android\"");
    let (der, signature) = check_android(&mut android);
    assert!(is_signed(&der, &signature));
    assert_eq!(tried(&android), [0x9000]);

    let (mut iphone, _office) = card("serial = 1\nkind = \"iphone\"");
    let (der, signature) = check_iphone(&mut iphone);
    assert!(is_signed(&der, &signature));
    assert!(tried(&iphone).is_empty(), "no PIN");

    let mut conversation = Conversation::named("android-pin").expect("a conversation");
    check_android(&mut conversation);
    conversation.assert_finished();
    let mut conversation = Conversation::named("iphone-device").expect("a conversation");
    check_iphone(&mut conversation);
    conversation.assert_finished();
}

#[test]
fn every_conversation_can_be_played() {
    let names = Conversation::names();
    assert!(names.len() > 20);
    for name in names {
        Conversation::named(&name).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn cards_may_be_held_by_another_thread() {
    fn is_send<T: Send>() {}
    is_send::<VirtualCard>();
}
