//! Virtual cards, asked as a reader would ask them.

use reader_virtual::VirtualCard;
use ring::digest::{SHA256, digest};

use crate::bench::{Bench, Visual, issued, last, message, proof};

/// DigestInfo of SHA-256 (RFC 8017, 9.2).
const DIGEST_INFO: &[u8] = &[
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

fn ask(card: &mut VirtualCard, command: &[u8]) -> Vec<u8> {
    let mut answer = card.transmit(command);
    assert_eq!(answer.split_off(answer.len() - 2), [0x90, 0x00], "{command:02X?}");
    answer
}

/// SELECT the application, VERIFY the PIN, sign.
fn sign(card: &mut VirtualCard, pin: &[u8], message: &[u8]) -> Vec<u8> {
    card.power_on();
    ask(
        card,
        &[&[0x00, 0xA4, 0x04, 0x0C, 0x0A][..], b"\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01"]
            .concat(),
    );
    ask(card, &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18]);
    ask(card, &[&[0x00, 0x20, 0x00, 0x80, 0x04][..], pin].concat());
    ask(card, &[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x17]);
    let hash = digest(&SHA256, message);
    ask(card, &[&[0x80, 0x2A, 0x00, 0x80, 0x33][..], DIGEST_INFO, hash.as_ref(), &[0]].concat())
}

fn certificate(id: &str, name: &str) -> Vec<u8> {
    std::fs::read(issued().join("cards").join(id).join(name)).expect("issued")
}

#[tokio::test]
async fn a_virtual_card_is_believed() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let mut card = VirtualCard::load(issued(), "sato-hanako").expect("a card");
    let signature = sign(&mut card, b"2580", &message(&device, &check));
    let sent = proof(&certificate("sato-hanako", "auth.der"), &signature);
    let answer = line.post(&check.path(), Some(&device.session), &sent).await;
    answer.expect(200);
    assert!(answer.text().contains("<Name>佐藤　花子</Name>"));
}

#[tokio::test]
async fn a_look_alike_of_a_real_card_is_refused_by_its_policy() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let mut card = VirtualCard::load(issued(), "production").expect("a card");
    let signature = sign(&mut card, b"1234", &message(&device, &check));
    let sent = proof(&certificate("production", "auth.der"), &signature);
    let answer = line.post(&check.path(), Some(&device.session), &sent).await;
    answer.refused(422, "certificate-refused");
    assert_eq!(answer.json()["reason"], "policy");
}

#[tokio::test]
async fn the_signature_certificate_proves_nothing() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let sent = proof(&certificate("signer", "sign.der"), &[1; 256]);
    let answer = line.post(&check.path(), Some(&device.session), &sent).await;
    answer.refused(422, "certificate-refused");
}

#[tokio::test]
async fn a_virtual_card_is_believed_by_its_photo_too() {
    let mut visual = Visual::open().await;
    let mut card = VirtualCard::load(issued(), "sato-hanako").expect("a card");
    card.power_on();
    let talk = visual.talk(&mut card, |_, _| {}).await;
    let answer = last(&talk);
    answer.expect(200);
    assert!(answer.text().contains("<Name>佐藤　花子</Name>"));
    let mut look_alike = VirtualCard::load(issued(), "production").expect("a card");
    look_alike.power_on();
    assert_eq!(visual.judge(look_alike, |_, _| {}).await, "policy");
}
