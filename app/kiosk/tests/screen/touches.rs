//! The points that the demo's pointer touches lie on the buttons they are meant for.

mod life;

use std::{collections::BTreeMap, fs, path::Path};

use kiosk::show;
use kiosk_core::{
    CardTrouble, Consent, Consents, Screen, Shown, Trouble,
    look::Orientation,
    proof::{Method, TokenKind},
    screen::Readiness,
    staff::StaffReason,
};
use serde::Deserialize;

use crate::stage::{PANEL, Stage, gallery, plain};

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    x: f32,
    y: f32,
}

/// A button as the demo means it.
pub(crate) struct Meant {
    /// All of its label; the beginning where what is filled in follows.
    label: String,
    beginning: bool,
    /// Pressed before: it changes the keys, or scrolls.
    layer: Option<&'static str>,
    /// The pages on which the demo touches it.
    screens: Vec<Screen>,
}

pub(crate) fn button(label: &str, screens: Vec<Screen>) -> Meant {
    Meant { label: label.to_owned(), beginning: false, layer: None, screens }
}

#[test]
fn every_point_lies_on_its_button() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/demo/touches.toml");
    let text = fs::read_to_string(&file).expect("the demo's touches");
    let points: BTreeMap<String, Point> = toml::from_str(&text).expect("points by name");
    let stage = Stage::new(PANEL);
    // As on an appliance.
    show::can_turn(&stage.window, Orientation::default());
    let moves = std::env::var_os("UPDATE_TOUCHES").is_some();
    let mut moved = String::from(HEAD);
    for (name, point) in points {
        let (left, top, right, bottom) = place(&stage, &name);
        let inside = (left..right).contains(&point.x) && (top..bottom).contains(&point.y);
        let middle = ((left + right) / 2.0, (top + bottom) / 2.0);
        assert!(inside || moves, "{name}: ({}, {}); its middle is {middle:?}", point.x, point.y);
        let (x, y) = if inside { (point.x, point.y) } else { middle };
        // A name with a sign in it is quoted.
        let key = if toml::from_str::<toml::Table>(&format!("{name} = 0")).is_ok() {
            name
        } else {
            format!("{name:?}")
        };
        moved += &format!("{key} = {{ x = {x:.0}, y = {y:.0} }}\n");
    }
    if moves {
        fs::write(file, moved).expect("written");
    }
}

const HEAD: &str = "\
# Where the demo's finger touches, on a display of 1280×800. A test of app/kiosk holds every point
# to its button; with UPDATE_TOUCHES=1 it moves those that are beside theirs.
";

/// What a button has in common on all its pages: left, top, right, bottom.
fn place(stage: &Stage, name: &str) -> (f32, f32, f32, f32) {
    let meant = meant(name);
    let mut place = (0.0_f32, 0.0_f32, f32::MAX, f32::MAX);
    for screen in &meant.screens {
        // A page that comes up begins with small letters.
        stage.put(&plain(Screen::Confirm));
        // The demo's gateway is a simulator.
        stage.put(&Shown { simulator: true, ..plain(screen.clone()) });
        if let Some(layer) = meant.layer {
            stage.press(layer);
        }
        let button = match meant.beginning {
            true => stage.one(&beginning_with(stage, &meant.label)),
            false => stage.one(&meant.label),
        };
        let (at, size) = (button.absolute_position(), button.size());
        place = (
            place.0.max(at.x),
            place.1.max(at.y),
            place.2.min(at.x + size.width),
            place.3.min(at.y + size.height),
        );
    }
    assert!(place.0 < place.2 && place.1 < place.3, "{name} has no place of its own");
    place
}

fn beginning_with(stage: &Stage, words: &str) -> String {
    let labels = stage.labels();
    let found = labels.iter().find(|it| it.starts_with(words));
    found.unwrap_or_else(|| panic!("nothing begins with {words}: {labels:?}")).clone()
}

fn meant(name: &str) -> Meant {
    life::meant(name).unwrap_or_else(|| of_checks(name))
}

/// The buttons of the checks.
fn of_checks(name: &str) -> Meant {
    let ready = |choices| gallery::ready(Method::Pin, Readiness::Ready, choices);
    let blocked =
        Screen::Sorry { trouble: Trouble::Card(CardTrouble::PinBlocked), can_retry: false };
    let card = |token| Screen::Card { token, nothing_there: false };
    let pin = Screen::Pin { typed: 4, tries_left: None, wrong: false };
    let staff = || Screen::Staff { reason: StaffReason::Switch, typed: 4, wait_s: None };
    let consents = Screen::Consents { offered: Consents::ALL };
    let consent = Screen::Consent { consent: Consent::Medication, number: 1, of: 3 };
    let removed = Screen::Sorry { trouble: Trouble::Card(CardTrouble::Removed), can_retry: true };
    let results = gallery::results().into_iter().map(|it| it.1);
    match name {
        "next" => button("次へ", vec![ready(false), ready(true)]),
        "phones" => button("スマートフォン", vec![ready(true)]),
        "switch" => button("今回だけ目視で", vec![ready(true)]),
        "gear" => button("設定", vec![ready(true)]),
        "phone-android" => button("Android", vec![Screen::Phones]),
        "staff-next" => button("次へ", vec![staff()]),
        "compare-next" => button("確認しました", vec![Screen::Compare]),
        "consent-all" => button("すべて同意する", vec![consents]),
        "consent-none" => button("同意しない", vec![consents]),
        "consent-one-by-one" => button("一つずつ選ぶ", vec![consents]),
        "consent-yes" => button("同意する", vec![consent]),
        "consent-no" => button("同意しない", vec![consent]),
        "confirm" => button("OK", vec![Screen::Confirm]),
        "pin-next" => button("次へ", vec![pin]),
        "read" => button("マイナンバーカードを読み取る", vec![card(TokenKind::Card)]),
        "close" => button("閉じる", results.chain([blocked, removed]).collect()),
        key => {
            let digit = key.strip_prefix("key-").unwrap_or_else(|| panic!("what is {name}?"));
            let mut pages = vec![pin, staff()];
            pages.extend(life::pads());
            button(digit, pages)
        }
    }
}
