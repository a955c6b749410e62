//! ネットワーク, whole: set by touch, kept, made into what systemd reads; and a wrong one is
//! put right where it was set.

use std::{fs, path::Path, process::Command};

use kiosk_core::{
    Event, LineStatus, Screen,
    form::{Fault, Field, FormKind},
    menu::{MenuEntry, MenuList, MenuPage, Question},
};
use whole::{Desk, PASSCODE, Station, programs};

const WIRED: &str = "run/systemd/network/10-kiosk.network";
const TIME: &str = "run/systemd/timesyncd.conf.d/10-kiosk.conf";

#[track_caller]
fn wait(station: &Station, told: &str, fits: impl Fn(&MenuPage) -> bool) {
    station.wait_for(told, |it| matches!(it, Screen::Menu(page) if fits(page)));
}

fn is_form(page: &MenuPage, dhcp: bool) -> bool {
    matches!(page, MenuPage::Form { form, .. } if form.kind == FormKind::Network { dhcp })
}

/// ネットワーク, just changed, while the line is as `line` says.
fn is_changed(page: &MenuPage, line: impl Fn(LineStatus) -> bool) -> bool {
    matches!(page, MenuPage::Network { line: now, changed: true, .. } if line(*now))
}

fn open(station: &Station) {
    station.touch(Event::Menu);
    wait(station, "the passcode", |it| matches!(it, MenuPage::Code { .. }));
    station.type_pin(PASSCODE);
    wait(station, "メニュー", |it| matches!(it, MenuPage::List(MenuList::Top { .. })));
    station.touch(Event::Entry(MenuEntry::Network));
    wait(station, "ネットワーク", |it| matches!(it, MenuPage::Network { .. }));
}

/// As the appliance does when the file changes.
fn apply(state: &Path, root: &Path) -> [Option<String>; 2] {
    let mut program = Command::new(programs::program("kiosk-network"));
    programs::run(
        {
            program.arg(state).arg(root);
            program
        },
        "",
    );
    [WIRED, TIME].map(|name| fs::read_to_string(root.join(name)).ok())
}

#[test]
fn what_is_set_by_touch_is_what_systemd_reads_and_a_mistake_is_put_right() {
    let desk = Desk::new();
    let (station, state) = (&desk.station, desk.folder.path().join("k/state"));
    let root = tempfile::tempdir().expect("a root");
    for folder in ["run/systemd/network", "run/systemd/timesyncd.conf.d"] {
        fs::create_dir_all(root.path().join(folder)).expect("made");
    }
    assert_eq!(apply(&state, root.path()), [None, None], "nothing was set");
    open(station);
    station.touch(Event::Confirm);
    wait(station, "the form", |it| is_form(it, true));
    station.touch(Event::Dhcp(false));
    station.fill(Field::Address, "192.0.2.15/24");
    station.fill(Field::Router, "192.0.3.1");
    station.fill(Field::Dns, "192.0.2.53");
    // Nobody listens there: what the line must say.
    station.fill(Field::Proxy, "localhost:1");
    station.fill(Field::TimeServer, "ntp.lan");
    station.touch(Event::Confirm);
    wait(station, "a router in the same network", |it| {
        matches!(it, MenuPage::Form { form, .. }
            if form.rows.iter().any(|row| row.fault == Some(Fault::Elsewhere)))
    });
    station.fill(Field::Router, "192.0.2.1");
    station.touch(Event::Confirm);
    wait(station, "the question", |it| *it == MenuPage::Question(Question::Network));
    assert_eq!(apply(&state, root.path()), [None, None], "nothing before the answer");
    station.touch(Event::Confirm);
    wait(station, "a line that is down", |it| {
        is_changed(it, |line| matches!(line, LineStatus::Down(_)))
    });
    let [wired, time] = apply(&state, root.path());
    let expected = "# Set on ネットワーク.\n[Match]\nType=ether\n\n[Network]\nAddress=192.0.2.15/24\n\
                    Gateway=192.0.2.1\nDNS=192.0.2.53\nLinkLocalAddressing=ipv6\n\
                    MulticastDNS=no\nLLMNR=no\n";
    assert_eq!(wired.as_deref(), Some(expected));
    assert_eq!(time.as_deref(), Some("# Set on ネットワーク.\n[Time]\nNTP=ntp.lan\n"));

    // The page is still there, and leads back.
    station.touch(Event::Confirm);
    wait(station, "what was set", |it| is_form(it, false));
    station.touch(Event::Dhcp(true));
    for field in [Field::Proxy, Field::TimeServer] {
        station.fill(field, "");
    }
    station.touch(Event::Confirm);
    wait(station, "the question", |it| *it == MenuPage::Question(Question::Network));
    station.touch(Event::Confirm);
    wait(station, "a line that is up", |it| {
        is_changed(it, |line| matches!(line, LineStatus::Up { .. }))
    });
    assert_eq!(apply(&state, root.path()), [None, None]);
}
