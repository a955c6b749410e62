//! What surrounds the pages, told as stories: the call for staff, 画面をふく, quiet nights,
//! readers. To accept a new ending: run the tests with `INSTA_UPDATE=always` and read the
//! difference.

mod story;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kiosk_core::{
    AdminAnswer, CheckId, Event, GatewayTrouble, Handover, HandoverTrouble, Kiosk, LineStatus,
    Reader, ReaderLabel, ReaderStatus, Records, Setup,
    check::Station::Attended,
    form::Field,
    look::{Look, Night, TextSize, Theme},
    menu::MenuEntry,
    network::{Interface, NetworkPlan, NetworkState},
    proof::Method,
    reader::{Level, Put},
    screen::Tone,
};
use story::{Story, notice, settings};

macro_rules! told {
    ($name:ident, $story:expr) => {
        #[test]
        fn $name() {
            let tell: fn(Story) -> Story = $story;
            insta::assert_snapshot!(tell(Story::begin(Attended)).text);
        }
    };
}

fn reader(name: &str, level: Level, put: Option<Put>, in_use: bool) -> Reader {
    Reader { name: ReaderLabel::try_from(name).expect("short"), level, put, in_use }
}

fn two_readers() -> Arc<[Reader]> {
    [
        reader("Maker A 00 00", Level::Supported, Some(Put::Place), true),
        reader("Maker B (7) 01 00", Level::Unknown, None, false),
    ]
    .into()
}

told!(staff_are_called_from_the_middle_of_a_check_and_come, |story| {
    story
        .next()
        .then("職員を呼ぶ", Event::CallStaff)
        .then("職員を呼ぶ", Event::CallStaff)
        .confirm()
        .then("呼び出しをやめる", Event::StaffCame)
        .then("←", Event::Back)
});

told!(a_call_that_nobody_answers_outlives_its_check_and_ends, |story| {
    story.next().then("職員を呼ぶ", Event::CallStaff).wait(60).wait(539).wait(1)
});

told!(a_result_is_handed_over_while_its_page_is_up, |story| {
    story
        .up_to_reading()
        .card(Ok(()))
        .handover(Handover::Sending)
        .valid()
        .handover(Handover::Sent)
        .take()
        .close()
        .handover(Handover::Sent)
});

told!(a_page_that_closes_stops_its_handover, |story| {
    story
        .up_to_reading()
        .card(Ok(()))
        .handover(Handover::Sending)
        .valid()
        .close()
        .take()
        .up_to_reading()
        .then("line tells", Event::Handover(CheckId(0), Handover::Sent))
});

told!(a_result_that_does_not_come_is_not_handed_over, |story| {
    story
        .up_to_reading()
        .card(Ok(()))
        .handover(Handover::Sending)
        .gateway(Err(GatewayTrouble::Unavailable))
});

told!(a_line_process_that_ended_took_the_result_with_it, |story| {
    let lost = LineStatus::Down(GatewayTrouble::LineLost);
    let folder = Handover::Failed(HandoverTrouble::Folder);
    story
        .up_to_reading()
        .card(Ok(()))
        .handover(Handover::Sending)
        .valid()
        .line(lost)
        .line(LineStatus::Up { simulator: false })
        .take()
        .close()
        .up_to_reading()
        .card(Ok(()))
        .handover(Handover::Sending)
        .valid()
        .handover(folder)
        .line(lost)
});

told!(while_the_screen_is_wiped_touches_count_for_nothing, |story| {
    story
        .gear()
        .then("画面をふく", Event::Clean)
        .then("a cloth", Event::Back)
        .wait(1)
        .put(1)
        .then("a cloth", Event::Menu)
        .wait(28)
        .wait(1)
        .then("戻る", Event::Back)
});

told!(a_quiet_night_is_dark_until_the_next_touch, |story| {
    story
        .then("it is night", Event::Night(true))
        .wait(59)
        .wait(1)
        .next()
        .then("←", Event::Back)
        .wait(60)
        .then("it is day", Event::Night(false))
});

// seed 79-82
told!(a_reader_is_chosen_by_its_product, |story| {
    story
        .then("two readers", Event::Readers(two_readers()))
        .open_menu()
        .entry(MenuEntry::Readers)
        .then("the second", Event::UseReader(Some(1)))
        .desk(AdminAnswer::Kept)
        .then("one that is not there", Event::UseReader(Some(2)))
        .then("自動", Event::UseReader(None))
        .desk(AdminAnswer::NotKept)
        .then("all are gone", Event::Readers(Arc::default()))
        .then("←", Event::Back)
});

told!(records_and_network_are_read_when_they_are_opened, |story| {
    let up = Interface { name: "eth0".to_owned(), up: true, addresses: Vec::new() };
    story
        .open_menu()
        .entry(MenuEntry::Records)
        .desk(AdminAnswer::Records(Some(Arc::new(Records::default()))))
        .then("←", Event::Back)
        .entry(MenuEntry::Network)
        .desk(AdminAnswer::Network(Arc::new(NetworkState {
            interfaces: vec![up],
            ..NetworkState::default()
        })))
        .line(LineStatus::Up { simulator: true })
        .then("←", Event::Back)
        .entry(MenuEntry::Display)
        .entry(MenuEntry::Volume)
        .desk(AdminAnswer::Kept)
        .entry(MenuEntry::Night)
        .desk(AdminAnswer::Kept)
});

/// As the desk answers: with the network as it is then.
fn network(plan: NetworkPlan) -> AdminAnswer {
    AdminAnswer::Network(Arc::new(NetworkState { plan, ..NetworkState::default() }))
}

told!(the_network_is_set_by_touch_and_asked_about_once_more, |story| {
    let plan = NetworkPlan {
        time_server: Some("ntp.lan".parse().expect("a name")),
        ..NetworkPlan::default()
    };
    let story = story.open_menu().entry(MenuEntry::Network).desk(network(plan.clone())).confirm();
    let story = story
        .then("手動", Event::Dhcp(false))
        .fill(Field::Address, "192.0.2.15/24")
        .fill(Field::Router, "192.0.3.1")
        .confirm()
        .fill(Field::Dns, "192.0.2.53")
        .confirm()
        .fill(Field::Router, "192.0.2.1")
        .confirm()
        .then("キャンセル", Event::Back)
        .confirm()
        .confirm();
    story.desk(network(plan)).line(LineStatus::Starting).then("←", Event::Back)
});

told!(a_disk_that_refuses_leaves_what_was_typed, |story| {
    let story = story.open_menu().entry(MenuEntry::Network).desk(network(NetworkPlan::default()));
    let story = story.confirm().fill(Field::Proxy, "proxy.lan:8080").confirm().confirm();
    let story = story.desk(AdminAnswer::NotKept).then("←", Event::Back);
    story.desk(network(NetworkPlan::default()))
});

fn kiosk(look: Look) -> (Kiosk, Instant) {
    let now = Instant::now();
    let settings = kiosk_core::Settings { look, ..settings(Method::Pin, Attended) };
    let setup = Setup { has_passcode: true, ..Setup::default() };
    let mut kiosk = Kiosk::new(now, settings, setup);
    kiosk.handle(now, Event::Reader(ReaderStatus::Empty));
    kiosk.handle(now, Event::Line(LineStatus::Up { simulator: true }));
    (kiosk, now)
}

#[test]
fn a_bright_station_stays_bright_at_night() {
    let (mut kiosk, now) = kiosk(Look { night: Night::Bright, ..Look::default() });
    kiosk.handle(now, Event::Night(true));
    assert_eq!(kiosk.deadline(), None);
    kiosk.handle(now + Duration::from_secs(3600), Event::TimePassed);
    assert!(!kiosk.shown().dim);
}

#[test]
fn one_touch_after_the_other_makes_it_easier_to_read_and_leads_back() {
    let (mut kiosk, now) = kiosk(Look::default());
    let mut seen = Vec::new();
    for _ in 0..4 {
        kiosk.handle(now, Event::Easier);
        seen.push((kiosk.shown().look.text_size, kiosk.shown().look.theme));
    }
    let large = |theme| (TextSize::Large, theme);
    let expected = [
        large(Theme::Normal),
        large(Theme::ContrastDark),
        large(Theme::ContrastLight),
        (TextSize::Normal, Theme::Normal),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn the_picture_follows_the_reader_that_is_in_use() {
    let (mut kiosk, now) = kiosk(Look::default());
    assert_eq!(kiosk.shown().put, Put::Either);
    kiosk.handle(now, Event::Readers(two_readers()));
    assert_eq!(kiosk.shown().put, Put::Place);
    let slot = reader("Maker C 00 00", Level::Supported, Some(Put::Insert), true);
    kiosk.handle(now, Event::Readers([slot].into()));
    assert_eq!(kiosk.shown().put, Put::Insert);
}

#[test]
fn a_call_is_heard_again_and_again_and_a_result_once() {
    let (mut kiosk, now) = kiosk(Look::default());
    assert_eq!(kiosk.shown().tone(), None);
    kiosk.handle(now, Event::CallStaff);
    assert_eq!(kiosk.shown().tone(), Some(Tone::Call));
    assert!(Tone::Call.repeats() && !Tone::Result.repeats());
}

#[test]
fn news_are_marked_on_the_gear_until_they_were_seen() {
    let now = Instant::now();
    let setup =
        Setup { notices_read: vec!["1".to_owned()], has_passcode: true, ..Setup::default() };
    let mut kiosk = Kiosk::new(now, settings(Method::Pin, Attended), setup);
    kiosk.handle(now, Event::Line(LineStatus::Up { simulator: true }));
    kiosk.handle(now, Event::Notices([notice("1")].into()));
    assert!(!kiosk.shown().news);
    kiosk.handle(now, Event::Notices([notice("2"), notice("1")].into()));
    assert!(kiosk.shown().news && kiosk.shown().gear);
}
