//! Looks as stories: left what PC/SC says and when, right what is told.

use std::{ffi::CString, fmt::Write as _};

use super::*;

struct Story {
    tracker: Tracker,
    begin: Instant,
    milliseconds: u64,
    text: String,
}

impl Story {
    fn new() -> Self {
        Self {
            tracker: Tracker::new(),
            begin: Instant::now(),
            milliseconds: 0,
            text: String::new(),
        }
    }

    fn now(&self) -> Instant {
        self.begin + Duration::from_millis(self.milliseconds)
    }

    fn wait(mut self, milliseconds: u64) -> Self {
        self.milliseconds += milliseconds;
        self
    }

    fn then(mut self, said: &str, told: Option<Sight>) -> Self {
        let told = match told {
            None => "-".to_owned(),
            Some(Sight::Reader(_, slot)) => format!("{slot:?}"),
            Some(sight) => format!("{sight:?}"),
        };
        let told =
            told.replace("Stay { number: ", "").replace(", events:", " at").replace(" }", "");
        writeln!(self.text, "{:4} {said:<10} {told}", self.milliseconds).expect("a string");
        self
    }

    fn service(mut self) -> Self {
        let told = self.tracker.service_came(self.now());
        self.then("service", told)
    }

    fn crash(mut self) -> Self {
        let told = self.tracker.service_went(Fault(pcsc::Error::NoService));
        self.then("crash", told)
    }

    fn nothing(mut self) -> Self {
        let told = self.tracker.look(self.now(), Choice::None, None);
        self.then("no reader", told)
    }

    fn sees(mut self, said: &str, look: Look) -> Self {
        let told = self.tracker.look(self.now(), Choice::Use(name("Reader")), Some(look));
        self.then(said, told)
    }

    fn empty(self, events: u32) -> Self {
        self.sees("empty", Look { present: false, mute: false, held: false, events })
    }

    fn card(self, events: u32) -> Self {
        self.sees("card", Look { present: true, mute: false, held: false, events })
    }

    fn mute(self, events: u32) -> Self {
        self.sees("mute", Look { present: true, mute: true, held: false, events })
    }

    fn held(self, events: u32) -> Self {
        self.sees("held", Look { present: true, mute: false, held: true, events })
    }

    #[track_caller]
    fn tells(self, expected: &str) {
        let expected: Vec<_> = expected.trim().lines().map(str::trim).collect();
        let text: Vec<_> = self.text.trim().lines().map(str::trim).collect();
        assert_eq!(text, expected, "\n{}", self.text);
    }
}

fn name(text: &str) -> ReaderName {
    CString::new(text).expect("no NUL").as_c_str().into()
}

#[test]
fn a_card_comes_goes_and_comes_again() {
    let story = Story::new().service().empty(0).wait(1000).empty(0).card(1).card(1).empty(2);
    story.empty(2).card(3).tells(
        "   0 service    -
            0 empty      -
         1000 empty      Empty
         1000 card       Card(1 at 1)
         1000 card       -
         1000 empty      Empty
         1000 empty      -
         1000 card       Card(2 at 3)",
    );
}

#[test]
fn a_swap_within_one_wait_is_another_stay() {
    Story::new().service().card(1).card(3).wait(1).mute(3).mute(5).tells(
        "   0 service    -
            0 card       Card(1 at 1)
            0 card       Card(2 at 3)
            1 mute       Mute(2 at 3)
            1 mute       Mute(3 at 5)",
    );
}

#[test]
fn after_a_restart_a_card_that_lies_there_never_looks_like_a_new_one() {
    let story = Story::new().service().card(7).crash().crash().wait(2000).service();
    story.nothing().wait(50).empty(0).wait(100).card(0).wait(900).card(0).tells(
        "   0 service    -
            0 card       Card(1 at 7)
            0 crash      NoService(NoService)
            0 crash      -
         2000 service    Settling
         2000 no reader  -
         2050 empty      -
         2150 card       Card(2 at 0)
         3050 card       -",
    );
}

#[test]
fn a_restart_makes_another_stay_even_of_the_same_count() {
    Story::new().service().card(7).crash().service().card(7).tells(
        "   0 service    -
            0 card       Card(1 at 7)
            0 crash      NoService(NoService)
            0 service    Settling
            0 card       Card(2 at 7)",
    );
}

#[test]
fn an_empty_reader_is_believed_in_the_end() {
    let story = Story::new().service().nothing().wait(999).nothing().wait(1).nothing();
    story.empty(0).wait(1000).empty(0).nothing().tells(
        "   0 service    -
            0 no reader  -
          999 no reader  -
         1000 no reader  NoReader
         1000 empty      Settling
         2000 empty      Empty
         2000 no reader  NoReader",
    );
}

#[test]
fn a_reader_plugged_in_with_its_card_is_a_new_stay() {
    Story::new().service().card(4).nothing().empty(0).wait(200).card(4).tells(
        "   0 service    -
            0 card       Card(1 at 4)
            0 no reader  NoReader
            0 empty      Settling
          200 card       Card(2 at 4)",
    );
}

#[test]
fn a_card_that_is_lifted_while_things_settle_is_believed() {
    Story::new().service().wait(100).card(1).wait(100).empty(2).tells(
        "   0 service    -
          100 card       Card(1 at 1)
          200 empty      Empty",
    );
}

#[test]
fn another_programs_use_counts_when_it_lasts() {
    let story = Story::new().service().card(1).wait(9).held(1).wait(299).held(1).card(1);
    story.held(1).wait(300).held(1).card(1).tells(
        "   0 service    -
            0 card       Card(1 at 1)
            9 held       -
          308 held       -
          308 card       -
          308 held       -
          608 held       Busy
          608 card       Card(1 at 1)",
    );
}

#[test]
fn the_next_look_comes_in_time() {
    let mut tracker = Tracker::new();
    let now = Instant::now();
    assert_eq!(tracker.patience(now), LOOK_AGAIN);
    tracker.service_came(now);
    assert_eq!(tracker.patience(now), SETTLE);
    assert_eq!(tracker.patience(now + SETTLE), LOOK_AGAIN);
    let held = Look { present: true, mute: false, held: true, events: 1 };
    tracker.look(now, Choice::Use(name("Reader")), Some(held));
    assert_eq!(tracker.patience(now), BUSY_AFTER);
    assert_eq!(tracker.patience(now + BUSY_AFTER * 2), BUSY_AFTER);
    tracker.look(now, Choice::Use(name("Reader")), Some(Look { held: false, ..held }));
    assert_eq!(tracker.patience(now), LOOK_AGAIN);
}

#[test]
fn only_unsupported_readers_are_said_so() {
    let mut tracker = Tracker::new();
    let (now, reader) = (Instant::now(), name("ACS ACR122U"));
    let choice = || Choice::Unsupported(reader.clone());
    tracker.service_came(now);
    assert_eq!(tracker.look(now, choice(), None), None);
    let told = tracker.look(now + SETTLE, choice(), None);
    assert_eq!(told, Some(Sight::Unsupported(reader.clone())));
}

#[test]
fn whether_the_reader_is_known_is_said_of_the_one_in_use() {
    let known = |text| Sight::Reader(name(text), Slot::Empty).is_known();
    assert_eq!(known("Kiosk Virtual Reader 00 00"), Some(true));
    assert_eq!(known("Maker Of Tomorrow 3000 00 00"), Some(false));
    for sight in [Sight::Settling, Sight::NoReader, Sight::Unsupported(name("ACS ACR122U"))] {
        assert_eq!(sight.is_known(), None);
    }
}
