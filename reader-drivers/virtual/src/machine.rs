//! The edge: a socket to the machine, and the threads that wait for it, for the reader and
//! for the card.
//!
//! ```text
//!  machine ─bytes─▶ ┐                     ┌─▶ machine
//!  reader ──moves─▶ ├─ one queue ─ Front ─┤
//!  card ────done──▶ ┘                     └─▶ card
//! ```
//!
//! What is said over the socket is the front's business: [`crate::usb`] and
//! [`crate::passthru`] are the two there are.

use std::convert::Infallible;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use crate::passthru;
use crate::reader::{Power, Reader, Refusal, Slot};
use crate::usb;

/// Until a machine that is not there yet is looked for again.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// A machine that takes nothing for so long is stopped.
const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// The watch looks at least so often whether anybody wants to know.
const WATCH: Duration = Duration::from_secs(1);
/// Events that wait; who brings more waits too.
const QUEUE: usize = 16;
/// The most that is read from the socket at once.
const BITE: usize = 64 * 1024;

/// Why the reader is of no use to the machine.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error("cannot reach the machine at {0}")]
    Socket(PathBuf, #[source] io::Error),
    #[error(transparent)]
    Protocol(#[from] usb::ProtocolError),
    #[error(transparent)]
    Passthru(#[from] passthru::ProtocolError),
    #[error("cannot start a thread")]
    Thread(#[source] io::Error),
}

/// What takes time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Job {
    PowerOn,
    PowerOff,
    Transmit(Vec<u8>),
}

/// What came of it: an ATR, nothing, or an answer.
pub(crate) type Done = Result<Vec<u8>, Refusal>;

/// What the host sees of the reader's plug and slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    /// Of this plugging-in; `None` while unplugged.
    pub(crate) plug: Option<u64>,
    pub(crate) has_card: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect<Packet> {
    Send(Packet),
    /// Let the card do this, and tell when it is done. Never two at once.
    Work(Job),
    /// The host asked, and was told that the slot is empty.
    SeenEmpty,
}

pub(crate) trait Packet {
    fn encode(&self) -> Vec<u8>;
}

/// The reader as one kind of machine sees it: no socket, no thread, no clock. `slot` is
/// always how the slot is now.
pub(crate) trait Front {
    type Packet: Packet;
    type Problem: Into<LineError>;

    /// A card that came right after another one went is kept back until the host has seen the
    /// slot empty, else it would take it for the one before; a host of which nobody hears
    /// that has no more than this time.
    const KEEP_BACK: Duration;

    /// A machine is there.
    fn met(&mut self) -> Vec<Effect<Self::Packet>>;

    /// The machine is gone, and the next one is a stranger.
    fn lost(&mut self, slot: Slot) -> Vec<Effect<Self::Packet>>;

    /// Bytes of the machine.
    ///
    /// Errors: it speaks another language; `lost` is next.
    fn came(
        &mut self,
        bytes: &[u8],
        slot: Slot,
    ) -> Result<Vec<Effect<Self::Packet>>, Self::Problem>;

    /// A card came or went, or the reader itself did.
    fn seen(&mut self, sight: Sight, slot: Slot) -> Vec<Effect<Self::Packet>>;

    /// The card is done.
    fn done(&mut self, done: Done, slot: Slot) -> Vec<Effect<Self::Packet>>;
}

enum Event {
    Came(Vec<u8>),
    Lost,
    Seen(Sight),
    Done(Done),
}

/// Puts `reader` behind `front` for the machine that listens at `socket`: as soon as it does,
/// and again after it ended and came back.
///
/// Errors: [`LineError`]; there is no other end.
pub(crate) fn serve<F: Front>(
    front: F,
    reader: Arc<Reader>,
    socket: &Path,
) -> Result<Infallible, LineError> {
    let (events, queue) = sync_channel(QUEUE);
    // One at a time: a second one does not come before the first is done.
    let (work, jobs) = sync_channel(1);
    let (seen_empty, seen) = sync_channel(1);
    let watch = (Arc::clone(&reader), events.clone());
    spawn("reader watch", move || watch_reader(&watch.0, &watch.1, &seen, F::KEEP_BACK))?;
    let card = (Arc::clone(&reader), events.clone());
    spawn("card", move || work_card(&card.0, &jobs, &card.1))?;
    let mut line = Line { reader, front, queue, work, seen_empty };
    loop {
        let machine = line.wait_for_machine(socket)?;
        let ears = machine
            .set_write_timeout(Some(WRITE_PATIENCE))
            .and_then(|()| machine.try_clone())
            .map_err(|error| LineError::Socket(socket.to_owned(), error))?;
        let events = events.clone();
        spawn("machine", move || listen(ears, &events))?;
        line.talk(&machine)?;
    }
}

fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<(), LineError> {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(body);
    thread.map(drop).map_err(LineError::Thread)
}

struct Line<F> {
    reader: Arc<Reader>,
    front: F,
    queue: Receiver<Event>,
    work: SyncSender<Job>,
    seen_empty: SyncSender<()>,
}

impl<F: Front> Line<F> {
    fn wait_for_machine(&mut self, socket: &Path) -> Result<UnixStream, LineError> {
        loop {
            match UnixStream::connect(socket) {
                Ok(machine) => return Ok(machine),
                Err(error) if is_not_there(&error) => {}
                Err(error) => return Err(LineError::Socket(socket.to_owned(), error)),
            }
            match self.queue.recv_timeout(LOOK_AGAIN) {
                Ok(event) => {
                    let effects = self.handle(event)?;
                    self.carry_out(effects, None);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
    }

    /// Until the machine hangs up.
    fn talk(&mut self, machine: &UnixStream) -> Result<(), LineError> {
        let greeting = self.front.met();
        self.carry_out(greeting, Some(machine));
        while let Ok(event) = self.queue.recv() {
            let over = matches!(event, Event::Lost);
            let effects = self.handle(event).inspect_err(|_| {
                // Ends the thread that listens; there is nothing else to be done about it.
                let _ = machine.shutdown(Shutdown::Both);
            })?;
            self.carry_out(effects, Some(machine));
            if over {
                break;
            }
        }
        Ok(())
    }

    fn handle(&mut self, event: Event) -> Result<Vec<Effect<F::Packet>>, LineError> {
        let slot = self.reader.slot().unwrap_or(Slot::Empty);
        Ok(match event {
            Event::Came(bytes) => self.front.came(&bytes, slot).map_err(Into::into)?,
            Event::Lost => self.front.lost(slot),
            Event::Seen(sight) => self.front.seen(sight, slot),
            Event::Done(done) => self.front.done(done, slot),
        })
    }

    fn carry_out(&mut self, effects: Vec<Effect<F::Packet>>, machine: Option<&UnixStream>) {
        for effect in effects {
            match (effect, machine) {
                (Effect::Work(job), _) => self.work.send(job).expect("the card's thread stays"),
                (Effect::Send(packet), Some(mut machine)) => {
                    if machine.write_all(&packet.encode()).is_err() {
                        // The one who listens says that the machine is gone.
                        let _ = machine.shutdown(Shutdown::Both);
                    }
                }
                (Effect::Send(_), None) => {}
                (Effect::SeenEmpty, _) => {
                    self.reader.driven();
                    // Full: it was said already.
                    let _ = self.seen_empty.try_send(());
                }
            }
        }
    }
}

/// Not started yet, or ended.
fn is_not_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused)
}

fn listen(mut machine: UnixStream, events: &SyncSender<Event>) {
    let mut bite = vec![0; BITE];
    loop {
        let event = match machine.read(&mut bite) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(0) | Err(_) => Event::Lost,
            Ok(length) => Event::Came(bite[..length].to_vec()),
        };
        let over = matches!(event, Event::Lost);
        if events.send(event).is_err() || over {
            return;
        }
    }
}

fn watch_reader(
    reader: &Reader,
    events: &SyncSender<Event>,
    seen_empty: &Receiver<()>,
    keep_back: Duration,
) {
    let mut had_card = false;
    loop {
        let sight = sight(reader);
        // What was said before now was not about this removal.
        while seen_empty.try_recv().is_ok() {}
        if events.send(Event::Seen(sight)).is_err() {
            return;
        }
        if had_card && !sight.has_card && sight.plug.is_some() {
            // Late or not, the next step is the same.
            let _ = seen_empty.recv_timeout(keep_back);
        }
        had_card = sight.has_card;
        reader.wait_for_event(WATCH);
    }
}

pub(crate) fn sight(reader: &Reader) -> Sight {
    match reader.presence() {
        Ok(has_card) => Sight { plug: Some(reader.plugs()), has_card },
        Err(_) => Sight { plug: None, has_card: false },
    }
}

fn work_card(reader: &Reader, jobs: &Receiver<Job>, events: &SyncSender<Event>) {
    for job in jobs {
        if events.send(Event::Done(work(reader, job))).is_err() {
            return;
        }
    }
}

pub(crate) fn work(reader: &Reader, job: Job) -> Done {
    match job {
        // Powered again without a pause, a card is reset and keeps what it knows.
        Job::PowerOn if reader.slot() == Ok(Slot::Powered) => reader.power(Power::Reset),
        Job::PowerOn => reader.power(Power::Up),
        Job::PowerOff => reader.power(Power::Down),
        Job::Transmit(command) => reader.transmit(&command),
    }
}
