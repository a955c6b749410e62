//! How soon a card is seen.

use std::{
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use reader_pcsc::{InUse, Seen, Sight, Slot, Watcher};
use reader_virtual::control::ask;

use crate::Outcome;

/// A sight, on a busy machine; a new reader settles for a second.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lays a card on the empty reader and takes it away, `count` times.
pub(crate) fn measure(control: &Path, count: u64) -> Outcome<()> {
    let (tell, told) = mpsc::channel();
    let wanted = Some(whole::READER.to_owned());
    let _watcher = Watcher::start(wanted, InUse::default(), move |sight| {
        // An error means that the measurement is over.
        let _ = tell.send((Instant::now(), sight));
    })?;
    let wait = |fits: fn(&Slot) -> bool| -> Outcome<Instant> {
        loop {
            match told.recv_timeout(PATIENCE)? {
                (when, Seen::Sight(Sight::Reader(_, slot))) if fits(&slot) => return Ok(when),
                _ => {}
            }
        }
    };
    wait(|slot| matches!(slot, Slot::Empty))?;
    for round in 0..count {
        // At another point of whatever turns in each round.
        thread::sleep(Duration::from_millis(5 + 7 * (round % 13)));
        let laid = Instant::now();
        ask(control, "insert shikaku-taro")?;
        let seen = wait(|slot| matches!(slot, Slot::Card(_)))?;
        println!("{:.4}", seen.saturating_duration_since(laid).as_secs_f64() * 1000.0);
        ask(control, "remove")?;
        wait(|slot| matches!(slot, Slot::Empty))?;
    }
    Ok(())
}
