//! The folder that the receipt computer watches, as the steps by which it is changed. Tests
//! put another one in its place, which loses what a power cut may lose.

use std::{
    fmt::Debug,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// One folder. One function is one step of the kernel.
pub trait Storage: Debug + Send + 'static {
    /// A file that is being written.
    type File;

    /// Makes a file; what is there is left alone, and is an error.
    fn create(&mut self, name: &str) -> io::Result<Self::File>;
    fn write(&mut self, file: &mut Self::File, bytes: &[u8]) -> io::Result<()>;
    /// Waits until the file's bytes are on the disk; its name may still be missing.
    fn sync(&mut self, file: &Self::File) -> io::Result<()>;
    /// Gives a file one name more; what has that name is left alone, and is an error.
    fn link(&mut self, from: &str, to: &str) -> io::Result<()>;
    /// In the place of what is there.
    fn rename(&mut self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&mut self, name: &str) -> io::Result<()>;
    /// Waits until the names are on the disk.
    fn sync_folder(&mut self) -> io::Result<()>;
    fn read(&mut self, name: &str) -> io::Result<Vec<u8>>;
    fn names(&mut self) -> io::Result<Vec<String>>;
}

/// A folder of this machine, or of another one that is mounted here.
#[derive(Debug)]
pub struct RealFolder(PathBuf);

impl RealFolder {
    /// It need not be there yet: a share may be mounted later.
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }
}

impl Storage for RealFolder {
    type File = File;

    fn create(&mut self, name: &str) -> io::Result<File> {
        OpenOptions::new().write(true).create_new(true).open(self.0.join(name))
    }

    fn write(&mut self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&mut self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::hard_link(self.0.join(from), self.0.join(to))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    #[cfg(unix)]
    fn sync_folder(&mut self) -> io::Result<()> {
        File::open(&self.0)?.sync_all()
    }

    /// Windows has no such call; NTFS keeps its names in a journal.
    #[cfg(not(unix))]
    fn sync_folder(&mut self) -> io::Result<()> {
        fs::metadata(&self.0).map(drop)
    }

    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        fs::read(self.0.join(name))
    }

    fn names(&mut self) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(&self.0)?;
        entries.map(|it| Ok(it?.file_name().to_string_lossy().into_owned())).collect()
    }
}
