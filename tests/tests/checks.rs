//! From the card to the result, whole: real pcscd with the virtual card, the real card
//! and line processes, real TLS to the reference gateway. Only the window is missing.

use kiosk_core::{Event, Screen, Shown, result_page::Banner, screen::Readiness};
use whole::{
    Desk,
    desk::{page, verifications},
};

/// Everybody the simulators know, with the banners of the result.
const PEOPLE: &[(&str, &[Banner], usize)] = &[
    ("shikaku-taro", &[], 1),
    ("preschool", &[Banner::Preschool], 1),
    ("expires-soon", &[Banner::CertificateExpiresSoon], 1),
    ("expired", &[Banner::CertificateExpired], 1),
    ("assistance-insured", &[Banner::AssistanceWithInsurance], 1),
    ("assistance-only", &[Banner::AssistanceOnly], 0),
    ("assistance-unregistered", &[Banner::ValidUnregistered, Banner::AssistanceOnly], 0),
    ("back-side", &[], 1),
    ("elderly", &[], 1),
    ("invalid", &[Banner::Invalid], 1),
    ("invalid-newer", &[Banner::InvalidNewerExists], 1),
    ("not-found", &[Banner::NotFound], 0),
    ("several", &[Banner::Several], 0),
    ("masked-name", &[Banner::MaskedName], 1),
    ("ivs-name", &[], 1),
    ("extb-name", &[], 1),
    ("two-results", &[Banner::SeveralResults], 2),
    ("sparse", &[], 1),
    ("unknown-codes", &[Banner::UnknownCode], 1),
    ("unknown-validity", &[Banner::UnknownValidity], 1),
    ("long-name", &[], 1),
    ("late-elderly", &[], 1),
    ("shift-jis", &[], 1),
    ("six-digits", &[], 1),
    ("slow", &[], 1),
    ("first-6f00", &[], 1),
    ("stranger", &[Banner::NotFound], 0),
];

// seed 130-134, 139-169, 178, 179
#[test]
fn everybody_gets_the_result_that_is_theirs() {
    let desk = Desk::new();
    for (person, banners, records) in PEOPLE {
        let shown = desk.check(person, "1234");
        assert!(shown.simulator, "{person}: every page says 模擬環境");
        let page = page(&shown);
        let said: Vec<_> =
            page.banners.iter().filter(|it| !matches!(it, Banner::Message(_))).cloned().collect();
        assert_eq!((&said[..], page.records.len()), (*banners, *records), "{person}");
        desk.next_patient();
    }
    let taro = desk.check("shikaku-taro", "1234");
    let record = &page(&taro).records[0];
    assert_eq!(record.name.expose(), "資格　太郎");
    assert_eq!(record.name_kana.expose(), "シカク タロウ");
    assert_eq!(record.insurer_number.expose(), "12345678");
    desk.next_patient();
    let page_of = |person| desk.check(person, "1234");
    let name = |shown: &Shown| page(shown).records[0].name.expose().to_owned();
    assert!(name(&page_of("ivs-name")).contains("葛\u{E0100}"), "the variation selector is kept");
    desk.next_patient();
    assert!(name(&page_of("extb-name")).contains('𠮷'));
}

// seed 135-136
#[test]
fn a_wrong_pin_costs_one_try_and_the_last_needs_a_word() {
    let desk = Desk::new();
    desk.up_to_the_card("0000");
    desk.pcscd.insert("sato-hanako");
    let wrong = |left| move |it: &Screen| matches!(it, Screen::Pin { tries_left: Some(n), wrong: true, .. } if *n == left);
    desk.station.wait_for("two tries left", wrong(2));
    desk.station.type_pin("0001");
    desk.station.wait_for("one try left", wrong(1));
    desk.station.type_pin("2580");
    desk.station.wait_for("the question about the last try", |it| matches!(it, Screen::LastTry));
    desk.station.touch(Event::SpendLastTry);
    let shown = desk.station.wait_for("the result", |it| matches!(it, Screen::Result { .. }));
    assert_eq!(page(&shown).banners.len(), 0);
    desk.next_patient();

    // The right PIN gave the tries back.
    let shown = desk.check("sato-hanako", "2580");
    assert_eq!(page(&shown).records.len(), 1);
}

#[test]
fn the_last_try_is_not_spent_without_a_word() {
    let desk = Desk::new();
    let shown = desk.check("last-try", "9999");
    assert_eq!(shown.screen, Screen::LastTry);
    assert!(verifications(&desk.pcscd.journal()) == 0, "the card heard a VERIFY");
    desk.next_patient();
    // It was not spent: the right PIN works, with the holder's word.
    desk.check("last-try", "1234");
    desk.station.touch(Event::SpendLastTry);
    desk.station.wait_for("the result", |it| matches!(it, Screen::Result { .. }));
}

#[test]
fn a_card_left_behind_is_not_read_for_the_next_patient() {
    let desk = Desk::new();
    desk.check("shikaku-taro", "1234");
    desk.station.touch(Event::Close);
    desk.station.wait_for("カードをお取りください", |it| matches!(it, Screen::TakeCard));
    desk.station.touch(Event::Next);
    desk.station.touch(Event::Next);
    desk.pcscd.remove();
    desk.wait_ready();
    desk.pcscd.insert("shikaku-taro");
    desk.wait_readiness(Readiness::TakeCard);
}
