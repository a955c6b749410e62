//! Draws every page in every look into a folder, with an index:
//! `cargo run -p kiosk --example pictures [FOLDER]`.
#![expect(clippy::print_stdout, reason = "it says what it wrote")]

#[path = "../tests/stage/mod.rs"]
mod stage;

use std::{fmt::Write as _, fs, path::PathBuf};

use kiosk_core::{
    Look, Shown,
    look::{Language, Reach, TextSize, Theme},
};
use stage::{PANEL, Stage, gallery, picture::Picture};

fn main() {
    let folder = std::env::args_os().nth(1).map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/pictures")),
        PathBuf::from,
    );
    let sizes = [PANEL, (800, 480), (800, 1280), (1920, 1080)];
    let mut index = String::from("<!doctype html><meta charset=utf-8><title>Pages</title>\n");
    let mut count = 0;
    for size in sizes {
        let stage = Stage::new(size);
        for (look_name, look) in looks() {
            let _ = writeln!(index, "<h2>{} × {} {look_name}</h2>", size.0, size.1);
            for (name, screen) in gallery::pages() {
                stage.put(&Shown { screen, look, simulator: true, hurry: false });
                let file = format!("{}x{}-{look_name}-{name}.png", size.0, size.1);
                Picture::new(&stage.pixels()).write(&folder.join(&file));
                let _ = writeln!(index, "<img src={file} width=480 title={name} loading=lazy>");
                count += 1;
            }
        }
    }
    fs::write(folder.join("index.html"), index).expect("the index can be written");
    println!("{count} pictures and index.html in {}", folder.display());
}

fn looks() -> Vec<(&'static str, Look)> {
    let normal = Look::default();
    let large = Look { text_size: TextSize::Large, ..normal };
    vec![
        ("ja", normal),
        ("ja-large", large),
        ("ja-low", Look { reach: Reach::Low, ..normal }),
        ("ja-dark", Look { theme: Theme::ContrastDark, ..normal }),
        ("ja-light", Look { theme: Theme::ContrastLight, ..normal }),
        ("en", Look { language: Language::En, ..normal }),
        ("en-large", Look { language: Language::En, ..large }),
        ("en-large-low", Look { language: Language::En, reach: Reach::Low, ..large }),
    ]
}
