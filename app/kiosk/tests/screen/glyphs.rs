//! Names right to the glyph: every character is in a font, variants are not mixed
//! up, and rare kanji come from the faces we mean. A missing glyph would be a blank.

use std::{collections::BTreeSet, fs, path::Path};

use crate::stage;
use slint::{ComponentHandle, PhysicalSize};

slint::slint! {
    export component Letters inherits Window {
        in property <string> letters;
        in property <string> family: "BIZ UDPGothic";
        background: white;
        Text {
            x: 10px;
            y: 10px;
            text: root.letters;
            font-family: root.family;
            font-size: 48px;
            // As on the pages: it keeps fall-back glyphs from being clipped.
            line-height-factor: 1.4;
            color: black;
        }
    }
}

const GOTHIC: &str = "BIZ UDPGothic";
const WIDE: &str = "Noto Sans CJK JP";
const REGISTER: &str = "IPAmjMincho";

struct Drawn {
    window: Letters,
}

impl Drawn {
    fn new() -> Self {
        stage::platform();
        let window = Letters::new().expect("the window builds");
        window.window().set_size(PhysicalSize::new(120, 90));
        window.show().expect("the window opens");
        Self { window }
    }

    /// The ink of `letters`, cut to its own box; empty when nothing is drawn.
    fn ink(&self, letters: &str, family: &str) -> Vec<Vec<u8>> {
        self.window.set_letters(letters.into());
        self.window.set_family(family.into());
        let pixels = self.window.window().take_snapshot().expect("the renderer draws");
        let rows: Vec<Vec<u8>> = pixels
            .as_slice()
            .chunks(pixels.width() as usize)
            .map(|row| row.iter().map(|it| 255 - it.r).collect())
            .collect();
        let inked = |line: &[u8]| line.iter().any(|it| *it > 0);
        let columns: Vec<usize> =
            (0..pixels.width() as usize).filter(|x| rows.iter().any(|row| row[*x] > 0)).collect();
        let (Some(first), Some(last)) = (columns.first(), columns.last()) else {
            return Vec::new();
        };
        rows.iter().filter(|row| inked(row)).map(|row| row[*first..=*last].to_vec()).collect()
    }
}

#[test]
fn variants_of_a_kanji_are_told_apart() {
    let drawn = Drawn::new();
    for (one, other) in [
        ("葛\u{E0100}", "葛\u{E0101}"),
        ("辻\u{E0100}", "辻\u{E0101}"),
        ("髙", "高"),
        ("﨑", "崎"),
        ("𠮷", "吉"),
    ] {
        let (one_ink, other_ink) = (drawn.ink(one, GOTHIC), drawn.ink(other, GOTHIC));
        assert!(!one_ink.is_empty() && !other_ink.is_empty(), "{one} {other}: blank");
        assert!(one_ink != other_ink, "{one} and {other} look the same");
    }
}

#[test]
fn a_kanji_comes_from_the_first_face_that_has_it() {
    let drawn = Drawn::new();
    for (letter, face, other) in [
        ("髙", GOTHIC, WIDE),
        ("﨑", GOTHIC, WIDE),
        ("辻", GOTHIC, WIDE),
        ("𠮷", WIDE, REGISTER),
        ("𩸽", GOTHIC, REGISTER),
    ] {
        let ink = drawn.ink(letter, GOTHIC);
        assert!(!ink.is_empty(), "{letter}: blank");
        assert!(ink == drawn.ink(letter, face), "{letter} does not come from {face}");
        assert!(ink != drawn.ink(letter, other), "{face} and {other} cannot be told apart");
    }
}

/// U+2B740 is one of the many kanji that only the family register's face has.
#[test]
fn the_registers_face_is_the_last_resort() {
    let drawn = Drawn::new();
    let ink = drawn.ink("\u{2B740}", GOTHIC);
    assert!(!ink.is_empty(), "blank");
    assert!(ink == drawn.ink("\u{2B740}", REGISTER));
}

#[test]
fn every_character_of_the_pages_and_of_the_people_is_drawn() {
    let drawn = Drawn::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut letters = BTreeSet::new();
    for folder in ["app/ui", "tools/gateway/people", "reader-drivers/virtual/cards"] {
        collect(&root.join(folder), &mut letters);
    }
    assert!(letters.len() > 300, "{} characters: are the folders right?", letters.len());
    let blank: Vec<char> = letters
        .into_iter()
        .filter(|it| !it.is_whitespace() && !it.is_control() && !is_selector(*it))
        .filter(|it| drawn.ink(it.encode_utf8(&mut [0; 4]), GOTHIC).is_empty())
        .collect();
    assert!(blank.is_empty(), "no glyph for {blank:?}");
}

/// Ideographic variation selectors draw nothing by themselves.
fn is_selector(letter: char) -> bool {
    ('\u{E0100}'..='\u{E01EF}').contains(&letter)
}

fn collect(folder: &Path, letters: &mut BTreeSet<char>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.expect("a readable folder").path()) {
        let text = ["slint", "po", "toml"].map(Some);
        if path.is_dir() {
            collect(&path, letters);
        } else if text.contains(&path.extension().and_then(|it| it.to_str())) {
            letters.extend(fs::read_to_string(&path).expect("a text").chars());
        }
    }
}
