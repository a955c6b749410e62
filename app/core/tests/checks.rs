//! Whole checks, told as stories. To accept a new ending: run the tests with
//! `INSTA_UPDATE=always` and read the difference.

mod story;

use kiosk_core::{
    CardTrouble, Event, GatewayTrouble, LineStatus, Presence, ReaderStatus,
    check::Station::{Attended, Unattended},
    look::{Language, TextSize},
};
use story::Story;

macro_rules! told {
    ($name:ident, $station:expr, $story:expr) => {
        #[test]
        fn $name() {
            let tell: fn(Story) -> Story = $story;
            insta::assert_snapshot!(tell(Story::begin($station)).text);
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

#[test]
fn a_patients_look_ends_with_the_patient() {
    use kiosk_core::{Check, Look, Settings, proof::Method};
    let now = std::time::Instant::now();
    let look = Look::default();
    let mut check = Check::new(Settings { method: Method::Pin, station: Attended, look });
    check.handle(now, Event::Reader(ReaderStatus::Empty));
    check.handle(now, Event::Line(LineStatus::Up { simulator: true }));
    check.handle(now, Event::Language(Language::En));
    check.handle(now, Event::Next);
    check.handle(now, Event::TextSize(TextSize::Large));
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
