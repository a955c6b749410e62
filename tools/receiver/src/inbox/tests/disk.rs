//! A disk in memory: what it was asked to do, and every state that a power cut may leave.

use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, MutexGuard},
};

use super::Storage;

/// What was done. A file is known by its number, whatever its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Name(String, usize),
    Unname(String),
    Write(usize, Vec<u8>),
    Sync(usize),
    SyncFolder,
}

impl Step {
    pub(super) fn is_sync(&self) -> bool {
        matches!(self, Self::Sync(_) | Self::SyncFolder)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    names: BTreeMap<String, usize>,
    files: Vec<Vec<u8>>,
    steps: Vec<Step>,
    /// Whether a file can have two names here.
    links: bool,
    asked: usize,
    fail_at: Option<usize>,
}

impl Disk {
    pub(super) fn new(links: bool) -> Self {
        Self(Arc::new(Mutex::new(State { links, ..State::default() })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test fails while it holds the disk")
    }

    pub(super) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let state = self.state();
        state.names.iter().map(|(name, file)| (name.clone(), state.files[*file].clone())).collect()
    }

    pub(super) fn steps(&self) -> Vec<Step> {
        self.state().steps.clone()
    }

    /// How many things were asked of it.
    pub(super) fn asked(&self) -> usize {
        self.state().asked
    }

    /// The one after so many fails.
    pub(super) fn fail_at(&self, number: usize) {
        self.state().fail_at = Some(number);
    }

    /// Lets one more thing be done, or not.
    fn ask(&self) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.state();
        state.asked += 1;
        match state.fail_at == Some(state.asked - 1) {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(state),
        }
    }
}

impl State {
    fn file(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or(io::ErrorKind::NotFound.into())
    }

    fn name(&mut self, name: &str, file: usize) {
        self.names.insert(name.to_owned(), file);
        self.steps.push(Step::Name(name.to_owned(), file));
    }

    fn unname(&mut self, name: &str) {
        self.names.remove(name);
        self.steps.push(Step::Unname(name.to_owned()));
    }
}

impl Storage for Disk {
    type File = usize;

    fn create(&mut self, name: &str) -> io::Result<usize> {
        let mut state = self.ask()?;
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.files.len();
        state.files.push(Vec::new());
        state.name(name, file);
        Ok(file)
    }

    fn write(&mut self, file: &mut usize, bytes: &[u8]) -> io::Result<()> {
        // A disk that is full has taken the half of it.
        let outcome = self.ask().map(drop);
        let taken = if outcome.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        let mut state = self.state();
        state.files[*file].extend_from_slice(taken);
        state.steps.push(Step::Write(*file, taken.to_vec()));
        outcome
    }

    fn sync(&mut self, file: &usize) -> io::Result<()> {
        self.ask()?.steps.push(Step::Sync(*file));
        Ok(())
    }

    fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.ask()?;
        if !state.links {
            return Err(io::ErrorKind::Unsupported.into());
        }
        if state.names.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = state.file(from)?;
        state.name(to, file);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.ask()?;
        let file = state.file(from)?;
        state.name(to, file);
        state.unname(from);
        Ok(())
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.ask()?;
        state.file(name)?;
        state.unname(name);
        Ok(())
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        self.ask()?.steps.push(Step::SyncFolder);
        Ok(())
    }

    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        let state = self.ask()?;
        let file = state.file(name)?;
        Ok(state.files[file].clone())
    }

    fn names(&mut self) -> io::Result<Vec<String>> {
        Ok(self.ask()?.names.keys().cloned().collect())
    }
}

/// Every state of the disk after these steps: names that were not synced may be missing in
/// any choice, bytes that were not synced may be missing, cut short, or zeros.
pub(super) fn after_a_cut(steps: &[Step]) -> Vec<Disk> {
    let synced = steps.iter().rposition(|step| *step == Step::SyncFolder).unwrap_or(0);
    let is_name = |step: &Step| matches!(step, Step::Name(..) | Step::Unname(_));
    let loose: Vec<usize> = (synced..steps.len()).filter(|at| is_name(&steps[*at])).collect();
    let choices = 1_u32 << loose.len();
    let mut disks = Vec::new();
    for kept in 0..choices {
        let is_lost = |at: &usize| {
            loose.iter().position(|it| it == at).is_some_and(|bit| kept & (1 << bit) == 0)
        };
        let mut names = BTreeMap::new();
        for at in (0..steps.len()).filter(|at| !is_lost(at)) {
            match &steps[at] {
                Step::Name(name, file) => drop(names.insert(name.clone(), *file)),
                Step::Unname(name) => drop(names.remove(name)),
                _ => {}
            }
        }
        for damage in DAMAGES {
            let files = names.values().max().map_or(0, |last| last + 1);
            let files = (0..files).map(|file| bytes(steps, file, *damage)).collect();
            let state = State { names: names.clone(), files, links: true, ..State::default() };
            disks.push(Disk(Arc::new(Mutex::new(state))));
        }
    }
    disks
}

type Damage = fn(&[u8]) -> Vec<u8>;

const DAMAGES: &[Damage] = &[
    |_| Vec::new(),
    |bytes| bytes[..bytes.len() / 2].to_vec(),
    |bytes| vec![0; bytes.len()],
    <[u8]>::to_vec,
];

fn bytes(steps: &[Step], file: usize, damage: Damage) -> Vec<u8> {
    let (mut safe, mut loose) = (Vec::new(), Vec::new());
    for step in steps {
        match step {
            Step::Write(it, bytes) if *it == file => loose.extend_from_slice(bytes),
            Step::Sync(it) if *it == file => safe.append(&mut loose),
            _ => {}
        }
    }
    safe.extend(damage(&loose));
    safe
}
