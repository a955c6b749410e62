//! What time it is (D27). The machine's clock may be wrong: carts lose power, and batteries
//! die. So the time is never below the day this program was built, nor below what the gateway
//! said last; and while this program runs, the gateway's `Date` counts, and nobody else's.
//!
//! Only a `Date` of the gateway is saved, never the machine's own time: a clock that ran ahead
//! once would otherwise keep every certificate from holding, for years.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

/// A clock that differs more from the gateway's is worth a line in the journal: session
/// times and certificates begin to suffer.
const DIFFERENCE_MAX: Duration = Duration::from_secs(120);
/// Flash wears out; what is lost with the power is an hour.
const SAVE_EVERY: Duration = Duration::from_secs(3600);

/// What the machine's two clocks show: one that people and servers set, and one that only
/// goes on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) system: SystemTime,
    pub(crate) steady: Instant,
}

impl Moment {
    pub(crate) fn now() -> Self {
        Self { system: SystemTime::now(), steady: Instant::now() }
    }
}

/// The time as this program believes it.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Times>);

#[derive(Clone, Copy, Debug)]
struct Times {
    /// It is not earlier.
    floor: SystemTime,
    saved: Option<SystemTime>,
    /// What the gateway said, and when.
    heard: Option<(SystemTime, Instant)>,
}

impl Clock {
    /// `saved`: what was saved last, if it can be read.
    pub(crate) fn new(saved: Option<SystemTime>) -> Self {
        Self::since(built(), saved)
    }

    fn since(built: SystemTime, saved: Option<SystemTime>) -> Self {
        let floor = saved.map_or(built, |saved| saved.max(built));
        Self(Mutex::new(Times { floor, saved, heard: None }))
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.at(Moment::now())
    }

    /// The time at this moment.
    pub(crate) fn at(&self, moment: Moment) -> SystemTime {
        let times = self.times();
        let time = times.heard.map_or(moment.system, |(date, heard)| {
            date + moment.steady.saturating_duration_since(heard)
        });
        time.max(times.floor)
    }

    /// Whether the machine's clock is wrong for certain: it shows a time that is long over.
    pub(crate) fn is_behind(&self, moment: Moment) -> bool {
        moment.system + DIFFERENCE_MAX < self.times().floor
    }

    /// The gateway said what time it is. To be called for a gateway alone whose certificate
    /// holds then.
    pub(crate) fn hear(&self, date: SystemTime, moment: Moment) {
        self.times().heard = Some((date, moment.steady));
    }

    /// A certificate did not hold at this time. What the gateway said may be long ago: the
    /// steady clock stands still while the machine sleeps. The machine's own clock counts
    /// again, until the gateway is heard again.
    pub(crate) fn doubt(&self) {
        self.times().heard = None;
    }

    /// What is to be saved now, if anything: at most once an hour, and only what comes from
    /// the gateway.
    pub(crate) fn to_save(&self, moment: Moment) -> Option<SystemTime> {
        let times = *self.times();
        times.heard?;
        let now = self.at(moment);
        let is_old = times.saved.is_none_or(|saved| saved + SAVE_EVERY <= now);
        is_old.then_some(now)
    }

    /// That this was saved.
    pub(crate) fn saved(&self, time: SystemTime) {
        let mut times = self.times();
        times.saved = Some(time);
        times.floor = times.floor.max(time);
    }

    fn times(&self) -> MutexGuard<'_, Times> {
        // What a panic left behind is whole: every change is one assignment, or harmless.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn built() -> SystemTime {
    let built = env!("KIOSK_BUILT").parse().expect("build.rs writes seconds");
    SystemTime::UNIX_EPOCH + Duration::from_secs(built)
}

/// What to note about the machine's clock, if it differs too much from the gateway's `Date`.
pub(crate) fn difference(ours: SystemTime, gateways: SystemTime) -> Option<String> {
    let (apart, way) = match ours.duration_since(gateways) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(behind) => (behind.duration(), "behind"),
    };
    // In minutes, so that a slow drift is not a new line every time.
    let minutes = apart.as_secs() / 60;
    (apart > DIFFERENCE_MAX).then(|| format!("{minutes} min {way} the gateway's clock"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;

    /// Built on day 100.
    fn clock(saved: Option<u64>) -> Clock {
        Clock::since(time(100 * DAY), saved.map(time))
    }

    fn time(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// `steady`: seconds since any one moment.
    fn moment(system: u64, steady: u64) -> Moment {
        static BEGIN: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        let begin = *BEGIN.get_or_init(Instant::now);
        Moment { system: time(system), steady: begin + Duration::from_secs(steady) }
    }

    #[test]
    fn it_is_never_before_the_day_of_the_build() {
        assert_eq!(clock(None).at(moment(0, 0)), time(100 * DAY));
        assert_eq!(clock(Some(7)).at(moment(99 * DAY, 0)), time(100 * DAY));
        assert_eq!(clock(None).at(moment(101 * DAY, 0)), time(101 * DAY));
        assert!(Clock::new(None).now() >= built());
    }

    #[test]
    fn it_is_never_before_what_was_saved() {
        let clock = clock(Some(200 * DAY));
        assert_eq!(clock.at(moment(150 * DAY, 0)), time(200 * DAY));
        assert_eq!(clock.at(moment(201 * DAY, 0)), time(201 * DAY));
        assert!(clock.is_behind(moment(150 * DAY, 0)) && !clock.is_behind(moment(200 * DAY, 0)));
        // Two clocks are never quite the same.
        assert!(!clock.is_behind(moment(200 * DAY - 60, 0)));
        // The gateway's clock went back by a day: what it said first still counts.
        clock.hear(time(199 * DAY), moment(0, 0));
        assert_eq!(clock.at(moment(0, 5)), time(200 * DAY));
    }

    #[test]
    fn the_gateways_date_beats_whoever_sets_the_machines_clock() {
        let clock = clock(None);
        clock.hear(time(300 * DAY), moment(150 * DAY, 0));
        assert_eq!(clock.at(moment(150 * DAY, 0)), time(300 * DAY));
        // It goes on by itself, wherever the other one is set.
        assert_eq!(clock.at(moment(900 * DAY, 60)), time(300 * DAY + 60));
        clock.hear(time(300 * DAY + 90), moment(900 * DAY, 100));
        assert_eq!(clock.at(moment(0, 110)), time(300 * DAY + 100));
    }

    #[test]
    fn after_a_doubt_the_machines_clock_counts_but_not_below_what_was_saved() {
        let clock = clock(Some(200 * DAY));
        clock.hear(time(300 * DAY), moment(310 * DAY, 0));
        clock.doubt();
        assert_eq!(clock.at(moment(310 * DAY, 1)), time(310 * DAY));
        assert_eq!(clock.at(moment(150 * DAY, 1)), time(200 * DAY));
        assert_eq!(clock.to_save(moment(900 * DAY, 1)), None, "nobody said so");
    }

    #[test]
    fn it_is_saved_at_most_hourly_and_only_what_the_gateway_said() {
        let clock = clock(None);
        assert_eq!(clock.to_save(moment(500 * DAY, 0)), None, "nobody said so");
        clock.hear(time(300 * DAY), moment(500 * DAY, 0));
        let now = clock.to_save(moment(500 * DAY, 1)).expect("never before");
        assert_eq!(now, time(300 * DAY + 1));
        clock.saved(now);
        assert_eq!(clock.to_save(moment(0, HOUR)), None);
        assert_eq!(clock.to_save(moment(0, HOUR + 1)), Some(time(300 * DAY + HOUR + 1)));
        // Also after a start, in the same hour.
        let again = self::clock(Some(300 * DAY + 1));
        again.hear(time(300 * DAY + HOUR), moment(0, 0));
        assert_eq!(again.to_save(moment(0, 0)), None);
        assert!(again.to_save(moment(0, 1)).is_some());
    }

    #[test]
    fn only_a_great_difference_is_noted() {
        let noon = time(1_800_000_000);
        let later = |seconds| noon + Duration::from_secs(seconds);
        assert_eq!(difference(later(120), noon), None);
        assert_eq!(difference(noon, later(120)), None);
        let noted = |ours, gateways| difference(ours, gateways).unwrap_or_default();
        assert_eq!(noted(later(3600), noon), "60 min ahead of the gateway's clock");
        assert_eq!(noted(noon, later(121)), "2 min behind the gateway's clock");
    }
}
