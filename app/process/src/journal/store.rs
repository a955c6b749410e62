//! The journal on the disk: one entry a line, each on the disk before it counts.

use std::{
    collections::VecDeque,
    io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use log::error;

use super::{
    Chain, ENTRIES_MAX, Entry, Facts, Who,
    disk::{
        ACKNOWLEDGED, BEFORE, FILE_MAX, Found, NOW, acknowledged, bytes, find, grow, put_aside,
        read, read_both,
    },
};
use crate::{disk, files};

/// Both files hold fewer; the oldest are not sent any more.
const WAITING_MAX: usize = 8192;

/// The journal of this device. One program opens it at a time.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    file: disk::Handle,
    size: u64,
    size_max: u64,
    /// A write has failed: what stands beyond `size` is to be cut off.
    is_torn: bool,
    chain: Chain,
    /// Not acknowledged yet, the oldest first.
    waiting: VecDeque<Entry>,
    /// They begin with the oldest that the files hold.
    is_all_waiting: bool,
}

/// The journal cannot be written. The kiosk goes on without the entry.
#[derive(Debug, thiserror::Error)]
#[error("the journal {0} cannot be written: {1}; free the disk, or repair it")]
pub struct StoreError(PathBuf, #[source] io::Error);

impl Store {
    /// Opens the journal in `folder`, or begins it. A last line that a power cut has torn is
    /// cut off. A file that does not hold is kept aside, and what holds of it goes on with
    /// an entry that says so, of this `time`.
    ///
    /// Errors: [`StoreError`].
    pub fn open(folder: &Path, time: SystemTime) -> Result<Self, StoreError> {
        Self::with_size(folder, time, FILE_MAX)
    }

    fn with_size(folder: &Path, time: SystemTime, size_max: u64) -> Result<Self, StoreError> {
        let failed = |problem| StoreError(folder.join(NOW), problem);
        files::make_folder(folder).map_err(failed)?;
        let acknowledged = acknowledged(folder);
        let Found { older, now, is_damaged } = find(folder, acknowledged).map_err(failed)?;
        let entries = older.into_iter().chain(now.entries);
        let mut store = Self {
            folder: folder.to_owned(),
            file: grow(folder).map_err(failed)?,
            size: now.length as u64,
            size_max,
            // What lies beyond the last whole line.
            is_torn: true,
            chain: now.end,
            waiting: entries.filter(|entry| entry.seq > acknowledged.seq).collect(),
            is_all_waiting: false,
        };
        store.cut().map_err(failed)?;
        if is_damaged {
            let outcome = "journal-damaged";
            store.append(&Facts { time, who: Who::Device, way: None, check: None, outcome })?;
        }
        Ok(store)
    }

    /// Writes the next entry; it is on the disk when this returns.
    ///
    /// Errors: [`StoreError`]; there is no such entry then.
    pub fn append(&mut self, facts: &Facts) -> Result<(), StoreError> {
        let mut chain = self.chain;
        let entry = chain.append(facts);
        let line = bytes([&entry]);
        self.write(&line).map_err(|problem| StoreError(self.folder.join(NOW), problem))?;
        self.chain = chain;
        self.waiting.push_back(entry);
        if self.waiting.len() > WAITING_MAX {
            self.waiting.pop_front();
        }
        Ok(())
    }

    /// The end of the journal as it stands on the disk, the newest first, and whether all of
    /// it still follows. Up to `count` entries.
    pub fn last(&self, count: usize) -> (Vec<Entry>, bool) {
        let (older, now) = read_both(&self.folder);
        let intact = older.broken.is_none() && now.broken.is_none();
        let entries = older.entries.into_iter().chain(now.entries);
        (entries.rev().take(count).collect(), intact)
    }

    /// How many entries the gateway does not have yet, as far as they are kept here.
    pub fn unsent(&self) -> usize {
        self.waiting.len()
    }

    /// What the gateway does not have yet: the oldest, at most [`ENTRIES_MAX`].
    pub fn unacknowledged(&self) -> Vec<Entry> {
        self.waiting.iter().take(ENTRIES_MAX).cloned().collect()
    }

    /// The gateway has everything up to entry `seq`. If that is less than it had before, it
    /// gets what is missing, as far as it is here. A number that no entry has changes nothing.
    ///
    /// Errors: [`StoreError`]; the entries will be sent again after the next start.
    pub fn acknowledged(&mut self, seq: u64) -> Result<(), StoreError> {
        let next = self.waiting.front().map_or(self.chain.seq.saturating_add(1), |entry| entry.seq);
        if seq.saturating_add(1) < next {
            self.go_back(seq);
            return Ok(());
        }
        let Some(at) = self.waiting.iter().position(|entry| entry.seq == seq) else {
            return Ok(());
        };
        // The hash as well, so that the chain can go on even without its file.
        let kept = Chain { seq, hash: self.waiting[at].hash };
        self.waiting.drain(..=at);
        self.is_all_waiting = false;
        let json = serde_json::to_vec(&kept).expect("a number and a hash become JSON");
        files::write(&self.folder, ACKNOWLEDGED, &json)
            .map_err(|problem| StoreError(self.folder.join(ACKNOWLEDGED), problem))
    }

    /// To what follows entry `seq`: another gateway, or one that lost something.
    fn go_back(&mut self, seq: u64) {
        if self.is_all_waiting {
            return;
        }
        self.is_all_waiting = true;
        let older = read(&self.folder, BEFORE, None).entries;
        let entries = older.into_iter().chain(read(&self.folder, NOW, None).entries);
        self.waiting = entries.filter(|entry| entry.seq > seq).collect();
        match self.waiting.front() {
            Some(first) if first.seq == seq + 1 => {}
            _ => error!("the gateway misses entries of the journal that are not here any more"),
        }
    }

    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.cut()?;
        if self.size + line.len() as u64 > self.size_max {
            put_aside(&self.folder, NOW, BEFORE)?;
            self.file = grow(&self.folder)?;
            self.size = 0;
        }
        self.is_torn = true;
        self.file.append(line)?;
        self.file.sync()?;
        self.is_torn = false;
        self.size += line.len() as u64;
        Ok(())
    }

    /// Cuts off what a write that failed has left. All of the rest is on the disk afterwards:
    /// who wrote it may have been killed before the sync.
    fn cut(&mut self) -> io::Result<()> {
        if self.is_torn {
            if self.file.length()? != self.size {
                self.file.cut(self.size)?;
            }
            self.file.sync()?;
        }
        self.is_torn = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
