//! Whether the clock can be right (D27).

use std::time::{Duration, SystemTime};

/// A clock that differs more from the gateway's is worth a line in the journal: session
/// times and certificates begin to suffer.
const DIFFERENCE_MAX: Duration = Duration::from_secs(120);

/// Whether `now` is before this program was built: such a clock is wrong for certain, and
/// then no certificate holds.
pub(crate) fn is_impossible(now: SystemTime) -> bool {
    let built = env!("KIOSK_BUILT").parse().expect("build.rs writes seconds");
    now < SystemTime::UNIX_EPOCH + Duration::from_secs(built)
}

/// What to note about the clock, if it differs too much from the gateway's `Date`.
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

    #[test]
    fn a_clock_before_the_build_is_impossible() {
        assert!(is_impossible(SystemTime::UNIX_EPOCH));
        assert!(!is_impossible(SystemTime::now()));
    }

    #[test]
    fn only_a_great_difference_is_noted() {
        let noon = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let later = |seconds| noon + Duration::from_secs(seconds);
        assert_eq!(difference(later(120), noon), None);
        assert_eq!(difference(noon, later(120)), None);
        let noted = |ours, gateways| difference(ours, gateways).unwrap_or_default();
        assert_eq!(noted(later(3600), noon), "60 min ahead of the gateway's clock");
        assert_eq!(noted(noon, later(121)), "2 min behind the gateway's clock");
    }
}
