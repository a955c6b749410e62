//! The lock counts on the disk, and by powered-on time only.

use std::fs;

use super::*;

fn passcode(digits: &[u8]) -> Passcode {
    Passcode::new(Pin::new(digits).expect("four digits"))
}

fn lock() -> (tempfile::TempDir, Lock, Instant) {
    let folder = tempfile::tempdir().expect("a folder");
    set(folder.path(), b"2468").expect("set");
    let now = Instant::now();
    let lock = Lock::new(folder.path(), now);
    (folder, lock, now)
}

/// Five wrong ones; the last begins a lock of so many minutes.
fn wrong_five_times(lock: &mut Lock, now: Instant, minutes: u16) {
    for tries_left in (1..=4).rev() {
        let answer = lock.try_passcode(&passcode(b"0000"), now);
        assert_eq!(answer, AdminAnswer::Wrong { tries_left });
    }
    assert_eq!(lock.try_passcode(&passcode(b"0000"), now), AdminAnswer::Locked { minutes });
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

#[test]
fn five_wrong_ones_lock_for_half_an_hour_and_then_for_longer() {
    let (_folder, mut lock, mut now) = lock();
    for length in [30, 60, 120, 240, 480, 960, 1440, 1440] {
        wrong_five_times(&mut lock, now, length);
        // Also the right one is not compared.
        now += minutes(u64::from(length)) - Duration::from_secs(1);
        assert_eq!(lock.try_passcode(&passcode(b"2468"), now), AdminAnswer::Locked { minutes: 1 });
        now += Duration::from_secs(1);
    }
    assert_eq!(lock.try_passcode(&passcode(b"2468"), now), AdminAnswer::Right);
    wrong_five_times(&mut lock, now, 30);
}

#[test]
fn a_right_one_forgets_the_wrong_ones() {
    let (_folder, mut lock, now) = lock();
    for _ in 0..3 {
        for tries_left in (1..=4).rev() {
            let answer = lock.try_passcode(&passcode(b"0000"), now);
            assert_eq!(answer, AdminAnswer::Wrong { tries_left });
        }
        assert_eq!(lock.try_passcode(&passcode(b"2468"), now), AdminAnswer::Right);
    }
}

#[test]
fn pulling_the_plug_gives_no_try_back_and_shortens_no_lock() {
    let (folder, mut lock, now) = lock();
    lock.try_passcode(&passcode(b"0000"), now);
    let mut lock = Lock::new(folder.path(), now);
    let answer = lock.try_passcode(&passcode(b"0000"), now);
    assert_eq!(answer, AdminAnswer::Wrong { tries_left: 3 });
    for _ in 0..3 {
        lock.try_passcode(&passcode(b"0000"), now);
    }
    // Ten minutes pass with power, and any time without.
    for minute in 1..=10 {
        lock.run_down(now + minutes(minute));
    }
    let mut lock = Lock::new(folder.path(), now);
    let answer = lock.try_passcode(&passcode(b"2468"), now);
    assert_eq!(answer, AdminAnswer::Locked { minutes: 20 });
    let later = now + minutes(20);
    assert_eq!(lock.try_passcode(&passcode(b"2468"), later), AdminAnswer::Right);
}

#[test]
fn what_cannot_be_read_opens_nothing() {
    let (folder, mut lock, now) = lock();
    for damage in ["", "{}", r#"{"version":2,"hash":"","wrong":0,"locks":0,"locked_s":0}"#] {
        fs::write(folder.path().join(FILE), damage).expect("written");
        assert!(is_set(folder.path()));
        lock.run_down(now + STEP);
        assert_eq!(lock.try_passcode(&passcode(b"2468"), now), AdminAnswer::Unusable);
        let kept = fs::read_to_string(folder.path().join(FILE)).expect("still there");
        assert_eq!(kept, damage, "a damaged lock is not reset");
    }
}

#[test]
fn only_four_digits_are_a_passcode_and_the_file_does_not_hold_them() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(!is_set(folder.path()));
    for wrong in [&b"246"[..], b"24681", b"24a8"] {
        assert!(matches!(set(folder.path(), wrong), Err(SetError::NotFourDigits)));
    }
    set(folder.path(), b"2468").expect("set");
    let text = fs::read_to_string(folder.path().join(FILE)).expect("read");
    assert!(text.contains("$argon2id$") && !text.contains("2468"), "{text}");
}
