//! How often something is tried that nobody waits for.

use std::time::{Duration, Instant};

/// After the first failure.
const FIRST: Duration = Duration::from_secs(60);
/// After many. A certificate has months left when its renewal begins, a change of CAs days.
const LAST: Duration = Duration::from_secs(6 * 3600);

/// When the next try may be.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    not_before: Option<Instant>,
    /// Since the last success.
    failures: u32,
}

impl Pace {
    pub(crate) fn may_try(&self, now: Instant) -> bool {
        self.not_before.is_none_or(|moment| moment <= now)
    }

    /// It is not needed again for so long.
    pub(crate) fn succeeded(&mut self, now: Instant, pause: Duration) {
        *self = Self { not_before: Some(now + pause), failures: 0 };
    }

    /// The pauses double, from a minute to six hours, each between its half and its whole by
    /// `random`: what made many devices fail at once must not bring them back at once.
    pub(crate) fn failed(&mut self, now: Instant, random: u32) {
        let whole = FIRST.saturating_mul(1 << self.failures.min(16)).min(LAST);
        let pause = whole / 2 + (whole / 2).mul_f64(f64::from(random) / f64::from(u32::MAX));
        *self = Self { not_before: Some(now + pause), failures: self.failures.saturating_add(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Seconds until the next try after each of so many failures.
    fn pauses(count: usize, random: u32) -> Vec<u64> {
        let (mut pace, mut now) = (Pace::default(), Instant::now());
        let mut one = || {
            pace.failed(now, random);
            let since = now;
            while !pace.may_try(now) {
                now += SECOND;
            }
            now.duration_since(since).as_secs()
        };
        (0..count).map(|_| one()).collect()
    }

    #[test]
    fn pauses_double_up_to_six_hours_and_none_is_below_half_a_minute() {
        assert_eq!(
            pauses(11, u32::MAX),
            [60, 120, 240, 480, 960, 1920, 3840, 7680, 15360, 21600, 21600]
        );
        assert_eq!(pauses(11, 0), [30, 60, 120, 240, 480, 960, 1920, 3840, 7680, 10800, 10800]);
    }

    #[test]
    fn a_day_of_failures_is_a_handful_of_tries() {
        let tries = |random| {
            let pauses = pauses(40, random);
            (0..40).take_while(|count| pauses[..*count].iter().sum::<u64>() < 86_400).count()
        };
        assert!((10..=18).contains(&tries(u32::MAX)), "{}", tries(u32::MAX));
        assert!(tries(0) <= 20, "{}", tries(0));
    }

    #[test]
    fn a_success_begins_anew() {
        let (mut pace, now) = (Pace::default(), Instant::now());
        assert!(pace.may_try(now));
        (0..5).for_each(|_| pace.failed(now, u32::MAX));
        pace.succeeded(now, 10 * SECOND);
        assert!(!pace.may_try(now + 9 * SECOND) && pace.may_try(now + 10 * SECOND));
        pace.failed(now, u32::MAX);
        assert!(!pace.may_try(now + 59 * SECOND) && pace.may_try(now + 60 * SECOND));
    }
}
