//! Whatever happens to the reader: its page, nothing left, and the next check passes.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use kiosk_core::{CardTrouble, Event, Screen, screen::Readiness, staff::StaffReason};
use whole::{
    Desk, Gateway, Pcscd, READER, STAFF_CODE, Station,
    desk::{NEXT, PERSON, is_of, is_trouble, readiness, verifications},
    programs,
};

/// Of the PIN flow, counted from the throw-away SELECT: in the middle of the certificate,
/// at VERIFY, at the signature.
const MOMENTS: [u16; 3] = [9, 15, 17];

/// A reader of the catalogue that is not the virtual one.
const OTHER: &str = "SONY FeliCa RC-S300/S (0012345)";

/// A check up to where the card holds its breath at a command.
#[track_caller]
fn up_to_command(desk: &Desk, command: u16) {
    desk.up_to_the_card(PERSON.pin);
    desk.pcscd.fault(command, "hang");
    desk.pcscd.insert(PERSON.card);
    while !desk.pcscd.status().ends_with("hanging") {
        thread::sleep(Duration::from_millis(2));
    }
}

/// A station that takes any reader that the catalogue does not refuse.
fn station_of_any_reader(folder: &std::path::Path, pcscd: &Pcscd, gateway: &Gateway) -> Station {
    let kiosk = folder.join("k");
    Station::prepare(&kiosk, gateway);
    let file = kiosk.join("kiosk.toml");
    let text = fs::read_to_string(&file).expect("just written");
    let named = format!("[reader]\nname = \"{READER}\"\n");
    assert!(text.contains(&named), "{text}");
    fs::write(&file, text.replace(&named, "")).expect("written");
    Station::run(&kiosk, &pcscd.socket(), &[])
}

#[test]
fn no_reader() {
    let desk = Desk::new();
    desk.pcscd.unplug();
    desk.wait_readiness(Readiness::ReaderMissing);
    desk.station.touch(Event::Next);
    thread::sleep(Duration::from_millis(100));
    desk.wait_readiness(Readiness::ReaderMissing);
    desk.pcscd.plug();
    desk.wait_ready();
    desk.passes_for(NEXT, "a reader that came back");

    // Away and back while the PIN is typed: the check goes on.
    desk.up_to_the_pin();
    desk.pcscd.unplug();
    thread::sleep(Duration::from_millis(300));
    desk.station.type_pin(PERSON.pin);
    desk.station.wait_for("カード", |it| matches!(it, Screen::Card { .. }));
    desk.pcscd.plug();
    desk.pcscd.insert(PERSON.card);
    is_of(&desk.ending(), PERSON, "away and back");
    desk.leaves_nothing("away and back");
}

#[test]
fn unplugged_in_the_middle() {
    let desk = Desk::new();
    for command in MOMENTS {
        let told = format!("unplugged at command {command}");
        up_to_command(&desk, command);
        desk.pcscd.unplug();
        desk.pcscd.release();
        is_trouble(&desk.ending(), CardTrouble::ReaderGone, &told);
        desk.wait_unpowered(&told);
        desk.pcscd.remove();
        desk.station.touch(Event::Close);
        desk.wait_readiness(Readiness::ReaderMissing);
        desk.pcscd.plug();
        desk.wait_ready();
        desk.passes_for(NEXT, &told);
    }
}

#[test]
fn replaced_by_another() {
    let mut desk = Desk::furnish(station_of_any_reader);
    for (command, name) in MOMENTS.into_iter().zip([OTHER, READER, OTHER]) {
        let told = format!("replaced by {name} at command {command}");
        up_to_command(&desk, command);
        desk.pcscd.restart_named(name);
        is_trouble(&desk.ending(), CardTrouble::ReaderGone, &told);
        desk.leaves_nothing(&told);
    }
}

#[test]
fn pcscd_killed_and_restarted() {
    let mut desk = Desk::new();
    desk.pcscd.kill();
    desk.wait_readiness(Readiness::Starting);
    desk.pcscd.restart();
    desk.wait_ready();
    desk.passes_for(NEXT, "認証選択");

    desk.up_to_the_card(PERSON.pin);
    desk.pcscd.restart();
    desk.pcscd.insert(PERSON.card);
    is_of(&desk.ending(), PERSON, "while the card is awaited");
    desk.leaves_nothing("while the card is awaited");

    for command in MOMENTS {
        let told = format!("killed at command {command}");
        up_to_command(&desk, command);
        desk.pcscd.kill();
        is_trouble(&desk.ending(), CardTrouble::ReaderGone, &told);
        desk.pcscd.restart();
        desk.leaves_nothing(&told);
    }
}

#[test]
fn two_readers() {
    let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
    let pcscd = Pcscd::start_two(&folder.path().join("p"), READER, OTHER);
    let gateway = Gateway::start(&folder.path().join("g"), &pcscd.office());
    let station = station_of_any_reader(folder.path(), &pcscd, &gateway);
    let desk = Desk { pcscd, gateway, station, folder };
    desk.wait_ready();
    // Somebody's card lies on the other reader all the time.
    desk.pcscd.second().insert("expired");
    let untouched = |told: &str| {
        let journal = desk.pcscd.second().journal();
        assert!(!journal.contains("A4"), "{told}: the other reader's card heard {journal}");
    };
    is_of(&desk.check(PERSON.card, PERSON.pin), PERSON, "two readers");
    desk.leaves_nothing("two readers");
    untouched("two readers");

    let told = "one of two readers unplugged";
    up_to_command(&desk, MOMENTS[0]);
    desk.pcscd.unplug();
    desk.pcscd.release();
    is_trouble(&desk.ending(), CardTrouble::ReaderGone, told);
    desk.pcscd.remove();
    desk.station.touch(Event::Close);
    desk.wait_readiness(Readiness::ReaderMissing);
    desk.pcscd.plug();
    desk.wait_ready();
    desk.passes_for(NEXT, told);
    untouched(told);
}

/// Between two checks; the kiosk has seen it.
#[track_caller]
fn replace_reader(desk: &mut Desk, name: &str) {
    let pages = desk.station.pages();
    desk.pcscd.restart_named(name);
    let away = |it: &Screen| readiness(it) == Some(Readiness::Starting);
    desk.station.wait_since(pages, "the reader went away", away);
    desk.wait_ready();
}

/// A reader that is in no list might send the PIN anywhere: staff say first that it is
/// theirs, and say it again for the next one.
#[test]
fn a_reader_that_nobody_knows() {
    let mut desk = Desk::furnish(station_of_any_reader);
    for name in ["Maker Of Tomorrow 3000", "Maker Of Yesterday 1"] {
        replace_reader(&mut desk, name);
        desk.station.touch(Event::Next);
        let asked =
            |it: &Screen| matches!(it, Screen::Staff { reason: StaffReason::UnknownReader, .. });
        desk.station.wait_for("職員コードの入力, before any PIN", asked);
        desk.station.touch(Event::Back);
        desk.wait_ready();
        desk.station.touch(Event::Next);
        desk.station.wait_for("職員コードの入力, still", asked);
        desk.station.type_pin(STAFF_CODE);
        desk.station.wait_for("確認メッセージ", |it| matches!(it, Screen::Confirm));
        desk.station.touch(Event::Confirm);
        desk.station.wait_for("暗証番号の入力", |it| matches!(it, Screen::Pin { .. }));
        desk.station.type_pin(PERSON.pin);
        desk.pcscd.insert(PERSON.card);
        is_of(&desk.ending(), PERSON, name);
        desk.leaves_nothing(name);
        replace_reader(&mut desk, READER);
        desk.passes_for(NEXT, "a reader of the list");
    }
}

/// Another program at the same reader; lets go when dropped.
struct Other(Child);

impl Other {
    #[track_caller]
    fn hold(desk: &Desk) -> Self {
        let mut child = Command::new(programs::program("examples/pcsc_holder"))
            .env("PCSCLITE_CSOCK_NAME", desk.pcscd.socket())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("built with the tests");
        let mut line = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("its output is ours"));
        out.read_line(&mut line).expect("it says that it holds the reader");
        assert_eq!(line, "holding\n");
        Self(child)
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // It has nothing else to do.
        let _ = self.0.wait();
    }
}

#[test]
fn another_client_holds_the_card() {
    let desk = Desk::new();
    desk.pcscd.insert(PERSON.card);
    let other = Other::hold(&desk);
    desk.wait_readiness(Readiness::ReaderBusy);
    desk.station.touch(Event::Next);
    thread::sleep(Duration::from_millis(100));
    desk.wait_readiness(Readiness::ReaderBusy);
    drop(other);
    desk.wait_readiness(Readiness::TakeCard);
    desk.leaves_nothing("認証選択");

    // While the PIN is typed. At first nobody has noticed yet.
    for pause in [0, 3000] {
        let told = format!("{pause} ms after another client came");
        desk.up_to_the_pin();
        desk.pcscd.insert(PERSON.card);
        let other = Other::hold(&desk);
        thread::sleep(Duration::from_millis(pause));
        desk.station.type_pin(PERSON.pin);
        // Who has not noticed yet reads, and shows the card page until that has failed.
        let is_there = |it: &Screen| matches!(it, Screen::Sorry { .. } | Screen::Card { .. });
        desk.station.wait_for("the card page or the trouble", is_there);
        desk.station.touch(Event::ReadNow);
        let ended = |it: &Screen| {
            matches!(it, Screen::Sorry { .. } | Screen::Card { nothing_there: true, .. })
        };
        let shown = desk.station.wait_for("nothing to read there, or the trouble", ended);
        let was_noticed = matches!(shown.screen, Screen::Card { .. });
        if !was_noticed {
            is_trouble(&shown, CardTrouble::ReaderBusy, &told);
        }
        assert_eq!(verifications(&desk.pcscd.journal()), 0, "{told}: it was read");
        drop(other);
        if was_noticed {
            is_of(&desk.ending(), PERSON, &told);
        }
        desk.leaves_nothing(&told);
    }
}
