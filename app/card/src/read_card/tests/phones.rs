//! Phones (D15): the PIN before the certificate, or no PIN here at all.

use super::*;
use crate::actor::{Actor, certificate};

fn with(holder: Holder) -> ReadOrder {
    ReadOrder { holder, ..order() }
}

fn android() -> Actor {
    Actor { label: "JPKIAPGPSETOKEN", keeps_certificate: true, ..Actor::default() }
}

fn iphone() -> Actor {
    Actor { label: "JPKIAPIOSTOKEN", knows_its_holder: true, ..Actor::default() }
}

/// The names of what was said between the label and the leaving.
fn said(heard: &[String]) -> Vec<&str> {
    let names: Vec<_> = heard.iter().filter_map(|it| it.split(" [").next()).collect();
    names[4..names.len() - 1].to_vec()
}

#[test]
fn an_android_phone_shows_its_certificate_after_the_pin() {
    let mut phone = android();
    let reading = read_card(&mut phone, &with(Holder::AndroidPin(pin(b"1234"))), HERE);
    let proof = reading.outcome.expect("a proof");
    assert_eq!(proof.token, TokenKind::Android);
    assert_eq!(proof.certificate[..], phone.certificate[..]);
    assert_eq!(reading.apdus, 17);
    let expected: Vec<_> = ["SELECT EF", "VERIFY?", "VERIFY", "SELECT EF"]
        .into_iter()
        .chain(["READ BINARY"; 7])
        .chain(["SELECT EF", "COMPUTE DIGITAL SIGNATURE"])
        .collect();
    assert_eq!(said(&phone.heard), expected);
}

#[test]
fn an_iphone_is_asked_for_no_pin() {
    let mut phone = iphone();
    let reading = read_card(&mut phone, &with(Holder::Iphone), HERE);
    let proof = reading.outcome.expect("a proof");
    assert_eq!((proof.token, reading.apdus), (TokenKind::Iphone, 14));
    assert_eq!(count(&phone.heard, "VERIFY"), 0);
    assert!(!phone.wires.iter().any(|wire| wire.ends_with(&[0x00, 0x18])), "no PIN file either");

    // Face ID was not used in time.
    let phone = Actor { knows_its_holder: false, ..iphone() };
    was_left(&check(phone, &with(Holder::Iphone), CardTrouble::Unreadable));
}

#[test]
fn what_was_not_chosen_is_said_so_and_gets_no_pin() {
    use CardTrouble as T;
    let card = || Holder::CardPin(pin(b"1234"));
    let android_pin = || Holder::AndroidPin(pin(b"1234"));
    for (label, holder, expected) in [
        ("JPKIAPGPSETOKEN", card(), T::Phone),
        ("JPKIAPIOSTOKEN", card(), T::Phone),
        ("JPKIAPICCTOKEN2", android_pin(), T::OtherToken),
        ("JPKIAPIOSTOKEN", android_pin(), T::OtherToken),
        ("JPKIAPICCTOKEN2", Holder::Iphone, T::OtherToken),
        ("JPKIAPGPSETOKEN", Holder::Iphone, T::OtherToken),
        ("JPKIAPICCTOKEN", android_pin(), T::WrongCard),
        ("SOMETHINGELSE", Holder::Iphone, T::WrongCard),
    ] {
        let heard = check(Actor { label, ..Actor::default() }, &with(holder), expected);
        no_pin_was_sent(&heard);
        assert_eq!(heard.len(), 5, "nothing but the leaving follows the label");
        was_left(&heard);
    }
}

#[test]
fn a_phones_pin_is_as_dear_as_a_cards() {
    let order = |digits| with(Holder::AndroidPin(pin(digits)));
    let heard = check(android(), &order(b"0000"), CardTrouble::WrongPin { tries_left: 2 });
    assert_eq!(count(&heard, "VERIFY ["), 1);
    was_left(&heard);

    let last = || Actor { tries: 1, ..android() };
    let heard = check(last(), &order(b"1234"), CardTrouble::LastTry { card: HERE });
    no_pin_was_sent(&heard);
    let agreed = ReadOrder { last_try: Some(HERE), ..order(b"1234") };
    assert!(read_card(&mut last(), &agreed, HERE).outcome.is_ok());

    let heard = check(Actor { tries: 0, ..android() }, &order(b"1234"), CardTrouble::PinBlocked);
    no_pin_was_sent(&heard);
}

#[test]
fn a_phone_of_the_other_world_signs_nothing() {
    for (phone, holder) in
        [(android(), Holder::AndroidPin(pin(b"1234"))), (iphone(), Holder::Iphone)]
    {
        let phone = Actor { certificate: certificate(1590, 0x03), ..phone };
        let heard = check(phone, &with(holder), CardTrouble::WrongHierarchy);
        assert_eq!(count(&heard, "COMPUTE"), 0);
        was_left(&heard);
    }
}

#[test]
fn a_phone_gone_at_any_command_ends_the_conversation_there() {
    for last in 0..17 {
        let phone = || Actor { gone: Some((last, Gone::Card)), ..android() };
        let mut gone = phone();
        let reading = read_card(&mut gone, &with(Holder::AndroidPin(pin(b"1234"))), HERE);
        assert_eq!(reading.outcome.err(), Some(CardTrouble::Removed), "gone at {last}");
        assert_eq!(gone.heard.len(), last + 1);
    }
}
