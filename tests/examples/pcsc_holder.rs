//! Another program at the kiosk's reader: connects to the card alone, says `holding`, and lets go
//! when its input ends.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the test reads what it prints")]

use std::{
    error::Error,
    io::{self, Read},
    thread,
    time::{Duration, Instant},
};

use pcsc::{Context, Protocols, Scope, ShareMode};

/// pcscd may see the card a moment later.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let context = Context::establish(Scope::User)?;
    let reader = context.list_readers_owned()?.into_iter().next().ok_or("no reader")?;
    let end = Instant::now() + PATIENCE;
    let held = loop {
        match context.connect(&reader, ShareMode::Exclusive, Protocols::ANY) {
            Err(pcsc::Error::SharingViolation | pcsc::Error::NoSmartcard)
                if Instant::now() < end =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            held => break held?,
        }
    };
    println!("holding");
    io::stdin().read_to_end(&mut Vec::new())?;
    drop(held);
    Ok(())
}
