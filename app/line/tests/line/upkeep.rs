//! What a line does for itself: a new certificate, and the time; and what it says of its
//! device.

use std::{
    io::Write,
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use kiosk_core::{
    AccountAnswer, AccountOrder, CheckId, DeviceInfo, GatewayTrouble, LineStatus, menu::OrderId,
};
use kiosk_line::key::{FileKey, certificate_request};
use kiosk_process::words::{LineOrder, LineReport};

use crate::{
    bench::{Bench, DEVICE, Line, TOKEN, good, good_but},
    office::Office,
    server::{Handler, Heard, Server, json, problem},
};

pub(crate) const UP: LineStatus = LineStatus::Up { simulator: true };
const RENEW: &str = "POST /v1/devices/current/certificate";
pub(crate) const PINS: &str = "GET /v1/pins";
/// After this it would have been done.
pub(crate) const SOON: Duration = Duration::from_secs(5);
/// Days before and after today: two thirds are over, or will be tomorrow.
const DUE: (i64, i64) = (-67, 33);
const NOT_DUE: (i64, i64) = (-65, 35);
pub(crate) const FRESH: (i64, i64) = (-1, 99);

/// A device whose certificate holds so long.
pub(crate) fn bench(days: (i64, i64)) -> Arc<Bench> {
    let bench = Bench::new();
    bench.register(TOKEN);
    bench.change(|device| {
        let chain = bench.office.device_for(&device.csr, days);
        device.registered.as_mut().expect("registered").certificate_chain = chain;
    });
    Arc::new(bench)
}

fn chain(bench: &Bench) -> String {
    bench.kept().registered.expect("registered").certificate_chain
}

pub(crate) fn up(bench: &Bench, server: &Server) -> Line {
    let line = Line::start(bench.settings(server));
    assert_eq!(line.status(), UP);
    line
}

/// A gateway that gives this chain for a request, to the device of this id.
fn issuing(chain: impl Fn(&str) -> String + Send + Sync + 'static, id: &'static str) -> Handler {
    good_but(RENEW, move |_, heard, out| {
        let asked: serde_json::Value = serde_json::from_str(&heard.body).expect("JSON");
        let chain = chain(asked["csr"].as_str().expect("a request"));
        let body = serde_json::json!({ "device_id": id, "certificate_chain": chain });
        json(out, 201, &body.to_string())
    })
}

fn renewing(bench: &Arc<Bench>) -> Handler {
    let office = Arc::clone(bench);
    issuing(move |csr| office.office.device_for(csr, FRESH), DEVICE)
}

/// The next report about the device.
#[track_caller]
pub(crate) fn device(line: &Line) -> DeviceInfo {
    loop {
        if let LineReport::Device(device) = line.any_report() {
            return *device.expect("a device");
        }
    }
}

#[track_caller]
pub(crate) fn wait_until(told: &str, mut is_so: impl FnMut() -> bool) {
    // After a check it begins with a look at the line, which is half a minute later.
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "waited for {told}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_certificate_is_renewed_after_two_thirds_of_its_life_for_the_same_key() {
    let bench = bench(DUE);
    let server = bench.server(renewing(&bench));
    let (csr, old) = (bench.kept().csr, chain(&bench));
    let line = Line::start(bench.settings(&server));
    let before = device(&line);
    wait_until("a new certificate", || chain(&bench) != old);
    let mut after = device(&line);
    while after.certificate_until == before.certificate_until {
        after = device(&line);
    }
    assert!(after.certificate_until > before.certificate_until + 60 * 86_400, "{after:?}");
    assert_eq!(line.status(), UP, "with the new one");
    line.close();

    let asked = server.heard(RENEW);
    let body: serde_json::Value = serde_json::from_str(&asked[0].body).expect("JSON");
    assert_eq!((asked.len(), body["csr"].as_str()), (1, Some(&*csr)));
    assert!(asked[0].with_certificate && !asked[0].headers.contains("authorization"));
    let identity = bench.kept().registered.expect("registered");
    assert_eq!(identity.session.expect("logged in").expose(), TOKEN);
    up(&bench, &server).close();
    assert_eq!(server.heard(RENEW).len(), 1);
}

#[test]
fn not_before() {
    let bench = bench(NOT_DUE);
    let server = bench.server(renewing(&bench));
    let line = up(&bench, &server);
    server.wait_for(PINS);
    thread::sleep(SOON);
    line.close();
    assert!(server.heard(RENEW).is_empty());
}

#[test]
fn a_renewal_that_fails_waits_and_a_lost_answer_costs_nothing() {
    for bad in [
        (|_| false) as fn(&mut dyn Write) -> bool,
        |out| problem(out, 503, "unavailable"),
        |out| json(out, 201, "{}"),
    ] {
        let bench = bench(DUE);
        let old = chain(&bench);
        let server = bench.server(good_but(RENEW, move |_, _, out| bad(out)));
        let mut line = up(&bench, &server);
        server.wait_for(RENEW);
        thread::sleep(SOON);
        line.opened(1);
        line.close();
        assert_eq!((server.heard(RENEW).len(), chain(&bench) == old), (1, true));

        let server = bench.server(renewing(&bench));
        let line = up(&bench, &server);
        wait_until("a new certificate", || chain(&bench) != old);
        line.close();
    }
}

#[test]
fn what_is_no_good_certificate_for_this_device_is_not_taken() {
    let other_key = |office: &Office| {
        let key = FileKey::generate().expect("a key");
        office.device_for(&certificate_request(&key).expect("a request"), FRESH)
    };
    type Issue = Box<dyn Fn(&Office, &str) -> String + Send + Sync>;
    let bad: [(&str, Issue, &str); 8] = [
        ("another key", Box::new(move |office, _| other_key(office)), DEVICE),
        (
            "another name",
            Box::new(|office, csr| office.device_named(csr, FRESH, Some("another"))),
            DEVICE,
        ),
        ("another CA", Box::new(|_, csr| Office::new().device_for(csr, FRESH)), DEVICE),
        ("ended", Box::new(|office, csr| office.device_for(csr, (-9, -1))), DEVICE),
        ("not yet", Box::new(|office, csr| office.device_for(csr, (1, 99))), DEVICE),
        ("due at once", Box::new(|office, csr| office.device_for(csr, DUE)), DEVICE),
        ("nothing", Box::new(|_, _| "-----BEGIN".to_owned()), DEVICE),
        (
            "another device",
            Box::new(|office, csr| office.device_for(csr, FRESH)),
            "11111111-2222-4333-8444-555555555555",
        ),
    ];
    let all: Vec<_> = bad
        .into_iter()
        .map(|(told, issue, id)| {
            let bench = bench(DUE);
            let old = chain(&bench);
            let office = Arc::clone(&bench);
            let server = bench.server(issuing(move |csr| issue(&office.office, csr), id));
            let line = up(&bench, &server);
            (told, bench, old, server, line)
        })
        .collect();
    for (told, bench, old, server, mut line) in all {
        server.wait_for(RENEW);
        // The pins come after it: then it is over.
        server.wait_for(PINS);
        line.opened(1);
        line.close();
        assert!(chain(&bench) == old, "{told}");
    }
}

#[test]
fn a_check_cuts_a_renewal_off_and_it_is_never_begun_during_one() {
    let bench = bench(DUE);
    let office = Arc::clone(&bench);
    let good = issuing(move |csr| office.office.device_for(csr, FRESH), DEVICE);
    let server = bench.server(good_but(RENEW, move |before, heard, out| {
        if before == 0 {
            thread::sleep(Duration::from_secs(60));
        }
        good(heard, out)
    }));
    let old = chain(&bench);
    let mut line = up(&bench, &server);
    server.wait_for(RENEW);
    let since = Instant::now();
    line.opened(1);
    assert!(since.elapsed() < Duration::from_secs(3), "{:?}", since.elapsed());
    thread::sleep(SOON);
    assert_eq!((server.heard(RENEW).len(), server.heard(PINS).len()), (1, 0));
    line.order(LineOrder::Forget(CheckId(1)));
    wait_until("a new certificate", || chain(&bench) != old);
    line.close();
    assert_eq!(server.heard(RENEW).len(), 2);
}

#[test]
fn a_device_that_nobody_is_logged_in_at_renews_too() {
    let bench = bench(DUE);
    bench.change(|device| device.registered.as_mut().expect("registered").session = None);
    let old = chain(&bench);
    let server = bench.server(renewing(&bench));
    let line = Line::start(bench.settings(&server));
    assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::SessionEnded));
    wait_until("a new certificate", || chain(&bench) != old);
    line.close();
}

/// デバイス登録解除, both of its orders.
#[track_caller]
pub(crate) fn remove(line: &mut Line) {
    line.order(LineOrder::Account(OrderId(1), AccountOrder::Remove));
    check_done(line, 1);
    line.order(LineOrder::Account(OrderId(2), AccountOrder::Wipe));
    check_done(line, 2);
}

#[track_caller]
fn check_done(line: &Line, order: u32) {
    loop {
        match line.report() {
            LineReport::Account(OrderId(of), answer) => {
                assert!(of == order && matches!(answer, AccountAnswer::Done), "{answer:?}");
                return;
            }
            LineReport::Status(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

/// Also when its certificate has ended, which the gateway tells in the same words.
#[test]
fn a_device_that_the_gateway_knows_no_more_can_be_removed() {
    let bench = bench(FRESH);
    let server = bench
        .server(Arc::new(|_: &Heard, out: &mut dyn Write| problem(out, 403, "device-unknown")));
    let mut line = Line::start(bench.settings(&server));
    assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::Unregistered));
    remove(&mut line);
    line.close();
    assert!(server.heard(RENEW).is_empty(), "nobody would answer it");
}

#[test]
fn the_gateways_time_is_saved_and_one_that_cannot_be_is_not() {
    let bench = bench(FRESH);
    let server = bench.server(Arc::new(good));
    up(&bench, &server).close();
    let saved = bench.state().time().expect("saved");
    let apart = SystemTime::now().duration_since(saved).expect("it is over");
    assert!(apart < Duration::from_secs(60), "{apart:?}");

    // A gateway whose certificate does not hold at its own time is wrong about one of them.
    let bench = self::bench(FRESH);
    let server = bench.server(good_but("GET /v1/notices", |_, _, out| {
        let head = "HTTP/1.1 200 X\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT\r\n";
        let body = r#"{"notices":[]}"#;
        let kind = format!("Content-Type: application/json\r\nContent-Length: {}", body.len());
        out.write_all(format!("{head}{kind}\r\n\r\n{body}").as_bytes()).is_ok()
    }));
    up(&bench, &server).close();
    assert_eq!(bench.state().time(), None);
}

#[test]
fn the_device_is_introduced_at_the_start_and_forgotten_with_its_removal() {
    let bench = bench(FRESH);
    let server = bench.server(good_but("DELETE /v1/devices/current", |_, _, out| {
        out.write_all(b"HTTP/1.1 204 X\r\n\r\n").is_ok()
    }));
    let mut line = Line::start(bench.settings(&server));
    let info = device(&line);
    let told = (&*info.device_id, &*info.facility, &*info.serial, &*info.gateway);
    assert_eq!(told, (DEVICE, "1310000001", "unnumbered", "localhost"));
    assert_eq!((info.pins_version, info.simulator), (0, None));
    let life = info.certificate_until - info.certificate_from;
    assert_eq!(life, 100 * 86_400);
    assert_eq!(device(&line), DeviceInfo { simulator: Some(true), ..info });

    assert_eq!(line.status(), UP);
    line.order(LineOrder::Account(OrderId(1), AccountOrder::Remove));
    check_done(&line, 1);
    line.order(LineOrder::Account(OrderId(2), AccountOrder::Wipe));
    loop {
        if let LineReport::Device(gone) = line.any_report() {
            assert_eq!(gone, None);
            break;
        }
    }
    line.close();
}
