//! From the card to the file that a receipt computer finds: real kiosk processes, the
//! reference gateway, the real receiver. And what the page says when it does not get there.

use std::{fs, path::Path};

use kiosk_core::{Event, Handover, HandoverTrouble, Shown};
use kiosk_gateway::{Answer, Id, answer};
use whole::{
    Desk, Gateway, Receiver, Station,
    desk::{NEXT, PERSON, is_of, page},
};

/// A desk whose results go to a reception PC that lets them in, or not.
fn desk(encoding: &'static str, admitted: bool) -> (Desk, Receiver) {
    let mut receiver = None;
    let desk = Desk::furnish(|folder, pcscd, gateway| {
        let kiosk = folder.join("k");
        Station::prepare(&kiosk, gateway);
        let receiver = receiver.insert(start(folder, gateway, encoding));
        let settings = kiosk.join("kiosk.toml");
        let text = fs::read_to_string(&settings).expect("readable") + &receiver.settings();
        fs::write(settings, text).expect("written");
        if admitted {
            receiver.admit(&kiosk);
        }
        Station::run(&kiosk, &pcscd.socket(), &[])
    });
    (desk, receiver.expect("set while furnishing"))
}

fn start(folder: &Path, gateway: &Gateway, encoding: &'static str) -> Receiver {
    Receiver::start(&folder.join("r"), gateway, encoding)
}

/// The result of a check, once its hand-over is over.
#[track_caller]
fn handed_over(desk: &Desk, card: &str, pin: &str) -> (Shown, Handover) {
    let shown = desk.check(card, pin);
    // From its first moment on, so that nothing moves.
    assert!(shown.handover.is_some(), "{shown:?}");
    let is_over = |it: &Shown| it.handover.is_some_and(|it| it != Handover::Sending);
    let shown = desk.station.wait_shown("an end of the hand-over", is_over);
    let handover = shown.handover.expect("just seen");
    (shown, handover)
}

/// That this file is what the gateway said in the check that `shown` shows, and the mark.
#[track_caller]
fn is_the_result((name, bytes): &(String, Vec<u8>), shown: &Shown) {
    let parts: Vec<_> = name.strip_suffix(".xml").expect(name).split('_').collect();
    let ["OQSsiquc01res", "face", id, time] = parts[..] else { panic!("{name}") };
    assert!(time.len() == 14 && time.bytes().all(|it| it.is_ascii_digit()), "{name}");
    let id = Id::try_from(id.to_owned()).expect("the check's id");
    let wire = Answer { status: 200, content_type: Some("application/xml"), body: bytes };
    let said = answer::eligibility(&wire, &id).expect("the answer to this check");
    assert_eq!(said.records, page(shown).records);
    assert_eq!(said.checked_on, page(shown).checked_on);
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains(&format!("<ProcessExecutionTime>{time}<")), "{name}");
    assert!(text.trim_end().ends_with("-->"), "no mark");
}

#[test]
fn a_result_becomes_a_file_and_the_page_says_so() {
    let (desk, receiver) = desk("utf-8", true);
    let (shown, handover) = handed_over(&desk, PERSON.card, PERSON.pin);
    assert_eq!(handover, Handover::Sent);
    is_of(&shown, PERSON, "handed over");
    let files = receiver.files();
    assert_eq!(files.len(), 1, "{files:?}");
    is_the_result(&files[0], &shown);
    let text = String::from_utf8(files[0].1.clone()).expect("UTF-8");
    assert!(text.contains(PERSON.name) && text.contains("Shikaku Kiosk: 模擬環境"), "{text}");
    desk.next_patient();

    // By sight, too; and each check is a file of its own.
    let shown = desk.check_by_sight(NEXT.card);
    is_of(&shown, NEXT, "by sight");
    let sent = |it: &Shown| it.handover == Some(Handover::Sent);
    let shown = desk.station.wait_shown("sent", sent);
    let second: Vec<_> = receiver.files().into_iter().filter(|it| *it != files[0]).collect();
    assert_eq!(second.len(), 1);
    is_the_result(&second[0], &shown);
    desk.next_patient();

    desk.wrote_nothing_of(&[PERSON, NEXT], "after the hand-over");
    let log = receiver.log();
    for holder in [PERSON, NEXT] {
        for secret in holder.name.split('　').chain([holder.number]) {
            assert!(!log.contains(secret), "the receiver's log holds {secret}");
        }
    }
}

#[test]
fn in_shift_jis_a_rare_character_is_a_number_and_a_result_of_shift_jis_stays_as_it_is() {
    let (desk, receiver) = desk("shift_jis", true);
    for (person, there) in
        [("extb-name", &b"&#134071;"[..]), ("shift-jis", &b"encoding=\"Shift_JIS\""[..])]
    {
        let before = receiver.files();
        let (shown, handover) = handed_over(&desk, person, "1234");
        assert_eq!(handover, Handover::Sent);
        let new: Vec<_> = receiver.files().into_iter().filter(|it| !before.contains(it)).collect();
        assert_eq!(new.len(), 1, "{person}");
        assert!(new[0].1.windows(there.len()).any(|it| it == there), "{person}");
        is_the_result(&new[0], &shown);
        desk.next_patient();
    }
}

#[test]
fn what_keeps_a_result_from_the_reception_pc_stands_on_its_page_and_nothing_is_kept() {
    let (desk, mut receiver) = desk("utf-8", false);
    let kiosk = desk.folder.path().join("k");
    let fails = |expected: HandoverTrouble, told: &str| {
        let (shown, handover) = handed_over(&desk, PERSON.card, PERSON.pin);
        is_of(&shown, PERSON, told);
        assert_eq!(handover, Handover::Failed(expected), "{told}");
        desk.next_patient();
        desk.wrote_nothing_of(&[PERSON], told);
    };
    fails(HandoverTrouble::NotAdmitted, "not let in");
    receiver.admit(&kiosk);

    fs::remove_dir(receiver.watched()).expect("removed");
    fails(HandoverTrouble::Folder, "without its folder");
    fs::create_dir(receiver.watched()).expect("made");

    receiver.stop();
    fails(HandoverTrouble::NotReached, "off");
    receiver.restart_on_a_full_disk();
    fails(HandoverTrouble::DiskFull, "with a full disk");
    receiver.stop();
    receiver.restart_as_a_stranger(&desk.gateway);
    fails(HandoverTrouble::NotTrusted, "of somebody else");
    assert!(receiver.files().is_empty());

    receiver.stop();
    receiver.restart();
    let (shown, handover) = handed_over(&desk, NEXT.card, NEXT.pin);
    assert_eq!((handover, receiver.files().len()), (Handover::Sent, 1));
    is_the_result(&receiver.files()[0], &shown);
}

#[test]
fn a_page_that_closes_takes_its_result_with_it() {
    let (desk, mut receiver) = desk("utf-8", true);
    receiver.stop();
    let shown = desk.check(PERSON.card, PERSON.pin);
    assert_eq!(shown.handover, Some(Handover::Sending));
    desk.pcscd.remove();
    desk.station.touch(Event::Close);
    desk.wait_may_begin();
    receiver.restart();
    let (shown, handover) = handed_over(&desk, NEXT.card, NEXT.pin);
    assert_eq!(handover, Handover::Sent);
    let files = receiver.files();
    assert_eq!(files.len(), 1, "the result before was sent after its page");
    is_the_result(&files[0], &shown);
}
