//! Every step by which the programs change the disk. There is no other way to it, so that
//! the tests can record the steps and cut the power between any two of them: `crash`.
//!
//! One function is one step of the kernel; what several of them promise together is in
//! [`files`](crate::files) and in the journal's store.

#[cfg(any(test, feature = "record"))]
pub(crate) mod record;

#[cfg(any(test, feature = "record"))]
use std::panic::Location;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

/// Makes a step and, where it was made, records it. Both are one expression, so that no step
/// is recorded that is not made. Without the feature `record` there is only the step.
macro_rules! step {
    ($done:expr, $step:ident($($what:expr),*)) => {{
        let done = $done;
        #[cfg(any(test, feature = "record"))]
        if done.is_ok() {
            record::made(record::Step::$step($($what),*));
        }
        done
    }};
}

/// A file that is open to be written at its end.
#[derive(Debug)]
pub(crate) struct Handle {
    file: File,
    #[cfg(any(test, feature = "record"))]
    id: record::HandleId,
}

/// Makes a file, for this user alone. What is there is left alone, and is an error.
pub(crate) fn create(path: &Path) -> io::Result<Handle> {
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
    Ok(Handle {
        file,
        #[cfg(any(test, feature = "record"))]
        id: record::opened(path, true),
    })
}

/// Lets every user of the device read the file, also after a power cut.
pub(crate) fn let_all_read(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    file.set_permissions(fs::Permissions::from_mode(0o644))?;
    file.sync_all()
}

/// Opens a file that is there.
pub(crate) fn open(path: &Path) -> io::Result<Handle> {
    let file = OpenOptions::new().append(true).open(path)?;
    Ok(Handle {
        file,
        #[cfg(any(test, feature = "record"))]
        id: record::opened(path, false),
    })
}

impl Handle {
    /// Writes at the end.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        step!(self.file.write_all(bytes), Append(self.id.clone(), bytes.to_vec()))
    }

    /// Cuts off what is beyond `length`.
    pub(crate) fn cut(&mut self, length: u64) -> io::Result<()> {
        step!(self.file.set_len(length), Cut(self.id.clone(), length))
    }

    /// Waits until the bytes are on the disk; the name in the folder may still be missing.
    #[cfg_attr(any(test, feature = "record"), track_caller)]
    pub(crate) fn sync(&self) -> io::Result<()> {
        step!(self.file.sync_all(), Sync(self.id.clone(), Location::caller()))
    }

    pub(crate) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }
}

/// Makes one folder, for this user alone.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    step!(DirBuilder::new().mode(0o700).create(path), MakeFolder(path.to_owned()))
}

/// Waits until the names in the folder are on the disk.
#[cfg_attr(any(test, feature = "record"), track_caller)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    step!(File::open(path)?.sync_all(), SyncFolder(path.to_owned(), Location::caller()))
}

/// In the place of what is there.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step!(fs::rename(from, to), Rename(from.to_owned(), to.to_owned()))
}

/// Gives a file one name more.
pub(crate) fn link(path: &Path, more: &Path) -> io::Result<()> {
    step!(fs::hard_link(path, more), Link(path.to_owned(), more.to_owned()))
}

pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    step!(fs::remove_file(path), Remove(path.to_owned()))
}

/// Removes an empty folder.
pub(crate) fn remove_folder(path: &Path) -> io::Result<()> {
    step!(fs::remove_dir(path), Remove(path.to_owned()))
}
