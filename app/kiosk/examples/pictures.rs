//! Draws every page in every language, colour, size of text, size and orientation of the
//! panel into a folder, with an index: `cargo run -p kiosk --example pictures [FOLDER]`.
#![expect(clippy::print_stdout, reason = "it says what it wrote")]

#[expect(dead_code, reason = "the tests need more of the stage")]
#[path = "../tests/screen/stage/mod.rs"]
mod stage;

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use kiosk_core::{
    Look, Screen,
    look::{Language, Reach, TextSize, Theme},
};
use serde::Serialize;
use serde_json::json;
use stage::{SIZES, Stage, gallery, picture::Picture};

const INDEX: &str = include_str!("pictures.html");
/// Where the index has its table of what there is.
const TABLE: &str = "{/* what there is */}";

const THEMES: [Theme; 3] = [Theme::Normal, Theme::ContrastDark, Theme::ContrastLight];
const TEXTS: [TextSize; 2] = [TextSize::Normal, TextSize::Large];
const REACHES: [Reach; 2] = [Reach::Full, Reach::Low];

/// A window of one size in one look: every page is drawn in it.
#[derive(Clone, Copy)]
struct Sheet {
    size: (u32, u32),
    look: Look,
}

fn main() {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    let folder = env::args_os().nth(1).map_or_else(|| target.join("pictures"), PathBuf::from);
    let sheets = sheets();
    let (next, drawn) = (AtomicUsize::new(0), Mutex::new(0));
    let draw_on = || {
        // A thread takes the next sheet until there is none.
        while let Some(sheet) = sheets.get(next.fetch_add(1, Ordering::Relaxed)) {
            let count = draw(sheet, &folder);
            *drawn.lock().expect("no thread panicked with it") += count;
        }
    };
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(draw_on);
        }
    });
    let index = INDEX.replace(TABLE, &table().to_string());
    fs::write(folder.join("index.html"), index).expect("the index can be written");
    let drawn = drawn.into_inner().expect("no thread panicked with it");
    println!("{drawn} pictures and index.html are in {}", folder.display());
}

fn sheets() -> Vec<Sheet> {
    let mut sheets = Vec::new();
    for size in SIZES {
        for language in Language::OFFERED {
            for theme in THEMES {
                for text_size in TEXTS {
                    for reach in REACHES {
                        let look = Look { language, theme, text_size, reach, ..Look::default() };
                        // Colours move nothing: low reach is drawn in one of them.
                        if reach == Reach::Full || theme == Theme::Normal {
                            sheets.push(Sheet { size, look });
                        }
                    }
                }
            }
        }
    }
    sheets
}

/// Draws every page on one sheet; gives how many there are.
fn draw(sheet: &Sheet, folder: &Path) -> usize {
    let stage = Stage::new(sheet.size);
    let mut pages = gallery::pages();
    pages.retain(|(_, screen)| speaks(sheet.look.language, screen));
    for (name, screen) in &pages {
        stage.put(&stage::simulated(screen.clone(), sheet.look, false));
        Picture::new(&stage.pixels()).write(&folder.join(file(sheet, name)));
    }
    pages.len()
}

/// The pages behind ⚙ are in Japanese and English; in other languages they are the Japanese ones.
fn speaks(language: Language, screen: &Screen) -> bool {
    matches!(language, Language::Ja | Language::En) || !behind_gear(screen)
}

fn behind_gear(screen: &Screen) -> bool {
    matches!(screen, Screen::Menu(_))
}

/// The index puts the same names together.
fn file(sheet: &Sheet, page: &str) -> String {
    let Look { language, theme, text_size, reach, .. } = sheet.look;
    let (width, height) = sheet.size;
    let look = [name(text_size), name(theme), name(reach)].join("-");
    format!("{}/{width}x{height}-{look}-{page}.png", name(language))
}

/// What there is of each, for the index to choose from.
fn table() -> serde_json::Value {
    let pages = gallery::pages();
    let behind_gear: Vec<_> =
        pages.iter().filter(|(_, screen)| behind_gear(screen)).map(|it| it.0).collect();
    json!({
        "page": pages.iter().map(|it| it.0).collect::<Vec<_>>(),
        "language": Language::OFFERED,
        "size": SIZES.map(|(width, height)| format!("{width}x{height}")),
        "text": TEXTS,
        "colours": THEMES,
        "reach": REACHES,
        "behindGear": behind_gear,
    })
}

/// As the settings file has it.
fn name(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).expect("a name is JSON");
    value.as_str().expect("one of several names").to_owned()
}
