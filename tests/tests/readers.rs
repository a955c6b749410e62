//! What goes wrong at a reader, through a real pcscd: faults at the N-th command, two
//! readers, readers of other names, a pcscd that dies.

use std::{process::Command, thread, time::Duration};

use tempfile::TempDir;
use whole::{Hands, Pcscd, READER, programs};

const SELECT: &str = "00A4040C0AD392F000260100000001";
const AT_THE_CERTIFICATE: &str = "00A4020C02000A";
const READ: &str = "00B0000000";
const READ_4: &str = "00B0000004";
const CARD: &str = "shikaku-taro";

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("sk").tempdir().expect("a folder")
}

/// A client in a process of its own; gives the lines that it printed.
#[track_caller]
fn client(pcscd: &Pcscd, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new(programs::program("examples/pcsc_client"));
    command.args(arguments).env("PCSCLITE_CSOCK_NAME", pcscd.socket());
    programs::run(command, "").lines().map(str::to_owned).collect()
}

/// What came of the commands, sent to the card on the first reader.
#[track_caller]
fn send(pcscd: &Pcscd, commands: &[&str]) -> Vec<String> {
    client(pcscd, &[&["send", READER], commands].concat())
}

/// Lays the card down with `fault` at its third command, and sends four.
#[track_caller]
fn check_third(pcscd: &Pcscd, fault: &str, third: &str, fourth: &str) {
    pcscd.fault(3, fault);
    pcscd.insert(CARD);
    let came = send(pcscd, &[SELECT, AT_THE_CERTIFICATE, READ, READ_4]);
    assert_eq!(came, ["[90, 00]", "[90, 00]", third, fourth], "{fault}");
    if !pcscd.status().starts_with("empty") {
        pcscd.remove();
    }
}

#[test]
fn faults_reach_a_client_as_they_are() {
    let folder = folder();
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let head = "[30, 82, 06, 32, 90, 00]";
    check_third(&pcscd, "pull", "RemovedCard", "RemovedCard");
    check_third(&pcscd, "mute", "NotTransacted", head);
    check_third(&pcscd, "sw 6110", "[61, 10]", head);
    check_third(&pcscd, "sw 6C10", "[6C, 10]", head);
    check_third(&pcscd, "short", "[90]", head);
    check_third(&pcscd, "garbage", "258 bytes [] [90, 00]", head);
    check_third(&pcscd, "oversize", "264 bytes [] [90, 00]", head);
    let endless = "[30, 82, FF, FF, 90, 00]";
    check_third(&pcscd, "endless", "258 bytes [30, 82, FF, FF] [90, 00]", endless);
}

#[test]
fn a_fault_waits_for_the_power_of_a_card_that_lies_there() {
    let folder = folder();
    let pcscd = Pcscd::start(&folder.path().join("p"));
    pcscd.insert(CARD);
    assert_eq!(send(&pcscd, &[SELECT]), ["[90, 00]"]);
    pcscd.fault(2, "sw 6F00");
    assert!(pcscd.status().ends_with(" fault 2 sw 6F00"), "{}", pcscd.status());
    assert_eq!(send(&pcscd, &[SELECT, SELECT, SELECT]), ["[90, 00]", "[6F, 00]", "[90, 00]"]);
    pcscd.fault(1, "mute");
    pcscd.fault_off();
    assert_eq!(send(&pcscd, &[SELECT]), ["[90, 00]"]);
}

#[test]
fn a_hanging_command_ends_when_released() {
    let folder = folder();
    let pcscd = Pcscd::start(&folder.path().join("p"));
    pcscd.fault(2, "hang");
    pcscd.insert(CARD);
    thread::scope(|scope| {
        let sent = scope.spawn(|| send(&pcscd, &[SELECT, AT_THE_CERTIFICATE]));
        while !pcscd.status().ends_with("hanging") {
            assert!(!sent.is_finished(), "it should hang");
            thread::sleep(Duration::from_millis(10));
        }
        pcscd.release();
        assert_eq!(sent.join().expect("no panic"), ["[90, 00]", "[90, 00]"]);
    });
}

#[test]
fn two_readers_have_their_own_cards_and_faults() {
    let folder = folder();
    let pcscd = Pcscd::start_two(&folder.path().join("p"), READER, "Maker Of Tomorrow 3000");
    let names = client(&pcscd, &["list"]);
    let begins = |at: usize, name: &str| names.get(at).is_some_and(|it| it.starts_with(name));
    assert!(begins(0, READER) && begins(1, "Maker Of Tomorrow 3000 "), "{names:?}");
    let second: &Hands = pcscd.second();
    pcscd.insert(CARD);
    second.fault(1, "sw 6F00");
    second.insert("sato-hanako");
    assert_eq!(client(&pcscd, &["send", "Maker", SELECT, SELECT]), ["[6F, 00]", "[90, 00]"]);
    assert_eq!(send(&pcscd, &[SELECT]), ["[90, 00]"]);
    assert!(second.journal().contains("A4 04 0C + 6F00; A4 04 0C + 9000"), "{}", second.journal());
    second.remove();
    assert!(pcscd.status().starts_with("card shikaku-taro"), "{}", pcscd.status());
}

#[test]
fn a_reader_may_have_any_name_and_another_one_after_a_restart() {
    let folder = folder();
    let mut pcscd = Pcscd::start_named(&folder.path().join("p"), "SONY RC-S380");
    assert_eq!(client(&pcscd, &["list"]), ["SONY RC-S380 00 00"]);
    pcscd.insert(CARD);
    pcscd.restart_named("Circle CIR315 Dual & 1S [CIR315 (1)]");
    assert_eq!(client(&pcscd, &["list"]), ["Circle CIR315 Dual & 1S [CIR315 (1)] 00 00"]);
    assert_eq!(client(&pcscd, &["send", "Circle", SELECT]), ["[90, 00]"], "the card stayed");
    pcscd.kill();
    pcscd.restart();
    assert_eq!(client(&pcscd, &["list"]).len(), 1);
}
