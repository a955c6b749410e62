//! The time where the kiosk stands, in Japan; and whether it is night there.

use std::{
    sync::mpsc::Sender,
    thread,
    time::{Duration, SystemTime},
};

use kiosk_core::Event;
use time::{OffsetDateTime, UtcOffset};

/// Japan has one time (JST), and no summer time.
pub(crate) const JST: UtcOffset = match UtcOffset::from_hms(9, 0, 0) {
    Ok(offset) => offset,
    Err(_) => panic!("nine hours are an offset"),
};

/// From 21:00 to 6:00, when wards sleep.
const NIGHT: (u8, u8) = (21, 6);
const LOOK: Duration = Duration::from_secs(30);

/// Tells when the night begins and when it ends, for as long as anybody listens.
pub fn watch(events: Sender<Event>) {
    thread::spawn(move || {
        let mut told = false;
        loop {
            let now = is_night(SystemTime::now());
            if now != told && events.send(Event::Night(now)).is_err() {
                return;
            }
            told = now;
            thread::sleep(LOOK);
        }
    });
}

fn is_night(time: SystemTime) -> bool {
    let hour = OffsetDateTime::from(time).to_offset(JST).hour();
    hour >= NIGHT.0 || hour < NIGHT.1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_japans() {
        let at = |hour: u64, minute: u64| {
            is_night(SystemTime::UNIX_EPOCH + Duration::from_secs((hour * 60 + minute) * 60))
        };
        // 21:00 in Japan is 12:00 UTC.
        assert_eq!([at(11, 59), at(12, 0), at(20, 59), at(21, 0)], [false, true, true, false]);
    }
}
