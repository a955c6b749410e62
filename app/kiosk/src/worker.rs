//! A worker process: started, listened to, started again when it ends.
//!
//! The worker's standard input is one end of a line. A worker that ends, or speaks
//! nonsense, is ended and comes back; what was asked of it is lost, and the machine is
//! told so.

use std::{
    ffi::OsString,
    fmt, io,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use kiosk_process::Link;
use log::{error, warn};
use serde::{Serialize, de::DeserializeOwned};

/// The first pause before a worker comes back; it doubles up to [`PAUSE_MAX`]. Short,
/// because the screen must be of use again within a second, also after many crashes.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_millis(800);
/// A worker that ran so long is a good one: its next pause is short again.
const GOOD_RUN: Duration = Duration::from_secs(10);

/// Where a worker comes from.
#[derive(Clone, Debug)]
pub enum Origin {
    /// This process starts it, and kills it: on a desk.
    Program { file: PathBuf, arguments: Vec<OsString> },
    /// Another user's process, that the service manager starts for every connection: on the
    /// appliance. It ends by itself when the line does.
    Socket(PathBuf),
}

/// Orders for one worker process.
pub struct Worker<Order, Report> {
    name: &'static str,
    running: Arc<Mutex<Option<Running<Order, Report>>>>,
}

struct Running<Order, Report> {
    /// `None` when another process started it.
    child: Option<Child>,
    link: Link<Order, Report>,
}

/// The worker is not there; what was ordered is lost.
#[derive(Debug, thiserror::Error)]
#[error("the worker is not running")]
pub struct NotRunning;

impl<Order, Report> Worker<Order, Report>
where
    Order: Serialize + Send + 'static,
    Report: DeserializeOwned + Send + 'static,
{
    /// Starts the worker and keeps it running for ever. `heard` gets
    /// every report, and `None` whenever the worker was lost. `greet` has the first order to
    /// each of them.
    pub fn start(
        name: &'static str,
        origin: Origin,
        greet: impl Fn() -> Option<Order> + Send + 'static,
        mut heard: impl FnMut(Option<Report>) + Send + 'static,
    ) -> Self {
        let running = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&running);
        thread::spawn(move || {
            let mut pause = PAUSE_MIN;
            loop {
                let since = Instant::now();
                match spawn(&origin) {
                    Ok((mut worker, link)) => {
                        if let Some(Err(problem)) = greet().map(|it| worker.link.send(&it)) {
                            warn!("{name}: {problem}");
                        }
                        *lock(&shared) = Some(worker);
                        listen(name, link, &mut heard);
                    }
                    Err(problem) => error!("{name}: cannot start {origin:?}: {problem}"),
                }
                end(lock(&shared).take());
                heard(None);
                pause = if since.elapsed() > GOOD_RUN { PAUSE_MIN } else { pause };
                thread::sleep(pause);
                pause = (pause * 2).min(PAUSE_MAX);
            }
        });
        Self { name, running }
    }

    /// Hands an order over.
    ///
    /// Errors: [`NotRunning`]; the order is gone, and nobody will answer it.
    pub fn order(&self, order: &Order) -> Result<(), NotRunning> {
        let mut running = lock(&self.running);
        let worker = running.as_mut().ok_or(NotRunning)?;
        worker.link.send(order).map_err(|problem| {
            warn!("{}: {problem}", self.name);
            NotRunning
        })
    }

    /// Ends a worker that hangs. It comes back by itself.
    pub fn restart(&self) {
        if let Some(worker) = lock(&self.running).as_mut() {
            warn!("{}: does not answer, is started anew", self.name);
            worker.link.hang_up();
            // An error means that it has ended already.
            worker.child.as_mut().map(Child::kill);
        }
    }
}

impl<Order, Report> fmt::Debug for Worker<Order, Report> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Worker({})", self.name)
    }
}

/// A worker and a second handle on its line, for listening.
type Started<Order, Report> = (Running<Order, Report>, Link<Order, Report>);

fn spawn<Order: Serialize, Report: DeserializeOwned>(
    origin: &Origin,
) -> io::Result<Started<Order, Report>> {
    let (child, ours) = match origin {
        Origin::Program { file, arguments } => {
            let (ours, theirs) = UnixStream::pair()?;
            let child = Command::new(file)
                .args(arguments)
                .stdin(Stdio::from(OwnedFd::from(theirs)))
                .stdout(Stdio::null())
                .spawn()?;
            (Some(child), ours)
        }
        Origin::Socket(socket) => (None, UnixStream::connect(socket)?),
    };
    let link = Link::from(OwnedFd::from(ours));
    let ear = link.try_clone()?;
    Ok((Running { child, link }, ear))
}

fn listen<Order: Serialize, Report: DeserializeOwned>(
    name: &str,
    mut link: Link<Order, Report>,
    heard: &mut impl FnMut(Option<Report>),
) {
    loop {
        match link.receive() {
            Ok(report) => {
                heard(Some(report));
                kiosk_process::scrub_stack();
            }
            Err(problem) => {
                warn!("{name}: {problem}");
                return;
            }
        }
    }
}

fn end<Order, Report>(worker: Option<Running<Order, Report>>) {
    let Some(mut worker) = worker else { return };
    worker.link.hang_up();
    if let Some(child) = &mut worker.child {
        // Both fail only when it has ended already, which is what is wanted.
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
