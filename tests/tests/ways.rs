//! The other ways through a check, whole: 目視 by relay, phones, consents.

use kiosk_core::{
    CardTrouble, Consent, Consents, Event, GatewayTrouble, Screen,
    check::{Phone, Said},
    proof::TokenKind,
};
use whole::{
    Desk, STAFF_CODE,
    desk::{NEXT, PERSON, commands, is_of, is_trouble, verifications},
};

/// What the gateway sends for a certificate of 1,590 bytes: five to recognise the card,
/// seven pieces and four steps of the simulated terminal, three to prove it.
const RELAYED: usize = 5 + 11 + 3;
/// The kiosk adds the throw-away SELECT and one to leave.
const ADDED: usize = 2;

#[test]
fn by_sight_no_pin_is_sent_and_the_kiosk_adds_two_commands() {
    let desk = Desk::new();
    is_of(&desk.check_by_sight(PERSON.card), PERSON, "by sight");
    desk.wait_unpowered("by sight");
    let journal = desk.pcscd.journal();
    assert_eq!(verifications(&journal), 0, "{journal}");
    assert_eq!(commands(&journal).len(), RELAYED + ADDED, "{journal}");
    desk.next_patient();
    desk.passes_for(NEXT, "after 目視");
}

#[test]
fn by_sight_a_blocked_pin_and_a_face_card_do_not_matter() {
    let desk = Desk::new();
    for card in ["blocked", "face-card", "first-6f00"] {
        let shown = desk.check_by_sight(card);
        assert!(matches!(shown.screen, Screen::Result { .. }), "{card}: {shown:?}");
        desk.next_patient();
    }
}

#[test]
fn by_sight_what_is_no_card_of_ours_is_told_apart() {
    let desk = Desk::new();
    for (card, trouble) in [
        ("android", CardTrouble::Phone),
        ("iphone", CardTrouble::Phone),
        ("juki", CardTrouble::WrongCard),
        ("other-card", CardTrouble::WrongCard),
        ("production", CardTrouble::WrongHierarchy),
    ] {
        is_trouble(&desk.check_by_sight(card), trouble, card);
        desk.leaves_nothing(card);
    }
    is_trouble(&desk.check_by_sight("revoked"), GatewayTrouble::CertificateRefused, "revoked");
    desk.leaves_nothing("revoked");
}

#[test]
fn a_gateway_that_asks_too_much_gets_nothing() {
    let desk = Desk::new();
    let shown = desk.check_by_sight("hostile-relay");
    is_trouble(&shown, GatewayTrouble::RelayRefused, "a PIN's counter in a relay");
    let journal = desk.pcscd.journal();
    assert!(!journal.contains("20 00 80"), "the card heard {journal}");
    desk.leaves_nothing("a PIN's counter in a relay");
}

#[test]
fn a_wrong_staff_code_opens_nothing() {
    let desk = Desk::new();
    desk.station.touch(Event::Switch);
    desk.station.wait_for("職員コードの入力", |it| matches!(it, Screen::Staff { .. }));
    desk.station.type_pin("0000");
    let refused = |it: &Screen| matches!(it, Screen::Staff { wait_s: Some(5), .. });
    desk.station.wait_for("wrong, five seconds", refused);
    // The right one, too early, is not even compared.
    desk.station.type_pin(STAFF_CODE);
    let early = |it: &Screen| matches!(it, Screen::Staff { wait_s: Some(_), typed: 0, .. });
    desk.station.wait_for("still waiting", early);
    desk.station.touch(Event::Back);
    desk.passes_for(NEXT, "a wrong staff code does not stand in the way of a PIN");
}

#[test]
fn phones_go_their_own_ways() {
    let desk = Desk::new();
    let choose = |phone| {
        desk.station.touch(Event::Phones);
        desk.station.wait_for("which phone", |it| matches!(it, Screen::Phones));
        desk.station.touch(Event::Choose(phone));
    };
    choose(Phone::Android);
    desk.station.wait_for("確認メッセージ", |it| matches!(it, Screen::Confirm));
    desk.station.touch(Event::Confirm);
    desk.station.type_pin("1234");
    let android = |it: &Screen| matches!(it, Screen::Card { token: TokenKind::Android, .. });
    desk.station.wait_for("an Android phone", android);
    desk.pcscd.insert("android");
    let shown = desk.ending();
    assert!(matches!(shown.screen, Screen::Result { .. }), "{shown:?}");
    desk.next_patient();

    choose(Phone::Iphone);
    let iphone = |it: &Screen| matches!(it, Screen::Card { token: TokenKind::Iphone, .. });
    desk.station.wait_for("an iPhone", iphone);
    desk.pcscd.insert("iphone");
    let shown = desk.ending();
    assert!(matches!(shown.screen, Screen::Result { .. }), "{shown:?}");
    let journal = desk.pcscd.journal();
    assert_eq!(verifications(&journal), 0, "{journal}");
    desk.next_patient();

    // A phone was chosen, and a card or the other phone is held there.
    for (phone, card) in
        [(Phone::Iphone, "shikaku-taro"), (Phone::Iphone, "android"), (Phone::Iphone, "juki")]
    {
        choose(phone);
        desk.station.wait_for("an iPhone", iphone);
        desk.pcscd.insert(card);
        let trouble = match card {
            "juki" => CardTrouble::WrongCard,
            _ => CardTrouble::OtherToken,
        };
        is_trouble(&desk.ending(), trouble, card);
        desk.leaves_nothing(card);
    }
}

#[test]
fn consents_are_asked_and_declining_blocks_nothing() {
    let desk = Desk::offering("medication,treatment,checkup");
    for said in [&[Said::All][..], &[Said::None], &[Said::OneByOne, Said::Yes, Said::No, Said::No]]
    {
        desk.up_to_the_card(PERSON.pin);
        let all = |it: &Screen| *it == Screen::Consents { offered: Consents::ALL };
        desk.station.wait_for("同意", all);
        for word in said {
            desk.station.touch(Event::Consent(*word));
        }
        desk.station.wait_for("the card", |it| matches!(it, Screen::Card { .. }));
        desk.pcscd.insert(PERSON.card);
        is_of(&desk.ending(), PERSON, &format!("{said:?}"));
        desk.next_patient();
    }
    // One by one they are asked in order.
    desk.up_to_the_card(PERSON.pin);
    desk.station.touch(Event::Consent(Said::OneByOne));
    let first = Screen::Consent { consent: Consent::Medication, number: 1, of: 3 };
    desk.station.wait_for("薬剤情報", |it| *it == first);
    desk.station.touch(Event::Back);
    desk.wait_ready();
}

#[test]
fn the_journal_tells_what_was_done_and_never_to_whom() {
    let desk = Desk::new();
    is_of(&desk.check_by_sight(PERSON.card), PERSON, "by sight");
    desk.next_patient();
    is_of(&desk.check(NEXT.card, NEXT.pin), NEXT, "by PIN");
    desk.next_patient();
    let folder = desk.folder.path().join("k/state/journal");
    let text = std::fs::read_to_string(folder.join("journal.jsonl")).expect("a journal");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    let of_staff = lines[0].contains(r#""who":"staff-code","method":"visual""#);
    let of_nobody = lines[1].contains(r#""who":"nobody","method":"pin""#);
    assert!(of_staff && of_nobody && text.contains(r#""outcome":"valid""#), "{text}");
    for secret in [PERSON.name, PERSON.number, NEXT.name, NEXT.number, "5001"] {
        assert!(!text.contains(secret), "{secret} stands in {text}");
    }
    // The gateway has taken them, chain and all.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let acknowledged = folder.join("journal.acknowledged");
    while !std::fs::read_to_string(&acknowledged).is_ok_and(|it| it.contains(r#""seq":2"#)) {
        assert!(std::time::Instant::now() < end, "the gateway did not acknowledge the journal");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
