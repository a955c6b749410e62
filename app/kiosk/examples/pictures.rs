//! Draws every page in every look into a folder, with an index:
//! `cargo run -p kiosk --example pictures [FOLDER]`.
#![expect(clippy::print_stdout, reason = "it says what it wrote")]

#[expect(dead_code, reason = "the gallery presses nothing")]
#[path = "../tests/screen/stage/mod.rs"]
mod stage;

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    thread,
};

use kiosk_core::{
    Look,
    look::{Language, Reach, TextSize, Theme},
};
use stage::{PANEL, Stage, gallery, picture::Picture};

fn main() {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target")),
        PathBuf::from,
    );
    let folder = env::args_os().nth(1).map_or_else(|| target.join("pictures"), PathBuf::from);
    let folder = &folder;
    let sizes = [PANEL, (800, 480), (800, 1280), (1920, 1080)];
    let parts: Vec<String> = thread::scope(|scope| {
        let draw = |size| scope.spawn(move || draw(size, folder));
        let threads: Vec<_> = sizes.map(draw).into_iter().collect();
        threads.into_iter().map(|it| it.join().expect("every page can be drawn")).collect()
    });
    let head = "<!doctype html><meta charset=utf-8><title>Pages</title>\n";
    fs::write(folder.join("index.html"), head.to_owned() + &parts.concat())
        .expect("the index can be written");
    println!("pictures and index.html are in {}", folder.display());
}

/// Draws everything at one size; gives its part of the index.
fn draw(size: (u32, u32), folder: &Path) -> String {
    let stage = Stage::new(size);
    let mut index = String::new();
    for (look_name, look) in looks() {
        let _ = writeln!(index, "<h2>{} × {} {look_name}</h2>", size.0, size.1);
        for (name, screen) in gallery::pages() {
            stage.put(&stage::simulated(screen, look, false));
            let file = format!("{}x{}-{look_name}-{name}.png", size.0, size.1);
            Picture::new(&stage.pixels()).write(&folder.join(&file));
            let _ = writeln!(index, "<img src={file} width=480 title={name} loading=lazy>");
        }
    }
    index
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
