//! The recorder of steps, for tests. It hears every thread; each recording has the steps
//! below its own folder.

use std::{
    collections::BTreeMap,
    fmt,
    panic::Location,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Where in the code a sync is asked for.
pub(crate) type Place = &'static Location<'static>;

/// What was done. Paths are whole ones in a running recording, and from its folder on
/// afterwards.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Create(HandleId),
    Open(HandleId),
    Append(HandleId, Vec<u8>),
    Cut(HandleId, u64),
    Sync(HandleId, Place),
    MakeFolder(PathBuf),
    SyncFolder(PathBuf, Place),
    Rename(PathBuf, PathBuf),
    Link(PathBuf, PathBuf),
    /// A file, or an empty folder.
    Remove(PathBuf),
    /// Not a step of a program: the test says that something was told to somebody.
    Mark(PathBuf),
}

/// One opening of a file: the file may have another name by now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HandleId {
    pub(crate) number: u64,
    /// As it was opened.
    pub(crate) path: PathBuf,
}

/// The recordings that run, by their folder.
static RUNNING: Mutex<BTreeMap<PathBuf, Vec<Step>>> = Mutex::new(BTreeMap::new());

fn running() -> MutexGuard<'static, BTreeMap<PathBuf, Vec<Step>>> {
    // A test that failed elsewhere leaves whole steps behind.
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Begins a recording of what happens below `root`.
pub(crate) fn begin(root: &Path) {
    running().insert(root.to_owned(), Vec::new());
}

/// Ends it: the steps in their order.
pub(crate) fn end(root: &Path) -> Vec<Step> {
    let mut steps = running().remove(root).unwrap_or_default();
    for path in steps.iter_mut().flat_map(Step::paths_mut) {
        *path = path.strip_prefix(root).map(Path::to_owned).unwrap_or_default();
    }
    steps
}

pub(super) fn opened(path: &Path, is_new: bool) -> HandleId {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let id = HandleId { number, path: path.to_owned() };
    made(if is_new { Step::Create(id.clone()) } else { Step::Open(id.clone()) });
    id
}

pub(crate) fn made(step: Step) {
    let mut running = running();
    let root = running.keys().find(|root| step.path().starts_with(root)).cloned();
    if let Some(steps) = root.and_then(|root| running.get_mut(&root)) {
        steps.push(step);
    }
}

impl Step {
    fn path(&self) -> &Path {
        match self {
            Self::Create(id)
            | Self::Open(id)
            | Self::Append(id, _)
            | Self::Cut(id, _)
            | Self::Sync(id, _) => &id.path,
            Self::MakeFolder(path)
            | Self::SyncFolder(path, _)
            | Self::Rename(path, _)
            | Self::Link(path, _)
            | Self::Remove(path)
            | Self::Mark(path) => path,
        }
    }

    fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Self::Create(id)
            | Self::Open(id)
            | Self::Append(id, _)
            | Self::Cut(id, _)
            | Self::Sync(id, _) => vec![&mut id.path],
            Self::MakeFolder(path)
            | Self::SyncFolder(path, _)
            | Self::Remove(path)
            | Self::Mark(path) => vec![path],
            Self::Rename(path, other) | Self::Link(path, other) => vec![path, other],
        }
    }

    pub(crate) fn place_of_sync(&self) -> Option<Place> {
        match self {
            Self::Sync(_, place) | Self::SyncFolder(_, place) => Some(place),
            _ => None,
        }
    }
}

/// For messages of tests: the last name is enough.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |path: &Path| path.file_name().unwrap_or(".".as_ref()).display().to_string();
        let at = name(self.path());
        match self {
            Self::Create(_) => write!(f, "create {at}"),
            Self::Open(_) => write!(f, "open {at}"),
            Self::Append(_, bytes) => write!(f, "append {} bytes to {at}", bytes.len()),
            Self::Cut(_, length) => write!(f, "cut {at} to {length} bytes"),
            Self::Sync(..) => write!(f, "fsync {at}"),
            Self::MakeFolder(_) => write!(f, "mkdir {at}"),
            Self::SyncFolder(..) => write!(f, "fsync folder {at}"),
            Self::Rename(_, to) => write!(f, "rename {at} to {}", name(to)),
            Self::Link(_, more) => write!(f, "link {at} as {}", name(more)),
            Self::Remove(_) => write!(f, "remove {at}"),
            Self::Mark(_) => write!(f, "told"),
        }
    }
}
