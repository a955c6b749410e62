//! What the life of a terminal touches: registration, the menu, the keyboard.

use std::sync::Arc;

use kiosk_core::{
    AccountTrouble, Look, Notice, Screen, Terms,
    check::Station,
    form::{Entry, Fault, Field, FormKind, FormPage, Row, TypePage},
    look::Orientation,
    menu::{CodeAsk, CodeKind, Done, MenuList, MenuPage, Question},
    private::Private,
    proof::Method,
    samples,
    screen::Readiness,
};

use super::{Meant, button};

use crate::stage::gallery::{self, menu::code};

fn list(list: MenuList) -> MenuPage {
    MenuPage::List(list)
}

fn top() -> MenuPage {
    list(MenuList::Top { unread: false })
}

fn security() -> MenuPage {
    list(MenuList::Security { visual: false, at_start: false, not_kept: false })
}

fn terms() -> MenuPage {
    let terms = Terms { version: "2026-11-01".to_owned(), text: "第一条\n".repeat(200) };
    MenuPage::Terms { terms: Arc::new(terms), agree: true }
}

fn notices() -> Arc<[Notice]> {
    let notice = |id: &str, title: &str| Notice {
        id: id.to_owned(),
        title: title.to_owned(),
        body: "この接続先は模擬環境です。".to_owned(),
        url: Some("https://gateway.example/notices/2026-11-simulator".to_owned()),
        date: samples::date("20261120"),
    };
    [notice("2", "電子証明書の有効期限について"), notice("1", "模擬環境のご案内")].into()
}

fn codes() -> Vec<MenuPage> {
    use CodeKind::{Passcode, StaffCode};

    let pages = [
        (CodeAsk::Open, false),
        (CodeAsk::Current, false),
        (CodeAsk::New(Passcode), false),
        (CodeAsk::Again(Passcode), false),
        (CodeAsk::New(Passcode), true),
        (CodeAsk::Again(Passcode), true),
        (CodeAsk::New(StaffCode), true),
        (CodeAsk::Again(StaffCode), true),
    ];
    pages.map(|(ask, first)| code(ask, None, first)).into()
}

fn dones() -> Vec<MenuPage> {
    let code = |kind, first| Done::Code { kind, first };
    let all = [
        Done::Registered,
        code(CodeKind::Passcode, true),
        code(CodeKind::StaffCode, true),
        code(CodeKind::Passcode, false),
        Done::AccountPassword,
        Done::Removed,
    ];
    all.map(MenuPage::Done).into()
}

/// A form as it is touched: empty, filled in, with faults or a refusal.
fn form(
    kind: FormKind,
    fields: &[Field],
    fault: Option<Fault>,
    refused: Option<AccountTrouble>,
) -> MenuPage {
    let row = |field: &Field| Row {
        field: *field,
        entry: match field.is_secret() {
            true => Entry::Hidden(if fault.is_some() { 0 } else { 12 }),
            false => Entry::Shown(
                Private::new(if fault.is_some() { "" } else { "kiosk01" }).expect("it fits"),
            ),
        },
        fault: fault.filter(|_| field.is_required()),
    };
    let form = FormPage {
        kind,
        rows: fields.iter().map(row).collect(),
        station: (kind == FormKind::Register).then_some(Station::Attended),
        refused,
    };
    MenuPage::Form { form, back: kind != FormKind::LogIn }
}

fn registers() -> Vec<MenuPage> {
    let fields = [Field::Facility, Field::User, Field::Password, Field::ActivationCode];
    let register = |fault| form(FormKind::Register, &fields, fault, None);
    vec![register(None), register(Some(Fault::Missing))]
}

fn log_ins(refused: &[Option<AccountTrouble>]) -> Vec<MenuPage> {
    let log_in = |why: &Option<AccountTrouble>| {
        form(FormKind::LogIn, &[Field::User, Field::Password], None, *why)
    };
    refused.iter().map(log_in).collect()
}

const WRONG: Option<AccountTrouble> =
    Some(AccountTrouble::WrongCredentials { tries_left: Some(4) });
const LOCKED: Option<AccountTrouble> = Some(AccountTrouble::AccountLocked { minutes: Some(30) });

fn passwords() -> Vec<MenuPage> {
    let fields = [Field::Current, Field::New, Field::Again];
    vec![form(FormKind::Password, &fields, None, None)]
}

fn typing(field: Field) -> MenuPage {
    let entry = match field.is_secret() {
        true => Entry::Hidden(3),
        false => Entry::Shown(Private::new("abc").expect("it fits")),
    };
    MenuPage::Type(TypePage { field, entry, revealed: false })
}

fn secrets() -> Vec<MenuPage> {
    [Field::Password, Field::Current, Field::New, Field::Again].map(typing).into()
}

fn letters() -> Vec<MenuPage> {
    let mut pages = secrets();
    pages.push(typing(Field::User));
    pages.extend(addresses());
    pages
}

fn infos() -> Vec<MenuPage> {
    named("menu-info")
}

fn addresses() -> Vec<MenuPage> {
    [Field::Address, Field::Router, Field::Dns].map(typing).into()
}

/// A page by its name in the gallery.
fn named(name: &str) -> Vec<MenuPage> {
    let page = gallery::pages().into_iter().find(|(its, _)| *its == name);
    match page {
        Some((_, Screen::Menu(page))) => vec![page],
        other => panic!("{name} in the gallery: {other:?}"),
    }
}

/// 画面と音, of a panel that hangs as it is made or upside down.
fn displays() -> Vec<MenuPage> {
    let turned = |orientation| Look { orientation, ..Look::default() };
    let ways = [Orientation::Landscape, Orientation::Portrait, Orientation::LandscapeFlipped];
    ways.map(|way| list(MenuList::Display { look: turned(way), not_kept: false })).into()
}

fn digits() -> Vec<MenuPage> {
    [Field::Facility, Field::ActivationCode].map(typing).into()
}

/// Pages with a key pad.
pub(crate) fn pads() -> Vec<Screen> {
    codes().into_iter().chain(digits()).map(Screen::Menu).collect()
}

/// Pages behind 設定 that are looked at and left.
fn looked_at() -> Vec<MenuPage> {
    let names = ["menu-readers", "menu-network", "menu-records", "menu-terms-again"];
    names.into_iter().flat_map(named).collect()
}

/// Pages where the demo changes the language.
fn in_both() -> Vec<Screen> {
    let ready = gallery::ready(Method::Pin, Readiness::Ready, true);
    let mut pages = vec![ready, Screen::Confirm, Screen::Compare, Screen::TakeCard];
    pages.extend(gallery::results().into_iter().take(1).map(|it| it.1));
    let menu = [terms(), top(), security(), MenuPage::Licences, typing(Field::Facility)];
    let menu = menu.into_iter().chain(codes()).chain(registers()).chain(dones());
    let menu = menu.chain(looked_at()).chain(secrets()).chain(passwords());
    let menu = menu.chain(log_ins(&[None, WRONG, LOCKED]));
    let more = [
        MenuPage::Notices(notices()),
        MenuPage::Notice(notices(), 0),
        MenuPage::Question(Question::LogOut),
        MenuPage::Question(Question::Remove),
        MenuPage::Question(Question::RemoveForSure),
        MenuPage::Info { station: Station::Attended, reader: None, device: None },
        list(MenuList::Display { look: Look::default(), not_kept: false }),
    ];
    pages.extend(menu.chain(more).map(Screen::Menu));
    pages
}

const BY_HAND: &str = "menu-form-network-by-hand";

/// Why something was refused stands above, and this below the edge.
fn below(meant: Meant) -> Meant {
    Meant { layer: Some("下へ"), ..meant }
}

fn on(label: &str, pages: Vec<MenuPage>) -> Meant {
    button(label, pages.into_iter().map(Screen::Menu).collect())
}

fn field(label: &str, pages: Vec<MenuPage>) -> Meant {
    Meant { beginning: true, ..on(label, pages) }
}

/// What only an appliance asks for: how it is connected, and how its panel hangs.
fn of_appliances(name: &str) -> Option<Meant> {
    Some(match name {
        "address-." => on(".", addresses()),
        "address-/" => on("/", vec![typing(Field::Address)]),
        "address-next" => on("次へ", addresses()),
        "field-address" => field("IPアドレス/プレフィックス長", named(BY_HAND)),
        "field-router" => field("ルーター", named(BY_HAND)),
        "field-dns" => field("DNSサーバー", named(BY_HAND)),
        "by-hand" => on("手動", named("menu-form-network")),
        "network-change" => on("設定を変更する", named("menu-network")),
        "network-next" => on("次へ", named(BY_HAND)),
        "network-yes" => on("変更", named("menu-question-network")),
        "facts-close" => on("閉じる", [named("menu-network-changed"), infos()].concat()),
        "orientation" => field("画面の向き", displays()),
        _ => return None,
    })
}

/// What メニュー offers.
fn of_the_menu(name: &str) -> Option<Meant> {
    let label = match name {
        "menu-readers" => "カードリーダー選択",
        "menu-notices" => "お知らせ",
        "menu-display" => "画面と音",
        "menu-security" => "セキュリティ設定",
        "menu-info" => "端末情報",
        "menu-network" => "ネットワーク",
        "menu-records" => "記録",
        "menu-terms" => "利用規約",
        "menu-licences" => "ライセンス",
        _ => return None,
    };
    Some(on(label, vec![top()]))
}

/// `None` for what belongs to checks.
pub(crate) fn meant(name: &str) -> Option<Meant> {
    if let Some(meant) = of_appliances(name).or_else(|| of_the_menu(name)) {
        return Some(meant);
    }
    Some(match name {
        "language" => button("言語 Language", in_both()),
        "language-en" => button("English", vec![Screen::Languages]),
        "language-ja" => button("日本語", vec![Screen::Languages]),
        "back" => on(
            "戻る",
            vec![
                top(),
                security(),
                MenuPage::Info { station: Station::Attended, reader: None, device: None },
                MenuPage::Licences,
                MenuPage::Notice(notices(), 0),
                list(MenuList::Display { look: Look::default(), not_kept: false }),
            ]
            .into_iter()
            .chain(looked_at())
            .collect(),
        ),
        "agree" => on("同意して利用開始", vec![terms()]),
        "register" => on("登録する", registers()),
        "station-attended" => field("職員のいる受付", registers()),
        "field-facility" => field("医療機関コード", registers()),
        "field-user" => field("ユーザID", registers()),
        "field-password" => field("パスワード", registers()),
        "field-code" => field("アクティベーションコード", registers()),
        "login-user" => field("ユーザID", log_ins(&[None])),
        "login-password" => field("パスワード", log_ins(&[None])),
        "down" => on("下へ", [log_ins(&[LOCKED]), infos()].concat()),
        "login-password-refused" => below(field("パスワード、", log_ins(&[LOCKED]))),
        "log-in" => on("ログイン", log_ins(&[None, WRONG, LOCKED])),
        "field-current" => field("現在のパスワード", passwords()),
        "field-new" => field("新しいパスワード、", passwords()),
        "field-again" => field("新しいパスワード（確認用）", passwords()),
        "change" => on("変更", passwords()),
        "digits-next" => on("次へ", digits()),
        "letters-next" => on("次へ", vec![typing(Field::User)]),
        "secret-next" => on("次へ", secrets()),
        "reveal" => on("表示する", secrets()),
        "erase-all" => on("全部消す", secrets()),
        "shift" => on("大文字：オフ", secrets()),
        "symbols" => on("記号", secrets()),
        "code-next" => on("次へ", codes()),
        "ok" => on("OK", dones()),
        "notice" => field("2026年11月20日", vec![MenuPage::Notices(notices())]),
        "notices-close" => on("閉じる", vec![MenuPage::Notices(notices())]),
        "account-password" => on("アカウントパスワード設定", vec![security()]),
        "passcode" => on("ログインパスコード設定", vec![security()]),
        "log-out" => on("ログアウト", vec![security()]),
        "remove" => on("デバイス登録解除", vec![security()]),
        "log-out-yes" => on("ログアウトする", vec![MenuPage::Question(Question::LogOut)]),
        "remove-yes" => on("登録解除", vec![MenuPage::Question(Question::Remove)]),
        "remove-for-sure" => on("登録解除", vec![MenuPage::Question(Question::RemoveForSure)]),
        name => {
            let (label, layer) = match (name.strip_prefix("letter-"), name.strip_prefix("symbol-"))
            {
                (Some(letter), _) => (letter, None),
                (_, Some(symbol)) => (symbol, Some("記号")),
                _ => return None,
            };
            let pages = if layer.is_some() { secrets() } else { letters() };
            Meant { layer, ..on(label, pages) }
        }
    })
}
