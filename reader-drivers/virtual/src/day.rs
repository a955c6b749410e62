//! Days in Japan, as certificates count them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 60 * 60;
const JAPAN: u64 = 9 * 60 * 60;

/// Days since 1970-01-01 in Japan.
#[derive(Clone, Copy)]
pub(crate) struct Day(u64);

impl Day {
    /// The day it is in Japan at `now`.
    pub(crate) fn of(now: SystemTime) -> Self {
        let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Self((seconds + JAPAN) / DAY)
    }

    pub(crate) fn plus(self, days: i64) -> Self {
        Self(self.0.saturating_add_signed(days))
    }

    /// 23:59:59 in Japan, when certificates end.
    pub(crate) fn end(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs((self.0 + 1) * DAY - JAPAN - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight_in_japan() {
        let seconds =
            |time: SystemTime| time.duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
        let at = |seconds| Day::of(UNIX_EPOCH + Duration::from_secs(seconds));
        // 2030-02-17T14:59:59Z and the second after it.
        assert_eq!(seconds(at(1_897_570_799).end()), 1_897_570_799);
        assert_eq!(seconds(at(1_897_570_800).end()), 1_897_570_799 + DAY);
        assert_eq!(seconds(at(1_897_570_800).plus(-1).end()), 1_897_570_799);
    }
}
