//! Every page by what it says and offers: found by label, pressed by accessible
//! action, so that the same tests stand for people who cannot see.

mod stage;

use kiosk_core::{
    CardTrouble, Consent, Consents, GatewayTrouble, Screen, Shown, Trouble,
    eligibility::Eligibility,
    look::Language,
    proof::{Method, TokenKind},
    result_page::ResultPage,
    samples,
    screen::Readiness,
    staff::StaffReason,
};
use slint::platform::Key;
use stage::{PANEL, Stage, english, gallery, plain};

const PIN: Screen = Screen::Pin { typed: 4, tries_left: None, wrong: false };

fn result(eligibility: Eligibility) -> Screen {
    let page = ResultPage::new(eligibility, samples::date("20281231"));
    Screen::Result { page: page.into(), take_card: false }
}

fn ready(readiness: Readiness) -> Screen {
    gallery::ready(Method::Pin, readiness, true)
}

#[track_caller]
fn says(shown: &Shown, texts: &[&str]) {
    let stage = Stage::new(PANEL);
    stage.put(shown);
    for text in texts {
        stage.one(text);
    }
}

#[track_caller]
fn offers(screen: Screen, buttons: &[(&str, &str)]) {
    let stage = Stage::new(PANEL);
    stage.put(&plain(screen));
    for (label, event) in buttons {
        stage.press(label);
        assert_eq!(stage.heard(), [*event], "{label}");
    }
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
            "職員がカードの写真とお顔を見比べてから、「次へ」を押します。",
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
        for text in ["ただいま資格確認ができません", text].iter().chain(&ACCEPTED) {
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
    assert!(says("iPhone").contains("暗証番号は入力しません"), "{}", says("iPhone"));
    assert!(says("Android").contains("スマートフォン用の暗証番号"), "{}", says("Android"));
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
    let mut asked = std::collections::HashSet::new();
    for reason in [StaffReason::Visual, StaffReason::Switch, StaffReason::UnknownReader] {
        stage.put(&plain(staff(reason, None)));
        stage.one("職員コードの入力");
        stage.one(MARK);
        assert!(asked.insert(stage.window.get_spoken()), "{reason:?} is asked for like another");
    }
    stage.put(&plain(PIN));
    assert!(stage.all(MARK).is_empty() && !stage.window.get_spoken().contains("職員"));
}

#[test]
fn a_wrong_staff_code_says_how_long_to_wait() {
    use std::time::Duration;
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

// seed 131
#[test]
fn the_message_before_the_pin_explains_the_rule_of_three() {
    says(&plain(Screen::Confirm), &["暗証番号を3回まちがえると、カードにロックがかかります。"]);
    offers(Screen::Confirm, &[("OK", "Confirm"), ("戻る", "Back")]);
}

// seed 132
#[test]
fn the_key_pad_gives_digits_and_the_page_only_their_count() {
    let keys = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"].map(|key| (key, "Digit(*)"));
    offers(PIN, &keys);
    offers(PIN, &[("消す", "Erase"), ("全部消す", "EraseAll"), ("次へ", "Next"), ("戻る", "Back")]);
    says(
        &plain(Screen::Pin { typed: 3, tries_left: Some(2), wrong: false }),
        &["4桁のうち3桁を入力しました", "残り2回です。"],
    );
    says(
        &plain(Screen::Pin { typed: 0, tries_left: Some(1), wrong: true }),
        &["暗証番号がちがいます。", "残り1回です。まちがえるとロックがかかります。"],
    );
}

#[test]
fn next_waits_for_four_digits() {
    let stage = Stage::new(PANEL);
    for (typed, open) in [(0, false), (3, false), (4, true)] {
        stage.put(&plain(Screen::Pin { typed, tries_left: None, wrong: false }));
        assert_eq!(stage.one("次へ").accessible_enabled(), Some(open), "{typed} digits");
    }
}

#[test]
fn a_keyboard_types_the_pin_wherever_the_focus_is() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(PIN));
    for _ in 0..3 {
        stage.key(Key::Tab);
    }
    stage.key("7");
    assert_eq!(stage.heard(), ["Digit(*)"]);
    // Enter after a typed digit goes on; it does not press the key that had the focus.
    stage.key(Key::Return);
    assert_eq!(stage.heard(), ["Next"]);
    stage.key(Key::Backspace);
    stage.key("x");
    stage.key("12");
    stage.key(Key::Escape);
    assert_eq!(stage.heard(), ["Erase", "Back"]);
}

// seed 126, 133
#[test]
fn the_card_page_shows_where_to_put_the_card() {
    let page = |token, nothing_there| Screen::Card { token, nothing_there };
    let card = page(TokenKind::Card, false);
    says(&plain(card.clone()), &["マイナンバーカードを、カードリーダーの上に置いてください。"]);
    offers(card, &[("マイナンバーカードを読み取る", "ReadNow"), ("戻る", "Back")]);
    says(
        &plain(page(TokenKind::Card, true)),
        &["カードが見つかりません。カードケースから出して、置き直してください。"],
    );

    const FIRST: &str = "先に、iPhoneで顔か指の認証（Face ID・Touch ID）をしてください。";
    const KEEP: &str = "5秒以上、終わるまで動かさないでください。";
    for (token, first) in [(TokenKind::Android, false), (TokenKind::Iphone, true)] {
        let stage = Stage::new(PANEL);
        stage.put(&plain(page(token, false)));
        stage.one("スマートフォンを、カードリーダーの上に置いてください。");
        stage.one(KEEP);
        assert_eq!(stage.all(FIRST).len(), usize::from(first), "{token:?}");
        assert!(!stage.window.get_spoken().contains("カードを"), "{}", stage.window.get_spoken());
        stage.press("スマートフォンを読み取る");
        assert_eq!(stage.heard(), ["ReadNow"]);
        stage.put(&plain(page(token, true)));
        stage.one("スマートフォンが見つかりません。カードリーダーの中央に置き直してください。");
    }
}

// seed 127, 133
#[test]
fn reading_and_asking_say_what_happens() {
    says(&plain(Screen::Reading), &["カードを取らないでください。"]);
    says(&plain(Screen::Asking), &["読み取り完了", "カードの読み取りが終わりました。"]);
    says(&plain(Screen::TakeCard), &["カードをお取りください"]);
}

/// What goes on by itself has nothing to press but the look bar.
#[test]
fn a_page_that_goes_on_by_itself_has_no_button() {
    for screen in [Screen::Reading, Screen::Asking, Screen::TakeCard] {
        let stage = Stage::new(PANEL);
        stage.put(&plain(screen));
        for label in ["次へ", "閉じる", "戻る"] {
            assert!(stage.all(label).is_empty(), "{label}");
        }
    }
}

// seed 135-138
#[test]
fn the_last_try_is_used_only_on_purpose() {
    offers(Screen::LastTry, &[("入力した暗証番号を使う", "SpendLastTry"), ("やめる", "Close")]);
    let stage = Stage::new(PANEL);
    stage.put(&plain(Screen::LastTry));
    // A blind Enter is the careful answer.
    stage.key(Key::Return);
    assert_eq!(stage.heard(), ["Close"]);
}

// seed 135-138
#[test]
fn a_blocked_pin_points_to_staff_first_and_the_municipality_second() {
    let trouble = Trouble::Card(CardTrouble::PinBlocked);
    let stage = Stage::new(PANEL);
    stage.put(&plain(Screen::Sorry { trouble, can_retry: false }));
    let spoken = stage.window.get_spoken();
    let place = |text: &str| spoken.find(text).unwrap_or_else(|| panic!("{text} in {spoken}"));
    assert!(place("顔認証マイナンバーカード") < place("職員がカードの写真で確認できます"));
    assert!(place("職員がカードの写真で確認できます") < place("市区町村の窓口"));
    assert!(place("本人または代理人") < place("C-08"));
    assert!(stage.all("もう一度").is_empty());
    stage.press("閉じる");
    assert_eq!(stage.heard(), ["Close"]);
}

#[test]
fn every_trouble_has_its_words_and_nobody_is_told_to_pay() {
    let stage = Stage::new(PANEL);
    let mut seen = std::collections::HashSet::new();
    for trouble in gallery::troubles() {
        for language in [Language::Ja, Language::En] {
            let mut shown = plain(Screen::Sorry { trouble, can_retry: true });
            shown.look.language = language;
            stage.put(&shown);
            let spoken = stage.window.get_spoken();
            assert!(spoken.contains(trouble.code()), "{spoken}");
            tells_nobody_to_pay(&spoken);
            assert!(seen.insert(spoken.replace(trouble.code(), "")), "said twice: {spoken}");
            if trouble == Trouble::Gateway(GatewayTrouble::Unreachable) {
                assert!(spoken.contains("資格確認書"), "{spoken}");
            }
        }
    }
    stage.press("Try again");
    assert_eq!(stage.heard(), ["Again"]);

    for (_, screen) in gallery::pages() {
        for shown in [plain(screen.clone()), english(plain(screen.clone()))] {
            stage.put(&shown);
            tells_nobody_to_pay(&stage.window.get_spoken());
        }
    }
}

#[track_caller]
fn tells_nobody_to_pay(spoken: &str) {
    for word in ["10割", "全額", "自費", "in full"] {
        assert!(!spoken.contains(word), "{spoken}");
    }
}

// seed 139, 141-145, 158, 168
#[test]
fn a_result_has_the_manuals_rows_and_closes() {
    says(
        &plain(result(samples::eligibility())),
        &[
            "資格確認キオスク",
            "資格確認結果",
            "資格情報",
            "確認日：2023年12月01日",
            "保険者番号",
            "12345678",
            "番号",
            "001",
            "枝番",
            "2",
            "1952年01月01日",
            "負担割合",
            "1割",
            "裏面記載情報　なし",
        ],
    );
    offers(result(samples::eligibility()), &[("閉じる", "Close")]);
}

#[test]
fn nobody_stays_in_the_window_after_the_result() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(result(samples::eligibility())));
    assert!(stage.window.get_spoken().contains("資格　太郎"));
    stage.put(&plain(Screen::TakeCard));
    use slint::{ComponentHandle, Model};
    let adapter = stage.window.global::<kiosk_ui::ResultAdapter<'_>>();
    assert_eq!(adapter.get_records().row_count(), 0);
    assert!(!adapter.get_spoken().contains("資格　太郎"));
}

// seed 167
#[test]
fn a_long_result_scrolls_by_large_buttons() {
    let stage = Stage::new(PANEL);
    let (_, two) = gallery::results().into_iter().find(|it| it.0 == "result-two").expect("two");
    stage.put(&plain(two));
    assert_eq!(stage.one("上へ").accessible_enabled(), Some(false));
    assert!(!stage.all("資格情報 1").is_empty() && stage.all("資格情報 2").is_empty());
    for _ in 0..5 {
        stage.press("下へ");
    }
    assert!(stage.all("資格情報 1").is_empty() && !stage.all("裏面記載情報　なし").is_empty());
    assert_eq!(stage.one("下へ").accessible_enabled(), Some(false));
    for _ in 0..5 {
        stage.press("上へ");
    }
    assert!(!stage.all("資格情報 1").is_empty());
}

#[test]
fn english_pages_are_english() {
    says(&english(plain(Screen::Confirm)), &["Three wrong PINs lock the card.", "Back", "日本語"]);
    let shown = english(plain(result(samples::eligibility())));
    says(
        &shown,
        &["Eligibility result", "Checked on 2023-12-01", "10%", "Male", "Family", "Close"],
    );
    says(&Shown { hurry: true, ..shown }, &["Continue", "Close"]);
}
