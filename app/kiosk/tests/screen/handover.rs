//! Whether the result reached the clinic's own system: one line on the result page, for the
//! staff, and nothing moves when it changes.

use kiosk_core::{Handover, HandoverTrouble as T, Look, Screen, Shown, look::Language};
use kiosk_ui::HandoverAdapter;
use slint::ComponentHandle;

use crate::{
    overflow::{Boxes, faults, looks},
    stage::{SIZES, Stage, gallery, says, simulated},
};

const STATES: [(Handover, &str); 8] = [
    (Handover::Sending, "受付のパソコンに送信中です。"),
    (Handover::Sent, "受付のパソコンに送りました。"),
    (
        Handover::Failed(T::NotReached),
        "送れませんでした：受付のパソコンにつながりません。電源と通信を確認してください。",
    ),
    (
        Handover::Failed(T::NotTrusted),
        "送れませんでした：受付のパソコンの証明書がちがいます。設定を確認してください。",
    ),
    (
        Handover::Failed(T::NotAdmitted),
        "送れませんでした：受付のパソコンにこの端末を登録してください。",
    ),
    (
        Handover::Failed(T::Folder),
        "送れませんでした：受付のパソコンの保存先フォルダーを確認してください。",
    ),
    (
        Handover::Failed(T::DiskFull),
        "送れませんでした：受付のパソコンの空き容量がありません。空けてください。",
    ),
    (Handover::Failed(T::Other), "送れませんでした：手で入力し、保守の担当者に知らせてください。"),
];

/// The common result, with the card on the reader.
fn result(handover: Option<Handover>, look: Look) -> Shown {
    let (_, screen) = gallery::results().remove(0);
    Shown { handover, ..simulated(screen, look, false) }
}

#[test]
fn the_page_says_what_is_and_what_to_do() {
    let stage = Stage::new(SIZES[2]);
    for (handover, text) in STATES {
        stage.put(&result(Some(handover), Look::default()));
        stage.one(text);
        let spoken = stage.window.get_spoken();
        assert!(spoken.contains(text), "{spoken}");
    }
    let english = Look { language: Language::En, ..Look::default() };
    says(&result(Some(Handover::Sent), english), &["Sent to the reception PC."]);
}

#[test]
fn where_it_is_off_there_is_nothing_and_nothing_stays() {
    let stage = Stage::new(SIZES[2]);
    let off = || {
        stage.put(&result(None, Look::default()));
        stage.labels()
    };
    let before = off();
    assert!(!before.iter().any(|it| it.contains("パソコン")), "{before:?}");
    stage.put(&result(Some(Handover::Sent), Look::default()));
    assert_eq!(stage.labels().len(), before.len() + 1);
    stage.put(&crate::stage::plain(Screen::TakeCard));
    assert_eq!(off(), before);
}

#[test]
fn at_800_480() {
    check_still(SIZES[0]);
}

#[test]
fn at_1280_800() {
    check_still(SIZES[2]);
}

#[test]
fn at_800_1280() {
    check_still(SIZES[4]);
}

/// In every look, every state has the place that the first one has.
fn check_still(size: (u32, u32)) {
    let stage = Stage::new(size);
    let mut found = Vec::new();
    for look in looks() {
        let mut first = None;
        for (handover, _) in STATES {
            stage.put(&result(Some(handover), look));
            let boxes = Boxes::of(&stage);
            let told = |fault| format!("{handover:?} {look:?}: {fault}");
            found.extend(faults(&stage, &boxes).into_iter().map(told));
            let line = stage.window.global::<HandoverAdapter<'_>>().get_text();
            let others = boxes.items.iter().filter(|it| it.label != line.as_str());
            let places: Vec<_> =
                others.map(|it| (it.label.clone(), it.top as i32, it.bottom as i32)).collect();
            assert!(places.len() < boxes.items.len(), "{line} is not on the page");
            if *first.get_or_insert_with(|| places.clone()) != places {
                found.push(told("something moves".to_owned()));
            }
        }
    }
    assert!(found.is_empty(), "{} faults:\n{}", found.len(), found.join("\n"));
}
