//! A unit out of its box, and what fingers do with it.

use kiosk_core::{
    AccountTrouble, Event, Screen,
    form::{Field, FormKind},
    menu::{CodeAsk, CodeKind, Done, MenuEntry, MenuList, MenuPage},
    proof::Method,
    screen::Readiness,
};
use tempfile::TempDir;
use whole::{Desk, FACILITY, Gateway, PASSCODE, PASSWORD, Pcscd, STAFF_CODE, Station, USER};

/// A pcscd, a gateway, and a unit out of its box.
pub(crate) struct Box {
    pub(crate) folder: TempDir,
    pub(crate) pcscd: Pcscd,
    pub(crate) gateway: Gateway,
}

impl Box {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
        let pcscd = Pcscd::start(&folder.path().join("p"));
        let gateway = Gateway::start(&folder.path().join("g"), &pcscd.office());
        Station::unpack(&folder.path().join("k"), gateway.url(), &gateway.ca_pem());
        Self { folder, pcscd, gateway }
    }

    /// Switches the unit on: also when it is still on, which is a power cut.
    pub(crate) fn switch_on(&self) -> Station {
        Station::run(&self.folder.path().join("k"), &self.pcscd.socket(), &[])
    }

    pub(crate) fn state(&self, file: &str) -> std::path::PathBuf {
        self.folder.path().join("k/state").join(file)
    }

    pub(crate) fn desk(self, station: Station) -> Desk {
        Desk { pcscd: self.pcscd, gateway: self.gateway, station, folder: self.folder }
    }

    pub(crate) fn desk_ready(self) -> Desk {
        let station = self.switch_on();
        let desk = self.desk(station);
        desk.wait_ready();
        desk
    }
}

#[track_caller]
pub(crate) fn wait(station: &Station, told: &str, fits: impl Fn(&MenuPage) -> bool) {
    station.wait_for(told, |it| matches!(it, Screen::Menu(page) if fits(page)));
}

#[track_caller]
pub(crate) fn wait_form(station: &Station, kind: FormKind, refused: Option<AccountTrouble>) {
    let told = format!("{kind:?}, {refused:?}");
    let fits = |it: &MenuPage| matches!(it, MenuPage::Form { form, .. } if form.kind == kind && form.refused == refused);
    wait(station, &told, fits);
}

#[track_caller]
pub(crate) fn wait_new(station: &Station, kind: CodeKind) {
    let new = CodeAsk::New(kind);
    wait(station, "a new code", |it| matches!(it, MenuPage::Code { ask, .. } if *ask == new));
}

#[track_caller]
pub(crate) fn wait_ready(station: &Station, method: Method) {
    let ready = |it: &Screen| matches!(it, Screen::Ready { method: is, readiness: Readiness::Ready, .. } if *is == method);
    station.wait_for("認証選択", ready);
}

/// 利用規約, 同意して利用開始.
#[track_caller]
pub(crate) fn agree(station: &Station) {
    wait(station, "利用規約", |it| matches!(it, MenuPage::Terms { agree: true, .. }));
    station.touch(Event::Confirm);
    wait_form(station, FormKind::Register, None);
}

pub(crate) fn fill(station: &Station, code: &str) {
    station.fill(Field::Facility, FACILITY);
    station.fill(Field::User, USER);
    station.fill(Field::Password, PASSWORD);
    station.fill(Field::ActivationCode, code);
}

/// 登録完了, OK.
#[track_caller]
pub(crate) fn registered(station: &Station) {
    wait(station, "登録完了", |it| *it == MenuPage::Done(Done::Registered));
    station.touch(Event::Confirm);
    wait_new(station, CodeKind::Passcode);
}

/// The code twice, 登録完了, OK.
#[track_caller]
pub(crate) fn set(station: &Station, kind: CodeKind, code: &str) {
    wait_new(station, kind);
    station.type_pin(code);
    station.type_pin(code);
    let done = MenuPage::Done(Done::Code { kind, first: true });
    wait(station, "登録完了", |it| *it == done);
    station.touch(Event::Confirm);
}

/// Both codes, お知らせ, 認証選択.
#[track_caller]
pub(crate) fn set_codes(station: &Station) {
    set(station, CodeKind::Passcode, PASSCODE);
    set(station, CodeKind::StaffCode, STAFF_CODE);
    wait(station, "お知らせ", |it| matches!(it, MenuPage::Notices(all) if !all.is_empty()));
    station.touch(Event::Confirm);
}

/// ⚙, the passcode, セキュリティ設定, and one of its entries.
#[track_caller]
pub(crate) fn security(station: &Station, entry: MenuEntry) {
    station.touch(Event::Menu);
    station.type_pin(PASSCODE);
    wait(station, "メニュー", |it| matches!(it, MenuPage::List(MenuList::Top { .. })));
    station.touch(Event::Entry(MenuEntry::Security));
    station.touch(Event::Entry(entry));
}

/// システムログイン with this password.
pub(crate) fn log_in(station: &Station, password: &str) {
    station.fill(Field::User, USER);
    station.fill(Field::Password, password);
    station.touch(Event::Confirm);
}
