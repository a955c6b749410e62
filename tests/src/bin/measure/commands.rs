//! How long a command takes through everything below us, with a card that answers at once.

use std::{
    fs,
    os::unix::net::UnixStream,
    path::Path,
    sync::mpsc,
    time::{Duration, Instant},
};

use card::{Transport, jpki};
use nix::{
    errno::Errno,
    sched::{CpuSet, sched_setaffinity},
    sys::socket::{getsockopt, sockopt::PeerCredentials},
    unistd::Pid,
};
use reader_pcsc::{Connection, InUse, ReaderName, Seen, Sight, Slot, Watcher};
use reader_virtual::control::ask;

use crate::Outcome;

const PATIENCE: Duration = Duration::from_secs(20);
/// Commands of one round.
const COMMANDS: usize = 500;
/// The first ones find cold caches.
const WARM: usize = 50;

/// READ BINARY of 256 bytes of the certificate, as a check sends seven of: each round once
/// with this program and pcscd on one core, and once where the system likes them. What
/// lies between the two is the waking of another core, which is the machine's and, in a
/// virtual one, most of it.
pub(crate) fn measure(control: &Path, rounds: u64) -> Outcome<()> {
    ask(control, "insert shikaku-taro")?;
    let reader = reader_with_a_card()?;
    let mut all_cores = CpuSet::new();
    for cpu in 0..std::thread::available_parallelism()?.get() {
        all_cores.set(cpu)?;
    }
    let mut one_core = CpuSet::new();
    one_core.set(0)?;
    for _ in 0..rounds {
        let on_one = on(&one_core).and_then(|()| round(&reader));
        // Also when that failed: pcscd goes on.
        on(&all_cores)?;
        println!("{:.2} {:.2}", on_one?, round(&reader)?);
    }
    ask(control, "remove")?;
    Ok(())
}

/// Lets every thread of this program and of the pcscd that we speak with run on `cores`.
fn on(cores: &CpuSet) -> Outcome<()> {
    for pid in [std::process::id(), pcscd()?] {
        for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
            let name = thread?.file_name();
            let id = name.to_str().and_then(|it| it.parse().ok()).ok_or("not a thread's id")?;
            match sched_setaffinity(Pid::from_raw(id), cores) {
                // It ended since it was listed.
                Ok(()) | Err(Errno::ESRCH) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// The process behind the socket that libpcsclite connects to.
fn pcscd() -> Outcome<u32> {
    let socket = std::env::var("PCSCLITE_CSOCK_NAME")?;
    let peer = UnixStream::connect(socket)?;
    let who = getsockopt(&peer, PeerCredentials)?;
    Ok(u32::try_from(who.pid())?)
}

/// The median of many commands, in microseconds.
fn round(reader: &ReaderName) -> Outcome<f64> {
    let in_use = InUse::default();
    let mut connection = Connection::open(reader, &in_use)?;
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
    drop(session);
    connection.close()?;
    Ok(times[times.len() / 2].as_secs_f64() * 1_000_000.0)
}

fn reader_with_a_card() -> Outcome<ReaderName> {
    let (tell, told) = mpsc::channel();
    let wanted = Some(whole::READER.to_owned());
    let _watcher = Watcher::start(wanted, InUse::default(), move |sight| {
        // An error means that the reader was found.
        let _ = tell.send(sight);
    })?;
    loop {
        if let Seen::Sight(Sight::Reader(name, Slot::Card(_))) = told.recv_timeout(PATIENCE)? {
            return Ok(name);
        }
    }
}
