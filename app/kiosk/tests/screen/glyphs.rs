//! Names right to the glyph: every character is in a font, variants are not mixed
//! up, and rare kanji come from the faces we mean. A missing glyph would be a blank.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    stage::{PANEL, SIZES, Stage, gallery, plain},
    words,
};
use kiosk_core::{
    Look, Screen, Shown,
    look::{Language, TextSize},
};
use kiosk_ui::{Label, Labels, Theme};
use slint::{ComponentHandle, PhysicalSize};

slint::slint! {
    // Slint gives a text the width of its longest word at least, where nothing else does.
    export component Words inherits Window {
        in property <string> words <=> text.text;
        in property <string> family <=> text.font-family;
        in property <length> size <=> text.font-size;
        out property <length> longest: text.min-width;
        text := Text { wrap: word-wrap; }
    }
    export component Letters inherits Window {
        in property <string> letters;
        in property <string> family: "BIZ UDPGothic";
        // As on the pages: it keeps fall-back glyphs from being clipped.
        in property <float> factor: 1.4;
        background: white;
        Text {
            x: 10px;
            y: 10px;
            text: root.letters;
            font-family: root.family;
            font-size: 48px;
            line-height-factor: root.factor;
            color: black;
        }
    }
}

const GOTHIC: &str = "BIZ UDPGothic";
const WIDE: &str = "Noto Sans CJK JP";
const CHINESE: &str = "Noto Sans CJK SC";
const REGISTER: &str = "IPAmjMincho";

struct Drawn {
    window: Letters,
}

impl Drawn {
    fn new() -> Self {
        crate::stage::platform();
        let window = Letters::new().expect("the window builds");
        window.window().set_size(PhysicalSize::new(120, 120));
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

/// A letter of another face would stand out; a Chinese character would have another form.
#[test]
fn every_letter_of_a_language_comes_from_its_face() {
    let drawn = Drawn::new();
    let stage = Stage::new(PANEL);
    for language in Language::OFFERED {
        stage.put(&spoken_in(language, Screen::Confirm));
        let face = stage.window.global::<Theme<'_>>().get_font();
        let strange: Vec<_> = letters(language)
            .into_iter()
            .filter(|it| it.is_alphanumeric() && !comes_from(&drawn, &it.to_string(), &face))
            .collect();
        assert!(strange.is_empty(), "{language:?}: {face} does not draw {strange:?}");
    }
}

/// What a face lacks is drawn by the first one, or by the second where that lacks it too.
/// (The cuts of the second for China, Japan and Korea have the same characters.)
fn comes_from(drawn: &Drawn, letter: &str, face: &str) -> bool {
    let ink = drawn.ink(letter, face);
    let (first, second) = (drawn.ink(letter, GOTHIC), drawn.ink(letter, WIDE));
    !ink.is_empty() && if face == GOTHIC { ink != second } else { first == second || ink != first }
}

fn spoken_in(language: Language, screen: Screen) -> Shown {
    Shown { look: Look { language, ..Look::default() }, ..plain(screen) }
}

#[test]
fn chinese_has_its_own_forms_and_a_name_keeps_those_of_the_register() {
    let drawn = Drawn::new();
    for letter in ["直", "骨", "与", "角"] {
        assert!(drawn.ink(letter, CHINESE) != drawn.ink(letter, WIDE), "{letter}");
    }
    let stage = Stage::new(PANEL);
    let (_, result) = gallery::results().remove(0);
    let name = |language| {
        stage.put(&spoken_in(language, result.clone()));
        let element = stage.all("資格　太郎").into_iter().next().expect("a name");
        let (at, size) = (element.absolute_position(), element.size());
        let pixels = stage.pixels();
        let rows = pixels.as_slice().chunks(pixels.width() as usize);
        let rows = rows.skip(at.y.round() as usize).take(size.height as usize);
        let columns = |row: &[_]| row[at.x as usize..][..size.width as usize].to_vec();
        rows.map(columns).collect::<Vec<_>>()
    };
    assert!(name(Language::ZhHans) == name(Language::Ja));
}

/// The theme knows what a line of each face measures by itself: a title takes the same room in
/// each language, but for what the feet of other letters need.
#[test]
fn lines_are_as_high_as_their_face_needs() {
    let stage = Stage::new(PANEL);
    for language in Language::OFFERED {
        let title = "読み取り完了".to_owned();
        let texts = words::folder(language).map(words::translations).unwrap_or_default();
        stage.put(&spoken_in(language, Screen::Asking));
        let height = stage.one(texts.get(&title).unwrap_or(&title)).size().height;
        let japanese = stage.window.global::<Theme<'_>>().get_font() == GOTHIC;
        let line = if japanese { 1.2 } else { 1.4 };
        // Rounded up.
        assert!((0.0..1.1).contains(&(height - line * 49.0)), "{language:?}: {height}");
    }
}

/// Feet and accents are inside what the page gives a line.
#[test]
fn no_letter_is_cut_off() {
    let (drawn, stage) = (Drawn::new(), Stage::new(PANEL));
    let ample = drawn.window.get_factor();
    for language in Language::OFFERED {
        stage.put(&spoken_in(language, Screen::Asking));
        let theme = stage.window.global::<Theme<'_>>();
        let face = theme.get_font();
        let cut = |letter: &char| {
            let letter = letter.to_string();
            drawn.window.set_factor(ample);
            let whole = drawn.ink(&letter, &face);
            drawn.window.set_factor(theme.invoke_factor(face.clone(), 1.2));
            drawn.ink(&letter, &face) != whole
        };
        let cut: Vec<_> = letters(language).into_iter().filter(cut).collect();
        assert!(cut.is_empty(), "{language:?}: {cut:?}");
    }
}

/// Everything that a translation is written with.
fn letters(language: Language) -> BTreeSet<char> {
    let texts = words::folder(language).map(words::translations).unwrap_or_default();
    texts.into_values().flat_map(|it| it.chars().collect::<Vec<_>>()).collect()
}

/// The names of a result's rows have one width, which would break a long word anywhere.
#[test]
fn no_word_is_broken_in_the_names_of_a_results_rows() {
    let stage = Stage::new(PANEL);
    let (theme, labels) = (stage.window.global::<Theme<'_>>(), stage.window.global::<Labels<'_>>());
    let measure = Words::new().expect("the window builds");
    let mut broken = Vec::new();
    for language in Language::OFFERED {
        for (size, text_size) in
            SIZES.into_iter().flat_map(|it| [(it, TextSize::Normal), (it, TextSize::Large)])
        {
            let look = Look { language, text_size, ..Look::default() };
            stage.window.window().set_size(PhysicalSize::new(size.0, size.1));
            stage.put(&Shown { look, ..plain(Screen::Asking) });
            measure.set_family(theme.get_font());
            measure.set_size(theme.get_text_row());
            for label in LABELS {
                measure.set_words(labels.invoke_label(label));
                if measure.get_longest() > theme.get_row_name() {
                    broken.push(format!("{} {look:?} {size:?}", measure.get_words()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

const LABELS: [Label; 17] = [
    Label::InsurerNumber,
    Label::InsurerName,
    Label::Symbol,
    Label::Number,
    Label::NameKana,
    Label::Name,
    Label::BirthDate,
    Label::Sex,
    Label::CardClass,
    Label::ValidFrom,
    Label::ValidUntil,
    Label::AcquiredOn,
    Label::LostOn,
    Label::Share,
    Label::Relation,
    Label::InsuredName,
    Label::OtherKana,
];

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
