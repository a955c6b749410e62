//! What needs the staff code, and how long it stands open (D5 to D7).

use std::time::{Duration, Instant};

use super::{Check, Effect, Event, Station, Step, Turn};
use crate::{StaffAnswer, StaffCode, Way, pin::Typed, proof::Method, staff::StaffReason};

/// At an attended station the code opens 目視 until nobody has touched anything for so
/// long.
const OPEN: Duration = Duration::from_secs(180);

/// 職員コード, being typed.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) typed: Typed,
    /// The code is being compared.
    comparing: bool,
    /// The try before was wrong: seconds until the next one counts.
    pub(super) wait_s: Option<u16>,
}

impl Check {
    /// What the code has to be asked for before a check of this way, if for anything.
    pub(super) fn staff_reason(&self, now: Instant, way: Way) -> Option<StaffReason> {
        match way {
            Way::Visual if self.is_staff_open(now) => None,
            Way::Visual => Some(StaffReason::Visual),
            Way::Pin | Way::Android if !self.is_reader_trusted() => {
                Some(StaffReason::UnknownReader)
            }
            Way::Pin | Way::Android | Way::Iphone => None,
        }
    }

    /// Whether a PIN may go to the reader: the catalogue knows it, or staff have allowed it.
    pub(super) fn is_reader_trusted(&self) -> bool {
        self.reader_known || self.reader_allowed
    }

    /// The other method than the station's.
    pub(super) fn other_way(&self) -> Way {
        match self.settings.method {
            Method::Visual => Way::Pin,
            Method::Pin => Way::Visual,
        }
    }

    pub(super) fn staff_turn(
        &mut self,
        now: Instant,
        mut asked: Asked,
        reason: StaffReason,
        event: Event,
    ) -> Turn {
        match event {
            Event::Digit(digit) => {
                asked.typed.push(digit);
                asked.wait_s = None;
            }
            Event::Erase => asked.typed.erase(),
            Event::EraseAll => asked.typed.clear(),
            Event::Next if !asked.comparing => {
                if let Some(digits) = asked.typed.pin() {
                    asked.typed.clear();
                    asked.comparing = true;
                    let effect = Effect::TryStaffCode(self.id, StaffCode::new(digits));
                    return Turn::Do(Step::Staff { asked, reason }, effect);
                }
            }
            Event::Staff(id, answer) if id == self.id && asked.comparing => {
                return self.staff_answered(now, reason, answer);
            }
            _ => {}
        }
        Turn::Stay(Step::Staff { asked, reason })
    }

    fn staff_answered(&mut self, now: Instant, reason: StaffReason, answer: StaffAnswer) -> Turn {
        let wait = match answer {
            StaffAnswer::Right => {
                self.by_staff = true;
                if self.settings.station == Station::Attended {
                    self.staff_until = Some(now + OPEN);
                }
                return match (reason, self.way) {
                    (StaffReason::Visual, _) => self.open(),
                    (StaffReason::Switch, Way::Visual) => Turn::Go(Step::Compare),
                    (StaffReason::Switch, _) => self.open(),
                    (StaffReason::UnknownReader, _) => {
                        self.reader_allowed = true;
                        self.open()
                    }
                };
            }
            StaffAnswer::Wrong { wait } => wait,
            // 認証選択 says so; an administrator has to set a new one.
            StaffAnswer::Unusable => {
                self.settings.staff_code = false;
                return Turn::End;
            }
        };
        let seconds = wait.as_millis().div_ceil(1000).try_into().unwrap_or(u16::MAX);
        let asked = Asked { wait_s: Some(seconds), ..Asked::default() };
        Turn::Go(Step::Staff { asked, reason })
    }

    /// Whether 目視 stands open.
    pub(super) fn is_staff_open(&self, now: Instant) -> bool {
        self.staff_until.is_some_and(|until| now < until)
    }

    /// Somebody is there.
    pub(super) fn keep_staff_open(&mut self, now: Instant) {
        if self.is_staff_open(now) {
            self.staff_until = Some(now + OPEN);
        }
    }
}
