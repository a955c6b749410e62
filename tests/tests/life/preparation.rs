//! From the portal to the patient: a facility prepares in a real browser, and the kiosk is
//! registered by touch with what the browser showed (seed 26-57).

use kiosk_core::{
    AccountTrouble, Event, GatewayTrouble, check::Station::Attended, form::FormKind,
    menu::MenuPage, proof::Method, screen::Readiness,
};
use whole::{
    ACCOUNT, ADMINISTRATOR, Browser, Desk, FACILITY, Gateway, Pcscd, Preparation, Station,
    WallClock,
    desk::{PERSON, readiness},
};

use crate::unit::{agree, fill, registered, set_codes, wait, wait_form, wait_ready};

#[test]
fn a_facility_prepares_in_a_browser_and_registers_with_what_it_showed() {
    let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let clock = WallClock::new(folder.path());
    let (room, time) = (folder.path().join("g"), clock.environment());
    let gateway = Gateway::start_unprepared(&room, &pcscd.office(), &time);
    let unit = folder.path().join("k");
    Station::unpack(&unit, gateway.url(), &gateway.ca_pem());
    let station = Station::run(&unit, &pcscd.socket(), &clock.environment());
    agree(&station);
    station.touch(Event::Station(Attended));

    let browser = Browser::start(gateway.ca());
    let portal = gateway.portal().to_owned();
    let people = Preparation { browser: &browser, portal: &portal, facility: FACILITY };
    people.log_in(ADMINISTRATOR);
    people.register(ACCOUNT);
    let code = people.issue_a_code("受付の端末");

    // Nothing of it may be left out: the kiosk says what is missing.
    fill(&station, &code);
    let refused = |told: AccountTrouble| {
        station.touch(Event::Confirm);
        wait_form(&station, FormKind::Register, Some(told));
    };
    refused(AccountTrouble::AccountNeverUsed);
    people.log_out();
    people.log_in_first(ACCOUNT);
    people.log_out();
    refused(AccountTrouble::FunctionNotEnabled);
    people.log_in(ADMINISTRATOR);
    people.turn_the_function_on();
    people.log_out();
    station.touch(Event::Confirm);
    wait(&station, "a code that is too young", |it| match it {
        MenuPage::Form { form, .. } => {
            matches!(form.refused, Some(AccountTrouble::CodeTooYoung { minutes: 1..=10 }))
        }
        _ => false,
    });
    clock.set("+10m");
    station.touch(Event::Confirm);
    registered(&station);
    set_codes(&station);
    wait_ready(&station, Method::Pin);
    let desk = Desk { pcscd, gateway, station, folder };
    desk.passes_for(PERSON, "prepared in a browser");

    // A lost device is shut out from the same page.
    people.log_in(ADMINISTRATOR);
    people.invalidate_the_code();
    desk.crash_line();
    let shut_out = Readiness::LineDown(GatewayTrouble::Unregistered);
    desk.station.wait_for("a device that was shut out", |it| readiness(it) == Some(shut_out));
}

#[test]
fn a_browser_warns_of_a_portal_that_its_person_does_not_trust() {
    let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let gateway = Gateway::start(&folder.path().join("g"), &pcscd.office());
    let other = Gateway::start(&folder.path().join("o"), &pcscd.office());
    let browser = Browser::start(other.ca());
    assert!(browser.warns_of(gateway.portal()), "another CA vouches for it");
    assert!(!browser.warns_of(other.portal()), "its own CA vouches for it");
}
