//! Every page from the PIN on, by what it says and offers: found by label, pressed by
//! accessible action, so that the same tests stand for people who cannot see.

use kiosk_core::{
    CardTrouble, GatewayTrouble, Screen, Shown, Trouble, eligibility::Eligibility, look::Language,
    proof::TokenKind, reader::Put, result_page::ResultPage, samples,
};
use slint::platform::Key;

use crate::stage::{PANEL, Stage, english, gallery, offers, plain, says};

const PIN: Screen = Screen::Pin { typed: 4, tries_left: None, wrong: false };

fn result(eligibility: Eligibility) -> Screen {
    let page = ResultPage::new(eligibility, samples::date("20281231"));
    Screen::Result { page: page.into(), take_card: false }
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

/// Where the card goes follows the reader that is in use.
#[test]
fn a_reader_with_a_slot_has_its_own_words_and_picture() {
    let stage = Stage::new(PANEL);
    let card = |put| {
        let screen = Screen::Card { token: TokenKind::Card, nothing_there: false };
        stage.put(&Shown { put, ..plain(screen) });
        stage.pixels().as_bytes().to_vec()
    };
    let placed = card(Put::Place);
    stage.one("マイナンバーカードを、カードリーダーの上に置いてください。");
    assert!(card(Put::Either) == placed);
    let inserted = card(Put::Insert);
    stage.one("マイナンバーカードを、ICチップのある側から、カードリーダーに差し込んでください。");
    assert!(inserted != placed);
    let phone = Screen::Card { token: TokenKind::Android, nothing_there: false };
    let phone = |put| {
        stage.put(&Shown { put, ..plain(phone.clone()) });
        stage.pixels().as_bytes().to_vec()
    };
    assert!(phone(Put::Insert) == phone(Put::Place), "no phone goes into a slot");
}

#[test]
fn english_pages_are_english() {
    says(
        &english(plain(Screen::Confirm)),
        &["Three wrong PINs lock the card.", "Back", "Easier to read"],
    );
    let shown = english(plain(result(samples::eligibility())));
    says(
        &shown,
        &["Eligibility result", "Checked on 2023-12-01", "10%", "Male", "Family", "Close"],
    );
    says(&Shown { hurry: true, ..shown }, &["Continue", "Close"]);
}
