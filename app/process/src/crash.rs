//! Crash tests: what the disk may hold after a kill -9 or a power cut at any step of real
//! code, state by state. Only with the feature `record`.
//!
//! ```
//! # use kiosk_process::{crash::Recording, files};
//! let recording = Recording::new(
//!     |folder| files::write(folder, "a", b"old").expect("written"),
//!     |recorder| {
//!         files::write(recorder.folder(), "a", b"new").expect("written");
//!         recorder.told();
//!     },
//! );
//! recording.check(|crash| {
//!     let read = std::fs::read(crash.folder().join("a")).expect("there");
//!     assert!(read == b"new" || (crash.told() == 0 && read == b"old"));
//! });
//! ```
//!
//! What a disk does with the steps is in `model`.

mod model;
mod tree;

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    thread,
};

use tempfile::TempDir;

use crate::disk::record::{self, Place, Step};
use model::{Model, cuts};
use tree::Tree;

/// The steps that some code made, and what was on the disk before them.
#[derive(Debug)]
pub struct Recording {
    before: Tree,
    /// The first one by itself, the others after a kill.
    runs: Vec<Run>,
}

#[derive(Clone, Debug)]
struct Run {
    steps: Vec<Step>,
    /// So many of them were over before the crash that is looked for.
    over: usize,
}

/// What the recorded code has at hand.
#[derive(Debug)]
pub struct Recorder<'a>(&'a Path);

/// One state of the disk after a crash.
#[derive(Debug)]
pub struct Crash<'a> {
    folder: &'a Path,
    steps: &'a [Step],
    done: usize,
}

impl Recorder<'_> {
    /// Only what happens in here is recorded, in whatever thread.
    pub fn folder(&self) -> &Path {
        self.0
    }

    /// Says that something was told by now: a verdict on the screen, an answer to the gateway.
    pub fn told(&self) {
        record::made(Step::Mark(self.0.to_owned()));
    }
}

impl Crash<'_> {
    /// What is on the disk now. It may be written to.
    pub fn folder(&self) -> &Path {
        self.folder
    }

    /// How often [`Recorder::told`] was called before the crash.
    pub fn told(&self) -> usize {
        told(&self.steps[..self.done])
    }

    /// After how many steps this state was seen first.
    pub fn done(&self) -> usize {
        self.done
    }
}

impl Recording {
    /// Runs `act` in a folder that `before` has filled; what `before` wrote is durable.
    ///
    /// Panics if `act` changed the folder by other steps than those of `disk`.
    pub fn new(before: impl FnOnce(&Path), act: impl FnOnce(&Recorder<'_>)) -> Self {
        let folder = scratch();
        before(folder.path());
        let before = tree::read(folder.path());
        let steps = record(folder.path(), act);
        check_what_is_there(&before, &steps, folder.path());
        Self { before, runs: vec![Run { steps, over: 0 }] }
    }

    /// The same, and: the code is killed anywhere, also within a write, and `then` is run on
    /// what it left. The power cut comes in `then`; what was not synced before the kill is not
    /// durable for it either.
    #[must_use]
    pub fn or_killed(mut self, then: impl Fn(&Recorder<'_>)) -> Self {
        for mut steps in killed(&self.runs[0].steps) {
            let folder = scratch();
            tree::write(&model_after(&self.before, &steps).live(), folder.path());
            let over = steps.len();
            steps.extend(record(folder.path(), &then));
            check_what_is_there(&self.before, &steps, folder.path());
            self.runs.push(Run { steps, over });
        }
        self
    }

    /// Calls `check` with every state after a crash, each once for what was told before it.
    /// What `check` says must hold; how many states there were.
    pub fn check(&self, mut check: impl FnMut(&Crash<'_>)) -> usize {
        self.runs.iter().map(|run| check_run(&self.before, run, &mut check)).sum()
    }

    /// The syncs that the code could do without: `check` would hold all the same. A test that
    /// wants none protects every one of them.
    pub fn needless_syncs(&self, check: impl Fn(&Crash<'_>)) -> Vec<String> {
        let steps = self.runs.iter().flat_map(|run| &run.steps);
        let places: BTreeSet<Place> = steps.filter_map(Step::place_of_sync).collect();
        let needless = places.into_iter().filter(|place| {
            let with = self.runs.iter().filter(|run| run.has_sync(place));
            with.map(|run| run.without_sync(place)).all(|run| {
                let check = || check_run(&self.before, &run, &mut |crash| check(crash));
                catch_unwind(AssertUnwindSafe(check)).is_ok()
            })
        });
        needless.map(ToString::to_string).collect()
    }
}

impl Run {
    fn has_sync(&self, place: Place) -> bool {
        self.steps.iter().any(|step| step.place_of_sync() == Some(place))
    }

    fn without_sync(&self, place: Place) -> Self {
        let is_kept = |step: &&Step| step.place_of_sync() != Some(place);
        let over = self.steps[..self.over].iter().filter(is_kept).count();
        Self { steps: self.steps.iter().filter(is_kept).cloned().collect(), over }
    }
}

/// The steps that a kill leaves done.
fn killed(steps: &[Step]) -> Vec<Vec<Step>> {
    let mut killed = Vec::new();
    for done in 0..=steps.len() {
        killed.push(steps[..done].to_vec());
        let Some(Step::Append(id, bytes)) = steps.get(done) else { continue };
        for cut in cuts(bytes).filter(|cut| cut.len() < bytes.len()) {
            let part = Step::Append(id.clone(), cut.to_vec());
            killed.push([&steps[..done], &[part]].concat());
        }
    }
    killed
}

fn check_run(before: &Tree, run: &Run, check: &mut dyn FnMut(&Crash<'_>)) -> usize {
    let steps = &run.steps[..];
    let scratch = scratch();
    let mut seen = BTreeSet::new();
    let mut model = model_after(before, &steps[..run.over]);
    for done in run.over..=steps.len() {
        if done > run.over {
            model.make(&steps[done - 1]);
        }
        for tree in model.after_a_power_cut() {
            if !seen.insert((told(&steps[..done]), tree.clone())) {
                continue;
            }
            let folder = scratch.path().join(seen.len().to_string());
            fs::create_dir(&folder).expect("a folder for a state");
            tree::write(&tree, &folder);
            let crash = SaidOnPanic(Crash { folder: &folder, steps, done }, &tree);
            check(&crash.0);
            fs::remove_dir_all(&folder).expect("a folder for a state");
        }
    }
    seen.len()
}

/// What the steps lead to must be what is there.
fn check_what_is_there(before: &Tree, steps: &[Step], folder: &Path) {
    let live = model_after(before, steps).live();
    let there = tree::read(folder);
    assert!(live == there, "something went past the steps: {live:#?}\nbut {there:#?}");
}

fn told(steps: &[Step]) -> usize {
    steps.iter().filter(|step| matches!(step, Step::Mark(_))).count()
}

fn model_after(before: &Tree, steps: &[Step]) -> Model {
    let mut model = Model::new(before);
    steps.iter().for_each(|step| model.make(step));
    model
}

fn record(folder: &Path, act: impl FnOnce(&Recorder<'_>)) -> Vec<Step> {
    record::begin(folder);
    act(&Recorder(folder));
    record::end(folder)
}

/// In memory where there is such a folder: the steps are what counts, not the disk.
fn scratch() -> TempDir {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_: io::Error| tempfile::tempdir());
    folder.expect("a folder for the tests")
}

/// Says where it is when the check fails.
struct SaidOnPanic<'a>(Crash<'a>, &'a Tree);

impl Drop for SaidOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("{}the disk held {:#?}", self.0, self.1);
        }
    }
}

impl fmt::Display for Crash<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.steps.iter().enumerate() {
            if at == self.done {
                writeln!(f, "      - - crash - -")?;
            }
            writeln!(f, "{:5} {step}", at + 1)?;
        }
        writeln!(f, "crash after step {} of {}", self.done, self.steps.len())
    }
}

#[cfg(test)]
mod tests;
