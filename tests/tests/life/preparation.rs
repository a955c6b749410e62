//! From the portal to the patient: a facility prepares in a real browser, and the kiosk is
//! registered by touch with what the browser showed (seed 26-57).

use kiosk_core::{
    AccountTrouble, Event, GatewayTrouble, check::Station::Attended, form::FormKind,
    screen::Readiness,
};
use whole::{
    Browser, Desk, Gateway, Pcscd, Preparation, Station, WallClock,
    desk::{PERSON, readiness},
};

use crate::unit::{agree, fill, registered, set_codes, wait_form};

#[test]
fn a_facility_prepares_in_a_browser_and_registers_with_what_it_showed() {
    let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let mut gateway = Gateway::start_unprepared(&folder.path().join("g"), &pcscd.office());
    let clock = WallClock::new(folder.path());
    gateway.kill();
    gateway.set_environment(&clock.environment());
    gateway.restart();
    let unit = folder.path().join("k");
    Station::unpack(&unit, gateway.url(), &gateway.ca_pem());
    let station = Station::run(&unit, &pcscd.socket(), &clock.environment());
    agree(&station);
    station.touch(Event::Station(Attended));

    let browser = Browser::start();
    let preparation = Preparation::begin(&browser, gateway.portal());
    let code = preparation.issue_a_code("受付の端末");
    preparation.register_the_account();

    // Nothing of it may be left out, and each step says which one is missing.
    let refused = |told: AccountTrouble| {
        station.touch(Event::Confirm);
        wait_form(&station, FormKind::Register, Some(told));
    };
    fill(&station, &code);
    refused(AccountTrouble::AccountNeverUsed);
    preparation.log_in_as_the_account();
    refused(AccountTrouble::FunctionNotEnabled);
    let preparation = Preparation::begin(&browser, gateway.portal());
    preparation.turn_the_function_on();
    refused(AccountTrouble::CodeTooYoung { minutes: 10 });
    clock.set("+10m");
    station.touch(Event::Confirm);
    registered(&station);
    set_codes(&station);
    let desk = Desk { pcscd, gateway, station, folder };
    desk.wait_ready();
    desk.passes_for(PERSON, "prepared in a browser");

    // A lost device is shut out from the same page.
    let preparation = Preparation::begin(&browser, desk.gateway.portal());
    preparation.invalidate_the_code();
    desk.crash_line();
    let shut_out = Readiness::LineDown(GatewayTrouble::Unregistered);
    desk.station.wait_for("a device that was shut out", |it| readiness(it) == Some(shut_out));
}
