//! Whatever a gateway answers to the proof: its page, nothing left, and the next check
//! passes at the real gateway, whose address is the same.

use std::{fs, path::Path, time::Duration};

use kiosk_core::GatewayTrouble;
use whole::{
    desk::{Holder, PERSON},
    hostile::{CHECK, HostileDesk, answer, json, problem, send},
};

/// An answer of `app/gateway/tests/answers`, all of them to the check of the hostile gateway.
fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/gateway/tests/answers");
    fs::read(folder.join(name).with_extension("xml")).expect("an answer of this name")
}

#[test]
fn a_redirect() {
    let bench = HostileDesk::new();
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
    let bench = HostileDesk::new();
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
    let bench = HostileDesk::new();
    for status in [500, 502, 503, 504, 599] {
        let told = format!("{status}");
        bench.proof(&told, GatewayTrouble::Unavailable, move |out| {
            answer(out, status, "text/html", b"<html>")
        });
    }
}

#[test]
fn a_truncated_answer() {
    let bench = HostileDesk::new();
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
    let bench = HostileDesk::new();
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
    let bench = HostileDesk::new();
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
    let bench = HostileDesk::new();
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
    let bench = HostileDesk::new();
    let takasaki = Holder { name: "髙﨑　①子", number: "01130012", ..PERSON };
    let xml = file("shift-jis");
    bench.passes("code page 932", takasaki, move |out| answer(out, 200, "application/xml", &xml));
}

#[test]
fn shuffled_elements() {
    let bench = HostileDesk::new();
    let shuffled = Holder { name: "佐藤　花子", number: "01130012", ..PERSON };
    let xml = file("shuffled");
    bench.passes("shuffled", shuffled, move |out| answer(out, 200, "application/xml", &xml));
}

#[test]
fn impossible_dates() {
    let bench = HostileDesk::new();
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
    let bench = HostileDesk::new();
    for name in ["doctype-bomb", "own-entity", "deep-nesting"] {
        bench.xml(name, GatewayTrouble::Nonsense, file(name));
    }
}

#[test]
fn a_stale_check() {
    let bench = HostileDesk::new();
    bench.proof("unknown", GatewayTrouble::Stale, |out| problem(out, 404, "check-unknown"));
    bench.proof("expired", GatewayTrouble::Stale, |out| problem(out, 410, "check-expired"));
    // The answer to an earlier check, or to none at all.
    for name in ["other-check", "no-check", "failed-of-another-check"] {
        bench.xml(name, GatewayTrouble::Nonsense, file(name));
    }
}

#[test]
fn a_repeated_check() {
    let bench = HostileDesk::new();
    bench.proof("used", GatewayTrouble::Stale, |out| problem(out, 409, "check-used"));
}
