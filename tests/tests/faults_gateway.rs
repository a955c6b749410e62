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
    Desk, Station,
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

/// Where Debian's package `libfaketime` has it.
#[track_caller]
fn libfaketime() -> String {
    let folders = fs::read_dir("/usr/lib").expect("a system").flatten().map(|entry| entry.path());
    let mut files = folders.map(|folder| folder.join("faketime/libfaketime.so.1"));
    let file = files.find(|file| file.exists());
    let file = file.expect("libfaketime is not installed: apt-get install libfaketime");
    file.to_str().expect("a plain path").to_owned()
}

/// The workers' clock, which is that of the file `time` in the station's folder.
#[test]
fn a_wrong_clock() {
    let library = libfaketime();
    let desk = Desk::furnish(|folder, pcscd, gateway| {
        let kiosk = folder.join("k");
        Station::prepare(&kiosk, gateway);
        let time = kiosk.join("time");
        fs::write(&time, "+0").expect("written");
        let time = time.to_str().expect("a plain path");
        let environment = [
            ("LD_PRELOAD", &*library),
            ("FAKETIME_TIMESTAMP_FILE", time),
            ("FAKETIME_NO_CACHE", "1"),
            ("DONT_FAKE_MONOTONIC", "1"),
        ];
        Station::run(&kiosk, &pcscd.socket(), &environment)
    });
    let set = |time: &str| fs::write(desk.folder.path().join("k/time"), time).expect("written");
    for (time, expected) in [
        ("@2020-01-01 00:00:00", GatewayTrouble::ClockWrong),
        // Late, it looks as if the gateway's certificate had ended: nobody can tell.
        ("@2036-01-01 00:00:00", GatewayTrouble::NotTrusted),
    ] {
        set(time);
        // A warm line knows no clock; a new one does.
        desk.station.crash("kiosk-line");
        let wrong = |it: &Screen| readiness(it) == Some(Readiness::LineDown(expected));
        desk.station.wait_for("a wrong clock", wrong);
        desk.station.touch(Event::Next);
        is_trouble(&desk.ending(), expected, time);
        set("+0");
        desk.leaves_nothing(time);
    }
}
