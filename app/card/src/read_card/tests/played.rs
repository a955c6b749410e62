//! The strict scripts of `reader-drivers/virtual/conversations`, every one of them.

use std::collections::BTreeMap;

use reader_virtual::Conversation;

use super::{HERE, order, pin};
use crate::read_card::read_card;
use kiosk_core::{CardTrouble, ReadOrder, proof::Holder};

/// Played by `relay::hold`.
const RELAY: &str = "relay";

/// What each conversation comes to; none is a proof.
fn expected() -> BTreeMap<&'static str, Option<CardTrouble>> {
    use CardTrouble as T;
    BTreeMap::from([
        ("android", Some(T::Phone)),
        ("android-pin", None),
        ("blocked-63c0", Some(T::PinBlocked)),
        ("blocked-6983", Some(T::PinBlocked)),
        ("blocked-6984", Some(T::PinBlocked)),
        ("blocked-at-verify", Some(T::PinBlocked)),
        ("endless-certificate", Some(T::Unreadable)),
        ("first-6f00", None),
        ("first-try", None),
        ("garbage-certificate", Some(T::Unreadable)),
        ("iphone", Some(T::Phone)),
        ("iphone-device", None),
        ("juki", Some(T::WrongCard)),
        ("last-try", Some(T::LastTry { card: HERE })),
        ("last-try-agreed", None),
        ("other-card", Some(T::WrongCard)),
        ("production-card", Some(T::WrongHierarchy)),
        ("pulled-out-at-sign", Some(T::Removed)),
        ("pulled-out-at-verify", Some(T::Removed)),
        ("short-certificate", Some(T::Unreadable)),
        ("signature-refused", Some(T::Unreadable)),
        ("unknown-token", Some(T::WrongCard)),
        ("wrong-pin", Some(T::WrongPin { tries_left: 2 })),
        ("wrong-pin-uses-up-the-last-try", Some(T::PinBlocked)),
    ])
}

#[test]
fn every_conversation_is_played_to_its_end() {
    let expected = expected();
    let names: Vec<_> = Conversation::names().into_iter().filter(|it| it != RELAY).collect();
    assert_eq!(names, expected.keys().copied().collect::<Vec<_>>());
    let digest = std::array::from_fn(|at| at as u8);
    for (name, trouble) in expected {
        let agreed = matches!(name, "last-try-agreed" | "wrong-pin-uses-up-the-last-try");
        let holder = match name {
            "android-pin" => Holder::AndroidPin(pin(b"1234")),
            "iphone-device" => Holder::Iphone,
            _ => Holder::CardPin(pin(b"1234")),
        };
        let order = ReadOrder { digest, holder, last_try: agreed.then_some(HERE), ..order() };
        let mut conversation = Conversation::named(name).expect("a conversation");
        let reading = read_card(&mut conversation, &order, HERE);
        assert_eq!(reading.outcome.err(), trouble, "{name}");
        conversation.assert_finished();
    }
}
