//! Forms and the keys of their fields, by what they say and offer.

use i_slint_backend_testing::ElementHandle;
use kiosk_core::{
    AccountTrouble, Look, Screen,
    form::{Entry, Fault, Field, FormKind, Row},
    look::Reach,
    menu::MenuPage,
};
use slint::{ComponentHandle, SharedString, platform::Key};

use crate::stage::{
    PANEL, SIZES, Stage,
    gallery::{menu, text},
    offers, plain, says,
};

fn field(field: Field, entry: Entry, revealed: bool) -> Screen {
    Screen::Menu(menu::field(field, entry, revealed))
}

fn shown(it: &str) -> Entry {
    Entry::Shown(text(it))
}

fn form(kind: FormKind, fields: &[Field]) -> Screen {
    let row = |field: &Field| Row { field: *field, entry: Entry::Hidden(3), fault: None };
    Screen::Menu(menu::form(kind, fields.iter().map(row).collect(), None))
}

const REGISTER: [Field; 4] = [Field::Facility, Field::User, Field::Password, Field::ActivationCode];

// seed 67-69, 91, 95, 118
#[test]
fn a_form_has_its_fields_and_its_button() {
    use Field as F;
    offers(
        form(FormKind::Register, &REGISTER),
        &[
            ("医療機関コード（機関コード）、必須、3文字を入力しました。", "Field(Facility)"),
            ("ユーザID、必須、3文字を入力しました。", "Field(User)"),
            ("パスワード、必須、3文字を入力しました。", "Field(Password)"),
            ("アクティベーションコード、3文字を入力しました。", "Field(ActivationCode)"),
            ("職員のいる受付", "Station(Attended)"),
            ("職員のいない場所、選ばれています", "Station(Unattended)"),
            ("登録する", "Confirm"),
            ("戻る", "Back"),
        ],
    );
    offers(form(FormKind::LogIn, &[F::User, F::Password]), &[("ログイン", "Confirm")]);
    offers(form(FormKind::Forgotten, &[F::User, F::Password]), &[("次へ", "Confirm")]);
    offers(form(FormKind::Password, &[F::Current, F::New, F::Again]), &[("変更", "Confirm")]);
}

// seed 71, 100
#[test]
fn forms_say_where_their_values_stand() {
    says(
        &plain(form(FormKind::Register, &REGISTER)),
        &["ユーザ設定情報を見て、項目を押して入力してください。"],
    );
    says(
        &plain(form(FormKind::LogIn, &[Field::User, Field::Password])),
        &[
            "ユーザ設定情報のIDとパスワードを入力してください。変更したときは、変更後のパスワードです。",
        ],
    );
}

// seed 99
#[test]
fn a_locked_account_is_told_whom_to_ask() {
    for (minutes, wait) in [(Some(30), "あと30分待つか"), (None, "30分ほど待つか")] {
        let stage = Stage::new(PANEL);
        let rows = vec![Row { field: Field::User, entry: Entry::Hidden(3), fault: None }];
        let refused = Some(AccountTrouble::AccountLocked { minutes });
        stage.put(&plain(Screen::Menu(menu::form(FormKind::LogIn, rows, refused))));
        let spoken = stage.window.get_spoken();
        assert!(
            spoken.contains(wait) && spoken.contains("オンライン資格確認等コールセンター"),
            "{spoken}"
        );
    }
}

// seed 68
#[test]
fn every_fault_is_said_at_its_field_and_the_trouble_above() {
    let faults = [Fault::Missing, Fault::Kinds, Fault::Differs];
    let rows = [Field::Current, Field::New, Field::Again].into_iter().zip(faults);
    let rows = rows.map(|(field, it)| Row { field, entry: Entry::Hidden(0), fault: Some(it) });
    let trouble = AccountTrouble::WrongCredentials { tries_left: Some(2) };
    let screen = Screen::Menu(menu::form(FormKind::Password, rows.collect(), Some(trouble)));
    let stage = Stage::new(PANEL);
    stage.put(&plain(screen));
    stage.one("現在のパスワードが違います。");
    let spoken = stage.window.get_spoken();
    for text in [
        "残り2回です。",
        "A-08",
        "現在のパスワード、必須、未入力。入力してください。",
        "英大文字・英小文字・数字・記号をすべて使ってください。",
        "新しいパスワードと違います。",
    ] {
        assert!(spoken.contains(text), "{text} is not in {spoken}");
    }
}

/// Presses each of these keys; each types one character.
#[track_caller]
fn types(stage: &Stage, keys: &str) {
    for key in keys.chars() {
        stage.press(&key.to_string());
        assert_eq!(stage.heard(), ["Letter(*)"], "{key}");
    }
}

// seed 92-94
#[test]
fn the_keyboard_has_three_layers_that_stay() {
    let stage = Stage::new(PANEL);
    stage.put(&plain(field(Field::New, Entry::Hidden(2), false)));
    types(&stage, "1234567890qwertyuiopasdfghjklzxcvbnm");
    stage.press("大文字：オフ");
    types(&stage, "0QWERTYUIOPASDFGHJKLZXCVBNM");
    stage.press("大文字：オン");
    stage.press("記号");
    types(&stage, "9`~!@#$%^&*_{}[]|;'<>,.?-()/");
    stage.press("英字");
    types(&stage, "a");
    let rest = [("消す", "Erase"), ("全部消す", "EraseAll"), ("表示する", "Reveal")];
    for (label, event) in rest.into_iter().chain([("次へ", "Next"), ("戻る", "Back")]) {
        stage.press(label);
        assert_eq!(stage.heard(), [event]);
    }

    stage.put(&plain(field(Field::User, shown("kiosk"), false)));
    for label in ["記号", "表示する", "隠す"] {
        assert!(stage.all(label).is_empty(), "a user id has no {label}");
    }
    offers(field(Field::Facility, shown("1"), false), &[("7", "Digit(*)"), ("次へ", "Next")]);
}

#[test]
fn a_real_keyboard_types_wherever_the_focus_is() {
    let stage = Stage::new(PANEL);
    for field in
        [field(Field::New, Entry::Hidden(2), false), field(Field::Facility, shown(""), false)]
    {
        stage.put(&plain(Screen::Menu(MenuPage::Wait)));
        stage.put(&plain(field));
        stage.key(Key::Return);
        assert_eq!(stage.heard(), ["Next"]);
        stage.key(Key::Tab);
        for key in ["a", "Z", "7", "@", "~"] {
            stage.key(key);
            assert_eq!(stage.heard(), ["Letter(*)"], "{key}");
        }
        // Enter after a letter goes on; it does not press what had the focus.
        stage.key(Key::Return);
        stage.key(Key::Backspace);
        stage.key("é");
        stage.key("ab");
        stage.key(Key::F1);
        stage.key(Key::Escape);
        assert_eq!(stage.heard(), ["Next", "Erase", "Back"]);
    }
}

// seed 94
#[test]
fn a_password_is_seen_only_and_gone_with_its_page() {
    const SECRET: &str = "Kiosk-01!";
    let stage = Stage::new(PANEL);
    let row = || stage.window.global::<kiosk_ui::TypeAdapter<'_>>().get_row();
    stage.put(&plain(field(Field::Password, Entry::Hidden(9), false)));
    let masked = stage.pixels().as_bytes().to_vec();
    stage.put(&plain(field(Field::Password, shown(SECRET), true)));
    assert!(masked != stage.pixels().as_bytes());
    stage.one("9文字を入力しました");
    assert!(!stage.window.get_spoken().contains(SECRET));
    assert!(!stage.labels().concat().contains(SECRET));
    assert_eq!(row().text, SECRET);
    stage.put(&plain(Screen::Menu(MenuPage::Wait)));
    assert_eq!(row().text, SharedString::default());
}

/// Ten keys in a row are narrower on a narrow window, and never too narrow.
#[test]
fn keys_are_wide_enough_everywhere() {
    for size in SIZES {
        let stage = Stage::new(size);
        let (width, height) = (size.0 as f32, size.1 as f32);
        let portrait = width < height;
        let unit = if portrait {
            (width / 800.0).min(height / 1280.0)
        } else {
            (width / 1280.0).min(height / 800.0)
        };
        let least = if portrait { 72.0 } else { 89.0 } * unit;
        for reach in [Reach::Full, Reach::Low] {
            let look = Look { reach, ..Look::default() };
            let screen = field(Field::New, Entry::Hidden(2), false);
            stage.put(&crate::stage::simulated(screen, look, false));
            for key in "1234567890qwertyuiopasdfghjklzxcvbnm".chars() {
                let it = stage.one(&key.to_string()).size();
                let good = it.width >= least - 0.5 && it.height >= 89.0 * unit - 0.5;
                assert!(good, "{key} at {size:?}, {reach:?}: {it:?}");
            }
        }
    }
}

/// A keyboard's focus is never out of sight.
#[test]
fn what_gets_the_focus_is_scrolled_to() {
    for size in SIZES {
        let stage = Stage::new(size);
        let look = Look { reach: Reach::Low, ..Look::default() };
        stage.put(&crate::stage::simulated(form(FormKind::Register, &REGISTER), look, false));
        let scroll = ElementHandle::find_by_element_type_name(&stage.window, "Scroll").next();
        let scroll = scroll.expect("a form scrolls");
        let (top, height) = (scroll.absolute_position().y, scroll.size().height);
        for (event, label) in [
            ("Field(ActivationCode)", "アクティベーションコード、3文字を入力しました。"),
            ("Station(Unattended)", "職員のいない場所、選ばれています"),
            ("Field(User)", "ユーザID、必須、3文字を入力しました。"),
        ] {
            while !stage.heard().contains(&event.to_owned()) {
                stage.key(Key::Tab);
                stage.key(" ");
            }
            let it = stage.one(label);
            let (y, high) = (it.absolute_position().y, it.size().height);
            let seen = y >= top - 1.0 && y + high <= top + height + 1.0;
            assert!(seen, "{label} at {size:?}: {y} + {high} in {top} + {height}");
        }
    }
}
