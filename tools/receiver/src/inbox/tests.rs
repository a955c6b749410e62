//! What lies in the folder after every step, after every power cut and after every error.

mod disk;

use disk::{Disk, Step};

use super::*;
use crate::storage::RealFolder;

const NAME: &str = "OQSsiquc01res_face_a_20261122170501.xml";
const BYTES: &[u8] = b"<XmlMsg>whole</XmlMsg>";

/// The names that a receipt computer looks for.
fn results(disk: &Disk) -> Vec<(String, Vec<u8>)> {
    disk.files().into_iter().filter(|(name, _)| name.starts_with("OQS")).collect()
}

fn deliver(disk: &Disk) -> Result<Delivered, NotDelivered> {
    Inbox::new(disk.clone()).deliver(NAME, BYTES)
}

#[track_caller]
fn check_delivered(disk: &Disk) {
    assert_eq!(results(disk), [(NAME.to_owned(), BYTES.to_vec())]);
    assert_eq!(disk.files().len(), 1, "a part is left behind");
}

/// What is wrong with a folder after a power cut, if anything. `told`: the kiosk has its answer.
fn wrong(crashed: &Disk, told: bool) -> Option<&'static str> {
    match &results(crashed)[..] {
        [] if told => Some("what was told is not there"),
        [] => None,
        [(name, bytes)] if name == NAME && bytes == BYTES => None,
        _ => Some("a file is not whole"),
    }
}

fn crash_states(steps: &[Step]) -> impl Iterator<Item = (Disk, bool)> {
    let cuts = (0..=steps.len()).map(|cut| (&steps[..cut], cut == steps.len()));
    cuts.flat_map(|(steps, told)| disk::after_a_cut(steps).into_iter().map(move |it| (it, told)))
}

#[test]
fn a_power_cut_leaves_a_whole_file_or_none_and_what_was_told_stays() {
    for links in [true, false] {
        let disk = Disk::new(links);
        assert_eq!(deliver(&disk).expect("delivered"), Delivered::New);
        check_delivered(&disk);
        let (steps, mut states) = (disk.steps(), 0);
        for (crashed, told) in crash_states(&steps) {
            assert_eq!(wrong(&crashed, told), None, "{steps:?}");
            // The kiosk sends it again after the next start.
            deliver(&crashed).expect("delivered");
            check_delivered(&crashed);
            states += 1;
        }
        assert!(states > 50, "{states}");
    }
}

#[test]
fn without_any_of_its_syncs_it_would_not_hold() {
    let disk = Disk::new(true);
    deliver(&disk).expect("delivered");
    let steps = disk.steps();
    let syncs: Vec<_> = (0..steps.len()).filter(|at| steps[*at].is_sync()).collect();
    assert_eq!(syncs.len(), 2, "{steps:?}");
    for at in syncs {
        let mut without = steps.clone();
        without.remove(at);
        let breaks = crash_states(&without).any(|(disk, told)| wrong(&disk, told).is_some());
        assert!(breaks, "{:?} is needless", steps[at]);
    }
}

#[test]
fn an_error_at_any_step_leaves_nothing_and_the_next_try_succeeds() {
    for links in [true, false] {
        let whole = Disk::new(links);
        deliver(&whole).expect("delivered");
        for failing in 0..whole.asked() {
            let disk = Disk::new(links);
            disk.fail_at(failing);
            let mut inbox = Inbox::new(disk.clone());
            match inbox.deliver(NAME, BYTES) {
                // What could not be removed goes at the next start.
                Ok(_) => {
                    Inbox::new(disk.clone());
                    check_delivered(&disk);
                }
                Err(NotDelivered::DiskFull(_)) => {
                    assert_eq!(wrong(&disk, false), None);
                    inbox.deliver(NAME, BYTES).expect("the next try");
                    check_delivered(&disk);
                }
                Err(other) => panic!("{other}"),
            }
        }
    }
}

#[test]
fn the_same_result_is_one_file_also_after_it_was_taken_away() {
    let disk = Disk::new(true);
    let mut inbox = Inbox::new(disk.clone());
    assert_eq!(inbox.deliver(NAME, BYTES).expect("delivered"), Delivered::New);
    assert_eq!(inbox.deliver(NAME, BYTES).expect("delivered"), Delivered::Again);
    disk.clone().remove(NAME).expect("taken away");
    assert_eq!(inbox.deliver(NAME, BYTES).expect("delivered"), Delivered::Again);
    assert!(results(&disk).is_empty());
}

#[test]
fn what_is_there_is_never_replaced() {
    for links in [true, false] {
        let disk = Disk::new(links);
        deliver(&disk).expect("delivered");
        // By a receiver that was started anew.
        assert_eq!(deliver(&disk).expect("delivered"), Delivered::Again);
        for remembers in [true, false] {
            let mut inbox = Inbox::new(disk.clone());
            if remembers {
                inbox.deliver(NAME, BYTES).expect("delivered");
            }
            let other = inbox.deliver(NAME, b"<XmlMsg>other</XmlMsg>");
            assert!(matches!(other, Err(NotDelivered::OtherResult)));
            check_delivered(&disk);
        }
    }
}

#[test]
fn no_more_is_remembered_than_is_needed() {
    let mut inbox = Inbox::new(Disk::new(true));
    for number in 0..REMEMBERED + 10 {
        inbox.deliver(&format!("OQS{number}.xml"), BYTES).expect("delivered");
    }
    assert_eq!(inbox.delivered.len(), REMEMBERED);
}

#[test]
fn a_real_folder_gets_one_whole_file_and_one_that_is_missing_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join(".shikaku-x.part"), "left behind").expect("written");
    std::fs::write(folder.path().join("other.part"), "not ours").expect("written");
    let mut inbox = Inbox::new(RealFolder::new(folder.path()));
    assert_eq!(inbox.deliver(NAME, BYTES).expect("delivered"), Delivered::New);
    let mut names = RealFolder::new(folder.path()).names().expect("names");
    names.sort();
    assert_eq!(names, [NAME, "other.part"]);
    assert_eq!(std::fs::read(folder.path().join(NAME)).expect("a file"), BYTES);

    let missing = RealFolder::new(&folder.path().join("missing"));
    let outcome = Inbox::new(missing).deliver(NAME, BYTES);
    assert!(matches!(outcome, Err(NotDelivered::FolderMissing)));
    let no_folder = RealFolder::new(&folder.path().join(NAME));
    let outcome = Inbox::new(no_folder).deliver(NAME, BYTES);
    assert!(matches!(outcome, Err(NotDelivered::FolderMissing)));
}
