//! The card process: the only one that speaks with the reader, and the only one besides
//! the key pad that sees a PIN.
//!
//! ```text
//! kiosk ──orders──▶ this thread ──jobs──▶ worker ──▶ card
//!   ▲                                       │  ▲
//!   └───────────────reports─────────────────┴──┴── watcher ◀── PC/SC
//! ```
//!
//! `kiosk-card --settings FILE`, with one end of a socket pair as standard input. It ends
//! when the kiosk closes its end. PC/SC knows no time-out: a reader that hangs makes the
//! worker hang, and the kiosk ends the process. The next one powers off what it finds.
#![forbid(unsafe_code)]

mod board;
mod read_card;
mod reports;
mod worker;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, ExitCode},
    sync::mpsc::{self, RecvTimeoutError, SyncSender, TrySendError},
    thread,
    time::Duration,
};

use kiosk_process::{Link, LinkError, Settings, die_with_parent, harden, words::CardOrder};
use log::{error, info, warn};
use reader_pcsc::{InUse, Sight, Watcher};

use crate::{
    board::Board,
    reports::Reports,
    worker::{Job, Over, Worker},
};

#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// The kiosk sends one order and waits for its answer; `Forget` may come in between.
const JOBS: usize = 8;

/// How long the worker may take to power the card off when the kiosk has gone.
const GOODBYE: Duration = Duration::from_secs(3);

fn main() -> ExitCode {
    // Whatever the environment asks for: libraries may write secrets to their traces.
    env_logger::Builder::new()
        .filter_level(log::LevelFilter::Warn)
        .filter_module("kiosk_card", log::LevelFilter::Info)
        .init();
    harden();
    die_with_parent();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            error!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), String> {
    let settings = read_settings(&settings_file()?)?;
    let mut orders: Link<_, CardOrder> =
        Link::from_stdin().map_err(|error| format!("standard input is no socket: {error}"))?;
    let reports = Reports::new(
        orders.try_clone().map_err(|error| format!("the line cannot be doubled: {error}"))?,
    );
    let (board, in_use, over) = (Board::new(process::id()), InUse::default(), Over::default());

    let (jobs, to_do) = mpsc::sync_channel(JOBS);
    let (worker_lives, worker_ended) = mpsc::channel::<()>();
    let worker = Worker::new(board.clone(), in_use.clone(), reports.clone(), over.clone());
    thread::Builder::new()
        .name("worker".to_owned())
        .spawn(move || {
            worker.run(&to_do);
            drop(worker_lives);
        })
        .map_err(|error| format!("no thread for the worker: {error}"))?;

    reports.reader(board.status());
    let watching = watch(&board, &reports, jobs.clone());
    let watcher = Watcher::start(settings.reader, in_use, watching)
        .map_err(|error| format!("no thread for the watcher: {error}"))?;

    let end = pass_on(&mut orders, &jobs);
    over.now();
    // The watcher holds the other sender: without both the worker's work is done. A
    // watcher that hangs in PC/SC must not keep the process.
    drop(jobs);
    thread::spawn(|| drop(watcher));
    if worker_ended.recv_timeout(GOODBYE) == Err(RecvTimeoutError::Timeout) {
        warn!("the reader hangs: the card may still have power");
    }
    end
}

/// Orders to the worker, until the kiosk closes the line.
fn pass_on<Out: serde::Serialize>(
    orders: &mut Link<Out, CardOrder>,
    jobs: &SyncSender<Job>,
) -> Result<(), String> {
    loop {
        match orders.receive() {
            Ok(order) => jobs.try_send(Job::Order(order)).map_err(|error| match error {
                TrySendError::Full(_) => "the kiosk sends orders faster than a card can answer",
                TrySendError::Disconnected(_) => "the worker ended",
            })?,
            Err(LinkError::Closed) => {
                info!("the kiosk closed the line");
                return Ok(());
            }
            Err(error) => return Err(format!("orders: {error}")),
        }
    }
}

/// What happens with every sight: the board first, so that an order that follows the
/// report finds it there.
fn watch(board: &Board, reports: &Reports, jobs: SyncSender<Job>) -> impl FnMut(Sight) + use<> {
    let (board, reports) = (board.clone(), reports.clone());
    move |sight| {
        match &sight {
            Sight::NoService(fault) => warn!("no PC/SC service: {fault}"),
            sight => info!("{sight:?}"),
        }
        board.set(sight);
        // A worker with so much to do looks at the board anyway.
        let _ = jobs.try_send(Job::Look);
        reports.reader(board.status());
    }
}

fn settings_file() -> Result<PathBuf, String> {
    let mut arguments = env::args_os().skip(1);
    match (arguments.next(), arguments.next(), arguments.next()) {
        (Some(flag), Some(file), None) if flag == "--settings" => Ok(file.into()),
        _ => Err("usage: kiosk-card --settings FILE".to_owned()),
    }
}

fn read_settings(file: &Path) -> Result<Settings, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let folder = file.parent().unwrap_or(Path::new("."));
    Settings::read(&text, folder).map_err(|error| format!("{}:\n{error}", file.display()))
}
