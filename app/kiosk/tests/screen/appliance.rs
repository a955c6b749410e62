//! What only an appliance shows: its first page, keys to try with, and its image.

use std::path::Path;

use kiosk::{
    about::{About, StateKey},
    show,
};
use kiosk_core::{
    Look, Screen, Shown,
    look::Orientation,
    menu::{MenuList, MenuPage},
};
use kiosk_process::Settings;

use crate::{
    overflow,
    stage::{PANEL, SIZES, Stage, english, gallery, plain, simulated},
};

/// The pages by name, and how each is put up.
type Put = fn(&Stage);
pub(crate) const PAGES: [(&str, Put); 5] = [
    ("starting-test-keys", starting),
    ("ready-test-keys", |stage| with_test_keys(stage, false)),
    ("ready-simulator-test-keys", |stage| with_test_keys(stage, true)),
    ("menu-info-image", image),
    ("menu-display-turns", |stage| turns(stage, Orientation::Portrait)),
];

const MARK: &str = "TEST KEYS 試験用の鍵";

fn starting(stage: &Stage) {
    show::starting(&stage.window, MARK);
    stage.settle();
}

fn ready() -> Screen {
    gallery::ready(kiosk_core::proof::Method::Pin, kiosk_core::screen::Readiness::Ready, true)
}

fn introduce(stage: &Stage) {
    let about = About {
        image: Some("0.1.0".to_owned()),
        root_hash: Some("3f9a1c02".repeat(8)),
        state_key: Some(StateKey::Tpm),
    };
    let settings = "state_folder = \"state\"\nserial = \"SK-000001\"\n\
                    [gateway]\nurl = \"https://localhost:8443\"\npins = \"ca.pem\"";
    let settings = Settings::read(settings, Path::new("/k")).expect("good settings");
    show::introduce(&stage.window, &settings, &about);
}

fn with_test_keys(stage: &Stage, simulator: bool) {
    starting(stage);
    introduce(stage);
    stage.put(&Shown { simulator, ..plain(ready()) });
}

fn image(stage: &Stage) {
    starting(stage);
    introduce(stage);
    stage.put(&plain(info()));
}

/// 画面と音 of a panel that hangs as it is made, and shall hang otherwise.
fn turns(stage: &Stage, orientation: Orientation) {
    starting(stage);
    show::can_turn(&stage.window, Orientation::Landscape);
    let look = Look { orientation, ..Look::default() };
    stage.put(&plain(Screen::Menu(MenuPage::List(MenuList::Display { look, not_kept: false }))));
}

fn info() -> Screen {
    let page = gallery::pages().into_iter().find(|(name, _)| *name == "menu-info");
    page.expect("端末情報 is in the gallery").1
}

#[test]
fn the_first_page_says_that_it_starts_and_offers_nothing() {
    let stage = Stage::new(PANEL);
    starting(&stage);
    assert!(stage.window.get_spoken().contains("起動しています"));
    assert!(!stage.window.get_spoken().contains("模擬環境"), "nobody knows the gateway yet");
    let role = Some(i_slint_backend_testing::AccessibleRole::Button);
    assert!(!stage.elements().iter().any(|it| it.accessible_role() == role));
}

#[test]
fn keys_to_try_with_are_said_on_every_page_and_only_where_they_are() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(ready()));
    assert!(!stage.window.get_spoken().contains(MARK));
    with_test_keys(&stage, false);
    stage.one(MARK);
    for (name, screen) in gallery::pages() {
        stage.put(&Shown { simulator: true, ..plain(screen) });
        let spoken = stage.window.get_spoken();
        assert!(spoken.contains(MARK) && spoken.contains("模擬環境です。"), "{name}: {spoken}");
    }
}

#[test]
fn the_image_says_its_version_its_hash_its_keys_and_what_opens_its_state() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(info()));
    for text in ["システムイメージ", "保存領域", "試験用の鍵"] {
        assert!(!stage.window.get_spoken().contains(text), "a desk has no {text}");
    }
    image(&stage);
    let spoken = stage.window.get_spoken();
    for text in [
        "システムイメージの版 0.1.0",
        &format!("システムイメージのルートハッシュ {}", "3f9a1c02".repeat(8)),
        "保存領域の鍵 TPM（この端末の中）",
        "署名の鍵 試験用の鍵",
    ] {
        assert!(spoken.contains(text), "{text} in {spoken}");
    }
}

#[test]
fn the_panel_hangs_as_it_is_told_and_says_when() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(info()));
    turns(&stage, Orientation::Landscape);
    stage.press("画面の向き：横");
    turns(&stage, Orientation::LandscapeFlipped);
    stage.press("画面の向き：横（180度）、最初の画面で変わります");
    assert!(
        stage.window.get_spoken().contains("画面の向き：横（180度）、最初の画面で変わります。")
    );
    assert_eq!(stage.heard(), ["Entry(Orientation)", "Entry(Orientation)"]);
}

#[test]
fn a_panel_that_cannot_turn_offers_nothing() {
    let stage = Stage::new(PANEL);
    let look = Look::default();
    stage.put(&plain(Screen::Menu(MenuPage::List(MenuList::Display { look, not_kept: false }))));
    assert!(!stage.window.get_spoken().contains("画面の向き"));
    assert!(!stage.labels().iter().any(|label| label.contains("画面の向き")));
}

/// The longest mark stands on every page: nothing is cut or moved out.
#[test]
fn the_mark_of_test_keys_fits_in_every_size_and_language() {
    for size in SIZES {
        let stage = Stage::new(size);
        for (name, put) in PAGES {
            put(&stage);
            assert_eq!(faults(&stage), Vec::<String>::new(), "{name} {size:?}");
        }
        for look in overflow::looks() {
            for screen in [ready(), Screen::Confirm, info()] {
                stage.put(&simulated(screen, look, false));
                assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?} {look:?}");
            }
        }
        stage.put(&english(plain(info())));
        assert_eq!(faults(&stage), Vec::<String>::new(), "{size:?}");
    }
}

fn faults(stage: &Stage) -> Vec<String> {
    overflow::faults(stage, &overflow::Boxes::of(stage))
}
