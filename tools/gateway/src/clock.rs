//! What time it is, as an argument (D30): the program uses [`SystemClock`], tests a
//! [`ManualClock`] that the kiosk's tests may share.

use std::{
    fmt::Debug,
    sync::{Mutex, PoisonError},
};

use time::{Date, Duration, OffsetDateTime, UtcOffset, macros::offset, util::days_in_month};

/// Japan has no summer time.
const JAPAN: UtcOffset = offset!(+9);

/// Tells the time, in UTC.
pub trait Clock: Debug + Send + Sync {
    fn now(&self) -> OffsetDateTime;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + forward()
    }
}

#[cfg(not(feature = "mock-clock"))]
fn forward() -> Duration {
    Duration::ZERO
}

/// By so many seconds as the file `KIOSK_MOCK_CLOCK` says; the kiosk reads the same one.
#[cfg(feature = "mock-clock")]
fn forward() -> Duration {
    let file = std::env::var_os("KIOSK_MOCK_CLOCK");
    let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
    Duration::seconds(text.trim().parse().unwrap_or(0))
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock(Mutex<OffsetDateTime>);

impl ManualClock {
    pub fn new(now: OffsetDateTime) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock; a negative step moves it back.
    pub fn step(&self, by: Duration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> OffsetDateTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same moment on a Japanese wall.
pub fn japan(at: OffsetDateTime) -> OffsetDateTime {
    at.to_offset(JAPAN)
}

/// The same day `months` later or earlier; the month's last day where it has no
/// such day. `None` outside the years that `time` knows.
pub fn plus_months(date: Date, months: i32) -> Option<Date> {
    let count = date.year().checked_mul(12)?.checked_add(i32::from(u8::from(date.month())) - 1)?;
    let count = count.checked_add(months)?;
    let month = time::Month::try_from(u8::try_from(count.rem_euclid(12)).ok()? + 1).ok()?;
    let year = count.div_euclid(12);
    Date::from_calendar_date(year, month, date.day().min(days_in_month(month, year))).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;

    #[test]
    fn months_end_where_the_calendar_ends_them() {
        assert_eq!(plus_months(date!(2026 - 11 - 30), 3), Some(date!(2027 - 02 - 28)));
        assert_eq!(plus_months(date!(2026 - 01 - 15), -1), Some(date!(2025 - 12 - 15)));
        assert_eq!(plus_months(date!(2024 - 02 - 29), -48), Some(date!(2020 - 02 - 29)));
        assert_eq!(plus_months(date!(9999 - 12 - 31), 1), None);
    }

    #[test]
    fn a_day_in_japan_begins_nine_hours_earlier() {
        assert_eq!(japan(datetime!(2026-11-20 15:00 UTC)).date(), date!(2026 - 11 - 21));
    }
}
