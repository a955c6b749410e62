//! What the virtual reader can be made to do, through a real pcscd: faults at the N-th
//! command, a command longer than others, two readers, other names, a pcscd that dies.

use std::{fs, process::Command, thread, time::Duration};

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

/// Lays the card down with `fault` at its third command, and sends four; gives what came of
/// the last two.
#[track_caller]
fn with_third(pcscd: &Pcscd, fault: &str) -> [String; 2] {
    pcscd.fault(3, fault);
    pcscd.insert(CARD);
    let came = send(pcscd, &[SELECT, AT_THE_CERTIFICATE, READ, READ_4]);
    assert_eq!(came[..2], ["[90, 00]", "[90, 00]"], "{fault}");
    if !pcscd.status().starts_with("empty") {
        pcscd.remove();
    }
    [came[2].clone(), came[3].clone()]
}

#[test]
fn faults_reach_a_client_as_they_are() {
    let folder = folder();
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let head = "[30, 82, 06, 32, 90, 00]";
    for (fault, third, fourth) in [
        ("mute", "NotTransacted", head),
        ("sw 6110", "[61, 10]", head),
        ("sw 6C10", "[6C, 10]", head),
        ("short", "[90]", head),
        ("garbage", "258 bytes", head),
        ("oversize", "264 bytes", head),
        ("endless", "258 bytes [30, 82, FF, FF]", "[30, 82, FF, FF, 90, 00]"),
    ] {
        let came = with_third(&pcscd, fault);
        assert!(came[0].starts_with(third), "{fault}: {came:?}");
        assert_eq!(came[1], fourth, "{fault}");
    }
    let came = with_third(&pcscd, "pull");
    assert_eq!(came[0], "NoSmartcard");
    // By now pcscd may have seen it for itself.
    assert!(["NoSmartcard", "RemovedCard"].contains(&came[1].as_str()), "{came:?}");
    assert!(pcscd.status().starts_with("empty"), "{}", pcscd.status());
}

/// The certificate of a simulated terminal fits no short command.
#[test]
fn a_long_command_reaches_the_card() {
    let folder = folder();
    let pcscd = Pcscd::start(&folder.path().join("p"));
    pcscd.insert(CARD);
    let hex = |name: &str| {
        let bytes = fs::read(pcscd.office().join("simulated-terminal").join(name));
        bytes.expect("issued").iter().map(|byte| format!("{byte:02X}")).collect::<String>()
    };
    let certificate = format!("80A206C1000133{}", hex("certificate.bin"));
    let signature = format!("80A200C140{}", hex("signature.bin"));
    let came = send(&pcscd, &[SELECT, "00A4020C020016", &certificate, &signature]);
    assert_eq!(came, ["[90, 00]"; 4]);
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

/// When the power of a card that is gone cannot be ended pcscd notes an empty reader. If the
/// next card lies there by then, nobody ever hears of it: so we do not ask.
#[test]
fn the_power_of_a_card_that_is_gone_is_not_ended() {
    let folder = folder();
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let log = || fs::read_to_string(folder.path().join("p/pcscd.log")).expect("its log");
    pcscd.insert(CARD);
    let mut command = Command::new(programs::program("examples/our_connection"));
    command.arg(folder.path().join("p/control"));
    command.env("PCSCLITE_CSOCK_NAME", pcscd.socket());
    programs::run(command, "");
    assert!(!log().contains("Error powering down card"), "{}", log());
}

/// A card that is pulled while the power of the connection ends, and another one laid down
/// within milliseconds: pcscd may take the second for the first, and call the reader empty.
#[test]
fn a_card_that_is_laid_down_while_pcscd_looks_away_is_found() {
    let folder = folder();
    let pcscd = Pcscd::start(&folder.path().join("p"));
    pcscd.insert(CARD);
    let mut command = Command::new(programs::program("examples/our_connection"));
    command.arg(folder.path().join("p/control")).arg("60");
    command.env("PCSCLITE_CSOCK_NAME", pcscd.socket());
    println!("{}", programs::run(command, ""));
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

#[test]
fn a_name_that_pcscd_cannot_be_told_is_refused() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../reader-drivers/ifd/private-pcscd");
    let long = "x".repeat(101);
    for words in [
        &["--name", ""][..],
        &["--name", "two\nlines"],
        &["--name", "a \" in it"],
        &["--second", "a \\ in it"],
        &["--second", &long],
        &["--nome", "a"],
    ] {
        let output = Command::new(script).args(words).args(["folder", "library"]).output();
        let output = output.expect("a POSIX shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(words[0]), "{words:?}: {said}");
    }
}
