//! Every key of a keyboard, with every set of keys that make chords.

use std::{thread, time::Duration};

use serde_json::json;

use crate::{image::qmp::Qmp, stop::Stop};

/// Keys that make chords, as QEMU calls them.
const MODIFIERS: [&str; 5] = ["ctrl", "alt", "meta_l", "shift", "alt_r"];

/// Keys that a desktop, a console or a machine listens to, and the kiosk to none of them. Those of
/// a chord are among them, so that they are pressed together too.
pub(crate) const SYSTEM: &[&str] = &[
    "esc",
    "f1",
    "f2",
    "f3",
    "f4",
    "f5",
    "f6",
    "f7",
    "f8",
    "f9",
    "f10",
    "f11",
    "f12",
    "sysrq",
    "scroll_lock",
    "pause",
    "print",
    "insert",
    "delete",
    "home",
    "end",
    "pgup",
    "pgdn",
    "caps_lock",
    "num_lock",
    "menu",
    "ctrl_r",
    "meta_r",
    "shift_r",
    "power",
    "sleep",
    "wake",
    "stop",
    "again",
    "undo",
    "copy",
    "paste",
    "cut",
    "find",
    "help",
    "volumeup",
    "volumedown",
    "audiomute",
];

/// Keys that the pages take, too: what they do there they may do.
pub(crate) const TYPED: &[&str] = &[
    "tab",
    "ret",
    "spc",
    "backspace",
    "up",
    "down",
    "left",
    "right",
    "a",
    "c",
    "d",
    "l",
    "q",
    "r",
    "t",
    "v",
    "w",
    "x",
    "z",
    "0",
    "1",
    "2",
    "7",
    "9",
    "minus",
    "slash",
    "kp_enter",
    "kp_multiply",
];

/// An emulated machine asks its keyboard every 10 ms of its own, slower time.
const HELD: Duration = Duration::from_millis(30);

/// `key` alone, and with each set of [`MODIFIERS`].
pub(crate) fn of(key: &str) -> Vec<Vec<&str>> {
    (0..1_u8 << MODIFIERS.len())
        .map(|set| {
            let held = MODIFIERS.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
            held.map(|(_, name)| *name).chain([key]).collect()
        })
        .collect()
}

/// Presses the keys, one after the other, and lets go of them, the last first.
pub(crate) fn press(qmp: &mut Qmp, chord: &[&str]) -> Result<(), Stop> {
    let event = |key: &&str, down: bool| {
        let key = json!({"type": "qcode", "data": key});
        json!({"type": "key", "data": {"down": down, "key": key}})
    };
    let down: Vec<_> = chord.iter().map(|key| event(key, true)).collect();
    let up: Vec<_> = chord.iter().rev().map(|key| event(key, false)).collect();
    for events in [down, up] {
        qmp.execute("input-send-event", json!({"events": events}))?;
        thread::sleep(HELD);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_pressed_with_every_set_of_the_others() {
        let chords = of("delete");
        assert_eq!(chords.len(), 32);
        assert!(chords.contains(&vec!["delete"]));
        assert!(chords.contains(&vec!["ctrl", "alt", "delete"]));
        assert!(chords.contains(&[&MODIFIERS[..], &["delete"]].concat()));
        let all: std::collections::BTreeSet<_> = chords.into_iter().collect();
        assert_eq!(all.len(), 32);
    }

    #[test]
    fn no_key_is_in_both_lists() {
        assert!(SYSTEM.iter().all(|key| !TYPED.contains(key) && !MODIFIERS.contains(key)));
    }
}
