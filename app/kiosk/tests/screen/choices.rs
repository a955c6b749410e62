//! Every page before the PIN, by what it says and offers: 認証選択 and what stands in
//! its place, phones, the staff's pages, consents.

use std::{collections::HashSet, time::Duration};

use kiosk_core::{
    Consent, Consents, GatewayTrouble, Screen, proof::Method, screen::Readiness, staff::StaffReason,
};
use slint::platform::Key;

use crate::stage::{PANEL, Stage, gallery, offers, plain, says};

fn ready(readiness: Readiness) -> Screen {
    gallery::ready(Method::Pin, readiness, true)
}

// seed 122-125, 130
#[test]
fn the_first_page_says_whom_it_is_ready_for() {
    says(
        &plain(gallery::ready(Method::Visual, Readiness::Ready, false)),
        &[
            "認証選択（目視）",
            "設定中の本人確認の方法",
            "マイナンバーカードの券面で目視確認",
            "目視確認後マイナンバーカードをカードリーダーの上に置いていただくことで、資格情報を確認することができます。",
            "職員が写真とお顔を見比べてから、「次へ」を押します。",
        ],
    );
    says(
        &plain(ready(Readiness::Ready)),
        &["認証選択（暗証番号）", "マイナンバーカードの暗証番号"],
    );
}

#[test]
fn the_first_page_offers_only_what_the_station_has() {
    let choices = [("次へ", "Next"), ("スマートフォン", "Phones")];
    offers(ready(Readiness::Ready), &choices);
    offers(ready(Readiness::Ready), &[("今回だけ目視で", "Switch")]);
    let visual = |choices| gallery::ready(Method::Visual, Readiness::Ready, choices);
    offers(visual(true), &choices);
    offers(visual(true), &[("今回だけ暗証番号で", "Switch")]);

    let stage = Stage::new(PANEL);
    stage.put(&plain(visual(false)));
    stage.one("次へ");
    for label in ["スマートフォン", "今回だけ暗証番号で"] {
        assert!(stage.all(label).is_empty(), "{label}");
    }
}

#[test]
fn what_keeps_the_kiosk_from_working_is_said_before_anyone_queues() {
    let stage = Stage::new(PANEL);
    for (readiness, text, open) in [
        (Readiness::Ready, "操作方法について", [true, true]),
        (Readiness::Starting, "準備をしています。しばらくお待ちください。", [false, false]),
        (Readiness::TakeCard, "カードリーダーの上のものを、お取りください。", [false, false]),
        (Readiness::ReaderBusy, "カードリーダーが、ほかで使われています。", [false, false]),
        (
            Readiness::NoStaffCode,
            "職員コードが登録されていないため、目視で確認できません。",
            [false, true],
        ),
    ] {
        stage.put(&plain(ready(readiness)));
        stage.one(text);
        for (label, open) in ["次へ", "スマートフォン"].into_iter().zip(open) {
            let button = stage.one(label);
            assert_eq!(button.accessible_enabled(), Some(open), "{label}: {text}");
            button.invoke_accessible_default_action();
            assert_eq!(!stage.heard().is_empty(), open, "{label}: {text}");
        }
    }
}

const ACCEPTED: [&str; 4] = [
    "資格確認書",
    "マイナポータルの資格情報の画面",
    "「資格情報のお知らせ」とマイナンバーカード",
    "被保険者資格申立書（受付で記入します）",
];

#[test]
fn an_outage_says_what_is_accepted_instead() {
    for (why, text) in [
        (Readiness::ReaderMissing, "カードリーダーがつながっていません。"),
        (Readiness::ReaderUnsupported, "このカードリーダーは使えません。"),
        (Readiness::ReaderUnknown, "このカードリーダーは、確かめられた機種ではありません。"),
        (Readiness::LineDown(GatewayTrouble::ClockWrong), "この端末の時計が合っていません。"),
    ] {
        let stage = Stage::new(PANEL);
        stage.put(&plain(gallery::outage(why)));
        for text in ["現在、資格確認ができません", text].iter().chain(&ACCEPTED) {
            stage.one(text);
        }
        let down = matches!(why, Readiness::LineDown(_));
        assert_eq!(stage.all("もう一度").len(), usize::from(down), "{why:?}");
        assert_eq!(stage.all("問い合わせの番号　G-03").len(), usize::from(down), "{why:?}");
    }
    let down = gallery::outage(Readiness::LineDown(GatewayTrouble::Unreachable));
    offers(down, &[("もう一度", "Next")]);
}

#[test]
fn each_phone_says_how_it_knows_its_holder() {
    offers(
        Screen::Phones,
        &[("iPhone", "Choose(Iphone)"), ("Android", "Choose(Android)"), ("戻る", "Back")],
    );
    let stage = Stage::new(PANEL);
    stage.put(&plain(Screen::Phones));
    let says = |label| stage.one(label).accessible_description().unwrap_or_default();
    assert!(says("iPhone").contains("暗証番号はいりません"), "{}", says("iPhone"));
    assert!(says("Android").contains("スマートフォン用の4桁の暗証番号"), "{}", says("Android"));
}

#[test]
fn the_staff_code_is_not_taken_for_a_pin() {
    const MARK: &str = "職員用です。患者さんの暗証番号ではありません。";
    let staff = |reason, wait_s| Screen::Staff { reason, typed: 4, wait_s };
    let keys = ["1", "5", "0"].map(|key| (key, "Digit(*)"));
    offers(staff(StaffReason::Visual, None), &keys);
    let rest = [("消す", "Erase"), ("全部消す", "EraseAll"), ("次へ", "Next"), ("戻る", "Back")];
    offers(staff(StaffReason::Visual, None), &rest);

    let stage = Stage::new(PANEL);
    let mut asked = HashSet::new();
    for reason in [StaffReason::Visual, StaffReason::Switch, StaffReason::UnknownReader] {
        stage.put(&plain(staff(reason, None)));
        stage.one("職員コードの入力");
        stage.one(MARK);
        assert!(asked.insert(stage.window.get_spoken()), "{reason:?} is asked for like another");
    }
    stage.put(&plain(Screen::Pin { typed: 4, tries_left: None, wrong: false }));
    assert!(stage.all(MARK).is_empty() && !stage.window.get_spoken().contains("職員"));
}

#[test]
fn a_wrong_staff_code_says_how_long_to_wait() {
    let wrong =
        |seconds| Screen::Staff { reason: StaffReason::Visual, typed: 0, wait_s: Some(seconds) };
    let stage = Stage::new(PANEL);
    stage.put(&plain(wrong(5)));
    stage.one("職員コードが違います。");
    stage.one("あと5秒待ってから、もう一度入力してください。");
    for _ in 0..3 {
        i_slint_backend_testing::mock_elapsed_time(Duration::from_secs(1));
    }
    stage.one("あと2秒待ってから、もう一度入力してください。");
    for _ in 0..3 {
        i_slint_backend_testing::mock_elapsed_time(Duration::from_secs(1));
    }
    stage.one("もう一度入力してください。");
    // The next wrong one begins anew.
    stage.put(&plain(wrong(10)));
    stage.one("あと10秒待ってから、もう一度入力してください。");
}

#[test]
fn staff_say_that_they_have_compared() {
    says(&plain(Screen::Compare), &["カードの写真と患者さんのお顔を見比べてください"]);
    offers(Screen::Compare, &[("確認しました", "Next"), ("戻る", "Back")]);
}

#[test]
fn consents_are_asked_for_without_pushing() {
    let all = Screen::Consents { offered: Consents::ALL };
    offers(
        all.clone(),
        &[
            ("すべて同意する", "Consent(All)"),
            ("同意しない", "Consent(None)"),
            ("一つずつ選ぶ", "Consent(OneByOne)"),
            ("戻る", "Back"),
        ],
    );
    const DECLINING: &str = "同意しなくても、資格の確認はできます。";
    says(
        &plain(all.clone()),
        &[
            "過去のお薬の情報",
            "薬剤情報",
            "診療の情報",
            "診療情報",
            "特定健診の情報",
            "特定健診情報",
            DECLINING,
        ],
    );
    let stage = Stage::new(PANEL);
    stage.put(&plain(all));
    // A blind Enter is the careful answer.
    stage.key(Key::Return);
    assert_eq!(stage.heard(), ["Consent(None)"]);

    let some = [Consent::Medication, Consent::Checkup].into_iter().collect();
    stage.put(&plain(Screen::Consents { offered: some }));
    assert!(stage.all("診療の情報").is_empty() && !stage.window.get_spoken().contains("診療情報"));

    let one = Screen::Consent { consent: Consent::Treatment, number: 2, of: 3 };
    says(&plain(one.clone()), &["2 / 3", "診療の情報", "診療情報", DECLINING]);
    offers(
        one.clone(),
        &[("同意する", "Consent(Yes)"), ("同意しない", "Consent(No)"), ("戻る", "Back")],
    );
    stage.put(&plain(one));
    stage.key(Key::Return);
    assert_eq!(stage.heard(), ["Consent(No)"]);
}
