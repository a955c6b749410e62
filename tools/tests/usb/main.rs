//! What the unit's rules of udev say of devices as they are sold, and of some that nobody sells:
//! `image/files/usr/lib/udev/rules.d/61-kiosk-usb.rules`, read as udev reads it.

use std::{collections::HashMap, fs, path::Path};

const RULES: &str = "../image/files/usr/lib/udev/rules.d/61-kiosk-usb.rules";

/// `KEY{name}==value`, `!=`, `=` or `:=`.
struct Word {
    key: String,
    sign: &'static str,
    value: String,
}

fn words(line: &str) -> Vec<Word> {
    let words = line.split("\", ").map(|it| it.trim_end_matches('"'));
    let word = |text: &str| {
        let signs = ["==", "!=", ":=", "="];
        let (sign, (key, value)) = signs
            .into_iter()
            .find_map(|sign| text.split_once(&format!("{sign}\"")).map(|it| (sign, it)))
            .unwrap_or_else(|| panic!("{text}: no word of a rule"));
        Word { key: key.to_owned(), sign, value: value.to_owned() }
    };
    words.map(word).collect()
}

/// As fnmatch, with `|` between patterns; sets of letters as the rules have them.
fn matches(patterns: &str, text: &str) -> bool {
    fn one(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', rest @ ..], _) => (0..=text.len()).any(|skip| one(rest, &text[skip..])),
            ([b'?', rest @ ..], [_, after @ ..]) => one(rest, after),
            ([b'[', rest @ ..], [it, after @ ..]) => {
                let end = rest.iter().position(|it| *it == b']').expect("a set ends");
                let has = match rest[..end] {
                    [from, b'-', to] => (from..=to).contains(it),
                    ref letters => letters.contains(it),
                };
                has && one(&rest[end + 1..], after)
            }
            ([it, rest @ ..], [same, after @ ..]) => it == same && one(rest, after),
            _ => false,
        }
    }
    patterns.split('|').any(|pattern| one(pattern.as_bytes(), text.as_bytes()))
}

/// What the rules leave behind of an event's words.
fn after(event: &[(&str, &str)]) -> HashMap<String, String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(RULES);
    let rules = fs::read_to_string(file).expect("the rules");
    let mut known: HashMap<String, String> =
        event.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let mut looked_for: Option<String> = None;
    let is_rule = |line: &&str| !line.is_empty() && !line.starts_with('#');
    for line in rules.lines().filter(is_rule) {
        let words = words(line);
        let value = |key: &str| known.get(key).cloned().unwrap_or_default();
        let label = words.iter().find(|it| it.key == "LABEL").map(|it| it.value.clone());
        if looked_for.is_some() && label != looked_for {
            continue;
        }
        looked_for = None;
        let holds = words.iter().all(|word| match word.sign {
            "==" => matches(&word.value, &value(&word.key)),
            "!=" => !matches(&word.value, &value(&word.key)),
            _ => true,
        });
        if !holds {
            continue;
        }
        for word in words.into_iter().filter(|it| ["=", ":="].contains(&it.sign)) {
            match word.key.as_str() {
                "GOTO" => looked_for = Some(word.value),
                // What is imported is among the event's words already.
                "LABEL" | "IMPORT{builtin}" | "IMPORT{parent}" => {}
                _ => drop(known.insert(word.key, word.value)),
            }
        }
    }
    assert_eq!(looked_for, None, "a rule leads nowhere");
    known
}

/// What a device with these interfaces is let in as.
fn device(interfaces: &str, ids: (&str, &str)) -> Option<String> {
    let event = [
        ("ACTION", "add"),
        ("SUBSYSTEM", "usb"),
        ("ENV{DEVTYPE}", "usb_device"),
        ("KERNEL", "1-1"),
        ("ENV{ID_USB_INTERFACES}", interfaces),
        ("ATTR{idVendor}", ids.0),
        ("ATTR{idProduct}", ids.1),
    ];
    let mut after = after(&event);
    assert_eq!(after.contains_key("ATTR{authorized}"), after.contains_key("ENV{KIOSK_USB}"));
    after.remove("ENV{KIOSK_USB}")
}

/// What becomes of an interface of a device of that kind.
#[derive(Debug, PartialEq, Eq)]
enum Fate {
    Stays,
    Goes,
    /// And its device with it.
    TakesAll,
}

fn fate(kind: &str, interface: &str) -> Fate {
    let event = [
        ("ACTION", "add"),
        ("SUBSYSTEM", "usb"),
        ("ENV{DEVTYPE}", "usb_interface"),
        ("KERNEL", "1-1:1.1"),
        ("ENV{KIOSK_USB}", kind),
        ("ATTR{bInterfaceClass}", &interface[..2]),
        ("ATTR{bInterfaceSubClass}", &interface[2..4]),
        ("ATTR{bInterfaceProtocol}", &interface[4..]),
    ];
    let after = after(&event);
    let is_out = |key: &str| after.get(key).is_some_and(|it| it == "0");
    match (is_out("ATTR{authorized}"), is_out("ATTR{../authorized}")) {
        (false, false) => Fate::Stays,
        (true, false) => Fate::Goes,
        (_, true) => Fate::TakesAll,
    }
}

#[test]
fn what_belongs_on_the_unit_is_let_in() {
    for (interfaces, kind) in [
        (":0b0000:", "reader"),
        (":0b0000:0b0001:", "reader"),
        (":0b0000:ff0000:", "reader"),
        (":030000:", "touch"),
        (":030000:030102:", "touch"),
        (":030102:030000:", "touch"),
        (":030101:", "keyboard"),
        (":030101:030000:", "keyboard"),
        (":010100:010200:", "audio"),
        (":010120:010220:030000:", "audio"),
        (":090000:", "hub"),
        (":090001:090002:", "hub"),
    ] {
        assert_eq!(device(interfaces, ("1234", "5678")).as_deref(), Some(kind), "{interfaces}");
    }
    assert_eq!(device(":ff0000:", ("04e6", "511a")).as_deref(), Some("reader"));
}

#[test]
fn all_else_stays_out() {
    for interfaces in [
        "",
        ":",
        ":030102:",               // a mouse
        ":030101:030102:",        // a keyboard with one
        ":030101:030102:030000:", // the receiver of both
        ":080650:",               // storage
        ":030101:080650:",        // a keyboard that is storage too
        ":080650:0b0000:",
        ":0b0000:030101:", // a reader that types
        ":0b0000:0b0001:030101:",
        ":ff0000:",
        ":ffffff:0b0000:030101:",
        ":020600:0a0000:", // a network
        ":0202ff:0a0000:", // the same, RNDIS
        ":e00103:0a0000:",
        ":020201:0a0000:",               // a serial line
        ":0e0100:0e0200:",               // a camera
        ":0e0100:0e0200:010100:010200:", // with a microphone
        ":010100:010200:010300:",        // MIDI
        ":e00101:",                      // Bluetooth
        ":070102:",                      // a printer
        ":060101:",                      // a telephone
        ":090000:030101:",
    ] {
        assert_eq!(device(interfaces, ("1234", "5678")), None, "{interfaces}");
    }
    // Vendor and product are what a device says of itself: they open nothing but their one class.
    assert_eq!(device(":080650:", ("04e6", "511a")), None);
    assert_eq!(device(":030101:ff0000:", ("04e6", "511a")), None);
}

#[test]
fn an_interface_that_its_device_was_not_let_in_for_sends_it_out() {
    for (kind, interface) in [
        ("reader", "0b0000"),
        ("reader", "ff0000"),
        ("touch", "030000"),
        ("keyboard", "030101"),
        ("keyboard", "030000"),
        ("audio", "010200"),
        ("hub", "090000"),
    ] {
        assert_eq!(fate(kind, interface), Fate::Stays, "{kind} {interface}");
    }
    for (kind, interface) in [("touch", "030102"), ("audio", "030000")] {
        assert_eq!(fate(kind, interface), Fate::Goes, "{kind} {interface}");
    }
    for (kind, interface) in [
        ("reader", "030101"),
        ("reader", "080650"),
        ("touch", "030101"),
        ("touch", "080650"),
        ("keyboard", "030102"),
        ("keyboard", "080650"),
        ("audio", "030101"),
        ("hub", "080650"),
        ("", "0b0000"),
    ] {
        assert_eq!(fate(kind, interface), Fate::TakesAll, "{kind} {interface}");
    }
}

#[test]
fn the_machines_own_controllers_are_left_alone() {
    let hub = [
        ("ACTION", "add"),
        ("SUBSYSTEM", "usb"),
        ("ENV{DEVTYPE}", "usb_interface"),
        ("KERNEL", "1-0:1.0"),
        ("ATTR{bInterfaceClass}", "09"),
    ];
    assert!(after(&hub).keys().all(|key| !key.contains("authorized")));
}

#[test]
fn what_moves_a_pointer_is_nobodys() {
    let opened = |more: &[(&str, &str)]| {
        let event = [
            ("ACTION", "add"),
            ("SUBSYSTEM", "input"),
            ("SUBSYSTEMS", "usb"),
            ("KERNEL", "event3"),
        ];
        !after(&[&event, more].concat()).contains_key("MODE")
    };
    let (mouse, moves) = (("ENV{ID_INPUT_MOUSE}", "1"), "ATTRS{capabilities/rel}");
    assert!(!opened(&[mouse, (moves, "103")]));
    assert!(!opened(&[mouse, (moves, "1943")]));
    assert!(!opened(&[("ENV{ID_INPUT_TOUCHPAD}", "1")]));
    // A panel of an older kind, with a wheel or without.
    assert!(opened(&[mouse, (moves, "0")]));
    assert!(opened(&[mouse, (moves, "100")]));
    assert!(opened(&[("ENV{ID_INPUT_TOUCHSCREEN}", "1"), (moves, "0")]));
    assert!(opened(&[("ENV{ID_INPUT_KEYBOARD}", "1"), (moves, "1040")]));
}

#[test]
fn the_kernel_lets_nothing_in_by_itself() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../image/cmdline");
    let line = fs::read_to_string(file).expect("the command line");
    assert!(line.split_whitespace().any(|word| word == "usbcore.authorized_default=0"));
}
