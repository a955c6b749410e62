//! How long a command takes through everything below us, with a card that answers at once.

use std::{
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use card::{Transport, jpki};
use reader_pcsc::{Connection, InUse, ReaderName, Sight, Slot, Watcher};
use reader_virtual::control::ask;

use crate::Outcome;

const PATIENCE: Duration = Duration::from_secs(20);
/// Commands of one round.
const COMMANDS: usize = 500;
/// The first ones find cold caches.
const WARM: usize = 50;

/// READ BINARY of 256 bytes of the certificate, as a check sends seven of.
pub(crate) fn measure(control: &Path, rounds: u64) -> Outcome<()> {
    ask(control, "insert shikaku-taro")?;
    let reader = reader_with_a_card()?;
    for _ in 0..rounds {
        let in_use = InUse::default();
        let mut connection = Connection::open(&reader, &in_use)?;
        let mut session = connection.session()?;
        session.transmit(&jpki::select_application())?;
        session.transmit(&jpki::select_file(jpki::Ef::AuthCert))?;
        let mut times = Vec::with_capacity(COMMANDS);
        for at in 0..WARM + COMMANDS {
            let began = Instant::now();
            let answer = session.transmit(&jpki::read_binary(0, 0))?;
            let time = began.elapsed();
            if answer.data.len() != 256 {
                return Err(format!("the card answered {answer:?}").into());
            }
            if at >= WARM {
                times.push(time);
            }
        }
        times.sort_unstable();
        println!("{:.2}", times[times.len() / 2].as_secs_f64() * 1_000_000.0);
        drop(session);
        connection.close()?;
    }
    ask(control, "remove")?;
    Ok(())
}

fn reader_with_a_card() -> Outcome<ReaderName> {
    let (tell, told) = mpsc::channel();
    let wanted = Some(whole::READER.to_owned());
    let _watcher = Watcher::start(wanted, InUse::default(), move |sight| {
        // An error means that the reader was found.
        let _ = tell.send(sight);
    })?;
    loop {
        if let Sight::Reader(name, Slot::Card(_)) = told.recv_timeout(PATIENCE)? {
            return Ok(name);
        }
    }
}
