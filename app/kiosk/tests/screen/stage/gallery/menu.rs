//! The pages behind ⚙ and before 認証選択.

use std::sync::Arc;

use kiosk_core::{
    AccountTrouble, DeviceInfo, GatewayTrouble, Look, Notice, Reader, ReaderLabel, Records, Screen,
    account::Terms,
    check::Station,
    form::{Entry, Fault, Field, FormKind, FormPage, Row, TypePage},
    look::{Language, Night, Reach, TextSize, Theme, Volume},
    menu::{CodeAsk, CodeKind, CodeRefused, Done, MenuList, MenuPage, Question},
    reader::{Level, Put},
    record::RecordLine,
    samples,
};

use super::text;

pub(super) fn pages() -> Vec<(&'static str, Screen)> {
    let mut pages = codes();
    pages.extend(lists());
    pages.extend(facts());
    pages.extend(ends());
    pages.extend(forms());
    pages.extend(fields());
    pages.extend(texts());
    pages.extend(super::network::pages());
    pages.into_iter().map(|(name, page)| (name, Screen::Menu(page))).collect()
}

/// A code behind ⚙; `first`: while the device is set up.
pub(crate) fn code(ask: CodeAsk, refused: Option<CodeRefused>, first: bool) -> MenuPage {
    MenuPage::Code {
        ask,
        typed: if refused.is_some() { 0 } else { 2 },
        refused,
        first,
        back: !first || matches!(ask, CodeAsk::Again(_)),
        forgot: ask == CodeAsk::Open,
    }
}

fn codes() -> Vec<(&'static str, MenuPage)> {
    use CodeKind::{Passcode, StaffCode};
    use CodeRefused as R;

    let open = |refused| code(CodeAsk::Open, Some(refused), false);
    vec![
        ("menu-code", code(CodeAsk::Open, None, false)),
        ("menu-code-wrong", open(R::Wrong { tries_left: 4 })),
        ("menu-code-locked", open(R::Locked { minutes: 30 })),
        ("menu-code-unusable", open(R::Unusable)),
        // At power-on.
        ("menu-code-start", code(CodeAsk::Open, None, true)),
        ("menu-current", code(CodeAsk::Current, None, false)),
        ("menu-new", code(CodeAsk::New(Passcode), None, false)),
        ("menu-new-first", code(CodeAsk::New(Passcode), None, true)),
        ("menu-again", code(CodeAsk::Again(Passcode), None, false)),
        ("menu-again-first", code(CodeAsk::Again(Passcode), None, true)),
        ("menu-new-differs", code(CodeAsk::New(StaffCode), Some(R::Differs), false)),
        ("menu-new-not-kept", code(CodeAsk::New(StaffCode), Some(R::NotKept), false)),
        ("menu-again-staff-code", code(CodeAsk::Again(StaffCode), None, false)),
    ]
}

/// Nothing in it is as it is delivered, but for the panel.
pub(crate) fn other_look() -> Look {
    Look {
        language: Language::En,
        theme: Theme::ContrastDark,
        text_size: TextSize::Large,
        reach: Reach::Low,
        volume: Volume::Off,
        night: Night::Bright,
        ..Look::default()
    }
}

fn lists() -> Vec<(&'static str, MenuPage)> {
    let top = |unread| MenuPage::List(MenuList::Top { unread });
    let security =
        |on, not_kept| MenuPage::List(MenuList::Security { visual: on, at_start: on, not_kept });
    let display = |look, not_kept| MenuPage::List(MenuList::Display { look, not_kept });
    vec![
        ("menu", top(false)),
        ("menu-unread", top(true)),
        ("menu-security", security(false, false)),
        ("menu-security-not-kept", security(true, true)),
        ("menu-display", display(Look::default(), false)),
        ("menu-display-not-kept", display(other_look(), true)),
    ]
}

/// A reader as the card process tells it.
pub(crate) fn reader(name: &str, level: Level, in_use: bool) -> Reader {
    let name = ReaderLabel::try_from(name).expect("a short name");
    Reader { name, level, put: Some(Put::Place), in_use }
}

pub(crate) fn readers() -> Arc<[Reader]> {
    [
        reader("SONY FeliCa RC-S300/P (0123456) 00 00", Level::Supported, true),
        reader("Maker Of Tomorrow 3000 [CCID Interface] (20261122) 01 00", Level::Unknown, false),
        reader("ACS ACR122U PICC Interface 02 00", Level::Unsupported, false),
    ]
    .into()
}

fn record(time: &str, method: &str, outcome: &str) -> RecordLine {
    let text = str::to_owned;
    RecordLine { time: text(time), method: text(method), outcome: text(outcome) }
}

pub(crate) fn records() -> Arc<Records> {
    let lines = vec![
        record("2026-11-22T01:10:03Z", "", "menu-opened"),
        record("2026-11-22T01:04:03Z", "", "staff-called"),
        record("2026-11-22T01:02:03Z", "visual", "valid"),
        record("2026-11-22T00:58:40Z", "pin", "C-01"),
        record("2026-11-22T00:57:01Z", "device", "left"),
        record("2026-11-21T23:30:00Z", "", "wrong-passcode"),
        record("2026-11-21T20:15:00Z", "", "certificate-renewed"),
        record("2026-11-21T20:14:00Z", "", "pins-changed"),
        record("2026-11-21T15:00:00Z", "", "registered"),
    ];
    Arc::new(Records { lines, unsent: 2, intact: true })
}

/// A device that was registered, and renewed since.
pub(crate) fn device() -> DeviceInfo {
    DeviceInfo {
        device_id: "7f1c2f5e-5a3e-4b8e-9a51-0c6d2f7e8a90".try_into().expect("36 characters"),
        facility: "1310000001".try_into().expect("ten digits"),
        serial: "SK-000001".try_into().expect("short"),
        gateway: "localhost".try_into().expect("short"),
        certificate_from: 1_790_000_000,
        certificate_until: 1_830_000_000,
        pins_version: 2,
        simulator: Some(true),
    }
}

fn facts() -> Vec<(&'static str, MenuPage)> {
    let info = |reader: Option<&str>| MenuPage::Info {
        station: Station::Attended,
        reader: reader.and_then(|name| ReaderLabel::try_from(name).ok()),
        device: reader.map(|_| Arc::new(device())),
    };
    let readers_page = |readers, chosen: Option<&str>, not_kept| MenuPage::Readers {
        readers,
        chosen: chosen.and_then(|name| ReaderLabel::try_from(name).ok()),
        not_kept,
    };
    let broken = Records { lines: records().lines.clone(), unsent: 0, intact: false };
    vec![
        ("menu-info", info(Some("SONY FeliCa RC-S300/P (0123456) 00 00"))),
        ("menu-info-no-reader", info(None)),
        ("menu-readers", readers_page(readers(), None, false)),
        ("menu-readers-chosen", readers_page(readers(), Some("ACS ACR122U PICC Interface"), false)),
        ("menu-readers-none", readers_page(Arc::default(), None, true)),
        ("menu-records", MenuPage::Records(Some(records()))),
        ("menu-records-broken", MenuPage::Records(Some(Arc::new(broken)))),
        (
            "menu-records-none",
            MenuPage::Records(Some(Arc::new(Records { intact: true, ..Records::default() }))),
        ),
        ("menu-records-unreadable", MenuPage::Records(None)),
    ]
}

fn ends() -> Vec<(&'static str, MenuPage)> {
    let done = |kind, first| MenuPage::Done(Done::Code { kind, first });
    let trouble = |trouble, back| MenuPage::Trouble { trouble, back };
    vec![
        ("menu-done", done(CodeKind::Passcode, false)),
        ("menu-done-staff-code", done(CodeKind::StaffCode, false)),
        ("menu-done-first", done(CodeKind::Passcode, true)),
        ("menu-done-first-staff-code", done(CodeKind::StaffCode, true)),
        ("menu-done-registered", MenuPage::Done(Done::Registered)),
        ("menu-done-password", MenuPage::Done(Done::AccountPassword)),
        ("menu-done-removed", MenuPage::Done(Done::Removed)),
        ("menu-question-log-out", MenuPage::Question(Question::LogOut)),
        ("menu-question-remove", MenuPage::Question(Question::Remove)),
        ("menu-question-for-sure", MenuPage::Question(Question::RemoveForSure)),
        ("menu-wait", MenuPage::Wait),
        ("menu-starting", MenuPage::Starting),
        ("menu-trouble", trouble(AccountTrouble::Gateway(GatewayTrouble::Unreachable), true)),
        ("menu-trouble-no-back", trouble(AccountTrouble::Disk, false)),
    ]
}

fn forms() -> Vec<(&'static str, MenuPage)> {
    use AccountTrouble as T;
    use FormKind as K;

    let empty = || Entry::Shown(text(""));
    let row = |field, entry, fault| Row { field, entry, fault };
    let register = |entries: [(Entry, Option<Fault>); 4], refused| {
        let fields = [Field::Facility, Field::User, Field::Password, Field::ActivationCode];
        let rows =
            fields.into_iter().zip(entries).map(|(field, (it, fault))| row(field, it, fault));
        form(K::Register, rows.collect(), refused)
    };
    let filled = || {
        [
            (Entry::Shown(text("1310000001")), None),
            (Entry::Shown(text("kiosk01")), None),
            (Entry::Hidden(20), None),
            (Entry::Shown(text("123456789012")), None),
        ]
    };
    let login = |kind, count, refused| {
        let user = if count == 0 { empty() } else { Entry::Shown(text("kiosk01")) };
        let rows =
            vec![row(Field::User, user, None), row(Field::Password, Entry::Hidden(count), None)];
        form(kind, rows, refused)
    };
    let password = |faults: [Option<Fault>; 3], refused| {
        let fields = [Field::Current, Field::New, Field::Again];
        let rows =
            fields.into_iter().zip(faults).map(|(it, fault)| row(it, Entry::Hidden(9), fault));
        form(K::Password, rows.collect(), refused)
    };
    vec![
        ("menu-form-register", register(filled().map(|_| (empty(), None)), None)),
        ("menu-form-filled", register(filled(), None)),
        (
            "menu-form-faults",
            register(
                [
                    (Entry::Shown(text("131")), Some(Fault::TooFew)),
                    (Entry::Shown(text("k")), Some(Fault::NotAUserId)),
                    (Entry::Hidden(0), Some(Fault::Missing)),
                    (Entry::Shown(text("1")), Some(Fault::TooFew)),
                ],
                None,
            ),
        ),
        ("menu-form-refused", register(filled(), Some(T::CodeTooYoung { minutes: 8 }))),
        ("menu-form-login", login(K::LogIn, 0, None)),
        (
            "menu-form-login-refused",
            login(K::LogIn, 9, Some(T::WrongCredentials { tries_left: Some(3) })),
        ),
        ("menu-form-forgotten", login(K::Forgotten, 9, None)),
        ("menu-form-password", password([None; 3], None)),
        (
            "menu-form-password-faults",
            password([Some(Fault::Missing), Some(Fault::Kinds), Some(Fault::Differs)], None),
        ),
        ("menu-form-password-refused", password([None; 3], Some(T::PasswordRefused))),
    ]
}

/// A form as somebody finds it who has come to it by ←.
pub(crate) fn form(kind: FormKind, rows: Vec<Row>, refused: Option<AccountTrouble>) -> MenuPage {
    let form = FormPage {
        kind,
        rows,
        station: (kind == FormKind::Register).then_some(Station::Unattended),
        refused,
    };
    MenuPage::Form { form, back: kind != FormKind::LogIn }
}

/// A field with its keys.
pub(crate) fn field(field: Field, entry: Entry, revealed: bool) -> MenuPage {
    MenuPage::Type(TypePage { field, entry, revealed })
}

fn fields() -> Vec<(&'static str, MenuPage)> {
    let shown = |it| Entry::Shown(text(it));
    vec![
        ("menu-type-facility", field(Field::Facility, shown("13100"), false)),
        ("menu-type-code", field(Field::ActivationCode, shown(""), false)),
        ("menu-type-user", field(Field::User, shown("kiosk01"), false)),
        ("menu-type-password", field(Field::Password, Entry::Hidden(0), false)),
        ("menu-type-current", field(Field::Current, Entry::Hidden(32), false)),
        ("menu-type-current-shown", field(Field::Current, shown(&"W".repeat(32)), true)),
        ("menu-type-new", field(Field::New, Entry::Hidden(20), false)),
        ("menu-type-new-shown", field(Field::New, shown("WMWMWMWMWMWMWM@@1l0O"), true)),
        ("menu-type-again", field(Field::Again, shown("Kiosk-01!"), true)),
    ]
}

fn texts() -> Vec<(&'static str, MenuPage)> {
    let long = terms("第1条　この規約は、見本です。", 40);
    let notices = notices();
    vec![
        ("menu-terms", MenuPage::Terms { terms: long.clone(), agree: true }),
        ("menu-terms-again", MenuPage::Terms { terms: long, agree: false }),
        (
            "menu-terms-short",
            MenuPage::Terms { terms: terms("この規約は、見本です。", 1), agree: true },
        ),
        ("menu-licences", MenuPage::Licences),
        ("menu-notices", MenuPage::Notices(Arc::clone(&notices))),
        ("menu-notices-none", MenuPage::Notices(Arc::default())),
        ("menu-notice", MenuPage::Notice(Arc::clone(&notices), 0)),
        ("menu-notice-url", MenuPage::Notice(notices, 1)),
    ]
}

/// As many paragraphs of the same words.
pub(crate) fn terms(paragraph: &str, count: usize) -> Arc<Terms> {
    let text = [paragraph].repeat(count).join("\n\n");
    Arc::new(Terms { version: "2026-11".into(), text })
}

/// Short and long, with an address and without.
pub(crate) fn notices() -> Arc<[Notice]> {
    let notice = |id: &str, title: &str, body: &str, url: Option<&str>, date| Notice {
        id: id.into(),
        title: title.into(),
        body: body.into(),
        url: url.map(Into::into),
        date: samples::date(date),
    };
    let upkeep = "12月1日の22時から翌朝の5時まで、保守のため資格確認ができません。\n\n\
        受付には、資格確認書などをお使いください。";
    let address = "https://gateway.example.jp/notices/2026/n2?lang=ja";
    let manual =
        "操作マニュアルを新しくしました。主な変更は、利用規約の画面と、お知らせの画面です。";
    [
        notice("n1", "12月1日の保守のお知らせ", upkeep, None, "20261120"),
        notice("n2", "操作マニュアル第1.20版を公開しました", manual, Some(address), "20261104"),
        notice(
            "n3",
            "マイナ資格確認アプリの利用規約の改定と、令和9年1月からの資格確認の取扱いについて",
            upkeep,
            None,
            "20261001",
        ),
    ]
    .into()
}

/// Every trouble of an order to the gateway.
pub(crate) fn troubles() -> Vec<AccountTrouble> {
    use AccountTrouble as T;
    use GatewayTrouble as G;

    let own = [
        T::FunctionNotEnabled,
        T::CodeUnknown,
        T::CodeUsed,
        T::CodeRevoked,
        T::CodeTooYoung { minutes: 10 },
        T::AccountNeverUsed,
        T::TermsOutdated,
        T::WrongCredentials { tries_left: Some(4) },
        T::WrongCredentials { tries_left: None },
        T::AccountLocked { minutes: Some(30) },
        T::AccountLocked { minutes: None },
        T::PasswordRefused,
        T::Disk,
    ];
    let gateway = [
        G::Unreachable,
        G::NotTrusted,
        G::ClockWrong,
        G::Unavailable,
        G::SessionEnded,
        G::Unregistered,
        G::Stale,
        G::ProofRefused,
        G::NoAnswer,
        G::Nonsense,
        G::LineLost,
    ];
    own.into_iter().chain(gateway.map(T::Gateway)).collect()
}
