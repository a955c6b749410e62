//! From the card to the result, whole: real pcscd with the virtual card, the real card
//! and line processes, real TLS to the reference gateway. Only the window is missing.

use std::{path::Path, thread, time::Duration};

use kiosk_core::{
    CardTrouble, Event, GatewayTrouble, Screen, Shown, Trouble, result_page::Banner,
    screen::Readiness,
};
use whole::{
    Desk,
    desk::{page, trouble, verifications},
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

#[test]
fn refused_certificates_say_so() {
    let desk = Desk::new();
    for person in ["expired-long", "revoked"] {
        let shown = desk.check(person, "1234");
        let expected = Trouble::Gateway(GatewayTrouble::CertificateRefused);
        assert_eq!(trouble(&shown), expected, "{person}");
        desk.next_patient();
    }
    let shown = desk.check("error", "1234");
    assert_eq!(trouble(&shown), Trouble::Gateway(GatewayTrouble::NoAnswer));
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
    let take = |it: &Screen| matches!(it, Screen::Ready { readiness: Readiness::TakeCard, .. });
    desk.station.wait_for("take the card first", take);
}

#[test]
fn pulled_cards_killed_daemons_and_a_dead_gateway_let_the_next_patient_start() {
    let mut desk = Desk::new();
    desk.up_to_the_card("1234");
    desk.pcscd.insert("slow");
    desk.station.wait_for("reading", |it| matches!(it, Screen::Reading));
    // Half-way: this card takes 20 ms for each of its 17 commands.
    thread::sleep(Duration::from_millis(150));
    desk.pcscd.remove();
    assert_eq!(trouble(&desk.ending()), Trouble::Card(CardTrouble::Removed));
    desk.station.touch(Event::Close);
    desk.wait_ready();

    desk.pcscd.restart();
    desk.wait_ready();
    page(&desk.check("shikaku-taro", "1234"));
    desk.next_patient();

    desk.gateway.kill();
    desk.station.touch(Event::Next);
    assert_eq!(trouble(&desk.ending()), Trouble::Gateway(GatewayTrouble::Unreachable));
}

/// No file and no log of the station holds a person, a PIN or a certificate's number.
#[test]
fn nothing_of_a_person_is_left_in_files_and_logs() {
    let desk = Desk::new();
    page(&desk.check("shikaku-taro", "1234"));
    desk.next_patient();
    let mut looked_at = 0;
    for file in files(&desk.folder.path().join("k")) {
        let bytes = std::fs::read(&file).expect("readable");
        let text = String::from_utf8_lossy(&bytes);
        for secret in ["資格", "シカク", "12345678", "太郎"] {
            assert!(!text.contains(secret), "{} holds {secret}", file.display());
        }
        looked_at += 1;
    }
    assert!(looked_at >= 4, "settings, state and two logs, not {looked_at} files");
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries
        .map(|entry| entry.expect("an entry").path())
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .collect()
}
