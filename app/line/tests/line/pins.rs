//! The set of CAs over a line: what is believed, what is kept, and what then counts.

use std::{fs, sync::Arc, thread};

use kiosk_core::{GatewayTrouble, LineStatus};
use kiosk_line::state::Device;

use crate::{
    bench::{Bench, Line, good, good_but},
    office::Office,
    server::{Handler, Server, json},
    upkeep::{FRESH, PINS, SOON, UP, bench, device, remove, up, wait_until},
};

/// A gateway with this set of CAs.
fn telling(pins: String) -> Handler {
    good_but(PINS, move |_, _, out| json(out, 200, &pins))
}

fn version(bench: &Bench) -> Option<u32> {
    bench.kept().pins.map(|set| set.version)
}

#[test]
fn a_signed_set_of_cas_is_kept_and_counts_from_then_on() {
    let (bench, next) = (bench(FRESH), Office::new());
    let server = bench.server(telling(bench.office.pins(3, &[&bench.office, &next])));
    let settings = bench.settings(&server);
    let line = Line::start(settings.clone());
    assert_eq!(device(&line).pins_version, 0);
    wait_until("the set", || version(&bench) == Some(3));
    while device(&line).pins_version != 3 {}
    assert_eq!(line.status(), UP);
    line.close();

    // The settings' file is nobody's word any more.
    fs::write(bench.folder.path().join("ca.pem"), Office::new().pem()).expect("written");
    let line = Line::start(settings);
    assert_eq!(line.status(), UP);
    line.close();
    // And a gateway of the next CA is believed, one of a third is not.
    for (office, expected) in
        [(&next, UP), (&Office::new(), LineStatus::Down(GatewayTrouble::NotTrusted))]
    {
        let server = Server::changed(office, &bench.office, Arc::new(good));
        let line = Line::start(bench.settings(&server));
        assert_eq!(line.status(), expected);
        line.close();
    }
}

#[test]
fn a_ca_that_was_taken_out_is_not_believed_though_the_settings_name_it() {
    let (bench, next) = (bench(FRESH), Office::new());
    let pins = next.pins(2, &[&next, &Office::new()]);
    bench.change(|device| {
        let set = bench.office.pins(1, &[&bench.office, &next]);
        device.pins = Some(kept(&set));
    });
    let server = Server::changed(&next, &bench.office, telling(pins));
    let line = up(&bench, &server);
    wait_until("the set", || version(&bench) == Some(2));
    line.close();
    let server = bench.server(Arc::new(good));
    let line = Line::start(bench.settings(&server));
    assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::NotTrusted));
    line.close();
    assert!(server.heard("").is_empty());
}

fn kept(answer: &str) -> kiosk_gateway::PinSet {
    let content_type = Some("application/json");
    let answer = kiosk_gateway::Answer { status: 200, content_type, body: answer.as_bytes() };
    kiosk_gateway::answer::pins(&answer).expect("signed").set().expect("a set")
}

#[test]
fn a_set_that_would_lock_the_device_out_or_that_a_stranger_signed_is_not_taken() {
    let (bench, next, other) = (bench(FRESH), Office::new(), Office::new());
    for pins in [
        bench.office.pins(1, &[&next, &other]),
        next.pins(1, &[&bench.office, &next]),
        "{}".to_owned(),
    ] {
        let server = bench.server(telling(pins));
        let mut line = up(&bench, &server);
        server.wait_for(PINS);
        thread::sleep(SOON);
        line.opened(1);
        line.close();
        assert_eq!((version(&bench), server.heard(PINS).len()), (None, 1));
    }
}

#[test]
fn an_older_set_does_not_replace_a_later_one() {
    let (bench, next) = (bench(FRESH), Office::new());
    let both = [&bench.office, &next];
    bench.change(|device| device.pins = Some(kept(&bench.office.pins(7, &both))));
    let server = bench.server(telling(bench.office.pins(6, &both)));
    let line = up(&bench, &server);
    server.wait_for(PINS);
    thread::sleep(SOON);
    line.close();
    assert_eq!((version(&bench), server.heard(PINS).len()), (Some(7), 1));
}

/// Whatever is damaged, the device can be removed, and registered anew.
#[test]
fn damaged_pins_trust_nobody_and_the_device_can_be_registered_anew() {
    let damage = |text: &str| text.replace("\"version\": 7", "\"version\": -7");
    let no_certificates: fn(&mut Device) = |device| {
        let set = r#"{"gateway":"g","version":7,"certificates":["MAA=","MAE="]}"#;
        device.pins = Some(serde_json::from_str(set).expect("a set"));
    };
    for spoil in [true, false] {
        let bench = bench(FRESH);
        bench.change(no_certificates);
        let file = bench.folder.path().join("state/device.json");
        if spoil {
            let text = fs::read_to_string(&file).expect("readable");
            assert_ne!(damage(&text), text);
            fs::write(&file, damage(&text)).expect("written");
        }
        let server = bench.server(Arc::new(good));
        let mut line = Line::start(bench.settings(&server));
        assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::Unregistered));
        remove(&mut line);
        assert!(server.heard("").is_empty(), "nobody is trusted");
        assert_eq!(fs::read_dir(file.parent().expect("a folder")).expect("listed").count(), 0);
        line.close();
    }
}
