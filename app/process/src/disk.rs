//! Every step by which the programs change the disk. There is no other way to it.
//!
//! One function is one step of the kernel; what several of them promise together is in
//! [`files`](crate::files) and in the journal's store.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

/// A file that is open to be written at its end.
#[derive(Debug)]
pub(crate) struct Handle {
    file: File,
}

/// Makes a file, for this user alone. What is there is left alone, and is an error.
pub(crate) fn create(path: &Path) -> io::Result<Handle> {
    let file = OpenOptions::new().append(true).create_new(true).mode(0o600).open(path)?;
    Ok(Handle { file })
}

/// Opens a file that is there.
pub(crate) fn open(path: &Path) -> io::Result<Handle> {
    let file = OpenOptions::new().append(true).open(path)?;
    Ok(Handle { file })
}

impl Handle {
    /// Writes at the end.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Cuts off what is beyond `length`.
    pub(crate) fn cut(&mut self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    /// Waits until the bytes are on the disk; the name in the folder may still be missing.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    pub(crate) fn length(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }
}

/// Makes one folder, for this user alone.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}

/// Waits until the names in the folder are on the disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// In the place of what is there.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

pub(crate) fn remove_file(path: &Path) -> io::Result<()> {
    fs::remove_file(path)
}
