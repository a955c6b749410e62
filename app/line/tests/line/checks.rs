//! Checks over a line: what is asked, what is believed, and what is dropped.

use std::{
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{
    CheckId, Consent, Consents, GatewayTrouble, LineStatus, Way,
    eligibility::{Code, Validity},
    proof::{CheckReference, Hierarchy},
};
use kiosk_gateway::proof::digest;
use kiosk_process::words::{LineOrder, LineReport};

use crate::{
    bench::{Bench, CHECK, DEVICE, Line, TOKEN, check, good, good_but, proof, valid},
    office::Wanted,
    server::{Server, answer, problem},
};

const UP: LineStatus = LineStatus::Up { simulator: true };
/// Well below the ten seconds of a call.
const AT_ONCE: Duration = Duration::from_secs(3);

fn up(bench: &Bench, server: &Server) -> Line {
    let line = bench.line(server);
    assert_eq!(line.status(), UP);
    line
}

#[track_caller]
fn check_answered(line: &Line, id: u32, expected: Result<Validity, GatewayTrouble>) {
    let LineReport::Answered(CheckId(of), outcome) = line.report() else { panic!("not answered") };
    let validity = outcome.map(|eligibility| eligibility.validity);
    assert_eq!((of, validity), (id, expected.map(Code::Known)));
}

#[test]
fn a_check_from_opening_to_its_answer_on_one_connection() {
    let bench = Bench::new();
    let server = bench.server(std::sync::Arc::new(good));
    let mut line = up(&bench, &server);
    let open = line.opened(1);
    let id = |text: &str| text.to_owned().try_into().expect("a UUID");
    let challenge = std::array::from_fn(|at| at as u8);
    let name = "reference-gateway".to_owned().try_into().expect("a name");
    assert_eq!(open.digest, digest(&name, &id(DEVICE), &id(CHECK), &challenge));
    assert_eq!((open.expires_in.as_secs(), open.hierarchy), (300, Hierarchy::Test));
    assert_eq!(open.reference, CheckReference(0x1111_1111_2222_4333_8444_5555_5555_5555));

    line.order(check(1));
    check_answered(&line, 1, Ok(Validity::Valid));
    line.order(LineOrder::Forget(CheckId(1)));
    line.close();

    assert_eq!(server.connections(), 1, "the connection stays warm");
    let asked = server.heard("POST /v1/checks");
    assert_eq!(asked[0].body, r#"{"method":"pin","token_kind":"card"}"#);
    assert_eq!(asked[1].line, format!("POST /v1/checks/{CHECK}/proof"));
    let bearer = format!("authorization: bearer {}", TOKEN.to_ascii_lowercase());
    assert!(asked.iter().all(|it| it.with_certificate && it.headers.contains(&bearer)));
}

#[test]
fn what_the_holder_agreed_to_goes_with_the_proof() {
    let bench = Bench::new();
    let server = bench.server(std::sync::Arc::new(good));
    let mut line = bench.line(&server);
    let offers = Consents { treatment: false, ..Consents::ALL };
    let LineReport::Offers(offered) = line.any_report() else { panic!("not first of all") };
    assert_eq!((offered, line.status()), (offers, UP));

    line.open(1, Way::Android);
    let some = Consents::NONE.with(Consent::Checkup);
    line.order(LineOrder::Check(CheckId(1), proof(), some));
    check_answered(&line, 1, Ok(Validity::Valid));
    line.close();
    let asked = server.heard("POST /v1/checks");
    assert_eq!(asked[0].body, r#"{"method":"pin","token_kind":"android"}"#);
    assert!(asked[1].body.ends_with(r#""consents":["checkup"]}"#), "{}", asked[1].body);
}

#[test]
fn in_front_of_a_real_gateway_only_real_certificates_count() {
    let bench = Bench::new();
    let wanted = Wanted { is_simulator: false, ..Wanted::default() };
    let server = Server::start(&bench.office, &wanted, std::sync::Arc::new(good));
    let mut line = bench.line(&server);
    assert_eq!(line.status(), LineStatus::Up { simulator: false });
    assert_eq!(line.opened(1).hierarchy, Hierarchy::Production);
    line.close();
}

#[test]
fn an_answer_to_another_check_is_not_believed() {
    let bench = Bench::new();
    let other = "99999999-2222-4333-8444-555555555555";
    let server = bench.server(good_but("POST /v1/checks/", move |_, _, out| {
        answer(out, 200, "application/xml", &valid(other))
    }));
    let mut line = up(&bench, &server);
    line.opened(1);
    line.order(check(1));
    check_answered(&line, 1, Err(GatewayTrouble::Nonsense));
    line.close();
}

#[test]
fn a_refused_proof_has_its_trouble_and_the_line_stays_up() {
    for (status, code, trouble) in [
        (422, "certificate-refused", GatewayTrouble::CertificateRefused),
        (422, "proof-refused", GatewayTrouble::ProofRefused),
        (410, "check-expired", GatewayTrouble::Stale),
    ] {
        let bench = Bench::new();
        let server =
            bench.server(good_but("POST /v1/checks/", move |_, _, out| problem(out, status, code)));
        let mut line = up(&bench, &server);
        line.opened(1);
        line.order(check(1));
        check_answered(&line, 1, Err(trouble));
        line.no_report_within(Duration::from_millis(100));
        line.close();
        assert_eq!(server.heard("POST /v1/checks/").len(), 1, "a refusal is final");
    }
}

#[test]
fn a_session_that_ends_takes_the_line_down_until_there_is_a_new_one() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/checks", |_, heard, out| {
        match heard.headers.contains(&TOKEN.to_ascii_lowercase()) {
            true => problem(out, 401, "session-ended"),
            false => good(heard, out),
        }
    }));
    let mut line = up(&bench, &server);
    line.order(LineOrder::Open(CheckId(1), Way::Pin));
    let LineReport::Opened(_, Err(trouble)) = line.report() else { panic!("opened") };
    assert_eq!(trouble, GatewayTrouble::SessionEnded);
    assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::SessionEnded));

    bench.register(&"B".repeat(42).replace("BB", "AB").chars().chain(['A']).collect::<String>());
    line.opened(2);
    assert_eq!(line.status(), UP);
    line.close();
}

#[test]
fn a_proof_whose_connection_broke_is_repeated_once_and_identically() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/checks/", |before, heard, out| match before {
        0 => false,
        _ => good(heard, out),
    }));
    let mut line = up(&bench, &server);
    line.opened(1);
    line.order(check(1));
    check_answered(&line, 1, Ok(Validity::Valid));
    line.close();
    let asked = server.heard("POST /v1/checks/");
    assert_eq!((asked.len(), &asked[0].body), (2, &asked[1].body));
}

#[test]
fn nothing_else_is_repeated() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/checks/", |_, _, _| false));
    let mut line = up(&bench, &server);
    line.opened(1);
    line.order(check(1));
    check_answered(&line, 1, Err(GatewayTrouble::Unreachable));
    line.close();
    assert_eq!(server.heard("POST /v1/checks/").len(), 2);

    let server = bench.server(good_but("POST /v1/checks", |_, _, _| false));
    let mut line = up(&bench, &server);
    line.order(LineOrder::Open(CheckId(1), Way::Pin));
    let LineReport::Opened(_, outcome) = line.report() else { panic!("not about the check") };
    assert_eq!(outcome, Err(GatewayTrouble::Unreachable));
    line.close();
    assert_eq!(server.heard("POST /v1/checks").len(), 1);
}

#[test]
fn a_proof_that_was_answered_with_nonsense_is_not_repeated() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/checks/", |_, _, out| {
        out.write_all(b"SMTP ready\r\n\r\n").is_ok()
    }));
    let mut line = up(&bench, &server);
    line.opened(1);
    line.order(check(1));
    check_answered(&line, 1, Err(GatewayTrouble::Nonsense));
    line.close();
    assert_eq!(server.heard("POST /v1/checks/").len(), 1);
}

#[test]
fn a_forgotten_check_is_cut_off_and_the_next_one_does_not_wait() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/checks/", |before, heard, out| {
        if before == 0 {
            thread::sleep(Duration::from_secs(60));
        }
        good(heard, out)
    }));
    let mut line = up(&bench, &server);
    line.opened(1);
    line.order(check(1));
    server.wait_for("POST /v1/checks/");
    let since = Instant::now();
    line.order(LineOrder::Forget(CheckId(1)));
    line.opened(2);
    line.order(check(2));
    check_answered(&line, 2, Ok(Validity::Valid));
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    line.close();
    assert_eq!(server.heard("POST /v1/checks/").len(), 2, "the first is not repeated");
}

#[test]
fn an_answer_that_comes_after_forget_is_dropped() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/checks", |_, heard, out| {
        thread::sleep(Duration::from_millis(300));
        good(heard, out)
    }));
    let mut line = up(&bench, &server);
    for id in 1..4 {
        line.order(LineOrder::Open(CheckId(id), Way::Pin));
        thread::sleep(Duration::from_millis(100));
        line.order(LineOrder::Forget(CheckId(id)));
    }
    line.no_report_within(Duration::from_secs(1));
    line.close();
}

#[test]
fn a_proof_without_an_open_check_is_stale() {
    let bench = Bench::new();
    let server = bench.server(std::sync::Arc::new(good));
    let mut line = up(&bench, &server);
    line.order(check(7));
    check_answered(&line, 7, Err(GatewayTrouble::Stale));
    line.opened(8);
    line.order(LineOrder::Forget(CheckId(8)));
    line.order(check(8));
    check_answered(&line, 8, Err(GatewayTrouble::Stale));
    line.close();
    assert!(server.heard("POST /v1/checks/").is_empty());
}

#[test]
fn the_line_ends_with_the_kiosk_also_in_the_middle_of_a_call() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/checks", |_, _, _| {
        thread::sleep(Duration::from_secs(60));
        false
    }));
    let mut line = up(&bench, &server);
    line.order(LineOrder::Open(CheckId(1), Way::Pin));
    server.wait_for("POST /v1/checks");
    let since = Instant::now();
    line.close();
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
}
