//! Each of the three processes is killed, at every step and at any moment: the screen is of
//! use again at once, the card has no power, and the next check passes.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{CardTrouble, Event, GatewayTrouble, Screen, screen::Readiness};
use whole::{
    Desk, Gateway, Pcscd, Station,
    desk::{PERSON, is_of, is_trouble, readiness},
    processes,
    window::{VirtualScreen, Window, wait_until},
};

/// Within this time the people in front of the screen know where they are.
const SECOND: Duration = Duration::from_secs(1);

/// Kills a worker; gives how long it takes until the screen says so.
#[track_caller]
fn crash(desk: &Desk, worker: &str, told: &str, says: impl Fn(&Screen) -> bool) {
    let (pages, since) = (desk.station.pages(), Instant::now());
    desk.station.crash(worker);
    desk.station.wait_since(pages, told, says);
    assert!(since.elapsed() < SECOND, "{told}: {:?}", since.elapsed());
}

fn is_sorry(screen: &Screen) -> bool {
    matches!(screen, Screen::Sorry { .. })
}

#[test]
fn the_line_process_at_every_step() {
    let desk = Desk::new();
    let lost = |desk: &Desk, told: &str| {
        crash(desk, "kiosk-line", told, is_sorry);
        is_trouble(&desk.ending(), GatewayTrouble::LineLost, told);
        desk.leaves_nothing(told);
    };

    crash(&desk, "kiosk-line", "認証選択", |it| {
        readiness(it) == Some(Readiness::LineDown(GatewayTrouble::LineLost))
    });
    desk.leaves_nothing("認証選択");

    desk.station.touch(Event::Next);
    desk.station.wait_for("確認メッセージ", |it| matches!(it, Screen::Confirm));
    lost(&desk, "確認メッセージ");

    desk.up_to_the_pin();
    lost(&desk, "暗証番号の入力");

    desk.up_to_the_card(PERSON.pin);
    lost(&desk, "マイナンバーカードの読み取り");

    desk.up_to_the_card(PERSON.pin);
    desk.pcscd.insert("slow");
    desk.station.wait_for("reading", |it| matches!(it, Screen::Reading));
    lost(&desk, "the card is being read");

    is_of(&desk.check(PERSON.card, PERSON.pin), PERSON, "資格確認結果");
    desk.station.crash("kiosk-line");
    thread::sleep(SECOND);
    is_of(&desk.ending(), PERSON, "the result stays");
    desk.leaves_nothing("資格確認結果");
}

#[test]
fn the_card_process_at_every_step() {
    let desk = Desk::new();
    crash(&desk, "kiosk-card", "認証選択", |it| readiness(it) == Some(Readiness::Starting));
    desk.leaves_nothing("認証選択");

    // Before there is a card nothing is lost: the check goes on.
    for (told, step) in [("確認メッセージ", 0), ("暗証番号の入力", 1), ("カード", 2)]
    {
        desk.station.touch(Event::Next);
        desk.station.wait_for("確認メッセージ", |it| matches!(it, Screen::Confirm));
        let crash_at = |now: usize| {
            if now == step {
                desk.station.crash("kiosk-card");
            }
        };
        crash_at(0);
        desk.station.touch(Event::Confirm);
        desk.station.wait_for("暗証番号の入力", |it| matches!(it, Screen::Pin { .. }));
        crash_at(1);
        desk.station.type_pin(PERSON.pin);
        desk.station.wait_for("カード", |it| matches!(it, Screen::Card { .. }));
        crash_at(2);
        desk.pcscd.insert(PERSON.card);
        is_of(&desk.ending(), PERSON, told);
        desk.leaves_nothing(told);
    }

    desk.up_to_the_card(PERSON.pin);
    desk.pcscd.insert("slow");
    desk.station.wait_for("reading", |it| matches!(it, Screen::Reading));
    thread::sleep(Duration::from_millis(100));
    crash(&desk, "kiosk-card", "the card is being read", is_sorry);
    is_trouble(&desk.ending(), CardTrouble::Hung, "the card is being read");
    desk.leaves_nothing("the card is being read");

    is_of(&desk.check(PERSON.card, PERSON.pin), PERSON, "資格確認結果");
    desk.station.crash("kiosk-card");
    thread::sleep(SECOND);
    is_of(&desk.ending(), PERSON, "the result stays");
    desk.leaves_nothing("資格確認結果");
}

/// At moments spread over a check that takes about 750 ms, from the card's coming on.
#[test]
fn both_workers_at_any_moment() {
    let desk = Desk::new();
    for moment in 0..12 {
        let worker = if moment % 2 == 0 { "kiosk-card" } else { "kiosk-line" };
        let told = format!("{worker} killed after {} ms", moment * 70);
        desk.up_to_the_card(PERSON.pin);
        desk.pcscd.insert("slow");
        thread::sleep(Duration::from_millis(moment * 70));
        desk.station.crash(worker);
        let since = Instant::now();
        let shown = desk.ending();
        match &shown.screen {
            // Too late to matter.
            Screen::Result { page, .. } => assert_eq!(page.records.len(), 1, "{told}"),
            Screen::Sorry { .. } => assert!(since.elapsed() < SECOND, "{told}"),
            other => panic!("{told}: {other:?}"),
        }
        // One that crashes again and again comes back later each time.
        desk.wait_unpowered_within(Duration::from_secs(8), &told);
        desk.leaves_nothing(&told);
    }
}

/// Workers that still run in this folder.
fn workers(folder: &Path) -> usize {
    let settings = folder.join("kiosk.toml");
    ["kiosk-card", "kiosk-line"].map(|name| processes::find(name, &settings).len()).iter().sum()
}

#[test]
fn the_kiosk_itself() {
    let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
    let pcscd = Pcscd::start(&folder.path().join("p"));
    let gateway = Gateway::start(&folder.path().join("g"), &pcscd.office());
    let kiosk = folder.path().join("k");
    Station::prepare(&kiosk, &gateway);
    let screen = VirtualScreen::start(folder.path());
    // One more each time, and killed after it; the last one sees the whole check.
    let pages = ["ready", "confirm", "pin", "card", "reading", "result"];
    let mut starts = Vec::new();
    for last in 0..pages.len() {
        let began = Instant::now();
        let mut window = Window::start(&kiosk, &screen, &pcscd.socket());
        window.wait_for("screen: ready");
        starts.push(began.elapsed());
        window.wait_until_said(&["reader: Empty", "line: Up"]);
        for page in &pages[1..=last] {
            match *page {
                "confirm" => screen.touch("next"),
                "pin" => screen.touch("confirm"),
                "card" => ["key-1", "key-2", "key-3", "key-4", "pin-next"]
                    .iter()
                    .for_each(|key| screen.touch(key)),
                "reading" => pcscd.insert("slow"),
                _ => {}
            }
            window.wait_for(&format!("screen: {page}"));
        }
        let since = Instant::now();
        drop(window);
        wait_until("the workers' end", || (workers(&kiosk) == 0).then_some(()));
        assert!(since.elapsed() < SECOND, "the workers ended after {:?}", since.elapsed());
        if pages[..=last].contains(&"reading") {
            // The next kiosk's card process finds the card and takes its power.
            let _next = Window::start(&kiosk, &screen, &pcscd.socket());
            wait_until("no power", || (!pcscd.status().contains(" powered")).then_some(()));
            pcscd.remove();
        }
    }
    // The others may have waited for other tests.
    let quickest = starts.iter().min().expect("there were some");
    assert!(*quickest < SECOND, "認証選択 after {starts:?}");
}
