//! Whoever is at the other end of the line, and whatever the clock says: its page, nothing
//! left, and the next check passes at the real gateway, whose address is the same.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{Event, GatewayTrouble, Screen, screen::Readiness};
use whole::{
    Desk, Station, WallClock,
    desk::{PERSON, is_trouble, readiness},
    hostile::{Authority, Hostile, HostileDesk, Wanted, refuse_opening, send},
};

#[test]
fn nobody_there() {
    let mut desk = Desk::new();
    // In the middle of a check, and at the beginning of the next.
    desk.up_to_the_card(PERSON.pin);
    desk.gateway.kill();
    desk.pcscd.insert(PERSON.card);
    is_trouble(&desk.ending(), GatewayTrouble::Unreachable, "nobody hears the proof");
    desk.pcscd.remove();
    desk.station.touch(Event::Close);
    desk.wait_readiness(Readiness::LineDown(GatewayTrouble::Unreachable));
    desk.station.touch(Event::Next);
    is_trouble(&desk.ending(), GatewayTrouble::Unreachable, "nobody opens a check");
    desk.gateway.restart();
    desk.leaves_nothing("a gateway that was not there");
}

#[test]
fn a_gateway_that_is_slow() {
    let bench = HostileDesk::new();
    let since = Instant::now();
    bench.proof("a gateway that hangs", GatewayTrouble::Unreachable, |_| {
        thread::sleep(Duration::from_secs(13));
        false
    });
    assert!(since.elapsed() > Duration::from_secs(10), "{:?}", since.elapsed());
}

#[test]
fn a_gateway_that_drips() {
    let bench = HostileDesk::new();
    bench.proof("a gateway that drips", GatewayTrouble::Unreachable, |out| {
        let head =
            b"HTTP/1.1 200 X\r\nContent-Type: application/xml\r\nContent-Length: 1000\r\n\r\n";
        let mut goes_on = send(out, head);
        while goes_on {
            thread::sleep(Duration::from_millis(100));
            goes_on = send(out, b" ");
        }
        false
    });
}

#[test]
fn a_wrong_authority() {
    let bench = HostileDesk::new();
    let stranger = Hostile::start(Some((&Authority::new(), &Wanted::default())), refuse_opening());
    bench.stranger("another authority", stranger.port(), GatewayTrouble::NotTrusted);
    assert_eq!(stranger.heard(), [""; 0], "nothing is told to a stranger");
}

#[test]
fn a_wrong_name() {
    let bench = HostileDesk::new();
    let wanted = Wanted { name: "gateway.example", ..Wanted::default() };
    let stranger = Hostile::start(Some((&bench.authority, &wanted)), refuse_opening());
    bench.stranger("another name", stranger.port(), GatewayTrouble::NotTrusted);
    assert_eq!(stranger.heard(), [""; 0], "nothing is told to a stranger");
}

#[test]
fn an_expired_certificate() {
    let bench = HostileDesk::new();
    let wanted = Wanted { has_ended: true, ..Wanted::default() };
    let stranger = Hostile::start(Some((&bench.authority, &wanted)), refuse_opening());
    bench.stranger("an expired certificate", stranger.port(), GatewayTrouble::NotTrusted);
    assert_eq!(stranger.heard(), [""; 0], "nothing is told to a stranger");
}

#[test]
fn plain_http() {
    let bench = HostileDesk::new();
    let plain = Hostile::start(None, refuse_opening());
    bench.stranger("plain HTTP", plain.port(), GatewayTrouble::NotTrusted);
    let heard = plain.heard();
    assert!(!heard.is_empty() && heard.iter().all(|byte| byte == "16"), "in the clear: {heard:?}");
}

/// openssl as a server of 2008.
struct OldServer(Child, u16);

impl OldServer {
    fn start(authority: &Authority, folder: &Path) -> Self {
        let file = folder.join("old.pem");
        fs::write(&file, authority.server_pem(&Wanted::default())).expect("written");
        let mut child = Command::new("openssl")
            .args(["s_server", "-tls1_2", "-accept", "127.0.0.1:0", "-naccept", "1000", "-cert"])
            .arg(&file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let mut said = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
        let port = said.by_ref().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ACCEPT 127.0.0.1:").and_then(|port| port.trim().parse().ok())
        });
        thread::spawn(move || said.for_each(drop));
        Self(child, port.expect("openssl says where it listens"))
    }
}

impl Drop for OldServer {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn tls_1_2_only() {
    let bench = HostileDesk::new();
    let old = OldServer::start(&bench.authority, bench.desk.folder.path());
    bench.stranger("TLS 1.2", old.1, GatewayTrouble::NotTrusted);
}

/// With a clock for the workers.
fn furnish() -> (Desk, WallClock) {
    let mut clock = None;
    let desk = Desk::furnish(|folder, pcscd, gateway| {
        let clock = clock.insert(WallClock::new(folder));
        let kiosk = folder.join("k");
        Station::prepare(&kiosk, gateway);
        Station::run(&kiosk, &pcscd.socket(), &clock.environment())
    });
    (desk, clock.expect("set while furnishing"))
}

/// A warm line knows no clock; a new one does, and finds this.
#[track_caller]
fn is_down(desk: &Desk, expected: GatewayTrouble, told: &str) {
    desk.station.crash("kiosk-line");
    let wrong = |it: &Screen| readiness(it) == Some(Readiness::LineDown(expected));
    desk.station.wait_for(told, wrong);
    desk.station.touch(Event::Next);
    is_trouble(&desk.ending(), expected, told);
}

#[test]
fn a_wrong_clock() {
    let (mut desk, clock) = furnish();
    // Late, it looks as if the gateway's certificate had ended: nobody can tell.
    clock.set("@2036-01-01 00:00:00");
    is_down(&desk, GatewayTrouble::NotTrusted, "a clock that is ahead");
    clock.set("+0");
    desk.leaves_nothing("a clock that was ahead");

    // Early, and what the gateway said last is too long ago: its certificate is younger.
    let gateways = WallClock::new(&desk.folder.path().join("g"));
    gateways.set("+2y");
    desk.gateway.kill();
    desk.gateway.set_environment(&gateways.environment());
    desk.gateway.restart();
    clock.set("@2020-01-01 00:00:00");
    is_down(&desk, GatewayTrouble::ClockWrong, "a clock that is long behind");
    desk.gateway.kill();
    desk.gateway.set_environment(&[]);
    desk.gateway.restart();
    clock.set("+0");
    desk.leaves_nothing("a clock that was long behind");
}

#[test]
fn a_clock_that_is_behind() {
    let (desk, clock) = furnish();
    clock.set("@2020-01-01 00:00:00");
    desk.crash_line();
    // The gateway said what time it is; that was kept, and it is not earlier.
    desk.leaves_nothing("a clock of years ago");
}
