//! Whatever is at the other end of the line: its page, nothing left, and the next check
//! passes at the real gateway, whose address is the same.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{Event, GatewayTrouble, Screen, Trouble, screen::Readiness};
use whole::{
    Desk, Station, Switch,
    desk::{Holder, PERSON, is_of, is_trouble, readiness},
    hostile::{
        Authority, CHECK, Hostile, Wanted, answer, good_but, json, problem, refuse_opening, send,
    },
};

/// A station whose line can be laid to a gateway that it trusts and should not.
struct Bench {
    desk: Desk,
    switch: Switch,
    authority: Authority,
}

impl Bench {
    #[track_caller]
    fn new() -> Self {
        let authority = Authority::new();
        let (desk, switch) = Desk::with_a_switch(&authority.pem());
        Self { desk, switch, authority }
    }

    /// A gateway whose certificate is good and whose answer to the proof is `proof`'s.
    fn hostile(&self, proof: impl FnMut(&mut dyn Write) -> bool + Send + 'static) -> Hostile {
        Hostile::start(Some((&self.authority, &Wanted::default())), good_but(proof))
    }

    /// The same line leads to the real gateway again.
    #[track_caller]
    fn heals(&self, told: &str) {
        self.switch.lay(self.desk.gateway.port());
        self.desk.leaves_nothing(told);
    }

    /// A check whose proof is answered by `proof`, which ends in `expected`.
    #[track_caller]
    fn proof(
        &self,
        told: &str,
        expected: impl Into<Trouble>,
        proof: impl FnMut(&mut dyn Write) -> bool + Send + 'static,
    ) {
        let hostile = self.hostile(proof);
        self.switch.lay(hostile.port());
        let shown = self.desk.check(PERSON.card, PERSON.pin);
        is_trouble(&shown, expected, told);
        let heard = hostile.heard();
        let proofs = heard.iter().filter(|line| line.ends_with("/proof")).count();
        assert!((1..=2).contains(&proofs), "{told}: {heard:?}");
        self.heals(told);
    }

    /// A check whose proof is answered with `xml`, which ends in `expected`.
    #[track_caller]
    fn xml(&self, told: &str, expected: GatewayTrouble, xml: Vec<u8>) {
        self.proof(told, expected, move |out| answer(out, 200, "application/xml", &xml));
    }

    /// A check whose proof is answered by `proof`, which is `holder`'s result all the same.
    #[track_caller]
    fn passes(
        &self,
        told: &str,
        holder: Holder,
        proof: impl FnMut(&mut dyn Write) -> bool + Send + 'static,
    ) {
        let hostile = self.hostile(proof);
        self.switch.lay(hostile.port());
        is_of(&self.desk.check(holder.card, holder.pin), holder, told);
        self.heals(told);
    }

    /// Somebody else has the line: before the check begins, and while the card is awaited.
    #[track_caller]
    fn stranger(&self, told: &str, port: u16, expected: GatewayTrouble) {
        self.switch.lay(port);
        self.desk.station.touch(Event::Next);
        is_trouble(&self.desk.ending(), expected, told);
        self.heals(told);

        let hostile = self.hostile(|_| false);
        self.switch.lay(hostile.port());
        self.desk.up_to_the_card(PERSON.pin);
        let opened = |it: &Screen| matches!(it, Screen::Card { .. });
        self.desk.station.wait_for("マイナンバーカードの読み取り", opened);
        while !hostile.heard().iter().any(|line| line == "POST /v1/checks") {
            thread::sleep(Duration::from_millis(2));
        }
        // The answer is on its way.
        thread::sleep(Duration::from_millis(100));
        self.switch.lay(port);
        self.desk.pcscd.insert(PERSON.card);
        is_trouble(&self.desk.ending(), expected, told);
        self.heals(told);
    }
}

/// An answer of `app/gateway/tests/answers`, all of them to the check of the hostile gateway.
fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/gateway/tests/answers");
    fs::read(folder.join(name).with_extension("xml")).expect("an answer of this name")
}

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
    let bench = Bench::new();
    let since = Instant::now();
    bench.proof("a gateway that hangs", GatewayTrouble::Unreachable, |_| {
        thread::sleep(Duration::from_secs(13));
        false
    });
    assert!(since.elapsed() > Duration::from_secs(10), "{:?}", since.elapsed());
}

#[test]
fn a_gateway_that_drips() {
    let bench = Bench::new();
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
    let bench = Bench::new();
    let stranger = Hostile::start(Some((&Authority::new(), &Wanted::default())), refuse_opening());
    bench.stranger("another authority", stranger.port(), GatewayTrouble::NotTrusted);
    assert_eq!(stranger.heard(), [""; 0], "nothing is told to a stranger");
}

#[test]
fn a_wrong_name() {
    let bench = Bench::new();
    let wanted = Wanted { name: "gateway.example", ..Wanted::default() };
    let stranger = Hostile::start(Some((&bench.authority, &wanted)), refuse_opening());
    bench.stranger("another name", stranger.port(), GatewayTrouble::NotTrusted);
    assert_eq!(stranger.heard(), [""; 0], "nothing is told to a stranger");
}

#[test]
fn an_expired_certificate() {
    let bench = Bench::new();
    let wanted = Wanted { has_ended: true, ..Wanted::default() };
    let stranger = Hostile::start(Some((&bench.authority, &wanted)), refuse_opening());
    bench.stranger("an expired certificate", stranger.port(), GatewayTrouble::NotTrusted);
    assert_eq!(stranger.heard(), [""; 0], "nothing is told to a stranger");
}

#[test]
fn plain_http() {
    let bench = Bench::new();
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
    let bench = Bench::new();
    let old = OldServer::start(&bench.authority, bench.desk.folder.path());
    bench.stranger("TLS 1.2", old.1, GatewayTrouble::NotTrusted);
}

#[test]
fn a_redirect() {
    let bench = Bench::new();
    let elsewhere = bench.hostile(|out| problem(out, 500, "not-this-one"));
    for status in [301, 302, 303, 307, 308] {
        let head = format!(
            "HTTP/1.1 {status} X\r\nLocation: https://localhost:{}/v1/checks/{CHECK}/proof\r\nContent-Length: 0\r\n\r\n",
            elsewhere.port(),
        );
        let told = format!("a redirect {status}");
        bench.proof(&told, GatewayTrouble::Nonsense, move |out| send(out, head.as_bytes()));
    }
    assert_eq!(elsewhere.heard(), [""; 0], "it was followed");
}

#[test]
fn refusals_4xx() {
    use GatewayTrouble as T;
    let bench = Bench::new();
    for (status, code, expected) in [
        (400, "bad-request", T::Nonsense),
        (401, "session-ended", T::SessionEnded),
        (403, "device-unknown", T::Unregistered),
        (404, "not-found", T::Nonsense),
        (418, "teapot", T::Nonsense),
        (422, "certificate-refused", T::CertificateRefused),
        (422, "proof-refused", T::ProofRefused),
        (429, "slow-down", T::Unavailable),
    ] {
        let told = format!("{status} {code}");
        bench.proof(&told, expected, move |out| problem(out, status, code));
    }
    bench.proof("401 of somebody else", T::Nonsense, |out| answer(out, 401, "text/html", b"<p>"));
}

#[test]
fn refusals_5xx() {
    let bench = Bench::new();
    for status in [500, 502, 503, 504, 599] {
        let told = format!("{status}");
        bench.proof(&told, GatewayTrouble::Unavailable, move |out| {
            answer(out, status, "text/html", b"<html>")
        });
    }
}

#[test]
fn a_truncated_answer() {
    let bench = Bench::new();
    let whole = || {
        let xml = file("valid");
        let head = format!(
            "HTTP/1.1 200 X\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\r\n",
            xml.len(),
        );
        [head.as_bytes(), &xml].concat()
    };
    let length = whole().len();
    for cut in [0, 5, 40, 80, length / 2, length - 1] {
        let told = format!("{cut} bytes of {length}");
        let bytes = whole()[..cut].to_vec();
        bench.proof(&told, GatewayTrouble::Unreachable, move |out| {
            send(out, &bytes);
            false
        });
    }
    // A whole answer of HTTP that is half an answer.
    let half = file("valid")[..800].to_vec();
    bench.xml("half an XML", GatewayTrouble::Nonsense, half);
    bench.xml("an XML cut off", GatewayTrouble::Nonsense, file("truncated"));
}

#[test]
fn chunks_of_one_byte() {
    let bench = Bench::new();
    let xml = file("valid");
    bench.passes("chunks of one byte", PERSON, move |out| {
        let head = b"HTTP/1.1 200 X\r\nContent-Type: application/xml\r\nTransfer-Encoding: chunked\r\n\r\n";
        head.iter().all(|byte| send(out, &[*byte]))
            && xml.iter().all(|byte| send(out, &[b'1', b'\r', b'\n', *byte, b'\r', b'\n']))
            && send(out, b"0\r\n\r\n")
    });
}

#[test]
fn a_body_of_100_megabytes() {
    let bench = Bench::new();
    let (tell, taken) = std::sync::mpsc::channel();
    bench.proof("100 MB", GatewayTrouble::Nonsense, move |out| {
        let head =
            b"HTTP/1.1 200 X\r\nContent-Type: application/xml\r\nContent-Length: 100000000\r\n\r\n";
        send(out, head);
        let whole = |_: &usize| send(out, &[b' '; 1_000_000]);
        tell.send((0..100).take_while(whole).count()).expect("the test waits");
        false
    });
    // What the sockets between hold, a few megabytes, is all that was sent.
    let megabytes = taken.recv_timeout(Duration::from_secs(5)).expect("the line hung up");
    assert!(megabytes < 30, "{megabytes} MB were taken");
}

#[test]
fn a_wrong_xml() {
    let bench = Bench::new();
    for name in [
        "empty",
        "not-xml",
        "other-root",
        "two-lists",
        "name-twice",
        "name-with-elements",
        "class-missing",
        "status-missing",
        "validity-missing",
        "two-validities",
        "five-insurances",
        "too-long-name",
        "bad-insurer-number",
        "bad-ratio",
        "euc-jp",
        "utf-16",
        "control-character",
        "shift-jis-claims-utf-8",
        "segment-unknown",
    ] {
        bench.xml(name, GatewayTrouble::Nonsense, file(name));
    }
    for name in ["error-status", "segment-failed", "segment-still-working"] {
        bench.xml(name, GatewayTrouble::NoAnswer, file(name));
    }
    let valid = file("valid");
    bench.proof("XML as text", GatewayTrouble::Nonsense, move |out| {
        answer(out, 200, "text/plain", &valid)
    });
    let valid = String::from_utf8(file("valid")).expect("UTF-8");
    bench.proof("XML as JSON", GatewayTrouble::Nonsense, move |out| json(out, 200, &valid));
}

#[test]
fn shift_jis_with_characters_of_code_page_932() {
    let bench = Bench::new();
    let takasaki = Holder { name: "髙﨑　①子", number: "01130012", ..PERSON };
    let xml = file("shift-jis");
    bench.passes("code page 932", takasaki, move |out| answer(out, 200, "application/xml", &xml));
}

#[test]
fn shuffled_elements() {
    let bench = Bench::new();
    let shuffled = Holder { name: "佐藤　花子", number: "01130012", ..PERSON };
    let xml = file("shuffled");
    bench.passes("shuffled", shuffled, move |out| answer(out, 200, "application/xml", &xml));
}

#[test]
fn impossible_dates() {
    let bench = Bench::new();
    for name in ["bad-date", "bad-birth-date", "date-missing"] {
        bench.xml(name, GatewayTrouble::Nonsense, file(name));
    }
    let valid = String::from_utf8(file("valid")).expect("UTF-8");
    for day in ["20260230", "20261301", "20260400", "00000000", "99999999", "2026112", "令和8年"]
    {
        let xml = valid.replace(">20230401</Qual", &format!(">{day}</Qual"));
        assert_ne!(xml, valid);
        bench.xml(day, GatewayTrouble::Nonsense, xml.into_bytes());
    }
}

#[test]
fn entity_bombs() {
    let bench = Bench::new();
    for name in ["doctype-bomb", "own-entity", "deep-nesting"] {
        bench.xml(name, GatewayTrouble::Nonsense, file(name));
    }
}

#[test]
fn a_stale_check() {
    let bench = Bench::new();
    bench.proof("unknown", GatewayTrouble::Stale, |out| problem(out, 404, "check-unknown"));
    bench.proof("expired", GatewayTrouble::Stale, |out| problem(out, 410, "check-expired"));
    // The answer to an earlier check, or to none at all.
    for name in ["other-check", "no-check", "failed-of-another-check"] {
        bench.xml(name, GatewayTrouble::Nonsense, file(name));
    }
}

#[test]
fn a_repeated_check() {
    let bench = Bench::new();
    bench.proof("used", GatewayTrouble::Stale, |out| problem(out, 409, "check-used"));
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
