//! The receiver's own folder: its CA, who vouches for kiosks, and which kiosks may send.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// For its owner's eyes only: the CA's key lies in it.
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

impl FolderError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self { path, source }
    }
}

impl Folder {
    /// Opens the folder, or makes it.
    ///
    /// Errors: it cannot be made.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(path).map_err(FolderError::at(path))?;
        Ok(Self(path.to_owned()))
    }

    /// What kiosks pin.
    pub fn ca(&self) -> PathBuf {
        self.0.join("receiver-ca.pem")
    }

    pub(crate) fn ca_key(&self) -> PathBuf {
        self.0.join("receiver-ca-key.pem")
    }

    /// The names of this PC, one a line.
    pub(crate) fn names(&self) -> PathBuf {
        self.0.join("names.txt")
    }

    /// The gateway's CAs, which vouch for kiosks.
    pub(crate) fn gateway_ca(&self) -> PathBuf {
        self.0.join("gateway-ca.pem")
    }

    /// The ids of the kiosks that may send, one a line.
    pub(crate) fn kiosks(&self) -> PathBuf {
        self.0.join("kiosks.txt")
    }
}

/// The text of `path`, or `None` if there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<String>, FolderError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FolderError::at(path)(error)),
    }
}

/// Writes a file whole or not at all, in the place of what is there; only its owner can
/// read it.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), FolderError> {
    let write = || {
        let half = path.with_extension("new");
        let mut options = OpenOptions::new();
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.write(true).create(true).truncate(true).open(&half)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        drop::<File>(file);
        fs::rename(&half, path)
    };
    write().map_err(FolderError::at(path))
}
