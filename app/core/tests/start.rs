//! Before 認証選択: the life of a terminal, told as stories. To accept a new ending: run the
//! tests with `INSTA_UPDATE=always` and read the difference.

mod story;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kiosk_core::{
    AccountAnswer, AccountTrouble, AdminAnswer, Event, GatewayTrouble, Kiosk, LineStatus, Notice,
    ReaderStatus, Screen, Setup, Terms,
    check::Station::{self, Attended, Unattended},
    form::Field,
    menu::{MenuEntry, MenuPage, OrderId},
    proof::Method,
};
use proptest::prelude::*;
use story::{Story, notice, settings};

macro_rules! told {
    ($name:ident, $story:expr, $told:expr) => {
        #[test]
        fn $name() {
            let tell: fn(Story) -> Story = $told;
            insta::assert_snapshot!(tell($story).text);
        }
    };
}

const UP: LineStatus = LineStatus::Up { simulator: false };

/// A unit as it comes out of its box.
fn new() -> Story {
    let mut settings = settings(Method::Visual, Unattended);
    settings.staff_code = false;
    Story::switched_on(settings, Setup::default()).reader(ReaderStatus::Empty)
}

fn registered(passcode: Setup) -> Story {
    Story::switched_on(settings(Method::Pin, Attended), passcode).reader(ReaderStatus::Empty)
}

fn with_passcode() -> Setup {
    Setup { has_passcode: true, ..Setup::default() }
}

fn at_start() -> Setup {
    Setup { passcode_at_start: true, ..with_passcode() }
}

fn terms() -> AccountAnswer {
    let terms = Terms { version: "1".to_owned(), text: "第一条".to_owned() };
    AccountAnswer::Terms { terms: Box::new(terms), simulator: true }
}

fn refused(trouble: AccountTrouble) -> AccountAnswer {
    AccountAnswer::Refused(trouble)
}

fn notices(story: Story, ids: &[&str]) -> Story {
    let all: Arc<[Notice]> = ids.iter().map(|id| notice(id)).collect();
    story.then("notices come", Event::Notices(all))
}

/// 初期登録, filled in.
fn filled(story: Story) -> Story {
    story
        .fill(Field::Facility, "1310000001")
        .fill(Field::User, "kiosk01")
        .fill(Field::Password, "Kiosk-01!")
        .fill(Field::ActivationCode, "123456789012")
}

// seed 65-78, 117
told!(a_unit_is_registered_by_touch, new(), |story| {
    let story = story
        .line(LineStatus::Unregistered)
        .account(terms())
        .then("同意して利用開始", Event::Confirm)
        .then("職員のいる受付", Event::Station(Station::Attended));
    let story = filled(story)
        .then("登録する", Event::Confirm)
        .desk(AdminAnswer::Kept)
        .line(UP)
        .account(AccountAnswer::Done)
        .then("OK", Event::Confirm)
        .pin("2468")
        .pin("2468")
        .desk(AdminAnswer::Kept)
        .then("OK", Event::Confirm)
        .pin("4711")
        .pin("4711")
        .desk(AdminAnswer::Kept);
    notices(story, &["1"])
        .then("OK", Event::Confirm)
        .then("閉じる", Event::Confirm)
        .desk(AdminAnswer::Kept)
        .next()
});

// seed 68
told!(wrong_fields_are_named_and_a_refusal_leaves_what_was_typed, new(), |story| {
    let story = story
        .line(LineStatus::Unregistered)
        .account(refused(AccountTrouble::Gateway(GatewayTrouble::Unreachable)))
        .then("もう一度", Event::Again)
        .account(terms())
        .then("同意して利用開始", Event::Confirm)
        .then("登録する", Event::Confirm);
    filled(story)
        .then("登録する", Event::Confirm)
        .desk(AdminAnswer::Kept)
        .account(refused(AccountTrouble::CodeTooYoung { minutes: 8 }))
        .then("登録する", Event::Confirm)
        .desk(AdminAnswer::NotKept)
        .then("登録する", Event::Confirm)
        .desk(AdminAnswer::Kept)
        .account(refused(AccountTrouble::TermsOutdated))
        .account(terms())
        .then("←", Event::Back)
});

told!(a_lost_line_does_not_hold_a_registration_up, new(), |story| {
    let story = story
        .line(LineStatus::Unregistered)
        .account(terms())
        .then("同意して利用開始", Event::Confirm);
    filled(story)
        .then("登録する", Event::Confirm)
        .desk(AdminAnswer::Kept)
        .line(LineStatus::Down(GatewayTrouble::LineLost))
        .then("登録する", Event::Confirm)
        .desk(AdminAnswer::Kept)
        .wait(30)
        .line(UP)
        .pin("2468")
});

told!(what_was_typed_is_wiped_when_nobody_goes_on, new(), |story| {
    let story = story
        .line(LineStatus::Unregistered)
        .account(terms())
        .then("同意して利用開始", Event::Confirm);
    filled(story).wait(585).wait(15).then("同意して利用開始", Event::Confirm)
});

// seed 72-74
told!(the_power_went_before_there_was_a_passcode, registered(Setup::default()), |story| {
    story
        .line(LineStatus::Starting)
        .line(UP)
        .pin("2468")
        .then("←", Event::Back)
        .pin("2468")
        .pin("2469")
        .pin("2468")
        .pin("2468")
        .desk(AdminAnswer::Kept)
        .then("OK", Event::Confirm)
});

// seed 104, 116, 119-120
told!(
    the_passcode_is_asked_for_at_power_on_where_the_station_wants_it,
    registered(at_start()),
    |story| {
        notices(story.line(UP), &["1"])
            .then("←", Event::Back)
            .pin("0000")
            .desk(AdminAnswer::Wrong { tries_left: 4 })
            .pin("2468")
            .desk(AdminAnswer::Right)
            .then("a notice", Event::Notice(0))
            .then("←", Event::Back)
            .then("閉じる", Event::Confirm)
            .desk(AdminAnswer::Kept)
    }
);

// seed 113-115, 118
told!(logout_leads_to_the_system_login, registered(with_passcode()), |story| {
    story
        .line(UP)
        .open_menu()
        .entry(MenuEntry::Security)
        .entry(MenuEntry::LogOut)
        .then("キャンセル", Event::Back)
        .entry(MenuEntry::LogOut)
        .then("ログアウトする", Event::Confirm)
        .line(LineStatus::Down(GatewayTrouble::SessionEnded))
        .account(AccountAnswer::Done)
        .then("←", Event::Back)
        .fill(Field::User, "kiosk01")
        .fill(Field::Password, "wrong")
        .then("ログイン", Event::Confirm)
        .account(refused(AccountTrouble::WrongCredentials { tries_left: Some(4) }))
        .then("ログイン", Event::Confirm)
        .account(refused(AccountTrouble::AccountLocked { minutes: Some(30) }))
        .then("ログイン", Event::Confirm)
        .line(UP)
        .account(AccountAnswer::Done)
});

// seed 110-112
told!(
    removal_is_asked_for_twice_and_leads_to_the_beginning,
    registered(with_passcode()),
    |story| {
        story
            .line(UP)
            .open_menu()
            .entry(MenuEntry::Security)
            .entry(MenuEntry::Remove)
            .then("登録解除", Event::Confirm)
            .then("キャンセル", Event::Back)
            .entry(MenuEntry::Remove)
            .then("登録解除", Event::Confirm)
            .then("登録解除", Event::Confirm)
            .line(LineStatus::Removing)
            .account(refused(AccountTrouble::Gateway(GatewayTrouble::Unreachable)))
            .then("もう一度", Event::Again)
            .account(AccountAnswer::Done)
            .desk(AdminAnswer::Kept)
            .line(LineStatus::Unregistered)
            .account(AccountAnswer::Done)
            .then("OK", Event::Confirm)
    }
);

told!(a_removal_goes_on_after_a_power_cut, registered(with_passcode()), |story| {
    story
        .line(LineStatus::Removing)
        .account(refused(AccountTrouble::Gateway(GatewayTrouble::Unreachable)))
        .then("←", Event::Back)
        .then("もう一度", Event::Again)
        .account(AccountAnswer::Done)
        .desk(AdminAnswer::NotKept)
        .then("もう一度", Event::Again)
        .account(AccountAnswer::Done)
        .desk(AdminAnswer::Kept)
        .account(AccountAnswer::Done)
        .line(LineStatus::Unregistered)
        .then("OK", Event::Confirm)
});

// seed 91-96
told!(the_accounts_password_is_changed, registered(with_passcode()), |story| {
    story
        .line(UP)
        .open_menu()
        .entry(MenuEntry::Security)
        .entry(MenuEntry::AccountPassword)
        .fill(Field::Current, "Kiosk-01!")
        .fill(Field::New, "kiosk-02")
        .fill(Field::Again, "Kiosk-02!")
        .then("変更", Event::Confirm)
        .then("a field", Event::Field(Field::New))
        .then("全部消す", Event::EraseAll)
        .then("←", Event::Back)
        .fill(Field::New, "Kiosk-02!")
        .then("変更", Event::Confirm)
        .account(AccountAnswer::Done)
        .then("OK", Event::Confirm)
});

told!(
    a_forgotten_passcode_is_replaced_by_whoever_knows_the_account,
    registered(with_passcode()),
    |story| {
        story
            .line(UP)
            .gear()
            .then("パスコードを忘れたとき", Event::Forgotten)
            .fill(Field::User, "kiosk01")
            .fill(Field::Password, "Kiosk-01!")
            .then("ログイン", Event::Confirm)
            .account(AccountAnswer::Done)
            .pin("1357")
            .pin("1357")
            .desk(AdminAnswer::Kept)
            .then("OK", Event::Confirm)
            .then("←", Event::Back)
    }
);

// seed 85, 88-90
told!(notices_are_read_in_the_menu, registered(with_passcode()), |story| {
    notices(story.line(UP), &["1", "2"])
        .open_menu()
        .entry(MenuEntry::Notices)
        .then("the second", Event::Notice(1))
        .then("one that is not there", Event::Notice(7))
        .then("←", Event::Back)
        .then("閉じる", Event::Close)
        .desk(AdminAnswer::Kept)
        .entry(MenuEntry::Terms)
        .account(terms())
        .then("←", Event::Back)
        .entry(MenuEntry::Display)
        .entry(MenuEntry::TextSize)
        .desk(AdminAnswer::Kept)
        .entry(MenuEntry::Reach)
        .desk(AdminAnswer::NotKept)
        .close()
});

#[test]
fn the_terms_of_a_simulator_mark_every_page_that_follows() {
    let now = Instant::now();
    let mut kiosk = Kiosk::new(now, settings(Method::Pin, Attended), Setup::default());
    kiosk.handle(now, Event::Line(LineStatus::Unregistered));
    assert!(!kiosk.shown().simulator, "nobody has answered yet");
    kiosk.handle(now, Event::Account(OrderId(1), terms()));
    assert!(kiosk.shown().simulator);
    kiosk.handle(now, Event::Confirm);
    kiosk.handle(now, Event::Line(LineStatus::Unregistered));
    assert!(kiosk.shown().simulator);
}

/// What the world and a person may do to a unit that is not ready yet.
fn event(choice: u8, last: OrderId) -> Event {
    match choice % 40 {
        0..3 => Event::Line(LineStatus::Unregistered),
        3 => Event::Line(UP),
        4 => Event::Line(LineStatus::Removing),
        5 => Event::Line(LineStatus::Down(GatewayTrouble::SessionEnded)),
        6 => Event::Line(LineStatus::Down(GatewayTrouble::LineLost)),
        7..11 => Event::Account(last, terms()),
        11..16 => Event::Account(last, AccountAnswer::Done),
        16 => Event::Account(last, refused(AccountTrouble::TermsOutdated)),
        17 => Event::Account(last, refused(AccountTrouble::CodeUsed)),
        18..23 => Event::Admin(last, AdminAnswer::Kept),
        23 => Event::Admin(last, AdminAnswer::NotKept),
        24..29 => Event::Confirm,
        29..32 => Event::Next,
        32 => Event::Back,
        33 => Event::Again,
        34 => Event::Close,
        35 => Event::Notices([notice("1")].into()),
        36 => Event::Field(Field::Password),
        37 => Event::Station(Attended),
        38 => Event::Menu,
        _ => Event::TimePassed,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// However it is played with, a unit without a passcode never stands at 認証選択 once it
    /// is registered, never asks twice at a time, and never spins.
    #[test]
    fn no_order_of_events_leads_past_the_registration(
        choices in prop::collection::vec(any::<u8>(), 1..150),
    ) {
        let mut now = Instant::now();
        let mut kiosk = Kiosk::new(now, settings(Method::Pin, Unattended), Setup::default());
        let (mut last, mut line, mut has_passcode) = (OrderId(0), LineStatus::Starting, false);
        for choice in choices {
            if choice > 200 {
                now += Duration::from_secs(u64::from(choice));
            }
            let happens = event(choice, last);
            if let Event::Line(status) = happens {
                line = status;
            }
            has_passcode |= matches!(happens, Event::Admin(_, AdminAnswer::Kept));
            for effect in kiosk.handle(now, happens) {
                if let kiosk_core::Effect::Admin(id, _) | kiosk_core::Effect::Account(id, _) = effect {
                    prop_assert!(id.0 >= last.0);
                    last = id;
                }
            }
            for digit in [2, 4, 6, 8].map(|it| kiosk_core::Digit::new(it).expect("a digit")) {
                kiosk.handle(now, Event::Digit(digit));
            }
            let screen = kiosk.shown().screen;
            let is_menu = matches!(screen, Screen::Menu(_));
            let has_nothing = matches!(line, LineStatus::Unregistered | LineStatus::Removing);
            prop_assert!(!has_nothing || is_menu, "{:?} behind {:?}", screen, line);
            prop_assert!(has_passcode || line == LineStatus::Starting || is_menu, "{:?}", screen);
            if let Screen::Menu(MenuPage::Type(page)) = &screen {
                prop_assert!(!page.revealed);
            }
            let due = kiosk.deadline();
            if due.is_some_and(|due| due <= now) {
                kiosk.handle(now, Event::TimePassed);
                prop_assert!(kiosk.deadline().is_none_or(|due| due > now), "a busy loop");
            }
        }
    }
}
