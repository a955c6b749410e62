//! The kiosk's own connection to a card that is taken away before it ends:
//! `our_connection CONTROL` with the card lying there.
#![forbid(unsafe_code)]

use std::{env, error::Error, path::Path, sync::mpsc, time::Duration};

use card::{Transport, jpki};
use reader_pcsc::{Connection, InUse, Sight, Slot, Watcher};
use reader_virtual::control::ask;

const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let control = env::args().nth(1).ok_or("usage: our_connection CONTROL")?;
    let (tell, told) = mpsc::channel();
    let in_use = InUse::default();
    let _watcher = Watcher::start(Some(whole::READER.to_owned()), in_use.clone(), move |sight| {
        // An error means that this program is about to end.
        let _ = tell.send(sight);
    })?;
    let reader = loop {
        if let Sight::Reader(name, Slot::Card(_)) = told.recv_timeout(PATIENCE)? {
            break name;
        }
    };
    let mut connection = Connection::open(&reader, &in_use)?;
    connection.session()?.transmit(&jpki::select_application())?;
    ask(Path::new(&control), "remove")?;
    while !matches!(told.recv_timeout(PATIENCE)?, Sight::Reader(_, Slot::Empty)) {}
    Ok(connection.close()?)
}
