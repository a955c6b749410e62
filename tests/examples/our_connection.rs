//! The kiosk's own connection to a card that is taken away: before it ends
//! (`our_connection CONTROL`), or beside its end, with another card laid down at once
//! (`our_connection CONTROL ROUNDS`). A card lies there when it starts.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "it says what came of it")]

use std::{
    env,
    error::Error,
    path::Path,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use card::{Transport, jpki};
use reader_pcsc::{Connection, InUse, NOTICED, ReaderName, Seen, Sight, Slot, Watcher};
use reader_virtual::control::ask;

const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let control = arguments.next().ok_or("usage: our_connection CONTROL [ROUNDS]")?;
    let rounds = arguments.next().map(|it| it.parse()).transpose()?;
    let (tell, told) = mpsc::channel();
    let in_use = InUse::default();
    let _watcher = Watcher::start(Some(whole::READER.to_owned()), in_use.clone(), move |sight| {
        // An error means that this program is about to end.
        let _ = tell.send(sight);
    })?;
    let reader = loop {
        if let Seen::Sight(Sight::Reader(name, Slot::Card(_))) = told.recv_timeout(PATIENCE)? {
            break name;
        }
    };
    let control = Path::new(&control);
    if let Some(rounds) = rounds {
        return swapped_beside_the_end(control, &reader, &in_use, rounds);
    }
    let connection = speak(&reader, &in_use)?;
    ask(control, "remove")?;
    while !matches!(told.recv_timeout(PATIENCE)?, Seen::Sight(Sight::Reader(_, Slot::Empty))) {}
    connection.close()?;
    Ok(())
}

/// Every card has to be found.
fn swapped_beside_the_end(
    control: &Path,
    reader: &ReaderName,
    in_use: &InUse,
    rounds: u32,
) -> Result<(), Box<dyn Error>> {
    let mut doubts = 0;
    for round in 0..=rounds {
        let late = Instant::now() + PATIENCE;
        let connection = loop {
            match speak(reader, in_use) {
                Ok(connection) => break connection,
                Err(_) if Instant::now() < late => thread::sleep(Duration::from_millis(10)),
                Err(error) => return Err(format!("round {round}, {doubts} doubts: {error}").into()),
            }
        };
        let (hands, doubt) = thread::scope(|scope| {
            let hands = scope.spawn(|| {
                thread::sleep(Duration::from_micros(u64::from(round % 40) * 50));
                ask(control, "remove")?;
                thread::sleep(Duration::from_micros(u64::from(round % 7) * 200));
                ask(control, "insert shikaku-taro")
            });
            let doubt = connection.close();
            (hands.join(), doubt)
        });
        hands.map_err(|_| "the hands panicked")??;
        let mut doubt = doubt.ok().flatten();
        while let Some(held) = doubt {
            doubts += 1;
            thread::sleep(NOTICED);
            doubt = held.settle();
        }
    }
    println!("{doubts} doubts");
    Ok(())
}

fn speak(reader: &ReaderName, in_use: &InUse) -> Result<Connection, Box<dyn Error>> {
    let mut connection = Connection::open(reader, in_use)?;
    connection.session()?.transmit(&jpki::select_application())?;
    Ok(connection)
}
