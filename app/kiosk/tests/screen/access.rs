//! What every page owes everybody: reachable, large enough, operable by keys alone,
//! readable, and told in words. Sources: EN 301 549, ADA 707, WCAG 2.2.

use std::collections::BTreeSet;

use crate::{
    stage::{PANEL, SIZES, Stage, gallery, plain},
    words,
};
use i_slint_backend_testing::{AccessibleRole, ElementHandle};
use kiosk_core::{
    Look, Screen, Shown,
    look::{Language, Reach, TextSize, Theme},
    menu::MenuPage,
};
use slint::{Color, ComponentHandle, platform::Key};

/// 15 mm on a 10.1-inch panel of 1280 × 800.
const TARGET: f32 = 89.0;

fn buttons(stage: &Stage) -> Vec<ElementHandle> {
    let mut buttons = stage.elements();
    buttons.retain(|it| it.accessible_role() == Some(AccessibleRole::Button));
    buttons
}

fn each_page(stage: &Stage, look: Look, hurry: bool, mut check: impl FnMut(&str)) {
    for (name, screen) in gallery::pages() {
        stage.put(&crate::stage::simulated(screen, look, hurry));
        check(name);
    }
}

#[test]
fn buttons_are_large_and_keys_larger() {
    let stage = Stage::new(PANEL);
    for (text_size, reach) in [
        (TextSize::Normal, Reach::Full),
        (TextSize::Large, Reach::Full),
        (TextSize::Normal, Reach::Low),
    ] {
        let look = Look { text_size, reach, ..Look::default() };
        each_page(&stage, look, false, |name| {
            // Ten digits in a row above the letters are as large as those.
            let keyboard = !stage.all("q").is_empty();
            for button in buttons(&stage) {
                let (size, label) = (button.size(), button.accessible_label());
                let digit = label.as_ref().is_some_and(|it| it.parse::<u8>().is_ok());
                let large = digit && !keyboard && reach == Reach::Full;
                let least = if large { 120.0 } else { TARGET };
                assert!(
                    size.width >= least && size.height >= least,
                    "{name}: {label:?} is {size:?}"
                );
            }
        });
    }
}

#[test]
fn with_low_reach_everything_is_pressed_in_the_lower_half() {
    for size in [PANEL, (800, 1280), (1920, 1080)] {
        let stage = Stage::new(size);
        for hurry in [false, true] {
            let look = Look { reach: Reach::Low, ..Look::default() };
            each_page(&stage, look, hurry, |name| {
                for button in buttons(&stage) {
                    let top = button.absolute_position().y;
                    let label = button.accessible_label();
                    assert!(top >= size.1 as f32 / 2.0 - 1.0, "{name}: {label:?} begins at {top}");
                }
            });
        }
    }
}

#[test]
fn tab_and_enter_press_what_a_finger_presses() {
    a_walk_presses_what_a_finger_presses(&[Key::Tab]);
}

#[test]
fn arrows_and_enter_press_what_a_finger_presses() {
    a_walk_presses_what_a_finger_presses(&[Key::DownArrow, Key::RightArrow]);
    a_walk_presses_what_a_finger_presses(&[Key::UpArrow, Key::LeftArrow]);
}

/// Goes around each page by these keys in turn, and presses what has the focus.
fn a_walk_presses_what_a_finger_presses(keys: &[Key]) {
    let stage = Stage::new(PANEL);
    for (name, screen) in gallery::pages() {
        // A page anew, so that the walk begins where the page puts the focus.
        stage.put(&plain(Screen::Reading));
        stage.put(&plain(screen));
        stage.heard();
        let pressed = press_all(&stage);
        let by_finger = BTreeSet::from_iter(stage.heard());
        for step in 0..=pressed {
            stage.key(keys[step % keys.len()]);
            stage.key(if step % 2 == 0 {
                slint::SharedString::from(Key::Return)
            } else {
                " ".into()
            });
        }
        assert_eq!(BTreeSet::from_iter(stage.heard()), by_finger, "{name}");
    }
}

/// Presses every button that can be pressed, down to the end of what scrolls; says how many
/// there were.
fn press_all(stage: &Stage) -> usize {
    let mut pressed = 0;
    loop {
        let mut open = buttons(stage);
        open.retain(|it| it.accessible_enabled() == Some(true));
        let (keys, others): (Vec<_>, Vec<_>) = open.into_iter().partition(is_scroll_key);
        others.iter().for_each(ElementHandle::invoke_accessible_default_action);
        pressed += keys.len() + others.len();
        let Some(down) = keys.iter().find(|it| it.accessible_label().as_deref() == Some("下へ"))
        else {
            return pressed;
        };
        down.invoke_accessible_default_action();
        stage.settle();
    }
}

fn is_scroll_key(button: &ElementHandle) -> bool {
    button.accessible_label().is_some_and(|it| matches!(&*it, "上へ" | "下へ"))
}

#[test]
fn the_focus_shows_after_a_key_and_hides_after_a_touch() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(Screen::Confirm));
    let pixels = || stage.pixels().as_bytes().to_vec();
    let touched = pixels();
    stage.key(Key::Tab);
    let tabbed = pixels();
    assert!(touched != tabbed, "no ring after a key");
    stage.key(Key::Tab);
    assert!(pixels() != tabbed, "the ring stays where it was");
    stage.one("OK").mock_single_click(slint::platform::PointerEventButton::Left);
    stage.settle();
    assert_eq!(stage.heard(), ["Confirm"]);
    assert!(pixels() == touched, "the ring stays");
}

#[test]
fn language_easier_reading_and_help_are_one_touch_away() {
    let stage = Stage::new(PANEL);
    for (look, labels) in [
        (Look::default(), ["言語 Language", "見やすくする", "職員を呼ぶ"]),
        (
            Look { language: Language::En, text_size: TextSize::Large, ..Look::default() },
            ["言語 Language", "Easier to read", "Call staff"],
        ),
    ] {
        stage.put(&Shown { look, ..plain(Screen::Confirm) });
        labels.iter().for_each(|label| stage.press(label));
        assert_eq!(stage.heard(), ["Languages", "Easier", "CallStaff"]);
    }
    // No patient is there to call for anybody.
    stage.put(&plain(Screen::Menu(MenuPage::Licences)));
    stage.press("画面をふく");
    assert_eq!(stage.heard(), ["Clean"]);
}

#[test]
fn a_call_for_staff_is_on_every_page_until_it_ends() {
    for reach in [Reach::Full, Reach::Low] {
        let stage = Stage::new(PANEL);
        let look = Look { reach, ..Look::default() };
        for (name, screen) in gallery::pages() {
            stage.put(&Shown { called: true, look, ..plain(screen) });
            stage.one("職員を呼んでいます");
            stage.press("呼び出しをやめる");
            assert_eq!(stage.heard(), ["StaffCame"], "{name}");
            let spoken = stage.window.get_spoken();
            assert!(spoken.contains("そのままお待ちください"), "{name}: {spoken}");
        }
    }
}

#[test]
fn a_dark_page_is_darker_and_its_buttons_work() {
    let stage = Stage::new(PANEL);
    let brightness = || stage.pixels().as_bytes().iter().map(|it| u64::from(*it)).sum::<u64>();
    let ready = gallery::pages().remove(0).1;
    stage.put(&plain(ready.clone()));
    let bright = brightness();
    stage.put(&Shown { dim: true, ..plain(ready) });
    assert!(brightness() < bright * 2 / 3);
    stage.one("次へ").mock_single_click(slint::platform::PointerEventButton::Left);
    stage.settle();
    assert_eq!(stage.heard(), ["Next"]);
}

#[test]
fn every_language_is_one_touch_away_and_named_in_itself() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(Screen::Languages));
    let names =
        ["日本語", "やさしい日本語", "English", "简体中文", "한국어", "Português", "Tiếng Việt"];
    for label in names {
        stage.press(label);
    }
    let expected = Language::OFFERED.map(|it| format!("Language({it:?})"));
    assert_eq!(stage.heard(), expected);
    stage.press("戻る");
    assert_eq!(stage.heard(), ["Back"]);
}

#[test]
fn simulator_and_hurry_are_on_every_page() {
    for reach in [Reach::Full, Reach::Low] {
        let stage = Stage::new(PANEL);
        each_page(&stage, Look { reach, ..Look::default() }, true, |name| {
            stage.one("模擬環境です。本当の資格確認はできません。");
            stage.one("まもなく最初の画面に戻ります");
            stage.press("続ける");
            assert_eq!(stage.heard(), ["StillHere"], "{name}");
            let spoken = stage.window.get_spoken();
            assert!(spoken.contains("模擬環境") && spoken.contains("続ける"), "{name}: {spoken}");
        });
        each_page(&stage, Look { reach, ..Look::default() }, false, |name| {
            assert!(stage.all("続ける").is_empty(), "{name}");
        });
    }
}

/// What is read on a page is also said, but for the names of the look bar.
#[test]
fn every_text_of_a_page_is_in_its_spoken_form() {
    let stage = Stage::new(PANEL);
    for language in Language::OFFERED {
        let mut silent = SILENT.map(str::to_owned).to_vec();
        if let Some(folder) = words::folder(language) {
            let texts = words::translations(folder);
            silent.extend(SILENT.iter().filter_map(|it| texts.get(*it)).cloned());
        }
        each_page(&stage, Look { language, ..Look::default() }, false, |name| {
            let spoken = stage.window.get_spoken();
            for element in stage.elements() {
                let text = element.accessible_label().unwrap_or_default();
                let read = element.accessible_role() == Some(AccessibleRole::Text)
                    && !silent.iter().any(|it| text.contains(it));
                assert!(!read || spoken.contains(&*text), "{name}: {text} is not in {spoken}");
            }
        });
    }
}

/// Headings that the sentence after them makes plain, and the vendor's name.
const SILENT: [&str; 7] = [
    "資格確認キオスク",
    "設定中の本人確認の方法",
    "操作方法について",
    "マイナンバーカードの暗証番号",
    "マイナンバーカードの券面で目視確認",
    "資格情報",
    "　なし",
];

#[test]
fn a_pin_is_never_spoken() {
    let stage = Stage::new(PANEL);
    let spoken = |typed| {
        stage.put(&plain(Screen::Pin { typed, tries_left: None, wrong: false }));
        stage.key("8");
        stage.window.get_spoken()
    };
    assert!(spoken(2).contains("4桁のうち2桁を入力しました"));
    assert!(!spoken(2).contains('8'));
}

/// WCAG 2.2, 1.4.6: at least 7:1 for text, in every theme.
#[test]
fn texts_stand_out_seven_to_one() {
    let stage = Stage::new(SIZES[0]);
    for theme in [Theme::Normal, Theme::ContrastDark, Theme::ContrastLight] {
        let look = Look { theme, ..Look::default() };
        stage.put(&Shown { look, ..plain(Screen::Confirm) });
        let it = stage.window.global::<kiosk_ui::Theme<'_>>();
        for (name, text, ground) in [
            ("ink", it.get_ink(), it.get_paper()),
            ("quiet", it.get_quiet(), it.get_paper()),
            ("ink on panel", it.get_ink(), it.get_panel()),
            ("ink on staff", it.get_ink(), it.get_staff()),
            ("quiet on staff", it.get_quiet(), it.get_staff()),
            ("action", it.get_on_action(), it.get_action()),
            ("pressed action", it.get_on_action(), it.get_action_pressed()),
            ("choice", it.get_on_choice(), it.get_choice()),
            ("pressed choice", it.get_on_choice(), it.get_choice_pressed()),
            ("off", it.get_on_off(), it.get_off()),
            ("notice", it.get_on_notice(), it.get_notice()),
            ("alarm", it.get_on_alarm(), it.get_alarm()),
            ("simulator", it.get_on_simulator(), it.get_simulator()),
            ("focus", it.get_focus_near(), it.get_focus_far()),
        ] {
            let contrast = contrast(text, ground);
            assert!(contrast >= 7.0, "{name} in {theme:?}: {contrast:.1}");
        }
    }
}

fn contrast(a: Color, b: Color) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Color) -> f32 {
    let channel = |value: u8| {
        let value = f32::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(colour.red())
        + 0.7152 * channel(colour.green())
        + 0.0722 * channel(colour.blue())
}
