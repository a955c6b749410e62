//! Results that go on to the reception PC, beside everything else.

use std::{
    io::Write,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{CheckId, Handover, HandoverTrouble, LineStatus};
use kiosk_process::{
    settings::{HttpsUrl, Receiver},
    words::{LineOrder, LineReport},
};

use crate::{
    bench::{Bench, CHECK, Line, TOKEN, check, good, valid},
    office::{Office, Wanted},
    server::{Handler, Heard, Server, answer, json, problem},
};

/// Well below the time of one call.
const AT_ONCE: Duration = Duration::from_secs(3);
const TAKEN: &str = r#"{"file":"x"}"#;

/// A reception PC that answers like this, and a line that knows it.
struct Reception {
    bench: Bench,
    gateway: Server,
    receiver: Server,
    line: Line,
}

impl Reception {
    fn new(handler: impl Fn(&Heard, &mut dyn Write) -> bool + Send + Sync + 'static) -> Self {
        let office = Office::new();
        let bench = Bench::new();
        let receiver = Server::changed(&office, &bench.office, Arc::new(handler));
        Self::known_by(bench, &office, receiver)
    }

    fn known_by(bench: Bench, office: &Office, receiver: Server) -> Self {
        let gateway = bench.server(Arc::new(good));
        let pins = bench.folder.path().join("receiver-ca.pem");
        std::fs::write(&pins, office.pem()).expect("written");
        bench.register(TOKEN);
        let mut settings = bench.settings(&gateway);
        let url = format!("https://localhost:{}", receiver.address.port());
        let url = HttpsUrl::parse(&url).expect("a URL");
        settings.handover = Some(Receiver { url, pins });
        let line = Line::start(settings);
        assert_eq!(line.status(), LineStatus::Up { simulator: true });
        Self { bench, gateway, receiver, line }
    }

    /// Opens a check and hands its proof over, up to the result.
    fn show(&mut self, id: u32) {
        self.line.opened(id);
        self.line.order(check(id));
        // The page is told before it comes, so that nothing moves on it.
        assert_eq!(self.handover(), (id, Handover::Sending));
        match self.line.report() {
            LineReport::Answered(CheckId(of), Ok(_)) if of == id => {}
            other => panic!("{other:?}"),
        }
        self.line.order(LineOrder::Forget(CheckId(id)));
    }

    fn handover(&self) -> (u32, Handover) {
        match self.line.report() {
            LineReport::Handover(CheckId(id), handover) => (id, handover),
            other => panic!("{other:?}"),
        }
    }

    fn results(&self) -> Vec<Heard> {
        self.receiver.heard("POST /v1/results")
    }
}

#[track_caller]
fn check_failed(reception: &mut Reception, tries: usize, expected: HandoverTrouble) {
    reception.show(1);
    assert_eq!(reception.handover(), (1, Handover::Failed(expected)));
    assert_eq!(reception.results().len(), tries);
}

#[test]
fn a_result_goes_on_as_it_came_under_the_devices_own_name() {
    let mut reception = Reception::new(|_, out| json(out, 201, TAKEN));
    reception.show(1);
    assert_eq!(reception.handover(), (1, Handover::Sent));
    let results = reception.results();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].line, "POST /v1/results?simulator=true");
    assert_eq!(results[0].body, valid(CHECK));
    assert!(results[0].with_certificate);
    assert!(results[0].headers.contains("content-type: application/xml"));
    // The session is the gateway's alone.
    assert!(!results[0].headers.contains("authorization"), "{}", results[0].headers);

    // The next result has a connection of its own.
    reception.show(2);
    assert_eq!(reception.handover(), (2, Handover::Sent));
    assert_eq!(reception.receiver.connections(), 2);
    reception.line.close();
}

#[test]
fn what_may_pass_is_tried_again() {
    let count = std::sync::atomic::AtomicUsize::new(0);
    let mut reception = Reception::new(move |_, out| {
        match count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => problem(out, 503, "folder-missing"),
            // The answer is lost; the receiver knows that it has the result.
            1 => false,
            _ => json(out, 200, TAKEN),
        }
    });
    reception.show(1);
    assert_eq!(reception.handover(), (1, Handover::Sent));
    let results = reception.results();
    assert_eq!(results.len(), 3);
    assert!(results.iter().all(|it| it.body == valid(CHECK)));
}

#[test]
fn what_does_not_pass_is_told_after_the_last_try() {
    let mut reception = Reception::new(|_, out| problem(out, 507, "disk-full"));
    check_failed(&mut reception, 4, HandoverTrouble::DiskFull);
}

#[test]
fn a_refusal_is_told_at_once() {
    let mut reception = Reception::new(|_, out| problem(out, 403, "device-unknown"));
    check_failed(&mut reception, 1, HandoverTrouble::NotAdmitted);
    let mut reception = Reception::new(|_, out| problem(out, 409, "other-result"));
    check_failed(&mut reception, 1, HandoverTrouble::Other);
    let mut reception = Reception::new(|_, out| answer(out, 200, "text/html", "<html>"));
    check_failed(&mut reception, 1, HandoverTrouble::Other);
}

#[test]
fn who_is_not_the_reception_pc_gets_nothing() {
    let bench = Bench::new();
    let (office, other) = (Office::new(), Office::new());
    let taken: Handler = Arc::new(|_, out| json(out, 201, TAKEN));
    let receiver = Server::changed(&other, &bench.office, Arc::clone(&taken));
    let mut reception = Reception::known_by(bench, &office, receiver);
    check_failed(&mut reception, 0, HandoverTrouble::NotTrusted);

    // Nor does another name of the same CA.
    let wanted = Wanted { name: "other", ..Wanted::default() };
    let receiver = Server::start(&office, &wanted, taken);
    let mut reception = Reception::known_by(Bench::new(), &office, receiver);
    check_failed(&mut reception, 0, HandoverTrouble::NotTrusted);
}

#[test]
fn a_reception_pc_that_is_off_is_told_and_holds_nothing_up() {
    let mut reception = Reception::new(|_, _| false);
    reception.show(1);
    // Between two tries, as long as its page is up.
    let since = Instant::now();
    reception.show(2);
    assert!(since.elapsed() < AT_ONCE);
    // The first result gave way to the second, and nobody hears of it any more.
    assert_eq!(reception.handover(), (2, Handover::Failed(HandoverTrouble::NotReached)));
}

#[test]
fn a_result_whose_page_is_gone_goes_nowhere() {
    let mut reception = Reception::new(|_, out| problem(out, 503, "folder-missing"));
    reception.show(1);
    reception.receiver.wait_for("POST /v1/results");
    reception.line.order(LineOrder::StopHandover(CheckId(1)));
    reception.line.no_report_within(Duration::from_secs(5));
    assert_eq!(reception.results().len(), 1);

    // In the middle of a call, too.
    let mut reception = Reception::new(|_, _| {
        thread::sleep(Duration::from_secs(600));
        false
    });
    reception.show(1);
    reception.receiver.wait_for("POST /v1/results");
    // Another check does not wait for it.
    let since = Instant::now();
    reception.line.opened(2);
    reception.line.order(LineOrder::Forget(CheckId(2)));
    reception.line.order(LineOrder::StopHandover(CheckId(1)));
    reception.line.close();
    assert!(since.elapsed() < AT_ONCE, "{:?}", since.elapsed());
}

#[test]
fn the_clock_of_the_reception_pc_is_not_believed() {
    let mut reception = Reception::new(|_, out| {
        let text = "HTTP/1.1 201 X\r\nDate: Tue, 01 Jan 2999 00:00:00 GMT\r\n\
                    Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
    });
    reception.show(1);
    assert_eq!(reception.handover(), (1, Handover::Sent));
    // A clock that had heard it would find no certificate good.
    reception.show(2);
    assert_eq!(reception.gateway.heard("POST /v1/checks/").len(), 2);
}

#[test]
fn a_result_is_nowhere_on_the_disk() {
    let mut reception = Reception::new(|_, out| json(out, 201, TAKEN));
    reception.show(1);
    assert_eq!(reception.handover(), (1, Handover::Sent));
    let entries = std::fs::read_dir(reception.bench.folder.path().join("state")).expect("readable");
    let files: Vec<_> = entries.map(|it| it.expect("an entry").path()).collect();
    assert!(!files.is_empty());
    for file in files {
        let bytes = std::fs::read(&file).expect("readable");
        assert!(!bytes.windows(6).any(|it| it == b"XmlMsg"), "{file:?}");
    }
}

#[test]
fn where_it_is_off_nothing_goes_anywhere() {
    let bench = Bench::new();
    let server = bench.server(Arc::new(good));
    let mut line = bench.line(&server);
    assert_eq!(line.status(), LineStatus::Up { simulator: true });
    line.opened(1);
    line.order(check(1));
    assert!(matches!(line.report(), LineReport::Answered(CheckId(1), Ok(_))));
    line.no_report_within(Duration::from_secs(1));
    assert_eq!(server.connections(), 1);
}
