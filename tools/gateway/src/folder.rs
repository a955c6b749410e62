//! The gateway's folder: its CA, its database. For its owner's eyes only.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// A folder of mode 0700.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// What could not be read or written, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", .path.display())]
pub struct FolderError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Folder {
    /// Opens the folder, or makes it. A folder that others may read is closed to them.
    ///
    /// Errors: it cannot be made, or is not ours to close.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let failed = |source| FolderError { path: path.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        Ok(Self(path.to_owned()))
    }

    /// The certificate that kiosks pin.
    pub fn ca(&self) -> PathBuf {
        self.0.join("ca.pem")
    }

    pub(crate) fn ca_key(&self) -> PathBuf {
        self.0.join("ca-key.pem")
    }

    /// The database's path; the file exists afterwards, with mode 0600, which SQLite
    /// gives to its other files too.
    ///
    /// Errors: it cannot be written.
    pub fn database(&self) -> Result<PathBuf, FolderError> {
        let path = self.0.join("gateway.sqlite");
        OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(|source| FolderError { path: path.clone(), source })?;
        Ok(path)
    }
}

/// The text of `path`, or `None` if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, FolderError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FolderError { path: path.to_owned(), source }),
    }
}

/// Writes a new file whole or not at all; it must not exist.
pub(crate) fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), FolderError> {
    let half = path.with_extension("new");
    let write = || {
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&half)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::hard_link(&half, path)?;
        fs::remove_file(&half)
    };
    write().map_err(|source| FolderError { path: path.to_owned(), source })
}
