//! Which machine is up: the check, or the menu behind ⚙ and before 認証選択. The loop
//! speaks with this one and with no other.
//!
//! ```text
//!  touch ──▶ the menu while it is open, else the check
//!  world ──▶ the check, always: it knows reader and line when the menu closes
//! ```
//!
//! The menu opens on 認証選択 only, so no check runs behind it; and when it closes,
//! 認証選択 is what stands there. It opens by itself where 認証選択 would be of no use: the
//! device is not registered, has no passcode, or has no session. Over both may lie the list
//! of languages, 画面をふく, and the call for staff.

mod surroundings;

use std::{mem, sync::Arc, time::Instant};

use surroundings::Surroundings;

use crate::{
    Check, Effect, Effects, Event, GatewayTrouble, LineStatus, ReaderLabel, Screen, Settings,
    Shown, Text,
    look::Night,
    menu::{self, Choice, Chosen, CodeKind, Known, Menu, OrderId, Outcome, Purpose},
    notice::Notice,
};

/// What the state folder says when the kiosk starts.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// An admin passcode is set: ⚙ leads somewhere.
    pub has_passcode: bool,
    /// It is asked for before 認証選択, too.
    pub passcode_at_start: bool,
    /// The notices that were shown, by their ids.
    pub notices_read: Vec<String>,
    /// What was chosen on カードリーダー選択.
    pub reader: Option<ReaderLabel>,
    /// What nobody has chosen anything over: it holds again after a removal.
    pub factory: Option<Settings>,
    /// 医療機関コード, where the vendor has said it: 初期登録 begins with it.
    pub facility: Text,
}

/// The whole machine of a kiosk.
#[derive(Debug)]
pub struct Kiosk {
    check: Check,
    menu: Option<Menu>,
    setup: Setup,
    notices: Arc<[Notice]>,
    surroundings: Surroundings,
    /// The list of languages lies over the page.
    languages: bool,
    next_order: OrderId,
}

impl Kiosk {
    /// A kiosk on 認証選択, or on パスコードでログイン where the station asks for it.
    pub fn new(now: Instant, settings: Settings, setup: Setup) -> Self {
        let asks = setup.has_passcode && setup.passcode_at_start;
        let mut kiosk = Self {
            check: Check::new(settings),
            menu: None,
            setup,
            notices: Arc::default(),
            surroundings: Surroundings::new(now),
            languages: false,
            next_order: OrderId(0),
        };
        if asks {
            // A page of digits orders nothing yet.
            kiosk.open(now, Purpose::PowerOn);
        }
        kiosk
    }

    /// Takes an event; gives what is to be done. Never blocks, never fails.
    pub fn handle(&mut self, now: Instant, event: Event) -> Effects {
        let page = mem::discriminant(&self.page());
        let (event, deed) = self.surroundings.take(now, event);
        let Some(event) = event.and_then(|event| self.language_chosen(event)) else {
            return deed.into_iter().map(Effect::Record).collect();
        };
        let mut effects = self.pass_on(now, event);
        if let Some(deed) = deed {
            give(&mut effects, Effect::Record(deed));
        }
        // Whatever comes up is not hidden behind a list.
        self.languages &= page == mem::discriminant(&self.page());
        effects
    }

    /// 表示言語 opens and closes; behind the list nothing can be touched.
    fn language_chosen(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::Languages => self.languages = true,
            Event::Language(_) => self.languages = false,
            Event::Back | Event::Close if self.languages => {
                self.languages = false;
                // The person is there all the same.
                return Some(Event::StillHere);
            }
            _ if self.languages && event.is_touch() && !event.is_look() => {
                return matches!(event, Event::StillHere).then_some(event);
            }
            _ => {}
        }
        Some(event)
    }

    fn pass_on(&mut self, now: Instant, event: Event) -> Effects {
        if let Event::Notices(notices) = &event {
            self.notices = Arc::clone(notices);
        }
        let mut effects = Effects::new();
        let is_menus = match &mut self.menu {
            Some(menu) => {
                let outcome = menu.handle(now, &event);
                self.follow(outcome, &mut effects);
                // The look is everybody's; what else is touched is the menu's alone.
                event.is_touch() && !event.is_look()
            }
            None if matches!(event, Event::Menu) => {
                if self.may_open() {
                    let outcome = self.open(now, Purpose::Gear);
                    self.follow(outcome, &mut effects);
                }
                true
            }
            None => false,
        };
        if !is_menus {
            for effect in self.check.handle(now, event) {
                give(&mut effects, effect);
            }
        }
        if let Some(purpose) = self.called_for() {
            let outcome = self.open(now, purpose);
            self.follow(outcome, &mut effects);
        }
        effects
    }

    /// When [`Event::TimePassed`] is due, if nothing else happens.
    pub fn deadline(&self) -> Option<Instant> {
        let menu = self.menu.as_ref().map(Menu::deadline);
        let around = self.surroundings.deadline(self.may_dim());
        menu.into_iter().chain(self.check.deadline()).chain(around).min()
    }

    /// What is to be shown now.
    pub fn shown(&self) -> Shown {
        let mut shown = self.check.shown();
        if let Some(menu) = &self.menu {
            shown.hurry = menu.hurries();
        }
        shown.screen = if self.languages { Screen::Languages } else { self.page() };
        shown.gear = self.may_open() && !self.languages;
        shown.news = shown.gear && menu::has_unread(&self.notices, &self.setup.notices_read);
        self.surroundings.surround(&mut shown, self.may_dim());
        shown
    }

    /// Nobody uses 認証選択.
    fn may_dim(&self) -> bool {
        self.menu.is_none()
            && self.check.is_ready()
            && self.check.settings().look.night == Night::Dark
    }

    fn page(&self) -> Screen {
        match &self.menu {
            Some(menu) => Screen::Menu(menu.page()),
            None => self.check.screen(),
        }
    }

    fn may_open(&self) -> bool {
        self.setup.has_passcode && self.menu.is_none() && self.check.is_ready()
    }

    /// What 認証選択 has to wait for.
    fn called_for(&self) -> Option<Purpose> {
        if self.menu.is_some() || !self.check.is_ready() {
            return None;
        }
        match self.check.line() {
            LineStatus::Starting => None,
            LineStatus::Unregistered => Some(Purpose::FirstStart),
            LineStatus::Removing => Some(Purpose::Removal),
            LineStatus::Up { .. } | LineStatus::Down(_) if !self.setup.has_passcode => {
                Some(Purpose::Codes)
            }
            LineStatus::Down(GatewayTrouble::SessionEnded) => Some(Purpose::LogIn),
            LineStatus::Up { .. } | LineStatus::Down(_) => None,
        }
    }

    fn open(&mut self, now: Instant, purpose: Purpose) -> Outcome {
        let settings = self.check.settings();
        let chosen = Chosen {
            method: settings.method,
            station: settings.station,
            look: settings.look,
            at_start: self.setup.passcode_at_start,
            notices_read: self.setup.notices_read.clone(),
            reader: self.setup.reader.clone(),
        };
        let known = Known {
            chosen,
            has_staff_code: settings.staff_code,
            notices: Arc::clone(&self.notices),
            readers: self.surroundings.readers(),
            device: self.surroundings.device(),
            line: self.check.line(),
            facility: self.setup.facility.clone(),
            next_order: self.next_order,
        };
        let (menu, outcome) = Menu::open(now, purpose, known);
        self.menu = Some(menu);
        outcome
    }

    fn follow(&mut self, outcome: Outcome, effects: &mut Effects) {
        if let Some(choice) = self.menu.as_mut().and_then(Menu::take_changed) {
            self.apply(choice, effects);
        }
        if let Some(deed) = self.menu.as_mut().and_then(Menu::take_deed) {
            give(effects, Effect::Record(deed));
        }
        match outcome {
            Outcome::Stays => {}
            Outcome::Orders(id, order) => give(effects, Effect::Admin(id, order)),
            Outcome::Asks(id, order) => give(effects, Effect::Account(id, order)),
            Outcome::CodeSet(CodeKind::Passcode) => self.setup.has_passcode = true,
            Outcome::CodeSet(CodeKind::StaffCode) => {
                self.check.set(Settings { staff_code: true, ..self.check.settings() });
            }
            Outcome::Wiped => {
                let factory = self.setup.factory;
                let facility = mem::take(&mut self.setup.facility);
                self.setup = Setup { factory, facility, ..Setup::default() };
                give(effects, Effect::UseReader(None));
                let settings = factory.unwrap_or(self.check.settings());
                self.check.set(Settings { staff_code: false, ..settings });
                self.close();
            }
            Outcome::Closes => self.close(),
        }
    }

    fn close(&mut self) {
        if let Some(menu) = self.menu.take() {
            self.next_order = menu.next_order();
        }
    }

    fn apply(&mut self, choice: Choice, effects: &mut Effects) {
        let settings = self.check.settings();
        match choice {
            Choice::Method(method) => self.check.set(Settings { method, ..settings }),
            Choice::Station(station) => self.check.set(Settings { station, ..settings }),
            Choice::Look(look) => self.check.set(Settings { look, ..settings }),
            Choice::PasscodeAtStart(asks) => self.setup.passcode_at_start = asks,
            Choice::NoticesRead(ids) => self.setup.notices_read = ids,
            Choice::Reader(reader) => {
                self.setup.reader = reader.clone();
                give(effects, Effect::UseReader(reader));
            }
        }
    }
}

fn give(effects: &mut Effects, effect: Effect) {
    effects.push(effect).expect("a check has four effects, the menu three more");
}
