//! The power goes while a code is tried or set, or something is chosen.

use std::{
    fs,
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use kiosk_core::{
    AdminAnswer, AdminOrder, CheckId, Event, Passcode, Pin, StaffAnswer, StaffCode,
    menu::{Choice, OrderId},
};
use kiosk_process::{
    Settings,
    crash::{Crash, Recorder, Recording},
    files,
};
use serde_json::Value;

use crate::{
    admin::AdminDesk,
    choices::{self, Choices},
    codes,
    device_journal::Told,
    passcode::{self, Lock},
    staff::{self, StaffDesk},
};

const NONE: [&str; 0] = [];
const PASSCODE: &str = "passcode.json";
const STAFF_CODE: &str = "staff-code.json";
const SETTINGS: &str = "state_folder = \"state\"\n\
    [gateway]\nurl = \"https://localhost\"\npins = \"pins.pem\"\n\
    [station]\nmethod = \"pin\"\n";

fn pin(digits: &[u8]) -> Pin {
    Pin::new(digits).expect("four digits")
}

/// What a file of codes holds; `None` without a file.
fn kept(crash: &Crash<'_>, name: &str) -> Option<Value> {
    let bytes = fs::read(crash.folder().join(name)).ok()?;
    Some(serde_json::from_slice(&bytes).expect("not damaged"))
}

fn count(kept: &Value, member: &str) -> usize {
    kept[member].as_u64().expect("a number") as usize
}

fn is(kept: &Value, code: &[u8]) -> bool {
    codes::fits(code, kept["hash"].as_str().expect("a hash"))
}

fn hour() -> Duration {
    Duration::from_secs(60 * 60)
}

/// Five wrong ones, a lock that runs down, and two more.
fn seven_wrong_passcodes(recorder: &Recorder<'_>) {
    let mut now = Instant::now();
    let mut lock = Lock::new(recorder.folder(), now);
    for tried in 1..=7 {
        let answer = lock.try_passcode(&Passcode::new(pin(b"0000")), now);
        assert!(matches!(answer, AdminAnswer::Wrong { .. } | AdminAnswer::Locked { minutes: 30 }));
        recorder.told();
        if tried == 5 {
            lock.run_down(now + hour() / 4);
            now += hour();
        }
    }
}

fn set_passcode(folder: &Path) {
    passcode::set(folder, b"2468").expect("set");
}

/// Locks and tries on the disk are those that were told, or one more.
fn every_verdict_is_charged(crash: &Crash<'_>) {
    let kept = kept(crash, PASSCODE).expect("never lost");
    let charged = 5 * count(&kept, "locks") + count(&kept, "wrong");
    assert!([crash.told(), crash.told() + 1].contains(&charged), "{charged} of {}", crash.told());
    let is_locked = count(&kept, "locked_s") >= 15 * 60;
    assert!(is_locked || charged != 5, "the fifth began no lock");
}

#[test]
fn a_wrong_passcode_is_charged_before_it_is_told() {
    let recording = Recording::new(set_passcode, seven_wrong_passcodes);
    assert!(recording.check(every_verdict_is_charged) > 50);
    assert_eq!(recording.needless_syncs(every_verdict_is_charged), NONE);
}

#[test]
fn a_passcode_that_was_tried_after_a_kill_is_charged_as_well() {
    let one_try = |recorder: &Recorder<'_>| {
        Lock::new(recorder.folder(), Instant::now())
            .try_passcode(&Passcode::new(pin(b"0000")), Instant::now());
        recorder.told();
    };
    Recording::new(set_passcode, one_try).or_killed(one_try).check(|crash| {
        let kept = kept(crash, PASSCODE).expect("never lost");
        assert!(count(&kept, "wrong") >= crash.told());
    });
}

#[test]
fn the_right_passcode_opens_and_forgets_or_stays_charged() {
    let tries = |recorder: &Recorder<'_>| {
        let now = Instant::now();
        let mut lock = Lock::new(recorder.folder(), now);
        lock.try_passcode(&Passcode::new(pin(b"0000")), now);
        recorder.told();
        let answer = lock.try_passcode(&Passcode::new(pin(b"2468")), now);
        assert_eq!(answer, AdminAnswer::Right);
        recorder.told();
    };
    Recording::new(set_passcode, tries).check(|crash| {
        let wrong = count(&kept(crash, PASSCODE).expect("never lost"), "wrong");
        let expected = [&[0, 1][..], &[1, 2, 0], &[0]][crash.told()];
        assert!(expected.contains(&wrong), "{wrong} of {}", crash.told());
    });
}

/// Sets `2468` and then `1357`: there is always one of them, and the one that was told.
#[track_caller]
fn check_set(name: &str, set: fn(&Path, &[u8])) {
    let set_anew = |recorder: &Recorder<'_>| {
        set(recorder.folder(), b"1357");
        recorder.told();
    };
    let is_old_or_new = |crash: &Crash<'_>| {
        let kept = kept(crash, name).expect("never none");
        assert!(is(&kept, b"1357") || (crash.told() == 0 && is(&kept, b"2468")));
    };
    let recording = Recording::new(|folder| set(folder, b"2468"), set_anew);
    assert!(recording.check(is_old_or_new) > 10);

    let in_a_new_folder = |recorder: &Recorder<'_>| {
        set(&recorder.folder().join("state"), b"1357");
        recorder.told();
    };
    let is_none_or_new = |crash: &Crash<'_>| {
        let kept = kept(crash, &format!("state/{name}"));
        assert!(kept.map_or(crash.told() == 0, |kept| is(&kept, b"1357")));
    };
    let recording = Recording::new(|_| {}, in_a_new_folder);
    assert!(recording.check(is_none_or_new) > 5);
    // The one for what lay there before: here it was nothing.
    let needless = recording.needless_syncs(is_none_or_new);
    assert_eq!(needless.len(), 1, "{needless:?}");
}

#[test]
fn a_passcode_that_is_set_is_the_old_or_the_new_one() {
    check_set(PASSCODE, |folder, code| passcode::set(folder, code).expect("set"));
}

#[test]
fn a_staff_code_that_is_set_is_the_old_or_the_new_one() {
    check_set(STAFF_CODE, |folder, code| staff::set(folder, code).expect("set"));
}

#[test]
fn a_wrong_staff_code_is_charged_before_it_is_told() {
    let one_try = |recorder: &Recorder<'_>| {
        let (events, heard) = mpsc::channel();
        let desk = StaffDesk::start(recorder.folder(), events);
        desk.ask(CheckId(1), StaffCode::new(pin(b"0000")));
        let Ok(Event::Staff(_, StaffAnswer::Wrong { .. })) = heard.recv() else { panic!("wrong") };
        recorder.told();
    };
    let set = |folder: &Path| staff::set(folder, b"4711").expect("set");
    let recording = Recording::new(set, one_try);
    let is_charged = |crash: &Crash<'_>| {
        let kept = kept(crash, STAFF_CODE).expect("never lost");
        assert!(count(&kept, "wrong") >= crash.told());
    };
    assert!(recording.check(is_charged) > 10);
    assert_eq!(recording.needless_syncs(is_charged), NONE);
}

#[test]
fn a_choice_is_the_old_or_the_new_one() {
    use kiosk_core::proof::Method;

    let choose = |folder: &Path, method| {
        choices::keep(&folder.join("state"), &Choice::Method(method)).expect("kept");
    };
    let chosen = |crash: &Crash<'_>| {
        let settings = Settings::open(&crash.folder().join("kiosk.toml")).expect("settings").1;
        Choices::read(&settings.state_folder).settled(settings).method
    };
    let before = |folder: &Path| {
        fs::write(folder.join("kiosk.toml"), SETTINGS).expect("written");
        choose(folder, Method::Visual);
    };
    let recording = Recording::new(before, |recorder| {
        choose(recorder.folder(), Method::Pin);
        recorder.told();
        choose(recorder.folder(), Method::Visual);
        recorder.told();
    });
    let is_old_or_new = |crash: &Crash<'_>| {
        assert!(kept(crash, "state/choices.json").is_some(), "never none");
        let may_be = match crash.told() {
            1 => [Method::Pin, Method::Visual],
            _ => [Method::Visual, if crash.told() == 0 { Method::Pin } else { Method::Visual }],
        };
        assert!(may_be.contains(&chosen(crash)));
    };
    assert!(recording.check(is_old_or_new) > 10);
}

/// デバイス登録解除, as far as it is this process's.
fn wipe(recorder: &Recorder<'_>) {
    let ((keeper, told), (events, heard)) = (mpsc::channel(), mpsc::channel());
    let journal = recorder.folder().join("journal");
    let keeps = thread::spawn(move || {
        for told in told {
            let Told::Wipe(reply) = told else { panic!("{told:?}") };
            reply.send(files::remove_folder(&journal)).expect("the desk waits");
        }
    });
    let desk = AdminDesk::start(recorder.folder(), keeper, Box::new(|| ()), events);
    desk.order(OrderId(1), AdminOrder::Wipe);
    let Ok(Event::Admin(OrderId(1), AdminAnswer::Kept)) = heard.recv() else { panic!("not kept") };
    recorder.told();
    drop(desk);
    keeps.join().expect("it ends");
}

/// A journal of more than one file: removing it takes steps.
const JOURNAL: [&str; 3] = ["0.jsonl", "1.jsonl", "2.jsonl"];

#[test]
fn a_wiped_unit_holds_nothing_and_until_then_the_passcode() {
    let codes = |folder: &Path| {
        set_passcode(folder);
        staff::set(folder, b"4711").expect("set");
        choices::keep(folder, &Choice::PasscodeAtStart(true)).expect("kept");
    };
    let used = |folder: &Path| {
        codes(folder);
        files::make_folder(&folder.join("journal")).expect("made");
        for name in JOURNAL {
            files::write(&folder.join("journal"), name, b"{}").expect("written");
        }
    };
    let is_wiped_in_order = |crash: &Crash<'_>| {
        let journal = crash.folder().join("journal");
        files::finish_removal(&journal).expect("removed");
        let is_whole = JOURNAL.iter().all(|name| journal.join(name).is_file());
        assert!(is_whole || !journal.exists(), "a part of the journal is left");
        let left: Vec<_> = fs::read_dir(crash.folder())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
            .collect();
        assert!(left.is_empty() || left.iter().any(|it| it == PASSCODE), "{left:?}");
        assert!(crash.told() == 0 || left.is_empty(), "{left:?}");
    };
    let recording = Recording::new(used, wipe);
    assert!(recording.check(is_wiped_in_order) > 10);
    // The last one of the journal's removal: others of the same folder follow it here. Where
    // it is, a test of its own holds it.
    let needless = recording.needless_syncs(is_wiped_in_order);
    assert_eq!(needless.len(), 1, "{needless:?}");
    assert_eq!(Recording::new(codes, wipe).needless_syncs(is_wiped_in_order), NONE);
}
