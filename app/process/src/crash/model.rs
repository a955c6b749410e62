//! What the kernel shows of a disk, and what of it may be left after a power cut.
//!
//! - The bytes of a file are durable after an fsync of the file. Until then any of the
//!   changes may be missing or cut short, and its length may be on the disk before the
//!   bytes are: zeros stand there then.
//! - A name in a folder is durable after an fsync of the folder. Until then each change may
//!   have reached the disk or not, whatever became of the others, and later ones before
//!   earlier ones. One rename is atomic.
//! - What was synced stays. Nothing else is promised: the fsync of a file does not keep its
//!   name, and that of a folder not the bytes of its files.
//!
//! Journaling file systems promise more; POSIX does not. A kill -9 loses nothing that was
//! written: its states are among these, since everything may have reached the disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    path::{Path, PathBuf},
};

use super::tree::{Node, Tree};
use crate::disk::record::Step;

/// Every subset of so many changes is looked at; of more only some.
const ALL_SUBSETS_MAX: usize = 8;

/// An inode's number.
type Ino = usize;
/// A folder and a name in it.
type Place = (Ino, OsString);
type Names = BTreeMap<Place, Ino>;

const ROOT: Ino = 0;

#[derive(Debug)]
pub(super) struct Model {
    inodes: Vec<Inode>,
    /// As the kernel shows them.
    live: Names,
    durable: Names,
    /// Not durable yet, in the order of the steps.
    pending: Vec<Change>,
    /// By the number of the handle.
    open: BTreeMap<u64, Ino>,
}

#[derive(Debug)]
enum Inode {
    Folder,
    /// What the file held since the last sync, the durable bytes first, the newest last.
    File(Vec<Vec<u8>>),
}

/// Of one or two names; the disk has all of it or nothing.
#[derive(Clone, Debug)]
struct Change {
    ino: Ino,
    gone: Option<Place>,
    made: Option<Place>,
}

impl Change {
    fn make(&self, names: &mut Names) {
        if let Some(gone) = &self.gone {
            // Another file may have come there first.
            if names.get(gone) == Some(&self.ino) {
                names.remove(gone);
            }
        }
        if let Some(made) = &self.made {
            names.insert(made.clone(), self.ino);
        }
    }

    fn is_in(&self, folder: Ino) -> bool {
        [&self.gone, &self.made].into_iter().flatten().any(|(parent, _)| *parent == folder)
    }
}

impl Model {
    /// All of the tree is durable.
    pub(super) fn new(tree: &Tree) -> Self {
        let mut it = Self {
            inodes: vec![Inode::Folder],
            live: Names::new(),
            durable: Names::new(),
            pending: Vec::new(),
            open: BTreeMap::new(),
        };
        for (path, node) in tree {
            let inode = match node {
                Node::Folder => Inode::Folder,
                Node::File(bytes) => Inode::File(vec![bytes.clone()]),
            };
            it.add(path, inode);
        }
        it.durable.clone_from(&it.live);
        it.pending.clear();
        it
    }

    /// Makes one step.
    pub(super) fn make(&mut self, step: &Step) {
        match step {
            Step::Create(id) => {
                let ino = self.add(&id.path, Inode::File(vec![Vec::new()]));
                self.open.insert(id.number, ino);
            }
            Step::Open(id) => {
                let ino = self.ino(&id.path);
                self.open.insert(id.number, ino);
            }
            Step::Append(id, bytes) => {
                let held = self.file(self.open[&id.number]);
                let before = held.last().cloned().unwrap_or_default();
                held.extend(cuts(bytes).map(|cut| [&before, cut].concat()));
            }
            Step::Cut(id, length) => {
                let held = self.file(self.open[&id.number]);
                let mut bytes = held.last().cloned().unwrap_or_default();
                bytes.resize(*length as usize, 0);
                held.push(bytes);
            }
            Step::Sync(id, _) => {
                let held = self.file(self.open[&id.number]);
                held.drain(..held.len() - 1);
            }
            Step::MakeFolder(path) => {
                self.add(path, Inode::Folder);
            }
            Step::SyncFolder(path, _) => self.sync_folder(self.ino(path)),
            Step::Rename(from, to) => {
                self.change(self.ino(from), Some(self.place(from)), Some(self.place(to)));
            }
            Step::Link(path, more) => self.change(self.ino(path), None, Some(self.place(more))),
            Step::Remove(path) => self.change(self.ino(path), Some(self.place(path)), None),
            Step::Mark(_) => {}
        }
    }

    /// What the kernel shows now.
    pub(super) fn live(&self) -> Tree {
        let newest = |ino: &Ino| match &self.inodes[*ino] {
            Inode::Folder => Node::Folder,
            Inode::File(held) => Node::File(held.last().cloned().unwrap_or_default()),
        };
        self.paths(&self.live).into_iter().map(|(path, ino)| (path, newest(&ino))).collect()
    }

    /// Every state of the disk after a power cut here.
    pub(super) fn after_a_power_cut(&self) -> BTreeSet<Tree> {
        let mut all_names = BTreeSet::new();
        for subset in subsets(self.pending.len()) {
            let reached = || (0..self.pending.len()).filter(|at| subset & 1 << at != 0);
            let after = |changes: &mut dyn Iterator<Item = usize>| {
                let mut names = self.durable.clone();
                changes.for_each(|at| self.pending[at].make(&mut names));
                names
            };
            all_names.insert(after(&mut reached()));
            all_names.insert(after(&mut reached().rev()));
        }
        all_names.iter().flat_map(|names| self.trees(names)).collect()
    }

    /// With these names: every way in which the bytes of the files may be.
    fn trees(&self, names: &Names) -> Vec<Tree> {
        let mut trees = vec![Tree::new()];
        for (path, ino) in self.paths(names) {
            let nodes: Vec<_> = match &self.inodes[ino] {
                Inode::Folder => vec![Node::Folder],
                Inode::File(held) => contents(held).into_iter().map(Node::File).collect(),
            };
            let with = |tree: &Tree, node: &Node| {
                let mut tree = tree.clone();
                tree.insert(path.clone(), node.clone());
                tree
            };
            trees = trees.iter().flat_map(|it| nodes.iter().map(|node| with(it, node))).collect();
        }
        trees
    }

    /// What can be reached from the root.
    fn paths(&self, names: &Names) -> Vec<(PathBuf, Ino)> {
        let mut found = Vec::new();
        let mut folders = vec![(PathBuf::new(), ROOT)];
        while let Some((at, folder)) = folders.pop() {
            for ((_, name), ino) in names.iter().filter(|((parent, _), _)| *parent == folder) {
                let path = at.join(name);
                if let Inode::Folder = self.inodes[*ino] {
                    folders.push((path.clone(), *ino));
                }
                found.push((path, *ino));
            }
        }
        found
    }

    fn add(&mut self, path: &Path, inode: Inode) -> Ino {
        let ino = self.inodes.len();
        self.inodes.push(inode);
        self.change(ino, None, Some(self.place(path)));
        ino
    }

    fn change(&mut self, ino: Ino, gone: Option<Place>, made: Option<Place>) {
        let change = Change { ino, gone, made };
        change.make(&mut self.live);
        self.pending.push(change);
    }

    fn sync_folder(&mut self, folder: Ino) {
        let (durable, pending) = self.pending.drain(..).partition(|change| change.is_in(folder));
        self.pending = pending;
        let durable: Vec<Change> = durable;
        durable.iter().for_each(|change| change.make(&mut self.durable));
    }

    fn file(&mut self, ino: Ino) -> &mut Vec<Vec<u8>> {
        match &mut self.inodes[ino] {
            Inode::File(held) => held,
            Inode::Folder => panic!("a folder was opened as a file"),
        }
    }

    fn ino(&self, path: &Path) -> Ino {
        path.iter().fold(ROOT, |folder, name| {
            let found = self.live.get(&(folder, name.to_owned()));
            *found.unwrap_or_else(|| panic!("{} is not there", path.display()))
        })
    }

    fn place(&self, path: &Path) -> Place {
        let name = path.file_name().expect("the folder of the recording stays");
        (self.ino(path.parent().unwrap_or(Path::new(""))), name.to_owned())
    }
}

/// As sets of bits. Of many changes: the first so many, none or all but one or two.
pub(super) fn subsets(count: usize) -> Vec<u64> {
    if count <= ALL_SUBSETS_MAX {
        return (0..1 << count).collect();
    }
    assert!(count < 64, "{count} changes without a sync are more than a disk keeps waiting");
    let all = (1_u64 << count) - 1;
    let first = (0..=count).map(|length| (1_u64 << length) - 1);
    let pairs = (0..count).flat_map(|one| (one..count).map(move |other| 1_u64 << one | 1 << other));
    first.chain(pairs.flat_map(|pair| [pair, all & !pair])).collect()
}

/// What of a write may have been made when it ends early, and all of it: the beginning, the
/// half, all but the last byte.
pub(super) fn cuts(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lengths = [1, bytes.len() / 2, bytes.len().saturating_sub(1), bytes.len()];
    let lengths = BTreeSet::from(lengths.map(|length| length.min(bytes.len())));
    lengths.into_iter().map(|length| &bytes[..length])
}

/// Bytes and length reach the disk one without the other.
fn contents(held: &[Vec<u8>]) -> BTreeSet<Vec<u8>> {
    let lengths: BTreeSet<_> = held.iter().map(Vec::len).collect();
    let of_length = |bytes: &Vec<u8>, length: usize| {
        let mut bytes = bytes.clone();
        bytes.resize(length, 0);
        bytes
    };
    held.iter().flat_map(|bytes| lengths.iter().map(|it| of_length(bytes, *it))).collect()
}
