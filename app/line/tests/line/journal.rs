//! The device journal over a line: it goes out between checks, and never in their way.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime},
};

use kiosk_core::{CheckId, LineStatus, Way};
use kiosk_process::{
    journal::{Chain, ENTRIES_MAX, Entry, Facts, Health, Who},
    words::{LineOrder, LineReport},
};

use crate::{
    bench::{Bench, Line, check, good_but},
    server::{Heard, Server, json, problem},
};

/// Well below the ten seconds of a call.
const AT_ONCE: Duration = Duration::from_secs(3);
const JOURNAL: &str = "POST /v1/devices/current/journal";

fn entries(count: usize) -> Vec<Entry> {
    let mut chain = Chain::default();
    let facts = Facts {
        time: SystemTime::now(),
        who: Who::Nobody,
        way: Some(Way::Pin),
        check: None,
        outcome: "valid",
    };
    (0..count).map(|_| chain.append(&facts)).collect()
}

fn order(count: usize) -> LineOrder {
    let health = Health {
        version: "0.1.0".try_into().expect("it fits"),
        reader: "Kiosk Virtual Reader".try_into().expect("it fits"),
        uptime_s: 123,
    };
    LineOrder::Journal(entries(count), health)
}

fn sent(heard: &Heard) -> Vec<Entry> {
    let mut body: serde_json::Value = serde_json::from_str(&heard.body).expect("JSON");
    serde_json::from_value(body["entries"].take()).expect("entries")
}

fn up(bench: &Bench, server: &Server) -> Line {
    let line = bench.line(server);
    assert_eq!(line.status(), LineStatus::Up { simulator: true });
    line
}

#[track_caller]
fn check_acknowledged(line: &Line, expected: u64) {
    let LineReport::Acknowledged(seq) = line.report() else { panic!("not acknowledged") };
    assert_eq!(seq, expected);
}

#[test]
fn a_journal_is_handed_over_and_acknowledged() {
    let bench = Bench::new();
    let server =
        bench.server(good_but(JOURNAL, |_, _, out| json(out, 200, r#"{"acknowledged":2}"#)));
    let mut line = up(&bench, &server);
    line.order(order(2));
    check_acknowledged(&line, 2);
    line.close();
    let asked = &server.heard(JOURNAL)[0];
    assert!(asked.with_certificate && !asked.headers.contains("authorization"));
    assert_eq!(Chain::verify(&sent(asked)).map(|it| it.seq), Ok(2));
    let health = r#""health":{"version":"0.1.0","reader":"Kiosk Virtual Reader","uptime_s":123}}"#;
    assert!(asked.body.ends_with(health), "{}", asked.body);
}

#[test]
fn no_more_than_a_hundred_go_at_once() {
    let bench = Bench::new();
    let server =
        bench.server(good_but(JOURNAL, |_, _, out| json(out, 200, r#"{"acknowledged":100}"#)));
    let mut line = up(&bench, &server);
    line.order(order(ENTRIES_MAX + 50));
    check_acknowledged(&line, 100);
    line.close();
    assert_eq!(sent(&server.heard(JOURNAL)[0]).len(), ENTRIES_MAX);
}

#[test]
fn a_journal_waits_until_the_check_is_over() {
    let bench = Bench::new();
    let server =
        bench.server(good_but(JOURNAL, |_, _, out| json(out, 200, r#"{"acknowledged":3}"#)));
    let mut line = up(&bench, &server);
    line.opened(1);
    line.order(order(1));
    line.order(order(3));
    line.no_report_within(Duration::from_millis(200));
    line.order(check(1));
    assert!(matches!(line.report(), LineReport::Answered(CheckId(1), Ok(_))));
    assert!(server.heard(JOURNAL).is_empty());
    line.order(LineOrder::Forget(CheckId(1)));
    check_acknowledged(&line, 3);
    line.close();
    let asked = server.heard(JOURNAL);
    assert_eq!((asked.len(), sent(&asked[0]).len()), (1, 3), "the later one replaces the first");
}

#[test]
fn a_check_interrupts_a_journal_which_goes_again_afterwards() {
    let bench = Bench::new();
    let server = bench.server(good_but(JOURNAL, |before, _, out| {
        if before == 0 {
            thread::sleep(Duration::from_secs(60));
        }
        json(out, 200, r#"{"acknowledged":2}"#)
    }));
    let mut line = up(&bench, &server);
    line.order(order(2));
    server.wait_for(JOURNAL);
    let since = Instant::now();
    line.opened(1);
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
    line.order(LineOrder::Forget(CheckId(1)));
    check_acknowledged(&line, 2);
    line.close();
    let asked = server.heard(JOURNAL);
    assert_eq!((asked.len(), &asked[0].body), (2, &asked[1].body));
}

#[test]
fn what_goes_wrong_is_not_shown_and_a_check_goes_on() {
    for bad in [
        (|out| problem(out, 409, "journal-broken")) as fn(&mut dyn std::io::Write) -> bool,
        |out| problem(out, 503, "unavailable"),
        |out| json(out, 200, r#"{"acknowledged":-1}"#),
        |out| json(out, 200, "{}"),
        |_| false,
    ] {
        let bench = Bench::new();
        let server = bench.server(good_but(JOURNAL, move |_, _, out| bad(out)));
        let mut line = up(&bench, &server);
        line.order(order(1));
        server.wait_for(JOURNAL);
        line.no_report_within(Duration::from_millis(200));
        line.opened(1);
        line.close();
        assert_eq!(server.heard(JOURNAL).len(), 1, "the line repeats nothing by itself");
    }
}

#[test]
fn a_journal_that_finds_no_gateway_is_dropped() {
    let bench = Bench::new();
    let server = bench.server(Arc::new(crate::bench::good));
    let mut line = Line::start(bench.settings(&server));
    assert_eq!(line.status(), LineStatus::Unregistered);
    line.order(order(1));
    line.no_report_within(Duration::from_millis(200));
    line.close();
    assert!(server.heard("").is_empty());
}
