//! The life of a terminal, whole: out of its box, registered by touch, used, logged out,
//! logged in, removed; with the power cut and the line dead in between.

#[path = "life/preparation.rs"]
mod preparation;
#[path = "life/unit.rs"]
mod unit;

use std::{fs, path::Path};

use kiosk_core::{
    AccountTrouble, Event, GatewayTrouble, Screen,
    check::Station::{Attended, Unattended},
    form::{Field, FormKind},
    menu::{CodeAsk, CodeKind, Done, MenuEntry, MenuList, MenuPage, Question},
    proof::Method,
};
use unit::{
    Box, agree, fill, log_in, registered, security, set_codes, wait, wait_form, wait_new,
    wait_ready,
};
use whole::{
    Desk, PASSCODE, PASSWORD, STAFF_CODE, Station, Switch,
    desk::{NEXT, PERSON, is_of},
};

const OTHER_PASSWORD: &str = "Other-2026!";

fn device(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON")
}

// seed 24, 65-78, 117, 120
#[test]
fn a_unit_is_registered_by_touch_and_serves_the_next_patient() {
    let this = Box::new();
    let station = this.switch_on();
    agree(&station);
    station.touch(Event::Station(Attended));
    fill(&station, &this.gateway.code());
    station.touch(Event::Confirm);
    registered(&station);
    set_codes(&station);
    station.wait_for("認証選択（目視）, as the manual has it", |it| {
        matches!(it, Screen::Ready { method: Method::Pin, .. })
    });

    let kept = device(&this.state("device.json"));
    assert!(kept["registered"]["session"].is_string(), "D20: a session survives the power");
    for file in fs::read_dir(this.state("")).expect("a folder") {
        let path = file.expect("an entry").path();
        if path.is_file() {
            let text = fs::read(&path).expect("readable");
            let text = String::from_utf8_lossy(&text);
            for secret in [PASSWORD, PASSCODE, STAFF_CODE] {
                assert!(!text.contains(secret), "{} holds {secret}", path.display());
            }
        }
    }
    let desk = this.desk(station);
    desk.passes_for(PERSON, "after a registration by touch");
    let again = Station::run(&desk.folder.path().join("k"), &desk.pcscd.socket(), &[]);
    wait_ready(&again, Method::Pin);
}

// seed 39, 68, 98-99
#[test]
fn what_is_refused_says_why_and_what_was_typed_stays() {
    let this = Box::new();
    let station = this.switch_on();
    agree(&station);
    fill(&station, "000000000000");
    station.touch(Event::Confirm);
    wait_form(&station, FormKind::Register, Some(AccountTrouble::CodeUnknown));

    station.fill(Field::Password, "Wrong-2026!");
    station.touch(Event::Confirm);
    let wrong = |tries_left| AccountTrouble::WrongCredentials { tries_left: Some(tries_left) };
    wait_form(&station, FormKind::Register, Some(wrong(4)));
    for tries_left in [3, 2, 1] {
        station.touch(Event::Confirm);
        wait_form(&station, FormKind::Register, Some(wrong(tries_left)));
    }
    station.touch(Event::Confirm);
    let locked = AccountTrouble::AccountLocked { minutes: Some(30) };
    wait_form(&station, FormKind::Register, Some(locked));
}

#[test]
fn a_lost_answer_burns_no_code_and_a_power_cut_goes_on_where_it_was() {
    let mut this = Box::new();
    let switch = Switch::start(this.gateway.port());
    Station::unpack(&this.folder.path().join("k"), &switch.url(), &this.gateway.ca_pem());
    let station = this.switch_on();
    agree(&station);
    let code = this.gateway.code();
    fill(&station, &code);
    this.gateway.kill();
    station.touch(Event::Confirm);
    let unreachable = AccountTrouble::Gateway(GatewayTrouble::Unreachable);
    wait_form(&station, FormKind::Register, Some(unreachable));
    let request = device(&this.state("device.json"))["csr"].clone();
    this.gateway.restart();
    station.touch(Event::Confirm);
    registered(&station);
    let kept = device(&this.state("device.json"));
    assert_eq!(kept["csr"], request, "the same request is sent again (D21)");

    // The power goes before there is a passcode.
    drop(station);
    let again = this.switch_on();
    set_codes(&again);
    wait_ready(&again, Method::Pin);
}

// seed 113-115, 118
#[test]
fn who_logs_out_has_to_log_in_also_after_a_power_cut() {
    let desk = Desk::new();
    let station = &desk.station;
    security(station, MenuEntry::LogOut);
    wait(station, "ログアウト", |it| *it == MenuPage::Question(Question::LogOut));
    station.touch(Event::Confirm);
    wait_form(station, FormKind::LogIn, None);
    let file = desk.folder.path().join("k/state/device.json");
    assert!(device(&file)["registered"]["session"].is_null());

    let again = Station::run(&desk.folder.path().join("k"), &desk.pcscd.socket(), &[]);
    wait_form(&again, FormKind::LogIn, None);
    log_in(&again, "Wrong-2026!");
    let wrong = AccountTrouble::WrongCredentials { tries_left: Some(4) };
    wait_form(&again, FormKind::LogIn, Some(wrong));
    log_in(&again, PASSWORD);
    wait(&again, "お知らせ", |it| matches!(it, MenuPage::Notices(_)));
    again.touch(Event::Confirm);
    wait_ready(&again, Method::Pin);
}

// seed 91-97
#[test]
fn the_accounts_password_is_changed_and_the_old_one_is_wrong() {
    let desk = Desk::new();
    let station = &desk.station;
    security(station, MenuEntry::AccountPassword);
    wait_form(station, FormKind::Password, None);
    station.fill(Field::Current, PASSWORD);
    station.fill(Field::New, OTHER_PASSWORD);
    station.fill(Field::Again, OTHER_PASSWORD);
    station.touch(Event::Confirm);
    wait(station, "変更完了", |it| *it == MenuPage::Done(Done::AccountPassword));
    station.touch(Event::Close);
    desk.passes_for(NEXT, "the session stays");

    security(station, MenuEntry::LogOut);
    station.touch(Event::Confirm);
    wait_form(station, FormKind::LogIn, None);
    log_in(station, PASSWORD);
    let wrong = AccountTrouble::WrongCredentials { tries_left: Some(4) };
    wait_form(station, FormKind::LogIn, Some(wrong));
    log_in(station, OTHER_PASSWORD);
    wait(station, "お知らせ", |it| matches!(it, MenuPage::Notices(_)));
}

// seed 109-112, 76
#[test]
fn a_removed_unit_is_empty_and_can_be_registered_anew() {
    let this = Box::new();
    Station::prepare(&this.folder.path().join("k"), &this.gateway);
    let desk = this.desk_ready();
    desk.passes_for(PERSON, "before the removal");
    let station = &desk.station;
    security(station, MenuEntry::Remove);
    station.touch(Event::Confirm);
    wait(station, "again", |it| *it == MenuPage::Question(Question::RemoveForSure));
    station.touch(Event::Confirm);
    wait(station, "登録解除完了", |it| *it == MenuPage::Done(Done::Removed));
    let state = desk.folder.path().join("k/state");
    let left: Vec<_> = fs::read_dir(&state)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert!(left.is_empty(), "{left:?}");

    station.touch(Event::Confirm);
    agree(station);
    station.touch(Event::Station(Unattended));
    fill(station, &desk.gateway.code());
    station.touch(Event::Confirm);
    registered(station);
    set_codes(station);
    desk.passes_for(NEXT, "registered anew");
}

#[test]
fn a_removal_that_was_cut_off_goes_on_and_ends() {
    let mut desk = Desk::new();
    desk.gateway.kill();
    let station = &desk.station;
    security(station, MenuEntry::Remove);
    station.touch(Event::Confirm);
    station.touch(Event::Confirm);
    let unreachable = AccountTrouble::Gateway(GatewayTrouble::Unreachable);
    let trouble =
        |it: &MenuPage| matches!(it, MenuPage::Trouble { trouble, .. } if *trouble == unreachable);
    wait(station, "the gateway is gone", trouble);

    // The power goes; nothing but the removal is left to do.
    let again = Station::run(&desk.folder.path().join("k"), &desk.pcscd.socket(), &[]);
    wait(&again, "it goes on", trouble);
    desk.gateway.restart();
    again.touch(Event::Again);
    wait(&again, "登録解除完了", |it| *it == MenuPage::Done(Done::Removed));
    again.touch(Event::Confirm);
    wait(&again, "利用規約", |it| matches!(it, MenuPage::Terms { agree: true, .. }));
}

// seed 104, 116, 119
#[test]
fn the_passcode_can_be_asked_for_at_power_on() {
    let desk = Desk::new();
    security(&desk.station, MenuEntry::AtStart);
    let on = MenuList::Security { visual: false, at_start: true, not_kept: false };
    wait(&desk.station, "on", |it| *it == MenuPage::List(on));
    let again = Station::run(&desk.folder.path().join("k"), &desk.pcscd.socket(), &[]);
    let ask = |it: &MenuPage| matches!(it, MenuPage::Code { ask: CodeAsk::Open, back: false, .. });
    wait(&again, "パスコードでログイン", ask);
    again.touch(Event::Next);
    again.touch(Event::Back);
    wait(&again, "still there", ask);
    again.type_pin(PASSCODE);
    wait(&again, "お知らせ", |it| matches!(it, MenuPage::Notices(_)));
    again.touch(Event::Confirm);
    wait_ready(&again, Method::Pin);
}

// seed 88-90
#[test]
fn notices_are_new_until_they_were_seen() {
    let desk = Desk::new();
    let shown = desk.station.wait_for("認証選択", |it| matches!(it, Screen::Ready { .. }));
    assert!(shown.gear);
    desk.station.touch(Event::Menu);
    desk.station.type_pin(PASSCODE);
    let top = |unread| move |it: &MenuPage| *it == MenuPage::List(MenuList::Top { unread });
    wait(&desk.station, "メニュー with news", top(true));
    desk.station.touch(Event::Entry(MenuEntry::Notices));
    desk.station.touch(Event::Notice(0));
    let link = |it: &MenuPage| matches!(it, MenuPage::Notice(all, 0) if all[0].url.is_some());
    wait(&desk.station, "a notice with its address", link);
    desk.station.touch(Event::Back);
    desk.station.touch(Event::Confirm);
    wait(&desk.station, "メニュー without", top(false));
    desk.station.touch(Event::Close);
    assert!(!desk.wait_ready().news);

    let again = Station::run(&desk.folder.path().join("k"), &desk.pcscd.socket(), &[]);
    wait_ready(&again, Method::Pin);
    again.touch(Event::Menu);
    again.type_pin(PASSCODE);
    wait(&again, "seen before the power was gone", top(false));
}

#[test]
fn a_forgotten_passcode_is_replaced_with_the_accounts_password() {
    let desk = Desk::new();
    desk.station.touch(Event::Menu);
    desk.station.touch(Event::Forgotten);
    wait_form(&desk.station, FormKind::Forgotten, None);
    log_in(&desk.station, PASSWORD);
    wait_new(&desk.station, CodeKind::Passcode);
    desk.station.type_pin("1357");
    desk.station.type_pin("1357");
    let done = MenuPage::Done(Done::Code { kind: CodeKind::Passcode, first: false });
    wait(&desk.station, "変更完了", |it| *it == done);
    desk.station.touch(Event::Close);
    desk.wait_ready();
    desk.station.touch(Event::Menu);
    desk.station.type_pin("1357");
    wait(&desk.station, "メニュー", |it| matches!(it, MenuPage::List(MenuList::Top { .. })));
}

#[test]
fn a_result_of_the_person_before_is_gone_when_the_login_is_up() {
    let desk = Desk::new();
    is_of(&desk.check(PERSON.card, PERSON.pin), PERSON, "a check");
    desk.next_patient();
    security(&desk.station, MenuEntry::LogOut);
    desk.station.touch(Event::Confirm);
    wait_form(&desk.station, FormKind::LogIn, None);
    desk.wrote_nothing_of(&[PERSON], "logged out");
}
