//! The years of a terminal: its certificate is renewed, the gateway changes its CA, and
//! nobody has to come for it.

use std::{
    fs, thread,
    time::{Duration, Instant},
};

use kiosk_core::{Deed, GatewayTrouble, screen::Readiness};
use serde_json::Value;
use whole::{
    Desk, Station, WallClock,
    desk::{NEXT, PERSON, readiness},
};

/// For a line that has to be quiet first.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the station's line keeps.
fn device(desk: &Desk) -> Value {
    let file = desk.folder.path().join("k/state/device.json");
    serde_json::from_slice(&fs::read(file).expect("a file")).expect("JSON")
}

fn chain(desk: &Desk) -> String {
    let device = device(desk);
    device["registered"]["certificate_chain"].as_str().expect("PEM").to_owned()
}

#[track_caller]
fn wait_until(desk: &Desk, told: &str, is_so: impl Fn(&Desk) -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so(desk) {
        assert!(Instant::now() < end, "waited for {told}: {}", device(desk)["pins"]["version"]);
        thread::sleep(Duration::from_millis(50));
    }
}

#[track_caller]
fn wait_pins(desk: &Desk, version: u64) {
    wait_until(desk, "a set of CAs", |it| device(it)["pins"]["version"] == version);
}

/// Waits until the device journal says that the device did this by itself.
#[track_caller]
fn wait_noted(desk: &Desk, deed: Deed) {
    let folder = desk.folder.path().join("k/state/journal");
    wait_until(desk, deed.word(), |_| {
        let files = fs::read_dir(&folder).expect("a folder").flatten();
        let entries = files.filter_map(|it| fs::read_to_string(it.path()).ok());
        let said = format!(r#""who":"device","method":"","check":"","outcome":"{}""#, deed.word());
        entries.into_iter().any(|it| it.contains(&said))
    });
}

/// With one clock for the workers and the gateway.
fn furnish() -> (Desk, WallClock) {
    let mut clock = None;
    let mut desk = Desk::furnish(|folder, pcscd, gateway| {
        let clock = clock.insert(WallClock::new(folder));
        let kiosk = folder.join("k");
        Station::prepare(&kiosk, gateway);
        Station::run(&kiosk, &pcscd.socket(), &clock.environment())
    });
    let clock = clock.expect("set while furnishing");
    restart(&mut desk, &clock);
    (desk, clock)
}

/// Starts the gateway anew, by this clock.
fn restart(desk: &mut Desk, clock: &WallClock) {
    desk.gateway.kill();
    desk.gateway.set_environment(&clock.environment());
    desk.gateway.restart();
}

#[test]
fn a_certificate_is_renewed_and_checks_go_on_when_the_first_one_has_ended() {
    let (mut desk, clock) = furnish();
    let (first, session) = (chain(&desk), device(&desk)["registered"]["session"].clone());
    clock.set("+240d");
    desk.crash_line();
    desk.passes_for(PERSON, "before two thirds are over");
    wait_pins(&desk, 1);
    assert_eq!(chain(&desk), first);

    clock.set("+250d");
    desk.crash_line();
    wait_until(&desk, "a new certificate", |it| chain(it) != first);
    wait_noted(&desk, Deed::CertificateRenewed);
    let second = chain(&desk);

    // A year after the registration the first one has ended.
    clock.set("+370d");
    restart(&mut desk, &clock);
    desk.crash_line();
    desk.passes_for(NEXT, "after the end of the first certificate");
    assert_eq!(chain(&desk), second);
    assert_eq!(device(&desk)["registered"]["session"], session);
}

#[test]
fn a_gateway_changes_its_ca_and_a_kiosk_that_saw_the_set_goes_on() {
    let mut desk = Desk::new();
    // Another one that was registered, and switched off before it saw any set.
    let late = desk.folder.path().join("k2");
    Station::prepare(&late, &desk.gateway);
    wait_pins(&desk, 1);

    desk.gateway.change_ca();
    desk.passes_for(PERSON, "the next CA");
    desk.crash_line();
    wait_pins(&desk, 2);
    wait_noted(&desk, Deed::PinsChanged);
    desk.gateway.change_ca();
    desk.passes_for(NEXT, "the one after it");

    let late = Station::run(&late, &desk.pcscd.socket(), &[]);
    let refuses = Readiness::LineDown(GatewayTrouble::NotTrusted);
    late.wait_for("a gateway that nobody vouches for", |it| readiness(it) == Some(refuses));
}

/// Nobody had switched the kiosk on for months.
#[test]
fn a_kiosk_that_slept_through_two_thirds_renews_and_one_that_slept_through_all_says_so() {
    let (mut desk, clock) = furnish();
    let first = chain(&desk);
    clock.set("+370d");
    restart(&mut desk, &clock);
    desk.crash_line();
    desk.wait_readiness(Readiness::LineDown(GatewayTrouble::Unregistered));
    assert_eq!(chain(&desk), first);

    clock.set("+360d");
    restart(&mut desk, &clock);
    desk.crash_line();
    desk.wait_ready();
    wait_until(&desk, "a new certificate", |it| chain(it) != first);
    desk.passes_for(PERSON, "five days before the end");
}
