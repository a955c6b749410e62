//! Every page as a picture, in Japanese, compared pixel by pixel with `pictures/`.
//!
//! `UPDATE_PICTURES=1 cargo test -p kiosk --test screen pictures` takes what is drawn as
//! right. A picture that differs is written to `target/pictures/` beside its name.

use std::{env, path::PathBuf};

use crate::{
    appliance,
    stage::{SIZES, Stage, gallery, picture::Picture, plain},
};

/// Rounding of a font library may touch a few edges, never a letter.
const PIXELS_MAX: usize = 40;

#[test]
fn pages_at_800_480() {
    compare(SIZES[0]);
}

#[test]
fn pages_at_1024_600() {
    compare(SIZES[1]);
}

#[test]
fn pages_at_1280_800() {
    compare(SIZES[2]);
}

#[test]
fn pages_at_1920_1080() {
    compare(SIZES[3]);
}

#[test]
fn pages_at_800_1280() {
    compare(SIZES[4]);
}

#[track_caller]
fn compare(size: (u32, u32)) {
    let stage = Stage::new(size);
    let update = env::var_os("UPDATE_PICTURES").is_some();
    let mut different = Vec::new();
    let pages = gallery::pages().into_iter().map(|(name, screen)| (name, plain(screen)));
    let mut compare = |name: &str| {
        let drawn = Picture::new(&stage.pixels());
        let file = format!("{}x{}/{name}.png", size.0, size.1);
        let kept = folder("tests/pictures").join(&file);
        if update {
            return drawn.write(&kept);
        }
        let difference = Picture::read(&kept).and_then(|kept| drawn.difference(&kept));
        if difference.as_ref().is_none_or(|it| it.pixels > PIXELS_MAX) {
            drawn.write(&folder("../../target/pictures").join(&file));
            different.push((file, difference));
        }
    };
    for (name, shown) in pages.chain(gallery::handovers()) {
        // The simulator mark is on half of them, so that both forms are seen.
        let simulator = !name.contains('-');
        stage.put(&kiosk_core::Shown { simulator, ..shown });
        compare(name);
    }
    for (name, put) in appliance::PAGES {
        put(&stage);
        compare(name);
    }
    assert!(different.is_empty(), "look at target/pictures: {different:#?}");
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The comparison itself: what it must see, and what it must let pass.
#[test]
fn a_changed_letter_is_seen_and_a_rounded_edge_is_not() {
    let stage = Stage::new((800, 480));
    stage.put(&plain(kiosk_core::Screen::Confirm));
    let page = Picture::new(&stage.pixels());
    let file = env::temp_dir().join(format!("kiosk-picture-{}.png", std::process::id()));
    page.write(&file);
    let kept = Picture::read(&file).expect("it was written");
    std::fs::remove_file(&file).expect("it was written");
    let pixels = |it: &Picture| it.difference(&kept).map(|it| it.pixels);
    assert_eq!(pixels(&page), Some(0));

    stage.put(&crate::stage::english(plain(kiosk_core::Screen::Confirm)));
    let other = Picture::new(&stage.pixels());
    assert!(pixels(&other).is_some_and(|it| it > PIXELS_MAX), "{:?}", pixels(&other));
}
