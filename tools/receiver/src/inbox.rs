//! Puts results into the folder that the receipt computer watches: whole, durable, once.
//!
//! ```text
//!  create .shikaku-….part ─▶ write ─▶ fsync ─▶ link as OQSsiquc01res_face_….xml ─▶ remove .part ─▶ fsync folder ─▶ told
//! ```
//!
//! A second name is given instead of the first one changed, since that never replaces a
//! file, and since watchers of Windows see a new file where a changed name is another
//! event to them. Where a folder knows no second names (FAT, some shares) it is renamed.

use std::{collections::VecDeque, io};

use ring::digest::{SHA256, digest};

use crate::storage::Storage;

/// So many results are known to have been delivered, also after the receipt computer took
/// their files away. A kiosk sends a result again for less than a minute.
const REMEMBERED: usize = 1024;
/// No receipt computer looks for these.
const BEGIN: &str = ".shikaku-";
const END: &str = ".part";

/// The folder, and what was put into it last.
#[derive(Debug)]
pub struct Inbox<S> {
    storage: S,
    delivered: VecDeque<(String, [u8; 32])>,
}

/// A result that lies in the folder, or has lain there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    New,
    /// It came before.
    Again,
}

/// Why it does not; no part of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum NotDelivered {
    #[error("another result has this name already")]
    OtherResult,
    #[error("the folder is not there")]
    FolderMissing,
    #[error("the folder cannot be written to: {0}")]
    NotWritable(#[source] io::Error),
    #[error("the disk is full: {0}")]
    DiskFull(#[source] io::Error),
    #[error("the disk does not do what it should: {0}")]
    Disk(#[source] io::Error),
}

impl From<io::Error> for NotDelivered {
    fn from(error: io::Error) -> Self {
        use io::ErrorKind as K;

        match error.kind() {
            K::NotFound | K::NotADirectory => Self::FolderMissing,
            K::PermissionDenied | K::ReadOnlyFilesystem => Self::NotWritable(error),
            // A limit on the length of files is met where a disk is nearly full, too.
            K::StorageFull | K::QuotaExceeded | K::FileTooLarge => Self::DiskFull(error),
            _ => Self::Disk(error),
        }
    }
}

impl<S: Storage> Inbox<S> {
    /// Removes what a power cut has left behind, if the folder is there.
    pub fn new(mut storage: S) -> Self {
        let is_ours = |name: &String| name.starts_with(BEGIN) && name.ends_with(END);
        for name in storage.names().unwrap_or_default().iter().filter(|name| is_ours(name)) {
            if let Err(problem) = storage.remove(name) {
                log::warn!("what a power cut left behind stays there: {problem}");
            }
        }
        Self { storage, delivered: VecDeque::new() }
    }

    /// Afterwards the file lies there whole, also after a power cut.
    ///
    /// Errors: see [`NotDelivered`].
    pub fn deliver(&mut self, name: &str, bytes: &[u8]) -> Result<Delivered, NotDelivered> {
        let hash = hash(bytes);
        if let Some((_, before)) = self.delivered.iter().find(|(it, _)| it == name) {
            return match *before == hash {
                true => Ok(Delivered::Again),
                false => Err(NotDelivered::OtherResult),
            };
        }
        let part = format!("{BEGIN}{name}{END}");
        let outcome = self.put(&part, name, bytes);
        // Done already where all went well; else there may be nothing to remove.
        let _ = self.storage.remove(&part);
        let delivered = outcome?;
        self.storage.sync_folder()?;
        if self.delivered.len() == REMEMBERED {
            self.delivered.pop_front();
        }
        self.delivered.push_back((name.to_owned(), hash));
        Ok(delivered)
    }

    fn put(&mut self, part: &str, name: &str, bytes: &[u8]) -> Result<Delivered, NotDelivered> {
        // Left behind by a try that was cut off.
        let _ = self.storage.remove(part);
        let mut file = self.storage.create(part)?;
        self.storage.write(&mut file, bytes)?;
        self.storage.sync(&file)?;
        drop(file);
        match self.storage.link(part, name) {
            Ok(()) => Ok(Delivered::New),
            // The name is there already, or there are no second names here. What has the name
            // was whole before it had it.
            Err(_) => match self.storage.read(name) {
                Ok(there) if there == bytes => Ok(Delivered::Again),
                Ok(_) => Err(NotDelivered::OtherResult),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.storage.rename(part, name)?;
                    Ok(Delivered::New)
                }
                Err(error) => Err(error.into()),
            },
        }
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests;
