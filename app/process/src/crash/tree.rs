//! A folder as a value.

use std::{
    collections::BTreeMap,
    fmt, fs,
    path::{Path, PathBuf},
};

/// What lies where, from the folder on. Folders come before what is in them.
pub(super) type Tree = BTreeMap<PathBuf, Node>;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    Folder,
    File(Vec<u8>),
}

pub(super) fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    read_into(&mut tree, root, Path::new(""));
    tree
}

fn read_into(tree: &mut Tree, root: &Path, folder: &Path) {
    for entry in fs::read_dir(root.join(folder)).expect("a folder that is there") {
        let path = folder.join(entry.expect("an entry of a folder").file_name());
        if root.join(&path).is_dir() {
            read_into(tree, root, &path);
            tree.insert(path, Node::Folder);
        } else {
            let bytes = fs::read(root.join(&path)).expect("a file that is there");
            tree.insert(path, Node::File(bytes));
        }
    }
}

/// Into a folder that is there and empty.
pub(super) fn write(tree: &Tree, root: &Path) {
    for (path, node) in tree {
        match node {
            Node::Folder => fs::create_dir(root.join(path)).expect("a folder of a state"),
            Node::File(bytes) => fs::write(root.join(path), bytes).expect("a file of a state"),
        }
    }
}

/// As much of a file as one wants to see in a message.
impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 200;
        match self {
            Self::Folder => f.write_str("folder"),
            Self::File(bytes) => {
                let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]);
                write!(f, "{} bytes: {shown:?}", bytes.len())
            }
        }
    }
}
