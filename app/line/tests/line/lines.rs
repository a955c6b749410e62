//! Lines that are not what they should be: each has its trouble, and none hangs.

use std::{
    fs,
    io::Write,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{GatewayTrouble, LineStatus};

use crate::{
    bench::{Bench, Line, TOKEN, good, good_but},
    office::{Office, Wanted},
    server::{Heard, Server, answer, json, problem},
};

type Bad = fn(usize, &Heard, &mut dyn Write) -> bool;

#[track_caller]
fn check(bench: &Bench, server: &Server, expected: LineStatus) {
    let line = bench.line(server);
    assert_eq!(line.status(), expected);
    line.close();
}

/// The line's first look, answered by `bad`.
#[track_caller]
fn check_look(bad: Bad, expected: LineStatus) {
    let bench = Bench::new();
    check(&bench, &bench.server(good_but("GET /v1/notices", bad)), expected);
}

const fn down(trouble: GatewayTrouble) -> LineStatus {
    LineStatus::Down(trouble)
}

#[test]
fn a_good_gateway_is_up_and_says_whether_it_is_a_simulator() {
    let bench = Bench::new();
    for is_simulator in [true, false] {
        let wanted = Wanted { is_simulator, ..Wanted::default() };
        let server = Server::start(&bench.office, &wanted, Arc::new(good));
        check(&bench, &server, LineStatus::Up { simulator: is_simulator });
        let look = &server.heard("GET /v1/notices")[0];
        assert!(look.with_certificate && look.headers.contains(&TOKEN.to_ascii_lowercase()));
    }
}

#[test]
fn a_gateway_of_another_authority_is_not_trusted() {
    let bench = Bench::new();
    let server = Server::start(&Office::new(), &Wanted::default(), Arc::new(good));
    check(&bench, &server, down(GatewayTrouble::NotTrusted));
    assert!(server.heard("").is_empty(), "nothing is told to a stranger");
}

#[test]
fn a_gateway_with_another_name_is_not_trusted() {
    let bench = Bench::new();
    let wanted = Wanted { name: "gateway.example", ..Wanted::default() };
    let server = Server::start(&bench.office, &wanted, Arc::new(good));
    check(&bench, &server, down(GatewayTrouble::NotTrusted));
}

#[test]
fn a_certificate_that_has_ended_is_not_trusted() {
    let bench = Bench::new();
    let wanted = Wanted { has_ended: true, ..Wanted::default() };
    let server = Server::start(&bench.office, &wanted, Arc::new(good));
    check(&bench, &server, down(GatewayTrouble::NotTrusted));
}

#[test]
fn older_tls_and_no_tls_are_not_trusted() {
    let bench = Bench::new();
    let old = Server::old(&bench.office, &Wanted::default(), Arc::new(good));
    check(&bench, &old, down(GatewayTrouble::NotTrusted));
    check(&bench, &Server::plain(), down(GatewayTrouble::NotTrusted));
}

#[test]
fn nobody_there_is_unreachable() {
    let bench = Bench::new();
    bench.register(TOKEN);
    for url in ["https://localhost:1", "https://no-such-host.invalid"] {
        let line = Line::start(bench.settings_at(url));
        assert_eq!(line.status(), down(GatewayTrouble::Unreachable), "{url}");
        line.close();
    }
}

#[test]
fn a_redirect_is_not_followed() {
    let bench = Bench::new();
    let server = bench.server(good_but("GET /v1/notices", |_, _, out| {
        let head = "HTTP/1.1 307 X\r\nLocation: /v1/terms\r\nContent-Length: 0\r\n\r\n";
        out.write_all(head.as_bytes()).is_ok()
    }));
    check(&bench, &server, down(GatewayTrouble::Nonsense));
    assert_eq!(server.heard("").len(), 1);
}

#[test]
fn a_gateway_in_trouble_is_unavailable() {
    check_look(|_, _, out| problem(out, 503, "maintenance"), down(GatewayTrouble::Unavailable));
    check_look(|_, _, out| answer(out, 502, "text/html", "<p>"), down(GatewayTrouble::Unavailable));
    check_look(|_, _, out| problem(out, 429, "slow-down"), down(GatewayTrouble::Unavailable));
}

#[test]
fn a_session_or_a_device_that_has_ended_says_so() {
    check_look(|_, _, out| problem(out, 401, "session-ended"), down(GatewayTrouble::SessionEnded));
    check_look(|_, _, out| problem(out, 403, "device-unknown"), down(GatewayTrouble::Unregistered));
}

#[test]
fn an_answer_that_is_cut_off_is_unreachable() {
    check_look(
        |_, _, out| {
            let head =
                "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
            out.write_all(format!("{head}{{\"notices\"").as_bytes()).expect("written");
            false
        },
        down(GatewayTrouble::Unreachable),
    );
    check_look(|_, _, _| false, down(GatewayTrouble::Unreachable));
}

#[test]
fn an_answer_in_pieces_of_one_byte_is_an_answer() {
    check_look(
        |_, _, out| {
            let head = "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
            for byte in head.bytes() {
                out.write_all(&[byte]).and_then(|()| out.flush()).expect("written");
            }
            for byte in br#"{"notices":[]}"# {
                out.write_all(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n']).expect("written");
                out.flush().expect("flushed");
            }
            out.write_all(b"0\r\n\r\n").is_ok()
        },
        LineStatus::Up { simulator: true },
    );
}

#[test]
fn an_answer_of_100_megabytes_is_not_read() {
    let bench = Bench::new();
    let (tell, taken) = mpsc::channel();
    let server = bench.server(good_but("GET /v1/notices", move |_, _, out| {
        let head =
            "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n";
        out.write_all(head.as_bytes()).expect("written");
        let whole = |_: &usize| out.write_all(&[b' '; 1_000_000]).is_ok();
        tell.send((0..100).take_while(whole).count()).expect("the test waits");
        false
    }));
    check(&bench, &server, down(GatewayTrouble::Nonsense));
    // What the sockets between hold, a few megabytes, is all that was sent.
    let megabytes = taken.recv_timeout(Duration::from_secs(5)).expect("the line hung up");
    assert!(megabytes < 20, "{megabytes} MB were taken");
}

#[test]
fn headers_without_end_and_other_nonsense() {
    check_look(
        |_, _, out| {
            out.write_all(b"HTTP/1.1 200 X\r\n").expect("written");
            // The other side hangs up at some point, which ends this.
            while out.write_all(b"X-More: 0123456789012345678901234567890123456789\r\n").is_ok() {}
            false
        },
        down(GatewayTrouble::Nonsense),
    );
    check_look(
        |_, _, out| out.write_all(b"SMTP ready\r\n\r\n").is_ok(),
        down(GatewayTrouble::Nonsense),
    );
    check_look(|_, _, out| json(out, 201, "{}"), down(GatewayTrouble::Nonsense));
}

#[test]
fn a_slip_in_a_notice_does_not_close_the_kiosk() {
    check_look(|_, _, out| json(out, 200, "[]"), LineStatus::Up { simulator: true });
}

#[test]
fn a_check_does_not_wait_for_a_look_that_hangs() {
    let bench = Bench::new();
    let server = bench.server(good_but("GET /v1/notices", |_, _, _| {
        thread::sleep(Duration::from_secs(60));
        false
    }));
    let since = Instant::now();
    let mut line = bench.line(&server);
    server.wait_for("GET /v1/notices");
    line.opened(1);
    assert_eq!(line.status(), LineStatus::Up { simulator: true });
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
    line.close();
}

#[test]
fn the_line_ends_with_the_kiosk_also_in_the_middle_of_a_look() {
    let bench = Bench::new();
    let server = bench.server(good_but("GET /v1/notices", |_, _, _| {
        thread::sleep(Duration::from_secs(60));
        false
    }));
    let line = bench.line(&server);
    server.wait_for("GET /v1/notices");
    let since = Instant::now();
    line.close();
    assert!(since.elapsed() < Duration::from_secs(5), "{:?}", since.elapsed());
}

#[test]
fn a_gateway_that_hangs_is_unreachable_after_ten_seconds() {
    let since = Instant::now();
    check_look(
        |_, _, _| {
            thread::sleep(Duration::from_secs(60));
            false
        },
        down(GatewayTrouble::Unreachable),
    );
    assert!((9..13).contains(&since.elapsed().as_secs()), "{:?}", since.elapsed());
}

#[test]
fn a_gateway_that_drips_is_unreachable_after_ten_seconds() {
    let since = Instant::now();
    check_look(
        |_, _, out| {
            let head =
                "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
            out.write_all(head.as_bytes()).expect("written");
            while out.write_all(b" ").and_then(|()| out.flush()).is_ok() {
                thread::sleep(Duration::from_millis(200));
            }
            false
        },
        down(GatewayTrouble::Unreachable),
    );
    assert!((9..13).contains(&since.elapsed().as_secs()), "{:?}", since.elapsed());
}

#[test]
fn a_device_without_a_good_state_is_unregistered() {
    let bench = Bench::new();
    let server = bench.server(Arc::new(good));
    let expect = |bench: &Bench, status| {
        let line = Line::start(bench.settings(&server));
        assert_eq!(line.status(), status);
        line.close();
    };
    expect(&bench, LineStatus::Unregistered);

    bench.register(TOKEN);
    let file = bench.folder.path().join("state/device.json");
    let whole = fs::read(&file).expect("readable");
    fs::write(&file, &whole[..whole.len() / 2]).expect("written");
    expect(&bench, down(GatewayTrouble::Unregistered));

    fs::write(&file, whole).expect("written");
    fs::remove_file(bench.folder.path().join("state/device-key.pem")).expect("removed");
    expect(&bench, down(GatewayTrouble::Unregistered));
    assert!(server.heard("").is_empty());
}

#[test]
fn pins_that_cannot_be_read_trust_nobody() {
    let bench = Bench::new();
    bench.register(TOKEN);
    let server = bench.server(Arc::new(good));
    let settings = bench.settings(&server);
    fs::write(bench.folder.path().join("ca.pem"), "").expect("written");
    let line = Line::start(settings);
    assert_eq!(line.status(), down(GatewayTrouble::NotTrusted));
    line.close();
}
