//! The points that the demo's pointer touches lie on the buttons they are meant for.

mod stage;

use std::{collections::BTreeMap, fs, path::Path};

use kiosk_core::{
    CardTrouble, Consents, Screen, Shown, Trouble,
    proof::{Method, TokenKind},
    screen::Readiness,
    staff::StaffReason,
};
use serde::Deserialize;
use stage::{PANEL, Stage, gallery, plain};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Point {
    x: f32,
    y: f32,
}

#[test]
fn every_point_lies_on_its_button() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools/demo/touches.toml");
    let text = fs::read_to_string(file).expect("the demo's touches");
    let points: BTreeMap<String, Point> = toml::from_str(&text).expect("points by name");
    let stage = Stage::new(PANEL);
    for (name, point) in points {
        let (label, screens) = meant(&name);
        for screen in screens {
            // The demo's gateway is a simulator.
            stage.put(&Shown { simulator: true, ..plain(screen.clone()) });
            let button = stage.one(&label);
            let (at, size) = (button.absolute_position(), button.size());
            let inside = (at.x..at.x + size.width).contains(&point.x)
                && (at.y..at.y + size.height).contains(&point.y);
            assert!(inside, "{name}: ({}, {}) not in {at:?} {size:?}", point.x, point.y);
        }
    }
}

/// The label of a button, and the pages on which the demo touches it.
fn meant(name: &str) -> (String, Vec<Screen>) {
    let ready = |method, choices| gallery::ready(method, Readiness::Ready, choices);
    let blocked =
        Screen::Sorry { trouble: Trouble::Card(CardTrouble::PinBlocked), can_retry: false };
    let card = |token| Screen::Card { token, nothing_there: false };
    let pin = Screen::Pin { typed: 4, tries_left: None, wrong: false };
    let staff = Screen::Staff { reason: StaffReason::Visual, typed: 4, wait_s: None };
    let consents = Screen::Consents { offered: Consents::ALL };
    let results = gallery::results().into_iter().map(|it| it.1);
    match name {
        "next" => {
            let both = [false, true].map(|it| [ready(Method::Pin, it), ready(Method::Visual, it)]);
            ("次へ".into(), both.concat())
        }
        "phone" => ("スマートフォン".into(), vec![ready(Method::Pin, true)]),
        "switch" => ("今回だけ目視で".into(), vec![ready(Method::Pin, true)]),
        "iphone" => ("iPhone".into(), vec![Screen::Phones]),
        "android" => ("Android".into(), vec![Screen::Phones]),
        "compared" => ("確認しました".into(), vec![Screen::Compare]),
        "agree" => ("すべて同意する".into(), vec![consents]),
        "decline" => ("同意しない".into(), vec![consents]),
        "one-by-one" => ("一つずつ選ぶ".into(), vec![consents]),
        "language" => ("English".into(), vec![ready(Method::Pin, true), Screen::Confirm, pin]),
        "confirm" => ("OK".into(), vec![Screen::Confirm]),
        // The staff code is typed on the same keys.
        "pin-next" => ("次へ".into(), vec![pin, staff]),
        "read" => ("マイナンバーカードを読み取る".into(), vec![card(TokenKind::Card)]),
        "read-phone" => (
            "スマートフォンを読み取る".into(),
            vec![card(TokenKind::Android), card(TokenKind::Iphone)],
        ),
        "close" => ("閉じる".into(), results.chain([blocked]).collect()),
        key => {
            let digit = key.strip_prefix("key-").unwrap_or_else(|| panic!("what is {name}?"));
            (digit.into(), vec![pin, staff])
        }
    }
}
