//! The threads of the process: orders in, jobs to the worker, reports out.
//!
//! It ends when the kiosk closes its end. PC/SC knows no time-out: a reader that hangs
//! makes the worker hang, and the kiosk ends the process. The next one powers off what it
//! finds.

use std::{
    io, process,
    sync::mpsc::{self, RecvTimeoutError, SyncSender, TrySendError},
    thread,
    time::Duration,
};

use kiosk_core::ReaderLabel;
use kiosk_process::{
    Link, LinkError, Settings,
    words::{CardOrder, CardReport},
};
use log::{info, warn};
use reader_pcsc::{InUse, Seen, Sight, Watcher};

use crate::{
    board::Board,
    readers::readers,
    relay::list::list,
    reports::Reports,
    worker::{Job, Over, Worker},
};

/// The kiosk sends one order and waits for its answer; `Forget` may come in between.
const JOBS: usize = 8;

/// How long the worker may take to power the card off when the kiosk has gone.
const GOODBYE: Duration = Duration::from_secs(3);

/// Why the process ends although the kiosk is there: it must be started anew.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error("the line to the kiosk cannot be doubled")]
    Line(#[source] io::Error),
    #[error("no thread can be started")]
    Thread(#[source] io::Error),
    #[error("orders: {0}")]
    Orders(#[from] LinkError),
    #[error("the kiosk sends orders faster than a card can answer")]
    TooFast,
    #[error("the worker ended")]
    Worker,
}

/// Serves the kiosk on the other end of `orders` until it closes the line.
///
/// Errors: [`Failed`].
pub fn serve(settings: &Settings, mut orders: Link<CardReport, CardOrder>) -> Result<(), Failed> {
    let reports = Reports::new(orders.try_clone().map_err(Failed::Line)?);
    let (board, in_use, over) = (Board::new(process::id()), InUse::default(), Over::default());
    // Read now, not with a patient in front of the reader.
    list();

    let (jobs, to_do) = mpsc::sync_channel(JOBS);
    let (worker_lives, worker_ended) = mpsc::channel::<()>();
    let worker = Worker::new(board.clone(), in_use.clone(), reports.clone(), over.clone());
    thread::Builder::new()
        .name("worker".to_owned())
        .spawn(move || {
            worker.run(&to_do);
            drop(worker_lives);
        })
        .map_err(Failed::Thread)?;

    reports.reader(None, board.status());
    let mut watching = Watching {
        settings,
        watcher: None,
        start: Some((watch(&board, &reports, jobs.clone()), in_use)),
    };
    let end = pass_on(&mut orders, &jobs, &mut watching);
    over.now();
    // The watcher holds the other sender: without both the worker's work is done. A
    // watcher that hangs in PC/SC must not keep the process.
    drop(jobs);
    let Watching { watcher, start, .. } = watching;
    drop(start);
    thread::spawn(|| drop(watcher));
    if worker_ended.recv_timeout(GOODBYE) == Err(RecvTimeoutError::Timeout) {
        warn!("the reader hangs: the card may still have power");
    }
    end
}

/// The watcher, once it is known which reader to watch.
struct Watching<'a, Told> {
    settings: &'a Settings,
    watcher: Option<Watcher>,
    /// What it begins with.
    start: Option<(Told, InUse)>,
}

impl<Told: FnMut(Seen) + Send + 'static> Watching<'_, Told> {
    fn want(&mut self, reader: Option<ReaderLabel>) -> io::Result<()> {
        let wanted = reader.map(|it| it.as_str().to_owned()).or(self.settings.reader.clone());
        match (&self.watcher, self.start.take()) {
            (Some(watcher), _) => watcher.want(wanted),
            (None, Some((told, in_use))) => {
                self.watcher = Some(Watcher::start(wanted, in_use, told)?);
            }
            (None, None) => {}
        }
        Ok(())
    }
}

/// Orders to the worker, until the kiosk closes the line.
fn pass_on(
    orders: &mut Link<CardReport, CardOrder>,
    jobs: &SyncSender<Job>,
    watching: &mut Watching<'_, impl FnMut(Seen) + Send + 'static>,
) -> Result<(), Failed> {
    loop {
        match orders.receive() {
            Ok(CardOrder::Use(reader)) => watching.want(reader).map_err(Failed::Thread)?,
            Ok(order) => jobs.try_send(Job::Order(order)).map_err(|error| match error {
                TrySendError::Full(_) => Failed::TooFast,
                TrySendError::Disconnected(_) => Failed::Worker,
            })?,
            Err(LinkError::Closed) => {
                info!("the kiosk closed the line");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// What happens with every sight: the board first, so that an order that follows the
/// report finds it there.
fn watch(board: &Board, reports: &Reports, jobs: SyncSender<Job>) -> impl FnMut(Seen) + use<> {
    let (board, reports) = (board.clone(), reports.clone());
    move |seen| {
        let sight = match seen {
            Seen::Sight(sight) => sight,
            Seen::Readers(listed) => {
                return reports.send(&CardReport::Readers(readers(&listed).into()));
            }
        };
        match &sight {
            Sight::NoService(fault) => warn!("no PC/SC service: {fault}"),
            sight => info!("{sight:?}"),
        }
        let is_known = sight.is_known();
        board.set(sight);
        // A worker with so much to do looks at the board anyway.
        let _ = jobs.try_send(Job::Look);
        reports.reader(is_known, board.status());
    }
}
