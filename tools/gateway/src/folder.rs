//! The gateway's folder: its CA, its database. For its owner's eyes only.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// A folder of mode 0700.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// What could not be read or written, and where.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{}: {source}", .path.display())]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{}: others may look into it; chmod 700 it, or name another folder", .0.display())]
    Open(PathBuf),
}

impl FolderError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }
}

impl Folder {
    /// Opens the folder, or makes it. One that others may look into is left alone.
    ///
    /// Errors: it cannot be made, or is open to others.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        let mode = made.and_then(|()| fs::metadata(path)).map_err(FolderError::io(path))?.mode();
        if mode & 0o077 != 0 {
            return Err(FolderError::Open(path.to_owned()));
        }
        Ok(Self(path.to_owned()))
    }

    /// The certificate of a CA; kiosks pin that of the one in use.
    pub(crate) fn ca(&self, number: u32) -> PathBuf {
        self.0.join(format!("ca{}.pem", suffix(number)))
    }

    pub(crate) fn ca_key(&self, number: u32) -> PathBuf {
        self.0.join(format!("ca{}-key.pem", suffix(number)))
    }

    /// Says which CA is in use.
    pub(crate) fn ca_number(&self) -> PathBuf {
        self.0.join("ca-number")
    }

    /// The database's path; the file exists afterwards, with mode 0600, which SQLite
    /// gives to its other files too.
    ///
    /// Errors: it cannot be written.
    pub fn database(&self) -> Result<PathBuf, FolderError> {
        let path = self.0.join("gateway.sqlite");
        touch(&path).map_err(FolderError::io(&path))?;
        Ok(path)
    }

    /// Waits until no other gateway makes or changes the CAs of this folder; none does
    /// before the value is dropped.
    ///
    /// Errors: the file that says so cannot be written.
    pub(crate) fn turn(&self) -> Result<File, FolderError> {
        let path = self.0.join("ca-turn");
        let take = || {
            let file = touch(&path)?;
            file.lock()?;
            Ok(file)
        };
        take().map_err(FolderError::io(&path))
    }
}

/// Opens the file, or makes it, for its owner alone.
fn touch(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)
}

/// The first CA's files have no number.
fn suffix(number: u32) -> String {
    if number == 1 { String::new() } else { format!("-{number}") }
}

/// The text of `path`, or `None` if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, FolderError> {
    if_there(path, fs::read_to_string(path))
}

/// The bytes of `path`, or `None` if there is no such file.
pub(crate) fn read_bytes(path: &Path) -> Result<Option<Vec<u8>>, FolderError> {
    if_there(path, fs::read(path))
}

fn if_there<T>(path: &Path, read: io::Result<T>) -> Result<Option<T>, FolderError> {
    match read {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FolderError::io(path)(error)),
    }
}

/// Writes a new file whole or not at all; it must not exist.
pub(crate) fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), FolderError> {
    let write = || {
        let half = write_half(path, text, mode)?;
        fs::hard_link(&half, path)?;
        fs::remove_file(&half)
    };
    write().map_err(FolderError::io(path))
}

/// Writes a file whole or not at all, in the place of what is there.
pub(crate) fn write_over(path: &Path, text: &str) -> Result<(), FolderError> {
    let write = || fs::rename(write_half(path, text, 0o600)?, path);
    write().map_err(FolderError::io(path))
}

fn write_half(path: &Path, text: &str, mode: u32) -> io::Result<PathBuf> {
    let half = path.with_extension("new");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&half)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(half)
}
