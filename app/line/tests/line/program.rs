//! The program itself: how it is called, and what it writes to its journal.

use std::{
    fs,
    io::{Read, Write},
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Command, Stdio},
    thread,
};

use kiosk_core::{CheckId, Consents, LineStatus, RelayAnswers, relay::Pieces};
use kiosk_process::words::{LineOrder, LineReport};

use crate::{
    bench::{Bench, Line, TOKEN, check, good, good_but},
    server::{answer, problem},
};

fn program(bench: &Bench) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_kiosk-line"));
    program.arg("--settings").arg(bench.folder.path().join("kiosk.toml"));
    // Whatever is asked for here, libraries must stay silent.
    program.env("RUST_LOG", "trace").stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

#[test]
fn the_journal_of_a_check_has_numbers_and_no_person() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/checks/", |before, heard, out| match before {
        0 => good(heard, out),
        1 => answer(out, 200, "application/xml", "<XmlMsg><Name>資格　太郎</Name></XmlMsg>"),
        _ => problem(out, 422, "SECRET code"),
    }));
    bench.register(TOKEN);
    let url = format!("https://localhost:{}", server.address.port());
    bench.settings(&server);
    fs::write(bench.folder.path().join("kiosk.toml"), bench.settings_text(&url)).expect("written");

    let (ours, theirs) = UnixStream::pair().expect("a socket pair");
    let mut child = program(&bench)
        .arg("serve")
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()
        .expect("it starts");
    let (mut journal, mut printed) = (String::new(), String::new());
    let mut err = child.stderr.take().expect("piped");
    let mut out = child.stdout.take().expect("piped");
    let work = thread::spawn(move || {
        err.read_to_string(&mut journal).expect("text");
        out.read_to_string(&mut printed).expect("text");
        assert!(child.wait().expect("it ends").success(), "{journal}");
        assert!(journal.contains("check 1: opened in"), "{journal}");
        assert!(journal.contains("check 2: MessageHeader: is missing"), "{journal}");
        assert!(journal.contains("check 4: a refusal that the contract"), "{journal}");
        for secret in [
            "SECRET",
            TOKEN,
            "資格",
            "太郎",
            "12345678",
            "U0VDUkVU",
            "BEGIN",
            "Bearer",
            "SK-000001",
        ] {
            assert!(!journal.contains(secret), "{secret} in {journal}");
        }
        assert_eq!(printed, "");
    });
    let mut line = Line::over(ours, work);
    assert_eq!(line.status(), LineStatus::Up { simulator: true });
    for id in 1..4 {
        line.opened(id);
        line.order(check(id));
        assert!(matches!(line.report(), LineReport::Answered(CheckId(of), _) if of == id));
        line.order(LineOrder::Forget(CheckId(id)));
    }
    line.opened(4);
    let answers = Pieces(vec![b"SECRET certificate".to_vec(), b"12345678".to_vec()]);
    let round = RelayAnswers { round: 1, answers, not_after: None };
    line.order(LineOrder::Relay(CheckId(4), Box::new(round), Consents::NONE));
    assert!(matches!(line.report(), LineReport::Relayed(CheckId(4), Err(_))));
    line.close();
}

#[test]
fn a_wrong_call_says_how_and_repeats_nothing() {
    let bench = Bench::new();
    let run = |arguments: &[&str]| {
        let output =
            program(&bench).args(arguments).stdin(Stdio::null()).output().expect("it runs");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(run(&["enrol", "--password", "SECRET"]).contains("usage: kiosk-line"));
    assert!(!run(&["enrol", "--password", "SECRET"]).contains("SECRET"));
    assert!(run(&["serve"]).contains("cannot read the settings"));
    fs::write(bench.folder.path().join("kiosk.toml"), "state_folder = 1").expect("written");
    assert!(run(&["serve"]).contains("settings file"));
}

#[test]
fn enrol_reads_the_password_from_its_standard_input() {
    let bench = Bench::new();
    let server = bench.server(good_but("POST /v1/devices", |_, heard, out| {
        assert!(heard.body.contains(r#""password":"SECRET password""#));
        problem(out, 403, "code-unknown")
    }));
    bench.settings(&server);
    let url = format!("https://localhost:{}", server.address.port());
    fs::write(bench.folder.path().join("kiosk.toml"), bench.settings_text(&url)).expect("written");
    let mut child = program(&bench)
        .args(["enrol", "--facility", "1310000001", "--user", "kiosk01"])
        .args(["--code", "123456789012", "--serial", "SK-000001"])
        .stdin(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(b"SECRET password\n").expect("written");
    let output = child.wait_with_output().expect("it ends");
    let journal = String::from_utf8(output.stderr).expect("text");
    assert!(!output.status.success());
    assert!(journal.contains("the gateway does not know the activation code"), "{journal}");
    for secret in ["SECRET", "123456789012", "SK-000001", "kiosk01"] {
        assert!(!journal.contains(secret), "{journal}");
    }
}
