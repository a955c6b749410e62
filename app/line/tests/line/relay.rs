//! 目視 over a line: rounds that go through, and a gateway that does not keep to them.

use std::{
    io::Write,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{
    CheckId, Consent, Consents, GatewayTrouble, LineStatus, RelayAnswers, RelayCommands, Relayed,
    Way,
    eligibility::{Code, Validity},
    relay::Pieces,
};
use kiosk_process::words::{LineOrder, LineReport};

use crate::{
    bench::{Bench, CHECK, Line, good_but, valid},
    server::{Heard, Server, answer, json, problem},
};

/// Well below the ten seconds of a call.
const AT_ONCE: Duration = Duration::from_secs(3);

/// `GET CHALLENGE`, in this round.
fn ask(out: &mut dyn Write, round: u64) -> bool {
    json(out, 200, &format!(r#"{{"round":{round},"commands":["AIQAABA="]}}"#))
}

/// A line that is up and a check that is open, at a gateway that answers the rounds so.
fn opened(
    bench: &Bench,
    rounds: impl Fn(usize, &Heard, &mut dyn Write) -> bool + Send + Sync + 'static,
) -> (Server, Line) {
    let server = bench.server(good_but("POST /v1/checks/", rounds));
    let mut line = bench.line(&server);
    assert_eq!(line.status(), LineStatus::Up { simulator: true });
    line.open(1, Way::Visual);
    (server, line)
}

fn order(id: u32, round: u8) -> LineOrder {
    let answers = match round {
        0 => Vec::new(),
        round => vec![vec![round; 16], vec![0x90, 0x00]],
    };
    let round = RelayAnswers { round, answers: Pieces(answers), not_after: None };
    LineOrder::Relay(CheckId(id), Box::new(round), Consents::NONE.with(Consent::Treatment))
}

/// Hands one round over.
fn relay(line: &mut Line, id: u32, round: u8) -> Result<Relayed, GatewayTrouble> {
    line.order(order(id, round));
    match line.report() {
        LineReport::Relayed(CheckId(of), outcome) if of == id => outcome,
        other => panic!("{other:?}"),
    }
}

/// The trouble that the first round has with such a gateway.
#[track_caller]
fn check_first(
    expected: GatewayTrouble,
    first: impl Fn(&mut dyn Write) -> bool + Send + Sync + 'static,
) {
    let bench = Bench::new();
    let (server, mut line) = opened(&bench, move |_, _, out| first(out));
    assert_eq!(relay(&mut line, 1, 0), Err(expected));
    line.no_report_within(Duration::from_millis(100));
    line.close();
    assert_eq!(server.heard("POST /v1/checks/").len(), 1, "a refusal is final");
}

#[test]
fn a_relay_from_its_opening_to_the_result_on_one_connection() {
    let bench = Bench::new();
    let (server, mut line) = opened(&bench, |before, _, out| match before {
        0..3 => ask(out, before as u64 + 1),
        _ => answer(out, 200, "application/xml", &valid(CHECK)),
    });
    for round in 0..3 {
        let commands = Pieces(vec![vec![0x00, 0x84, 0x00, 0x00, 0x10]]);
        let expected = Relayed::Commands(RelayCommands { round: round + 1, commands });
        assert_eq!(relay(&mut line, 1, round), Ok(expected));
    }
    let Ok(Relayed::Done(eligibility)) = relay(&mut line, 1, 3) else { panic!("no result") };
    assert_eq!(eligibility.validity, Code::Known(Validity::Valid));
    line.order(LineOrder::Forget(CheckId(1)));
    line.close();

    assert_eq!(server.connections(), 1, "the connection stays warm");
    let asked = server.heard("POST /v1/checks");
    assert_eq!(asked[0].body, r#"{"method":"visual","token_kind":"card"}"#);
    assert_eq!(asked[1].line, format!("POST /v1/checks/{CHECK}/relay"));
    assert_eq!(asked[1].body, r#"{"round":0,"answers":[],"consents":["treatment"]}"#);
    let second =
        r#"{"round":1,"answers":["AQEBAQEBAQEBAQEBAQEBAQ==","kAA="],"consents":["treatment"]}"#;
    assert_eq!(asked[2].body, second);
    assert!(asked.iter().all(|it| it.with_certificate && it.headers.contains("bearer")));
}

#[test]
fn a_round_whose_connection_broke_is_repeated_once_and_identically() {
    let bench = Bench::new();
    let (server, mut line) = opened(&bench, |before, _, out| before > 0 && ask(out, 1));
    assert!(relay(&mut line, 1, 0).is_ok());
    line.close();
    let asked = server.heard("POST /v1/checks/");
    assert_eq!((asked.len(), &asked[0].body), (2, &asked[1].body));

    let (server, mut line) = opened(&bench, |_, _, _| false);
    assert_eq!(relay(&mut line, 1, 0), Err(GatewayTrouble::Unreachable));
    line.close();
    assert_eq!(server.heard("POST /v1/checks/").len(), 2);
}

#[test]
fn a_round_with_another_number_is_nonsense() {
    for number in [0, 2, 255, 256, u64::MAX] {
        check_first(GatewayTrouble::Nonsense, move |out| ask(out, number));
    }
}

#[test]
fn ten_thousand_rounds_end_by_themselves() {
    let bench = Bench::new();
    let (server, mut line) = opened(&bench, |before, _, out| ask(out, before as u64 + 1));
    let mut rounds = 0;
    for _ in 0..10_000 {
        match relay(&mut line, 1, rounds) {
            Ok(Relayed::Commands(commands)) => rounds = commands.round,
            other => {
                assert_eq!(other, Err(GatewayTrouble::Nonsense));
                break;
            }
        }
    }
    // The number has one byte; machine and guard have ended it long before.
    assert_eq!(rounds, 255);
    line.close();
    assert_eq!(server.heard("POST /v1/checks/").len(), 256);
}

#[test]
fn commands_that_are_too_many_or_too_long_are_nonsense() {
    let commands = |count: usize, length: usize| {
        let list = vec![format!("\"{}\"", "AAAA".repeat(length / 3)); count].join(",");
        move |out: &mut dyn Write| json(out, 200, &format!(r#"{{"round":1,"commands":[{list}]}}"#))
    };
    check_first(GatewayTrouble::Nonsense, commands(0, 6));
    check_first(GatewayTrouble::Nonsense, commands(17, 6));
    check_first(GatewayTrouble::Nonsense, commands(1, 3));
    check_first(GatewayTrouble::Nonsense, commands(1, 1026));
    check_first(GatewayTrouble::Nonsense, commands(1, 180_000));
    check_first(GatewayTrouble::Nonsense, commands(20_000, 6));

    let bench = Bench::new();
    let (_, mut line) = opened(&bench, {
        let most = commands(16, 1023);
        move |_, _, out| most(out)
    });
    let Ok(Relayed::Commands(most)) = relay(&mut line, 1, 0) else { panic!("not relayed") };
    assert_eq!(format!("{:?}", most.commands), "16 pieces, 16368 bytes");
    line.close();
}

#[test]
fn an_answer_of_100_megabytes_is_not_read() {
    let bench = Bench::new();
    let (tell, taken) = mpsc::channel();
    let (_, mut line) = opened(&bench, move |_, _, out| {
        let head =
            "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nContent-Length: 100000000\r\n\r\n";
        out.write_all(head.as_bytes()).expect("written");
        let whole = |_: &usize| out.write_all(&[b' '; 1_000_000]).is_ok();
        tell.send((0..100).take_while(whole).count()).expect("the test waits");
        false
    });
    assert_eq!(relay(&mut line, 1, 0), Err(GatewayTrouble::Nonsense));
    let megabytes = taken.recv_timeout(Duration::from_secs(5)).expect("the line hung up");
    assert!(megabytes < 20, "{megabytes} MB were taken");
    line.close();
}

#[test]
fn answers_that_are_none_are_nonsense() {
    check_first(GatewayTrouble::Nonsense, |out| {
        let head = "HTTP/1.1 307 X\r\nLocation: /v1/terms\r\nContent-Length: 0\r\n\r\n";
        out.write_all(head.as_bytes()).is_ok()
    });
    check_first(GatewayTrouble::Nonsense, |out| {
        answer(out, 200, "application/xml", &valid("99999999-2222-4333-8444-555555555555"))
    });
    check_first(GatewayTrouble::Nonsense, |out| answer(out, 200, "text/xml", &valid(CHECK)));
    check_first(GatewayTrouble::Nonsense, |out| answer(out, 201, "application/xml", &valid(CHECK)));
    check_first(GatewayTrouble::Nonsense, |out| json(out, 200, r#"{"round":1}"#));
    check_first(GatewayTrouble::Nonsense, |out| json(out, 200, &"[".repeat(200_000)));
    check_first(GatewayTrouble::Nonsense, |out| out.write_all(b"SMTP ready\r\n\r\n").is_ok());
}

#[test]
fn a_refused_round_has_its_trouble_and_the_line_stays_up() {
    for (status, code, trouble) in [
        (409, "relay-out-of-step", GatewayTrouble::Stale),
        (410, "check-expired", GatewayTrouble::Stale),
        (422, "certificate-refused", GatewayTrouble::CertificateRefused),
        (422, "proof-refused", GatewayTrouble::ProofRefused),
    ] {
        check_first(trouble, move |out| problem(out, status, code));
    }
}

#[test]
fn an_answer_in_pieces_of_one_byte_is_an_answer() {
    let bench = Bench::new();
    let (_, mut line) = opened(&bench, |_, _, out| {
        let head = "HTTP/1.1 200 X\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        out.write_all(head.as_bytes()).expect("written");
        for byte in br#"{"round":1,"commands":["AIQAABA="]}"# {
            out.write_all(&[b'1', b'\r', b'\n', *byte, b'\r', b'\n']).expect("written");
            out.flush().expect("flushed");
        }
        out.write_all(b"0\r\n\r\n").is_ok()
    });
    assert!(matches!(relay(&mut line, 1, 0), Ok(Relayed::Commands(_))));
    line.close();
}

#[test]
fn a_forgotten_round_is_cut_off_not_repeated_and_its_answer_dropped() {
    let bench = Bench::new();
    let (server, mut line) = opened(&bench, |before, _, out| {
        // The second round of the first check hangs; the third call opens the next relay.
        if before == 1 {
            thread::sleep(Duration::from_secs(60));
        }
        ask(out, 1)
    });
    assert!(relay(&mut line, 1, 0).is_ok());
    line.order(order(1, 1));
    let end = Instant::now() + Duration::from_secs(15);
    while server.heard("POST /v1/checks/").len() < 2 {
        assert!(Instant::now() < end, "the round did not come");
        thread::sleep(Duration::from_millis(5));
    }
    let since = Instant::now();
    line.order(LineOrder::Forget(CheckId(1)));
    line.open(2, Way::Visual);
    assert!(relay(&mut line, 2, 0).is_ok());
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    line.close();
    assert_eq!(server.heard("POST /v1/checks/").len(), 3, "the round is not repeated");
}

#[test]
fn a_round_without_an_open_check_is_stale() {
    let bench = Bench::new();
    let (server, mut line) = opened(&bench, |_, _, out| ask(out, 1));
    assert_eq!(relay(&mut line, 7, 0), Err(GatewayTrouble::Stale));
    line.order(LineOrder::Forget(CheckId(1)));
    assert_eq!(relay(&mut line, 1, 0), Err(GatewayTrouble::Stale));
    line.close();
    assert!(server.heard("POST /v1/checks/").is_empty());

    let server = bench.server(good_but("POST /v1/checks", |_, _, out| problem(out, 503, "x")));
    let mut line = Line::start(bench.settings(&server));
    assert_eq!(line.status(), LineStatus::Up { simulator: true });
    line.order(LineOrder::Open(CheckId(1), Way::Visual));
    line.order(order(1, 0));
    let LineReport::Opened(_, Err(GatewayTrouble::Unavailable)) = line.report() else {
        panic!("opened")
    };
    let LineReport::Relayed(_, outcome) = report_but_status(&line) else { panic!("no round") };
    assert_eq!(outcome, Err(GatewayTrouble::Stale));
    line.close();
}

fn report_but_status(line: &Line) -> LineReport {
    match line.report() {
        LineReport::Status(_) => line.report(),
        report => report,
    }
}

#[test]
fn a_gateway_in_trouble_takes_the_line_down_in_the_middle_of_a_relay() {
    let bench = Bench::new();
    let (_, mut line) = opened(&bench, |_, _, out| problem(out, 503, "unavailable"));
    assert_eq!(relay(&mut line, 1, 0), Err(GatewayTrouble::Unavailable));
    assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::Unavailable));
    line.close();
}

#[test]
fn the_line_ends_with_the_kiosk_also_in_the_middle_of_a_round() {
    let bench = Bench::new();
    let (server, mut line) = opened(&bench, |_, _, _| {
        thread::sleep(Duration::from_secs(60));
        false
    });
    line.order(order(1, 0));
    server.wait_for("POST /v1/checks/");
    let since = Instant::now();
    line.close();
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
}
