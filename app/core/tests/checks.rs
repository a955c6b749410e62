//! Whole checks, told as stories. To accept a new ending: run the tests with
//! `INSTA_UPDATE=always` and read the difference.

mod story;

use std::time::Duration;

use kiosk_core::{
    CardTrouble, Consents, Event, GatewayTrouble, LineStatus, Presence, ReaderStatus, Settings,
    StaffAnswer, Trouble,
    check::{
        Phone, Said,
        Station::{Attended, Unattended},
    },
    look::{Language, TextSize},
    proof::Method,
};
use story::{Story, settings};

macro_rules! told {
    ($name:ident, $station:ident, $story:expr) => {
        told!($name, Story::begin($station), $story);
    };
    ($name:ident, $begin:expr, $story:expr) => {
        #[test]
        fn $name() {
            let tell: fn(Story) -> Story = $story;
            insta::assert_snapshot!(tell($begin).text);
        }
    };
}

// seed 130-134
told!(a_pin_check_from_power_on_to_the_next_patient, Attended, |story| {
    story.up_to_reading().card(Ok(())).valid().close().take()
});

told!(a_card_that_lies_there_after_the_pin_is_read_at_once, Attended, |story| {
    story.next().opened().confirm().put(1).pin("1234").card(Ok(())).take().valid().close()
});

// seed 135
told!(second_try_at_the_pin, Attended, |story| {
    story
        .up_to_reading()
        .card(Err(CardTrouble::WrongPin { tries_left: 2 }))
        .pin("1234")
        .card(Ok(()))
        .valid()
});

told!(the_last_try_needs_the_holders_word_on_this_card, Attended, |story| {
    story
        .up_to_reading()
        .card(Err(CardTrouble::LastTry { card: Presence(1) }))
        .then("agrees", Event::SpendLastTry)
        .card(Err(CardTrouble::PinBlocked))
        .take()
        .close()
});

told!(a_word_for_one_card_does_not_hold_for_the_next, Attended, |story| {
    story
        .up_to_reading()
        .card(Err(CardTrouble::LastTry { card: Presence(1) }))
        .take()
        .then("agrees", Event::SpendLastTry)
        .put(2)
        .card(Err(CardTrouble::LastTry { card: Presence(2) }))
        .close()
});

told!(a_card_left_on_the_reader_has_to_be_taken_first, Attended, |story| {
    story.up_to_reading().card(Ok(())).valid().close().next().take().put(2).next().take().next()
});

told!(a_card_that_answers_the_next_patient, Attended, |story| {
    story
        .up_to_reading()
        .wait(15)
        .close()
        .take()
        .next()
        .card(Ok(()))
        .confirm()
        .card(Err(CardTrouble::Unreadable))
        .valid()
});

told!(a_gateway_that_answers_the_next_patient, Attended, |story| {
    story.up_to_reading().card(Ok(())).wait(25).close().take().valid().next().valid()
});

told!(the_gateway_is_slower_than_the_patient, Attended, |story| {
    story.next().confirm().pin("1234").put(1).opened().card(Ok(())).valid()
});

told!(a_challenge_that_got_too_old_is_asked_for_again, Attended, |story| {
    let story = story.next().opened().confirm();
    let story = (0..6).fold(story, |story, _| story.wait(50).then("続ける", Event::StillHere));
    story.pin("1234").put(1).opened()
});

told!(the_gateway_is_down_before_the_pin_is_typed, Attended, |story| {
    story
        .line(LineStatus::Down(GatewayTrouble::Unreachable))
        .next()
        .opened_not(GatewayTrouble::Unreachable)
        .then("もう一度", Event::Again)
        .opened()
});

told!(a_line_process_that_ended_ends_the_check, Attended, |story| {
    story
        .up_to_reading()
        .line(LineStatus::Down(GatewayTrouble::LineLost))
        .card(Ok(()))
        .line(LineStatus::Up { simulator: true })
});

told!(another_card_before_the_answer_ends_the_check, Attended, |story| {
    story.up_to_reading().card(Ok(())).take().put(2).valid()
});

told!(nobody_closes_the_result, Unattended, |story| {
    story.up_to_reading().card(Ok(())).valid().wait(24).wait(1).wait(20)
});

told!(a_result_that_is_asked_to_stay, Unattended, |story| {
    story.up_to_reading().card(Ok(())).valid().wait(30).then("続ける", Event::StillHere).wait(24)
});

told!(a_patient_who_walks_away_while_typing, Attended, |story| {
    story
        .then("English", Event::Language(Language::En))
        .next()
        .opened()
        .confirm()
        .wait(40)
        .wait(20)
        .pin("1234")
});

told!(no_card_where_the_button_was_pressed, Attended, |story| {
    story
        .next()
        .opened()
        .confirm()
        .pin("1234")
        .then("読み取る", Event::ReadNow)
        .reader(ReaderStatus::Mute(Presence(1)))
        .take()
        .put(2)
});

told!(reader_troubles_are_said_before_anyone_queues, Attended, |story| {
    story
        .reader(ReaderStatus::Missing)
        .next()
        .reader(ReaderStatus::Unsupported)
        .reader(ReaderStatus::Busy)
        .reader(ReaderStatus::Starting)
        .reader(ReaderStatus::Empty)
});

told!(back_leads_out_of_every_page_of_the_patient, Attended, |story| {
    let back = |story: Story| story.then("←", Event::Back);
    let story = back(story.next());
    let story = back(story.next().opened().confirm());
    back(story.next().opened().confirm().pin("1234"))
});

const WRONG: StaffAnswer = StaffAnswer::Wrong { wait: Duration::from_secs(5) };

// seed 125-129
told!(staff_confirm_by_sight, Story::begin_visual(Unattended), |story| {
    story
        .next()
        .staff_code(WRONG)
        .staff_code(StaffAnswer::Right)
        .opened()
        .put(1)
        .asks(1)
        .answers(1)
        .asks(2)
        .answers(2)
        .done()
        .close()
        .take()
        .next()
});

told!(at_the_counter_the_code_stands_open, Story::begin_visual(Attended), |story| {
    let story = story.next().staff_code(StaffAnswer::Right).opened();
    let story = story.then("←", Event::Back).next().then("←", Event::Back).wait(179).next();
    story.then("←", Event::Back).wait(180).next()
});

told!(a_staff_code_that_cannot_be_compared, Story::begin_visual(Unattended), |story| {
    story.next().staff_code(StaffAnswer::Unusable).next()
});

told!(by_sight_for_one_patient, Unattended, |story| {
    let story = story.then("今回だけ", Event::Switch).staff_code(StaffAnswer::Right);
    let story = story.next().opened().put(1).asks(1).answers(1).asks(2).answers(2).done();
    story.take().close().next()
});

told!(by_pin_for_one_patient, Story::begin_visual(Attended), |story| {
    let story = story.then("今回だけ", Event::Switch).staff_code(StaffAnswer::Right).opened();
    let story = story.confirm().pin("1234").put(1).card(Ok(())).valid();
    story.take().close().then("今回だけ", Event::Switch)
});

told!(the_gateway_asks_what_it_may_not, Story::begin_visual(Unattended), |story| {
    let story = story.next().staff_code(StaffAnswer::Right).opened().put(1).asks(1);
    story.card_answered(Err(Trouble::Gateway(GatewayTrouble::RelayRefused))).take().close()
});

told!(a_relay_out_of_step, Story::begin_visual(Unattended), |story| {
    story.next().staff_code(StaffAnswer::Right).opened().put(1).asks(1).answers(1).asks(3)
});

told!(a_result_before_the_certificate_was_read, Story::begin_visual(Unattended), |story| {
    story.next().staff_code(StaffAnswer::Right).opened().put(1).asks(1).answers(1).done()
});

told!(a_card_swapped_within_a_relay, Story::begin_visual(Unattended), |story| {
    let story = story.next().staff_code(StaffAnswer::Right).opened().put(1).asks(1).answers(1);
    story.take().put(2).asks(2)
});

told!(a_card_that_hangs_within_a_relay, Story::begin_visual(Unattended), |story| {
    let story = story.next().staff_code(StaffAnswer::Right).opened().put(1).asks(1).answers(1);
    story.wait(19).asks(2).wait(1)
});

told!(an_android_phone_with_its_pin, Attended, |story| {
    let story = story.then("スマートフォン", Event::Phones);
    let story = story.then("Android", Event::Choose(Phone::Android)).opened().confirm();
    story
        .pin("1234")
        .put(1)
        .card(Err(CardTrouble::OtherToken))
        .take()
        .then("もう一度", Event::Again)
});

told!(an_iphone_knows_its_holder, Story::begin_visual(Attended), |story| {
    let story = story.then("スマートフォン", Event::Phones);
    let story = story.then("iPhone", Event::Choose(Phone::Iphone)).opened().put(1);
    story.card(Ok(())).valid()
});

told!(all_consents_at_once, Attended, |story| {
    let story = story.then("offers", Event::Offers(Consents::ALL)).next().opened().confirm();
    let story = story.pin("1234").then("すべて同意する", Event::Consent(Said::All)).put(1);
    story.card(Err(CardTrouble::WrongPin { tries_left: 2 })).pin("1234").card(Ok(())).valid()
});

told!(consents_one_by_one_and_none_of_them_blocks, Attended, |story| {
    let story = story.then("offers", Event::Offers(Consents::ALL)).next().opened().confirm();
    let story = story.pin("1234").put(1).then("一つずつ選ぶ", Event::Consent(Said::OneByOne));
    let story = story.then("同意しない", Event::Consent(Said::No));
    let story = story.then("同意する", Event::Consent(Said::Yes));
    story.then("同意しない", Event::Consent(Said::No)).card(Ok(())).valid()
});

told!(no_consents_in_a_relay, Story::begin_visual(Unattended), |story| {
    let story = story.then("offers", Event::Offers(Consents::ALL)).next();
    let story = story.staff_code(StaffAnswer::Right).opened().put(1);
    story.then("同意しない", Event::Consent(Said::None)).asks(1).answers(1)
});

told!(a_reader_that_nobody_knows, Attended, |story| {
    let story = story.then("unknown", Event::ReaderKnown(false)).next();
    let story = story.staff_code(StaffAnswer::Right).opened().then("←", Event::Back);
    let story = story.next().then("←", Event::Back);
    story.then("another one", Event::ReaderKnown(false)).next()
});

told!(a_reader_that_nobody_knows_in_the_middle, Attended, |story| {
    let story = story.next().opened().confirm().pin("1234");
    story.then("unknown", Event::ReaderKnown(false)).put(1)
});

told!(
    without_a_staff_code_nobody_can_allow_a_reader,
    Story::with(Settings { staff_code: false, ..settings(Method::Pin, Attended) }),
    |story| {
        let story = story.then("今回だけ", Event::Switch);
        story.then("unknown", Event::ReaderKnown(false)).next()
    }
);

told!(
    without_a_staff_code_nobody_confirms_by_sight,
    Story::with(Settings { staff_code: false, ..settings(Method::Visual, Attended) }),
    |story| story.next().then("スマートフォン", Event::Phones)
);

#[test]
fn a_patients_look_ends_with_the_patient() {
    use kiosk_core::{Check, Look};
    let now = std::time::Instant::now();
    let look = Look::default();
    let mut check = Check::new(settings(Method::Pin, Attended));
    check.handle(now, Event::Reader(ReaderStatus::Empty));
    check.handle(now, Event::Line(LineStatus::Up { simulator: true }));
    check.handle(now, Event::Language(Language::En));
    check.handle(now, Event::Next);
    check.handle(now, Event::Easier);
    let shown = check.shown();
    assert_eq!((shown.look.language, shown.look.text_size), (Language::En, TextSize::Large));
    assert!(shown.simulator, "every page says 模擬環境");
    check.handle(now, Event::Back);
    assert_eq!(check.shown().look, look);

    // Chosen and left: taken back after a minute.
    check.handle(now, Event::Language(Language::En));
    let due = check.deadline().expect("a chosen look has an end");
    check.handle(due, Event::TimePassed);
    assert_eq!((check.shown().look, check.deadline()), (look, None));
}
