//! Keeps the device journal (D28) on its own thread: what the machine notes goes to the
//! disk, and from there to the gateway whenever the line is up.

use std::{
    io,
    path::Path,
    sync::{
        Arc,
        mpsc::{Receiver, Sender},
    },
    thread,
    time::{Instant, SystemTime},
};

use kiosk_core::{
    Deed, Note, Records,
    record::{LINES_MAX, RecordLine},
};
use kiosk_process::{
    files,
    journal::{Entry, Facts, Health, Store},
    words::{LineOrder, LineReport},
};
use log::error;

use crate::worker::Worker;

/// What the keeper is told.
#[derive(Debug)]
pub(crate) enum Told {
    /// A check is over.
    Note(Note),
    /// Something was done, by somebody or by the device itself.
    Deed(Deed),
    /// 記録 is opened.
    Read(Sender<Option<Records>>),
    /// デバイス登録解除: nothing was ever noted.
    Wipe(Sender<io::Result<()>>),
    /// The gateway has the entries up to this one.
    Acknowledged(u64),
    /// The gateway can be reached: perhaps it does not have everything yet.
    LineUp,
}

/// A way to tell the keeper; what cannot be told is lost with the program.
pub(crate) fn tell(keeper: &Sender<Told>, told: Told) {
    let _ = keeper.send(told);
}

/// Keeps the journal in `folder` until nobody can tell anything any more. A disk that
/// cannot be written costs entries, never a check.
pub(crate) fn keep(folder: &Path, told: Receiver<Told>, line: Arc<Worker<LineOrder, LineReport>>) {
    let folder = folder.to_owned();
    thread::spawn(move || {
        // What a cut left of a removal.
        if let Err(problem) = files::finish_removal(&folder) {
            error!("the device journal: {problem}");
        }
        let mut keeper = Keeper { store: None, line, began: Instant::now() };
        for told in told {
            keeper.hear(&folder, told);
        }
    });
}

fn records(store: &Store) -> Records {
    let (entries, intact) = store.last(LINES_MAX);
    let line = |entry: Entry| RecordLine {
        time: entry.time.to_string(),
        method: entry.method.to_string(),
        outcome: entry.outcome.to_string(),
    };
    let unsent = store.unsent().try_into().unwrap_or(u64::MAX);
    Records { lines: entries.into_iter().map(line).collect(), unsent, intact }
}

struct Keeper {
    /// `None` until it could be opened.
    store: Option<Store>,
    line: Arc<Worker<LineOrder, LineReport>>,
    began: Instant,
}

impl Keeper {
    fn hear(&mut self, folder: &Path, told: Told) {
        if let Told::Wipe(reply) = told {
            self.store = None;
            // Whoever asked may have gone.
            let _ = reply.send(files::remove_folder(folder));
            return;
        }
        if self.store.is_none() {
            self.store = Store::open(folder, SystemTime::now())
                .inspect_err(|problem| error!("the device journal: {problem}"))
                .ok();
        }
        let Some(store) = &mut self.store else { return };
        let done = match told {
            Told::Deed(deed) => store.append(&Facts::of_deed(deed, SystemTime::now())),
            Told::Read(reply) => {
                // Whoever asked may have gone. Without a store there is no answer.
                let _ = reply.send(Some(records(store)));
                return;
            }
            Told::Note(note) => store.append(&Facts::of_check(&note, SystemTime::now())),
            Told::Acknowledged(seq) => store.acknowledged(seq),
            Told::LineUp | Told::Wipe(_) => Ok(()),
        };
        if let Err(problem) = done {
            error!("the device journal: {problem}");
        }
        self.send();
    }

    /// What the gateway does not have yet, as much as goes into one word.
    fn send(&self) {
        let entries = self.store.as_ref().map(Store::unacknowledged).unwrap_or_default();
        if entries.is_empty() {
            return;
        }
        let health = Health {
            version: heapless::String::try_from(env!("CARGO_PKG_VERSION")).unwrap_or_default(),
            reader: heapless::String::new(),
            uptime_s: self.began.elapsed().as_secs(),
        };
        // A line process that is not there asks again when it is: `LineUp`.
        let _ = self.line.order(&LineOrder::Journal(entries, health));
    }
}
