//! Behind ⚙, whole: what is changed there holds, also after the power was gone, and nothing
//! on the disk says a code.

use std::fs;

use kiosk_core::{
    Event, Screen,
    check::Said,
    menu::{CodeAsk, CodeKind, CodeRefused, Done, MenuEntry, MenuList, MenuPage},
    proof::Method,
};
use whole::{
    Desk, PASSCODE, Station,
    desk::{NEXT, PERSON, is_of},
};

const OTHER: &str = "1357";

/// ⚙, the passcode, and what comes of it.
#[track_caller]
fn open(station: &Station, passcode: &str, told: &str, fits: impl Fn(&MenuPage) -> bool) {
    station.touch(Event::Menu);
    let ask = |it: &Screen| matches!(it, Screen::Menu(MenuPage::Code { ask: CodeAsk::Open, .. }));
    station.wait_for("パスコードの入力", ask);
    station.type_pin(passcode);
    wait(station, told, fits);
}

#[track_caller]
fn wait(station: &Station, told: &str, fits: impl Fn(&MenuPage) -> bool) {
    station.wait_for(told, |it| matches!(it, Screen::Menu(page) if fits(page)));
}

#[track_caller]
fn security(station: &Station) {
    station.touch(Event::Entry(MenuEntry::Security));
    let there = |it: &MenuPage| matches!(it, MenuPage::List(MenuList::Security { .. }));
    wait(station, "セキュリティ設定", there);
}

fn is_top(page: &MenuPage) -> bool {
    matches!(page, MenuPage::List(MenuList::Top { .. }))
}

fn is_wrong(page: &MenuPage) -> bool {
    matches!(page, MenuPage::Code { refused: Some(CodeRefused::Wrong { .. }), .. })
}

/// Twice the new code, and 変更完了.
#[track_caller]
fn set(station: &Station, code: &str, kind: CodeKind) {
    station.type_pin(code);
    station.type_pin(code);
    let done = Screen::Menu(MenuPage::Done(Done::Code { kind, first: false }));
    station.wait_for("変更完了", |it| *it == done);
    station.touch(Event::Confirm);
}

#[test]
fn the_method_is_chosen_and_stays() {
    let desk = Desk::new();
    open(&desk.station, PASSCODE, "メニュー", is_top);
    security(&desk.station);
    desk.station.touch(Event::Entry(MenuEntry::Visual));
    let on = MenuList::Security { visual: true, at_start: false, not_kept: false };
    let on = |it: &MenuPage| *it == MenuPage::List(on);
    wait(&desk.station, "on", on);
    desk.station.touch(Event::Close);
    let by_sight = |it: &Screen| matches!(it, Screen::Ready { method: Method::Visual, .. });
    desk.station.wait_for("認証選択（目視）", by_sight);

    let again = Station::run(&desk.folder.path().join("k"), &desk.pcscd.socket(), &[]);
    again.wait_for("認証選択（目視） after the power was gone", by_sight);
}

#[test]
fn codes_are_changed_and_the_old_ones_open_nothing() {
    let desk = Desk::new();
    let station = &desk.station;
    open(station, PASSCODE, "メニュー", is_top);
    security(station);
    station.touch(Event::Entry(MenuEntry::Passcode));
    station.type_pin(PASSCODE);
    let new =
        |it: &MenuPage| matches!(it, MenuPage::Code { ask: CodeAsk::New(CodeKind::Passcode), .. });
    wait(station, "新しいパスコード", new);
    set(station, OTHER, CodeKind::Passcode);
    station.touch(Event::Entry(MenuEntry::StaffCode));
    let new =
        |it: &MenuPage| matches!(it, MenuPage::Code { ask: CodeAsk::New(CodeKind::StaffCode), .. });
    wait(station, "新しい職員コード", new);
    set(station, "8642", CodeKind::StaffCode);
    station.touch(Event::Close);
    desk.wait_ready();

    open(station, PASSCODE, "the old one is wrong", is_wrong);
    station.type_pin(OTHER);
    wait(station, "メニュー", is_top);
    station.touch(Event::Close);
    desk.wait_ready();

    // The new staff code, by its use.
    station.touch(Event::Switch);
    station.wait_for("職員コードの入力", |it| matches!(it, Screen::Staff { .. }));
    station.type_pin("8642");
    station.wait_for("目視", |it| matches!(it, Screen::Compare));
    station.touch(Event::Next);
    station.wait_for("the card", |it| matches!(it, Screen::Card { .. }));
    desk.pcscd.insert(PERSON.card);
    is_of(&desk.ending(), PERSON, "with the new staff code");
    desk.next_patient();

    for file in ["passcode.json", "staff-code.json"] {
        let text = fs::read_to_string(desk.folder.path().join("k/state").join(file)).expect(file);
        for code in [PASSCODE, OTHER, "8642"] {
            assert!(!text.contains(code), "{file} holds {code}");
        }
    }
}

#[test]
fn five_wrong_passcodes_lock_the_menu_and_no_check() {
    let desk = Desk::new();
    let locked = |it: &MenuPage| {
        matches!(it, MenuPage::Code { refused: Some(CodeRefused::Locked { minutes: 30 }), .. })
    };
    open(&desk.station, "0000", "wrong", is_wrong);
    for tries_left in [3, 2, 1] {
        desk.station.type_pin("0000");
        let fewer = Some(CodeRefused::Wrong { tries_left });
        wait(
            &desk.station,
            "one try fewer",
            |it| matches!(it, MenuPage::Code { refused, .. } if *refused == fewer),
        );
    }
    desk.station.type_pin("0000");
    wait(&desk.station, "locked", locked);
    desk.station.touch(Event::Back);
    desk.wait_ready();
    desk.passes_for(NEXT, "the menu is locked");

    // Another start does not open it, and the right one is not compared.
    let again = Station::run(&desk.folder.path().join("k"), &desk.pcscd.socket(), &[]);
    again.wait_for("認証選択", |it| matches!(it, Screen::Ready { .. }));
    open(&again, PASSCODE, "still locked", locked);
}

#[test]
fn behind_a_check_there_is_no_menu() {
    let desk = Desk::offering("medication");
    desk.up_to_the_card(PERSON.pin);
    desk.station.touch(Event::Menu);
    desk.station.touch(Event::Consent(Said::None));
    desk.station.wait_for("the card", |it| matches!(it, Screen::Card { .. }));
    desk.pcscd.insert(PERSON.card);
    is_of(&desk.ending(), PERSON, "⚙ in the middle");
    desk.next_patient();
}
