//! What happens behind ⚙, told as stories, and what holds for any order of events there. To
//! accept a new ending: run the tests with `INSTA_UPDATE=always` and read the difference.

mod story;

use std::time::{Duration, Instant};

use kiosk_core::{
    AccountAnswer, AccountOrder, AccountTrouble, AdminAnswer, AdminOrder, CheckId, Digit, Effect,
    Event, GatewayTrouble, Kiosk, Letter, LineStatus, ReaderStatus, Screen, Setup,
    check::Station::Attended,
    form::{Field, FormKind},
    look::Language,
    menu::{CodeAsk, MenuEntry, MenuPage, OrderId},
    proof::Method,
};
use proptest::prelude::*;
use story::{Story, settings};

macro_rules! told {
    ($name:ident, $story:expr) => {
        #[test]
        fn $name() {
            let tell: fn(Story) -> Story = $story;
            insta::assert_snapshot!(tell(Story::begin(Attended)).text);
        }
    };
}

// seed 80, 83-84, 86
told!(the_passcode_opens_the_menu_and_back_leads_out, |story| {
    story
        .open_menu()
        .entry(MenuEntry::Info)
        .then("戻る", Event::Back)
        .entry(MenuEntry::Security)
        .then("戻る", Event::Back)
        .then("戻る", Event::Back)
        .next()
});

// seed 101-103
told!(the_passcode_is_changed_after_the_current_one, |story| {
    story
        .open_menu()
        .entry(MenuEntry::Security)
        .entry(MenuEntry::Passcode)
        .pin("1111")
        .desk(AdminAnswer::Wrong { tries_left: 4 })
        .pin("2468")
        .desk(AdminAnswer::Right)
        .pin("1357")
        .pin("1357")
        .desk(AdminAnswer::Kept)
        .then("OK", Event::Confirm)
});

told!(a_new_code_is_typed_twice_alike, |story| {
    story
        .open_menu()
        .entry(MenuEntry::Security)
        .entry(MenuEntry::StaffCode)
        .pin("1357")
        .pin("1358")
        .pin("1357")
        .pin("1357")
        .desk(AdminAnswer::NotKept)
        .then("戻る", Event::Back)
});

// seed 105-107
told!(identification_by_sight_is_switched_on_and_off, |story| {
    story
        .open_menu()
        .entry(MenuEntry::Security)
        .entry(MenuEntry::Visual)
        .desk(AdminAnswer::Kept)
        .close()
        .open_menu()
        .entry(MenuEntry::Security)
        .entry(MenuEntry::Visual)
        .desk(AdminAnswer::NotKept)
        .entry(MenuEntry::Visual)
        .desk(AdminAnswer::Kept)
        .close()
});

told!(wrong_passcodes_lead_to_a_lock_and_checks_go_on, |story| {
    story
        .gear()
        .pin("0000")
        .desk(AdminAnswer::Wrong { tries_left: 1 })
        .pin("0000")
        .desk(AdminAnswer::Locked { minutes: 30 })
        .pin("2468")
        .desk(AdminAnswer::Locked { minutes: 30 })
        .then("戻る", Event::Back)
        .up_to_reading()
        .card(Ok(()))
        .valid()
});

told!(the_menu_closes_when_nobody_touches_it_for_two_minutes, |story| {
    story
        .open_menu()
        .entry(MenuEntry::Security)
        .wait(100)
        .then("続ける", Event::StillHere)
        .wait(100)
        .wait(20)
        .entry(MenuEntry::Visual)
});

told!(an_answer_to_an_earlier_visit_opens_nothing, |story| {
    story
        .gear()
        .pin("2468")
        .wait(15)
        .gear()
        .desk(AdminAnswer::Right)
        .pin("2468")
        .desk(AdminAnswer::Right)
});

told!(the_gear_is_on_the_first_page_only, |story| {
    story.next().gear().opened().confirm().gear()
});

told!(a_card_that_comes_while_the_menu_is_open_has_to_be_taken, |story| {
    story.open_menu().put(1).close().take().next()
});

#[test]
fn without_a_passcode_there_is_no_gear() {
    let now = Instant::now();
    let mut kiosk = Kiosk::new(now, settings(Method::Pin, Attended), Setup::default());
    assert!(!kiosk.shown().gear);
    kiosk.handle(now, Event::Menu);
    assert!(!matches!(kiosk.shown().screen, Screen::Menu(_)));

    let mut kiosk = Kiosk::new(now, settings(Method::Pin, Attended), with_passcode());
    assert!(kiosk.shown().gear);
    kiosk.handle(now, Event::Menu);
    assert!(matches!(kiosk.shown().screen, Screen::Menu(_)) && !kiosk.shown().gear);
}

#[test]
fn the_look_can_be_changed_in_the_menu() {
    let mut kiosk = Kiosk::new(Instant::now(), settings(Method::Pin, Attended), with_passcode());
    kiosk.handle(Instant::now(), Event::Menu);
    kiosk.handle(Instant::now(), Event::Language(Language::En));
    let shown = kiosk.shown();
    assert_eq!(shown.look.language, Language::En);
    assert!(matches!(shown.screen, Screen::Menu(_)));
}

fn with_passcode() -> Setup {
    Setup { has_passcode: true, ..Setup::default() }
}

#[test]
fn the_list_of_languages_lies_over_a_page_and_hides_nothing_new() {
    let now = Instant::now();
    let mut kiosk = Kiosk::new(now, settings(Method::Pin, Attended), with_passcode());
    let mut after = |event: Event| {
        kiosk.handle(now, event);
        kiosk.shown()
    };
    after(Event::Line(LineStatus::Up { simulator: false }));
    after(Event::Reader(ReaderStatus::Empty));
    assert_eq!(after(Event::Languages).screen, Screen::Languages);
    assert_eq!(after(Event::Next).screen, Screen::Languages, "nothing behind it is touched");
    let shown = after(Event::Language(Language::Vi));
    assert!(matches!(shown.screen, Screen::Ready { .. }));
    assert_eq!(shown.look.language, Language::Vi);

    after(Event::Next);
    after(Event::Languages);
    let shown = after(Event::Back);
    assert!(shown.screen == Screen::Confirm && shown.look.language == Language::Vi);
    after(Event::Confirm);
    after(Event::Languages);
    // A trouble comes up behind it.
    let shown = after(Event::Opened(CheckId(0), Err(GatewayTrouble::NotTrusted)));
    assert!(matches!(shown.screen, Screen::Sorry { .. }), "{:?}", shown.screen);
}

/// The kiosk, and what a bystander knows of its menu.
struct Walk {
    kiosk: Kiosk,
    now: Instant,
    /// Orders so far, and whether each was a passcode to be compared, or a login.
    orders: Vec<(OrderId, bool)>,
    /// The last passcode or login of this visit was right.
    unlocked: bool,
}

impl Walk {
    fn begin() -> Self {
        let now = Instant::now();
        let kiosk = Kiosk::new(now, settings(Method::Pin, Attended), with_passcode());
        let mut walk = Self { kiosk, now, orders: Vec::new(), unlocked: false };
        walk.step(Event::Line(LineStatus::Up { simulator: false }));
        walk.step(Event::Reader(ReaderStatus::Empty));
        walk
    }

    fn step(&mut self, event: Event) {
        if let Event::Admin(id, AdminAnswer::Right) | Event::Account(id, AccountAnswer::Done) =
            event
        {
            let last = self.orders.last();
            self.unlocked |= last.is_some_and(|(order, compares)| *order == id && *compares);
        }
        for effect in self.kiosk.handle(self.now, event) {
            let (id, opens, told) = match &effect {
                Effect::Admin(id, order) => {
                    (*id, matches!(order, AdminOrder::TryPasscode(_)), format!("{order:?}"))
                }
                Effect::Account(id, order) => {
                    (*id, matches!(order, AccountOrder::LogIn { .. }), format!("{order:?}"))
                }
                _ => continue,
            };
            assert!(opens || self.unlocked, "{told} without the passcode");
            self.orders.push((id, opens));
        }
        match self.kiosk.shown().screen {
            Screen::Menu(MenuPage::Code { ask: CodeAsk::Open, .. }) => self.unlocked = false,
            Screen::Menu(page) => assert!(self.unlocked || is_forgotten(&page), "{page:?}"),
            _ => self.unlocked = false,
        }
        // A deadline that has passed would be met again and again.
        let due = self.kiosk.deadline();
        assert!(due.is_none_or(|due| due > self.now || self.time_passes(due)), "a busy loop");
    }

    fn time_passes(&mut self, due: Instant) -> bool {
        self.now = self.now.max(due);
        self.kiosk.handle(self.now, Event::TimePassed);
        self.kiosk.deadline().is_none_or(|next| next > self.now)
    }

    /// By 戻る out of wherever this is; an order that is not answered ends by itself.
    fn leave(&mut self) {
        for _ in 0..12 {
            if !matches!(self.kiosk.shown().screen, Screen::Menu(_)) {
                return;
            }
            self.step(Event::Back);
            self.now += Duration::from_secs(31);
            self.step(Event::TimePassed);
        }
        panic!("no way out of {:?}", self.kiosk.shown().screen);
    }
}

/// パスコードを忘れたとき: the account's login stands in for the passcode.
fn is_forgotten(page: &MenuPage) -> bool {
    match page {
        MenuPage::Form { form, .. } => form.kind == FormKind::Forgotten,
        MenuPage::Type(page) => matches!(page.field, Field::User | Field::Password),
        page => *page == MenuPage::Wait,
    }
}

fn event(choice: u8, walk: &Walk) -> Event {
    let order = |back: usize| {
        let at = walk.orders.len().checked_sub(back);
        at.map_or(OrderId(u32::from(choice)), |at| walk.orders[at].0)
    };
    match choice % 48 {
        0..4 => Event::Menu,
        4..10 => Event::Next,
        10 | 11 => Event::Forgotten,
        12 => Event::Entry(MenuEntry::Info),
        13..15 => Event::Entry(MenuEntry::Security),
        15 => Event::Entry(MenuEntry::Passcode),
        16 => Event::Entry(MenuEntry::StaffCode),
        17 => Event::Entry(MenuEntry::Visual),
        18..23 => Event::Admin(order(1), AdminAnswer::Right),
        23 => Event::Admin(order(2), AdminAnswer::Right),
        24 => Event::Admin(order(1), AdminAnswer::Wrong { tries_left: 2 }),
        25 => Event::Admin(order(1), AdminAnswer::Kept),
        26 => Event::Admin(order(1), AdminAnswer::Locked { minutes: 30 }),
        27 => Event::Back,
        28 => Event::Close,
        29 => Event::Confirm,
        30 => Event::Erase,
        31 => Event::Field(Field::User),
        32 => Event::Field(Field::Password),
        33..37 => Event::Letter(Letter::new('k').expect("a letter")),
        37 => Event::Account(order(1), AccountAnswer::Done),
        38 => Event::Entry(MenuEntry::AccountPassword),
        39 => Event::Entry(MenuEntry::Remove),
        40 => Event::Entry(MenuEntry::LogOut),
        41 => Event::Entry(MenuEntry::Terms),
        42 => Event::Entry(MenuEntry::Notices),
        43 => Event::Entry(MenuEntry::Display),
        44 => Event::Again,
        45 => Event::Confirm,
        46 => Event::Account(order(1), AccountAnswer::Refused(AccountTrouble::Disk)),
        _ => Event::TimePassed,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Never a page of the menu, and never a change, without the passcode of this visit;
    /// and always a way out.
    #[test]
    fn nothing_is_configured_without_the_passcode(choices in prop::collection::vec(any::<u8>(), 1..120)) {
        let mut walk = Walk::begin();
        for choice in choices {
            // Most touches are digits.
            for _ in 0..choice / 51 {
                walk.step(Event::Digit(Digit::new(2).expect("a digit")));
            }
            if choice % 16 == 15 {
                walk.now += Duration::from_secs(u64::from(choice));
            }
            let event = event(choice, &walk);
            walk.step(event);
        }
        walk.leave();
    }
}
