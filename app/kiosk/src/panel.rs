//! What may reach the panel, and where a touch lies on a picture that was turned.

use std::ops::RangeInclusive;

use kiosk_core::look::Orientation;

/// The keys of a keyboard that pass (`input-event-codes.h`): what prints, and 1 to 0, Tab,
/// Enter, Backspace, Space, Shift. No Ctrl (29, 97), Alt (56, 100), Super (125, 126), Caps
/// Lock (58), Esc, function or system key.
const KEYS: [RangeInclusive<u32>; 15] = [
    2..=28,    // 1 to 0, -, =, Backspace, Tab, the upper row, Enter
    30..=55,   // the middle row, Shift, the lower row, Shift, * of the keypad
    57..=57,   // Space
    71..=83,   // the keypad
    86..=86,   // beside the left Shift
    89..=89,   // \ of a Japanese keyboard
    96..=96,   // Enter of the keypad
    98..=98,   // / of the keypad
    103..=103, // up
    105..=105, // left
    106..=106, // right
    108..=108, // down
    117..=117, // = of the keypad
    121..=121, // , of the keypad
    124..=124, // ¥
];

/// Whether a key reaches the pages. Slint's backend ends the program on Ctrl+Alt+Backspace and
/// Ctrl+Alt+Delete and has no switch for it: keys that make chords never reach it.
pub(crate) fn passes(key: u32) -> bool {
    KEYS.iter().any(|keys| keys.contains(&key))
}

/// What a picture is turned by, in degrees; 0 first.
const TURNS: [(Orientation, &str); 4] = [
    (Orientation::Landscape, "0"),
    (Orientation::Portrait, "90"),
    (Orientation::LandscapeFlipped, "180"),
    (Orientation::PortraitFlipped, "270"),
];

/// How a panel hangs whose picture is turned by so many degrees.
pub(crate) fn turned_by(degrees: Option<&str>) -> Orientation {
    let turn = TURNS.iter().find(|(_, its)| degrees == Some(its));
    turn.map(|(orientation, _)| *orientation).unwrap_or_default()
}

pub(crate) fn degrees(orientation: Orientation) -> &'static str {
    let turn = TURNS.iter().find(|(its, _)| *its == orientation);
    turn.map_or(TURNS[0].1, |(_, degrees)| degrees)
}

/// Where a touch lies on the turned picture: two rows of `x`, `y`, 1.
pub(crate) fn matrix(orientation: Orientation) -> [f32; 6] {
    match orientation {
        Orientation::Landscape => [1., 0., 0., 0., 1., 0.],
        Orientation::Portrait => [0., 1., 0., -1., 0., 1.],
        Orientation::LandscapeFlipped => [-1., 0., 1., 0., -1., 1.],
        Orientation::PortraitFlipped => [0., -1., 1., 1., 0., 0.],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_of_a_chord_passes() {
        // Esc, Ctrl, Alt, Caps Lock, F1 to F10, Num Lock, Scroll Lock, F11, F12, Ctrl, SysRq,
        // Alt, Home, Page up, End, Page down, Insert, Delete, Power, Pause, Super, Super, Menu.
        let chords = [1, 29, 56, 58, 59, 68, 69, 70, 87, 88, 97, 99, 100, 102, 104, 107, 109];
        for key in chords.into_iter().chain([110, 111, 116, 119, 125, 126, 127]) {
            assert!(!passes(key), "{key}");
        }
        assert!((128..=0x2FF).all(|key| !passes(key)));
    }

    #[test]
    fn what_is_typed_passes() {
        // 1, 0, Backspace, Tab, q, Enter, a, Shift, z, Shift, *, Space, 7, ., up, down.
        for key in [2, 11, 14, 15, 16, 28, 30, 42, 44, 54, 55, 57, 71, 83, 103, 108] {
            assert!(passes(key), "{key}");
        }
    }

    #[test]
    fn a_touch_lands_where_the_turned_picture_shows_it() {
        // The upper left corner of the panel, and where it lies on the picture.
        for (degrees, corner) in
            [("0", (0., 0.)), ("90", (0., 1.)), ("180", (1., 1.)), ("270", (1., 0.))]
        {
            let [_, _, x, _, _, y] = matrix(turned_by(Some(degrees)));
            assert_eq!((x, y), corner, "{degrees}");
        }
    }

    #[test]
    fn a_panel_hangs_as_it_was_told_and_as_it_is_made_where_it_was_not() {
        for orientation in [
            Orientation::Landscape,
            Orientation::Portrait,
            Orientation::LandscapeFlipped,
            Orientation::PortraitFlipped,
        ] {
            assert_eq!(turned_by(Some(degrees(orientation))), orientation);
        }
        assert_eq!(turned_by(None), Orientation::Landscape);
        assert_eq!(turned_by(Some("45")), Orientation::Landscape);
    }
}
