//! Every process that was started by the runner, or by a process of those: nothing of
//! it may be left when the runner ends.
//!
//! The runner is the "subreaper" of the processes below it: a process whose parent died
//! becomes the runner's own child and stays findable. Processes that outlive even a
//! killed runner are prevented where they are started (`setpriv --pdeathsig`).

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::{
        prctl,
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::Pid,
};

use crate::{places, stop::Stop};

/// pcscd takes up to two seconds to leave in good order.
const PATIENCE_TERM: Duration = Duration::from_secs(5);
/// After SIGKILL only the kernel has work left.
const PATIENCE_KILL: Duration = Duration::from_secs(2);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Runs `work`; then, whatever came of it, ends every process and removes its `folder`.
pub(crate) fn with_nothing_left<T>(
    folder: &Path,
    work: impl FnOnce() -> Result<T, Stop>,
) -> Result<T, Stop> {
    let done = work();
    let ended = end_all();
    let removed = places::remove(folder);
    let done = done?;
    ended.and(removed).map(|()| done)
}

/// Call once, before anything is started.
pub(crate) fn adopt() -> Result<(), Stop> {
    prctl::set_child_subreaper(true)
        .map_err(|error| Stop::Failed(format!("cannot become a subreaper: {error}")))?;
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        // Whoever waits for one of them wakes up, and ends through `interrupted`.
        signal_all(Signal::SIGTERM);
    })
    .map_err(|error| Stop::Failed(format!("cannot listen to Ctrl-C: {error}")))
}

/// Whether Ctrl-C, SIGTERM or SIGHUP came.
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Ends every descendant and waits until none is left.
///
/// Errors: the names of those that not even SIGKILL could end.
pub(crate) fn end_all() -> Result<(), Stop> {
    signal_all(Signal::SIGTERM);
    if gone_within(PATIENCE_TERM) {
        return Ok(());
    }
    signal_all(Signal::SIGKILL);
    if gone_within(PATIENCE_KILL) {
        return Ok(());
    }
    let left: Vec<String> =
        all().into_iter().map(|(pid, name)| format!("{name} ({pid})")).collect();
    Err(Stop::Failed(format!("processes left behind: {}", left.join(", "))))
}

fn signal_all(signal: Signal) {
    for pid in all().into_keys() {
        // It may have ended since it was listed.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

fn gone_within(patience: Duration) -> bool {
    let began = Instant::now();
    loop {
        reap();
        if all().is_empty() {
            return true;
        }
        if began.elapsed() > patience {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Takes leave of those that ended, also of orphans that became ours.
fn reap() {
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return,
            Ok(_) | Err(_) => {}
        }
    }
}

/// Every living descendant and zombie: process id and name.
fn all() -> BTreeMap<i32, String> {
    let processes: Vec<Process> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Process::read(&fs::read_to_string(entry.path().join("stat")).ok()?))
        .collect();
    below(process::id().cast_signed(), &processes)
}

struct Process {
    pid: i32,
    name: String,
    parent: i32,
}

impl Process {
    /// proc(5): `pid (name) state ppid …`; the name may hold spaces and parentheses.
    fn read(stat: &str) -> Option<Self> {
        let (pid, rest) = stat.split_once(" (")?;
        let (name, rest) = rest.rsplit_once(") ")?;
        let parent = rest.split(' ').nth(1)?.parse().ok()?;
        Some(Self { pid: pid.parse().ok()?, name: name.to_owned(), parent })
    }
}

fn below(root: i32, processes: &[Process]) -> BTreeMap<i32, String> {
    let mut found = BTreeMap::new();
    let mut parents = BTreeSet::from([root]);
    // Each round goes one generation down and ends when that one has no children.
    while !parents.is_empty() {
        let children: Vec<&Process> = processes
            .iter()
            .filter(|it| parents.contains(&it.parent) && !found.contains_key(&it.pid))
            .collect();
        parents = children.iter().map(|it| it.pid).collect();
        found.extend(children.iter().map(|it| (it.pid, it.name.clone())));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grandchildren_are_found_and_strangers_are_not() {
        let stats = ["7 (sh) S 5 1", "8 (a) b) (c) S 7 1", "9 (other) S 1 1", "5 (us) S 1 1"];
        let processes: Vec<Process> =
            stats.iter().map(|stat| Process::read(stat).expect("a stat line")).collect();
        let found = below(5, &processes);
        let expected = BTreeMap::from([(7, "sh".to_owned()), (8, "a) b) (c".to_owned())]);
        assert_eq!(found, expected);
    }
}
