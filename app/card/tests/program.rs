//! The program itself, where no PC/SC service is: what it says to orders, and its end.

use std::{
    fs,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Command, Stdio},
};

use kiosk_core::{
    Attempt, CardTrouble, CheckId, Pin, Presence, ReadOrder, ReaderStatus, RelayOrder, Trouble,
    proof::{Hierarchy, Holder},
    relay::{Pieces, RelayCommands},
};
use kiosk_process::{
    Link,
    words::{CardOrder, CardReport},
};

const SETTINGS: &str = "state_folder = \"state\"\n\
    [gateway]\nurl = \"https://localhost:8443\"\npins = \"gateway-ca.pem\"\n";

fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_kiosk-card"));
    // Whatever is asked for here, libraries must stay silent.
    program.env("RUST_LOG", "trace").stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

fn read() -> CardOrder {
    CardOrder::Read(Box::new(ReadOrder {
        attempt: Attempt { check: CheckId(41), number: 1 },
        card: Presence(1),
        digest: [0xD1; 32],
        hierarchy: Hierarchy::Test,
        holder: Holder::CardPin(Pin::new(b"8642").expect("four digits")),
        last_try: None,
    }))
}

fn relay(round: u8) -> CardOrder {
    let commands = Pieces(vec![card::jpki::select_application().encode().to_vec()]);
    CardOrder::Relay(Box::new(RelayOrder {
        attempt: Attempt { check: CheckId(42), number: 1 },
        card: Presence(1),
        digest: [0xD1; 32],
        hierarchy: Hierarchy::Test,
        commands: RelayCommands { round, commands },
    }))
}

#[test]
fn without_a_reader_every_order_is_answered_and_the_end_of_the_kiosk_is_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("kiosk.toml");
    fs::write(&file, SETTINGS).expect("written");
    let (ours, theirs) = UnixStream::pair().expect("a socket pair");
    let child = program()
        .arg("--settings")
        .arg(&file)
        .env("PCSCLITE_CSOCK_NAME", folder.path().join("nobody-listens-here"))
        .stdin(Stdio::from(OwnedFd::from(theirs)))
        .spawn()
        .expect("it starts");
    let mut line: Link<CardOrder, CardReport> = OwnedFd::from(ours).into();

    line.send(&CardOrder::Use(None)).expect("it listens");
    let mut answer = |order: &CardOrder| {
        line.send(order).expect("it listens");
        loop {
            match line.receive().expect("it answers") {
                CardReport::Reader(status) => assert_eq!(status, ReaderStatus::Starting),
                CardReport::ReaderKnown(_) | CardReport::Readers(_) => panic!("no reader is there"),
                CardReport::Read { outcome, .. } => {
                    return Trouble::from(outcome.expect_err("no card"));
                }
                CardReport::Relayed { outcome, .. } => return outcome.expect_err("no card"),
            }
        }
    };
    assert_eq!(answer(&read()), CardTrouble::ReaderGone.into());
    assert_eq!(answer(&relay(1)), CardTrouble::ReaderGone.into());
    // A round of a relay that was given up meanwhile.
    assert_eq!(answer(&relay(2)), CardTrouble::Hung.into());
    line.send(&CardOrder::Forget).expect("it listens");
    drop(line);

    let output = child.wait_with_output().expect("it ends");
    let journal = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{journal}");
    assert!(journal.contains("check 42: relay: Card(ReaderGone)"), "{journal}");
    assert!(journal.contains("the kiosk closed the line"), "{journal}");
    assert!(!journal.contains("8642") && output.stdout.is_empty(), "{journal}");
}

#[test]
fn another_call_is_refused_with_the_right_one() {
    for arguments in [&[][..], &["--settings"], &["--settings", "a.toml", "more"], &["a.toml"]] {
        let output = program().args(arguments).stdin(Stdio::null()).output().expect("it runs");
        let journal = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && journal.contains("--settings FILE"), "{journal}");
    }
    let call = ["--settings", "/no/such/kiosk.toml"];
    let output = program().args(call).stdin(Stdio::null()).output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stderr).contains("/no/such/kiosk.toml"));
}
