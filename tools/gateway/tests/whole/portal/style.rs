//! What the style sheet promises: a contrast of 7:1 (WCAG 1.4.6), and targets that are large.

use std::collections::HashMap;

const STYLE: &str = include_str!("../../../src/portal/style.css");
/// Texts, and what they stand on.
const PAIRS: &[(&str, &str)] = &[
    ("ink", "paper"),
    ("ink", "panel"),
    ("ink", "done"),
    ("ink", "choice-pressed"),
    ("action", "paper"),
    ("action", "choice-pressed"),
    ("action", "done"),
    ("on-action", "action"),
    ("on-action", "action-pressed"),
    ("alarm", "paper"),
    ("on-alarm", "alarm"),
    ("off", "paper"),
    ("on-simulator", "simulator"),
];

fn colours() -> HashMap<&'static str, [f64; 3]> {
    let colour = |line: &'static str| {
        let (name, value) = line.trim().strip_prefix("--")?.split_once(": #")?;
        let value = u32::from_str_radix(value.strip_suffix(';')?, 16).ok()?;
        let part = |shift: u32| f64::from(value >> shift & 0xFF) / 255.0;
        Some((name, [part(16), part(8), part(0)]))
    };
    STYLE.lines().filter_map(colour).collect()
}

/// WCAG 2.2, relative luminance.
fn luminance(colour: [f64; 3]) -> f64 {
    let linear =
        |it: f64| if it <= 0.04045 { it / 12.92 } else { ((it + 0.055) / 1.055).powf(2.4) };
    let [red, green, blue] = colour.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[test]
fn every_text_has_a_contrast_of_seven() {
    let colours = colours();
    for (text, ground) in PAIRS {
        let (one, other) = (luminance(colours[text]), luminance(colours[ground]));
        let contrast = (one.max(other) + 0.05) / (one.min(other) + 0.05);
        assert!(contrast >= 7.0, "{text} on {ground}: {contrast:.2}");
    }
}

/// Colours stand in one place; nothing comes from elsewhere.
#[test]
fn the_style_sheet_names_colours_once_and_loads_nothing() {
    let (_, rest) = STYLE.split_once("}\n").expect("the colours come first");
    for forbidden in [": #", "rgb(", "url(", "@import", "expression", "position: fixed"] {
        assert!(!rest.contains(forbidden), "{forbidden}");
    }
}
