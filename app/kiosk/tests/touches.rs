//! The points that the demo's pointer touches lie on the buttons they are meant for.

mod stage;

use std::{collections::BTreeMap, fs, path::Path};

use kiosk_core::{
    CardTrouble, Consent, Consents, Screen, Shown, Trouble,
    check::Station,
    menu::{MenuList, MenuPage},
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
    let ready = |choices| gallery::ready(Method::Pin, Readiness::Ready, choices);
    let blocked =
        Screen::Sorry { trouble: Trouble::Card(CardTrouble::PinBlocked), can_retry: false };
    let card = |token| Screen::Card { token, nothing_there: false };
    let pin = Screen::Pin { typed: 4, tries_left: None, wrong: false };
    let staff = || Screen::Staff { reason: StaffReason::Switch, typed: 4, wait_s: None };
    let consents = Screen::Consents { offered: Consents::ALL };
    let consent = Screen::Consent { consent: Consent::Medication, number: 1, of: 3 };
    let removed = Screen::Sorry { trouble: Trouble::Card(CardTrouble::Removed), can_retry: true };
    let menu = || Screen::Menu(MenuPage::List(MenuList::Top { unread: false }));
    let security = Screen::Menu(MenuPage::List(MenuList::Security {
        visual: false,
        at_start: false,
        not_kept: false,
    }));
    let info = Screen::Menu(MenuPage::Info { station: Station::Attended });
    let results = gallery::results().into_iter().map(|it| it.1);
    match name {
        "next" => ("次へ".into(), vec![ready(false), ready(true)]),
        "language" => ("English".into(), vec![ready(true), Screen::Confirm, pin]),
        "phones" => ("スマートフォン".into(), vec![ready(true)]),
        "switch" => ("今回だけ目視で".into(), vec![ready(true)]),
        "gear" => ("設定".into(), vec![ready(true)]),
        "menu-info" => ("端末情報".into(), vec![menu()]),
        "menu-security" => ("セキュリティ設定".into(), vec![menu()]),
        "back" => ("戻る".into(), vec![menu(), security, info]),
        "phone-android" => ("Android".into(), vec![Screen::Phones]),
        "staff-next" => ("次へ".into(), vec![staff()]),
        "compare-next" => ("確認しました".into(), vec![Screen::Compare]),
        "consent-all" => ("すべて同意する".into(), vec![consents]),
        "consent-none" => ("同意しない".into(), vec![consents]),
        "consent-one-by-one" => ("一つずつ選ぶ".into(), vec![consents]),
        "consent-yes" => ("同意する".into(), vec![consent]),
        "consent-no" => ("同意しない".into(), vec![consent]),
        "confirm" => ("OK".into(), vec![Screen::Confirm]),
        "pin-next" => ("次へ".into(), vec![pin]),
        "read" => ("マイナンバーカードを読み取る".into(), vec![card(TokenKind::Card)]),
        "close" => ("閉じる".into(), results.chain([blocked, removed]).collect()),
        key => {
            let digit = key.strip_prefix("key-").unwrap_or_else(|| panic!("what is {name}?"));
            (digit.into(), vec![pin, staff()])
        }
    }
}
