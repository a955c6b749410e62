//! The pages behind ⚙ and before 認証選択, by what they say and offer.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use i_slint_backend_testing::ElementHandle;
use kiosk_core::{
    AccountTrouble, Look, Notice, Screen, Shown,
    check::Station,
    look::{Reach, TextSize, Theme},
    menu::{CodeAsk, CodeKind, Done, MenuList, MenuPage, Question},
};
use slint::{ComponentHandle, platform::Key};

use crate::stage::{PANEL, SIZES, Stage, english, gallery::menu, offers, plain, says};

fn list(list: MenuList) -> Screen {
    Screen::Menu(MenuPage::List(list))
}

fn security(visual: bool, at_start: bool) -> Screen {
    list(MenuList::Security { visual, at_start, not_kept: false })
}

fn question(question: Question) -> Screen {
    Screen::Menu(MenuPage::Question(question))
}

// seed 83-86, 91, 101, 109, 113
#[test]
fn the_lists_have_the_manuals_entries() {
    offers(
        list(MenuList::Top { unread: false }),
        &[
            ("お知らせ", "Entry(Notices)"),
            ("利用規約", "Entry(Terms)"),
            ("ライセンス", "Entry(Licences)"),
            ("端末情報", "Entry(Info)"),
            ("カードリーダー選択", "Entry(Readers)"),
            ("ネットワーク", "Entry(Network)"),
            ("記録", "Entry(Records)"),
            ("画面と音", "Entry(Display)"),
            ("セキュリティ設定", "Entry(Security)"),
            ("戻る", "Back"),
        ],
    );
    offers(
        security(false, false),
        &[
            ("アカウントパスワード設定", "Entry(AccountPassword)"),
            ("ログインパスコード設定", "Entry(Passcode)"),
            ("職員コードの設定", "Entry(StaffCode)"),
            ("目視確認で本人認証：オフ", "Entry(Visual)"),
            ("電源を入れたときのパスコード：オフ", "Entry(AtStart)"),
            ("デバイス登録解除", "Entry(Remove)"),
            ("ログアウト", "Entry(LogOut)"),
        ],
    );
    says(
        &plain(security(true, true)),
        &["目視確認で本人認証：オン", "電源を入れたときのパスコード：オン"],
    );
}

#[test]
fn the_display_says_what_it_is_set_to_and_each_touch_is_the_next() {
    let display = |look| list(MenuList::Display { look, not_kept: false });
    offers(
        display(Look::default()),
        &[
            ("文字の大きさ：標準", "Entry(TextSize)"),
            ("画面の色：標準", "Entry(Theme)"),
            ("表示言語：日本語", "Entry(Language)"),
            ("操作の位置：標準", "Entry(Reach)"),
            ("音量：中", "Entry(Volume)"),
            ("夜間（21時から6時）の減光：オン", "Entry(Night)"),
        ],
    );
    says(
        &plain(display(menu::other_look())),
        &[
            "文字の大きさ：大きい",
            "画面の色：黒地に白",
            "表示言語：English",
            "操作の位置：下のほう",
            "音量：なし",
            "夜間（21時から6時）の減光：オフ",
        ],
    );
}

// seed 88
#[test]
fn news_are_marked_where_they_are_found() {
    let ready = || crate::stage::gallery::pages().remove(0).1;
    let stage = Stage::new(PANEL);
    stage.put(&plain(ready()));
    let without = stage.pixels().as_bytes().to_vec();
    stage.put(&Shown { news: true, ..plain(ready()) });
    assert!(without != stage.pixels().as_bytes(), "no mark is drawn");
    stage.press("設定（新しいお知らせがあります）");
    assert_eq!(stage.heard(), ["Menu"]);
    stage.put(&plain(list(MenuList::Top { unread: true })));
    stage.press("お知らせ、新着");
    assert_eq!(stage.heard(), ["Entry(Notices)"]);
}

/// What is toggled keeps the focus, so that a keyboard can toggle it back.
#[test]
fn a_toggle_keeps_the_focus() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(security(false, false)));
    while !stage.heard().contains(&"Entry(Visual)".to_owned()) {
        stage.key(Key::Tab);
        stage.key(Key::Return);
    }
    stage.put(&plain(security(true, false)));
    stage.key(Key::Return);
    assert_eq!(stage.heard(), ["Entry(Visual)"]);
}

// seed 72-73, 101-102, 116
#[test]
fn a_code_is_asked_for_by_the_manuals_titles() {
    let code = |ask, first| plain(Screen::Menu(menu::code(ask, None, first)));
    let passcode = CodeKind::Passcode;
    for (ask, first, title) in [
        (CodeAsk::Open, false, "パスコードの入力"),
        (CodeAsk::Open, true, "パスコードでログイン"),
        (CodeAsk::Current, false, "ログインパスコード設定"),
        (CodeAsk::New(passcode), false, "ログインパスコード設定"),
        (CodeAsk::New(passcode), true, "パスコードの登録"),
        (CodeAsk::Again(passcode), true, "パスコードの登録（確認用）"),
        (CodeAsk::Again(passcode), false, "パスコード設定（確認用）"),
        (CodeAsk::New(CodeKind::StaffCode), true, "職員コードの設定"),
    ] {
        says(&code(ask, first), &[title]);
    }
}

#[test]
fn a_forgotten_passcode_has_a_way_out_in_every_look() {
    for size in SIZES {
        let stage = Stage::new(size);
        for (text_size, reach) in [(TextSize::Normal, Reach::Full), (TextSize::Large, Reach::Low)] {
            let look = Look { text_size, reach, ..Look::default() };
            let screen = |first| Screen::Menu(menu::code(CodeAsk::Open, None, first));
            stage.put(&crate::stage::simulated(screen(false), look, false));
            stage.press("パスコードを忘れたとき");
            stage.press("戻る");
            assert_eq!(stage.heard(), ["Forgotten", "Back"], "{size:?}");
            stage.put(&crate::stage::simulated(screen(true), look, false));
            assert!(stage.all("戻る").is_empty(), "{size:?}: there is nowhere to go back to");
        }
    }
}

// seed 70, 74, 96, 103, 111
#[test]
fn what_is_done_is_said() {
    let code = |first| Done::Code { kind: CodeKind::Passcode, first };
    for (done, title) in [
        (Done::Registered, "登録完了"),
        (code(true), "登録完了"),
        (code(false), "変更完了"),
        (Done::AccountPassword, "変更完了"),
        (Done::Removed, "登録解除完了"),
    ] {
        says(&plain(Screen::Menu(MenuPage::Done(done))), &[title]);
        offers(Screen::Menu(MenuPage::Done(done)), &[("OK", "Confirm")]);
    }
}

// seed 109-113
#[test]
fn what_cannot_be_taken_back_is_not_done_by_accident() {
    offers(question(Question::LogOut), &[("ログアウトする", "Confirm"), ("キャンセル", "Back")]);
    offers(question(Question::Remove), &[("登録解除", "Confirm"), ("キャンセル", "Back")]);
    let sure = &["本当に登録を解除しますか。元に戻すことはできません。"];
    says(&plain(question(Question::RemoveForSure)), sure);
    for size in SIZES {
        let stage = Stage::new(size);
        for reach in [Reach::Full, Reach::Low] {
            let look = Look { reach, ..Look::default() };
            let put = |screen| stage.put(&crate::stage::simulated(screen, look, false));
            // A second touch on the place of the first.
            for (first, label, then) in [
                (security(false, false), "ログアウト", Question::LogOut),
                (security(false, false), "デバイス登録解除", Question::Remove),
                (question(Question::Remove), "登録解除", Question::RemoveForSure),
            ] {
                put(first);
                // With low reach it may have to be scrolled to.
                let at = stage.all(label).first().map(middle);
                put(question(then));
                assert!(
                    !at.is_some_and(|at| lies_on_yes(&stage, at)),
                    "{label}: {size:?}, {reach:?}"
                );
                stage.key(Key::Return);
                assert_eq!(stage.heard(), ["Back"], "a blind Enter");
            }
        }
    }
}

fn middle(element: &ElementHandle) -> (f32, f32) {
    let (at, size) = (element.absolute_position(), element.size());
    (at.x + size.width / 2.0, at.y + size.height / 2.0)
}

fn lies_on_yes(stage: &Stage, (x, y): (f32, f32)) -> bool {
    ["ログアウトする", "登録解除"].iter().flat_map(|it| stage.all(it)).any(|yes| {
        let (at, size) = (yes.absolute_position(), yes.size());
        (at.x..at.x + size.width).contains(&x) && (at.y..at.y + size.height).contains(&y)
    })
}

// seed 65-66
#[test]
fn long_terms_scroll_to_their_end_and_quickly() {
    let paragraph = "利用者は、この規約に同意したうえで、資格確認キオスクを利用するものとします。";
    let terms = menu::terms(paragraph, 16_000 / paragraph.chars().count());
    let page = |agree| Screen::Menu(MenuPage::Terms { terms: terms.clone(), agree });
    let stage = Stage::new(PANEL);
    stage.put(&plain(page(true)));
    stage.one("版　2026-11");
    assert!(stage.window.get_spoken().contains(paragraph));
    let since = Instant::now();
    let mut pages = 0;
    while stage.one("下へ").accessible_enabled() == Some(true) {
        stage.press("下へ");
        pages += 1;
        assert!(!stage.pixels().as_bytes().is_empty() && pages < 200);
    }
    // Unoptimized, and beside other tests.
    let each = since.elapsed() / pages;
    assert!(each < Duration::from_millis(500), "{each:?} a page");
    offers(page(true), &[("同意して利用開始", "Confirm")]);
    offers(page(false), &[("閉じる", "Back"), ("戻る", "Back")]);
}

#[test]
fn the_place_is_the_one_of_today() {
    let info =
        |station| plain(Screen::Menu(MenuPage::Info { station, reader: None, device: None }));
    says(&info(Station::Attended), &["職員のいる受付"]);
    says(&info(Station::Unattended), &["職員のいない場所"]);
}

#[test]
fn the_licence_is_there_word_for_word() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(Screen::Menu(MenuPage::Licences)));
    let spoken = stage.window.get_spoken();
    for text in [
        "GPL-3.0-only",
        "ソースコードは、この端末の提供元に求めてください。",
        "SIL Open Font License 1.1",
        "IPA Font License 1.0",
        "Everyone is permitted to copy and distribute verbatim copies",
        "END OF TERMS AND CONDITIONS",
    ] {
        assert!(spoken.contains(text), "{text}");
    }
    offers(Screen::Menu(MenuPage::Licences), &[("閉じる", "Back"), ("戻る", "Back")]);
}

#[test]
fn every_trouble_has_its_words_and_a_code() {
    let stage = Stage::new(PANEL);
    let mut seen = HashSet::new();
    for trouble in menu::troubles() {
        let shown = plain(Screen::Menu(MenuPage::Trouble { trouble, back: true }));
        for shown in [shown.clone(), english(shown)] {
            stage.put(&shown);
            let spoken = stage.window.get_spoken();
            assert!(spoken.contains(trouble.code()), "{spoken}");
            assert!(seen.insert(spoken.replace(trouble.code(), "")), "said twice: {spoken}");
        }
    }
    let trouble = |back| Screen::Menu(MenuPage::Trouble { trouble: AccountTrouble::Disk, back });
    offers(trouble(true), &[("もう一度", "Again"), ("戻る", "Back")]);
    stage.put(&plain(trouble(false)));
    assert!(stage.all("戻る").is_empty());
}

fn notices(all: &[Notice]) -> Screen {
    Screen::Menu(MenuPage::Notices(all.into()))
}

// seed 75, 88-90
#[test]
fn notices_open_and_close() {
    let all = menu::notices();
    offers(
        notices(&all),
        &[
            ("2026年11月20日、12月1日の保守のお知らせ", "Notice(0)"),
            ("2026年11月04日、操作マニュアル第1.20版を公開しました", "Notice(1)"),
            ("閉じる", "Confirm"),
        ],
    );
    says(&plain(notices(&[])), &["お知らせはありません。"]);
    let one = Screen::Menu(MenuPage::Notice(all, 1));
    offers(one.clone(), &[("閉じる", "Back"), ("戻る", "Back")]);
    let texts = [
        "操作マニュアル第1.20版を公開しました",
        "くわしくは、スマートフォンでこのQRコードを読み取ってください。",
        "https://gateway.example.jp/notices/2026/n2?lang=ja",
    ];
    says(&plain(one), &texts);
}

/// Drawn pixel by pixel, dark on white with white around it, in every theme.
#[test]
fn an_address_is_a_code_that_a_phone_can_read() {
    for size in SIZES {
        let stage = Stage::new(size);
        for theme in [Theme::Normal, Theme::ContrastDark, Theme::ContrastLight] {
            let look = Look { theme, ..Look::default() };
            let page = |at| Screen::Menu(MenuPage::Notice(menu::notices(), at));
            stage.put(&Shown { look, ..plain(page(1)) });
            let adapter = stage.window.global::<kiosk_ui::NoticeAdapter<'_>>();
            let code = adapter.get_code().to_rgb8().expect("a picture of pixels");
            let (side, at) = (code.width() as usize, stage.one("QRコード").absolute_position());
            let (left, top) = (at.x.round() as usize, at.y.round() as usize);
            let (drawn, width) = (stage.pixels(), size.0 as usize);
            for (y, row) in code.as_slice().chunks(side).enumerate() {
                let drawn = &drawn.as_slice()[(top + y) * width + left..][..side];
                let same = drawn.iter().zip(row).all(|(a, b)| [a.r, a.g, a.b] == [b.r, b.g, b.b]);
                assert!(same, "line {y}, {theme:?} at {size:?}");
            }
            stage.put(&Shown { look, ..plain(page(0)) });
            assert!(stage.all("QRコード").is_empty(), "there is no address");
        }
    }
}
