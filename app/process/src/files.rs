//! Files that survive a power cut (D26): written new, then put in the old one's place.

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::disk;

/// Makes the folder, for this user alone, unless it is there. After a power cut it still is,
/// with every name that is in it now.
///
/// Errors: it cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let Some(parent) = parent(folder) else { return Ok(()) };
    if folder.is_dir() {
        return keep(folder, parent);
    }
    make_folder(parent)?;
    match disk::make_folder(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => {}
        done => done?,
    }
    disk::sync_folder(parent)
}

/// Whoever made the folder and wrote into it may have been killed before the sync. What is
/// written next must not be all that is left.
fn keep(folder: &Path, parent: &Path) -> io::Result<()> {
    disk::sync_folder(folder)?;
    if fs::metadata(folder)?.dev() != fs::metadata(parent)?.dev() {
        // A mount point: nobody made it, and what it lies in may be read-only and know no sync.
        return Ok(());
    }
    match disk::sync_folder(parent) {
        // Who may not open the parent has not made the folder either.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        done => done,
    }
}

/// Reads a file of at most `limit` bytes; `None` if there is none.
///
/// Errors: it cannot be read, or is longer.
pub fn read(file: &Path, limit: u64) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let opened = match File::open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    // Room for all of it, so that no copy is left in a buffer that grew. One byte more tells
    // a file that is too long from one that just fits.
    let length = opened.metadata()?.len().min(limit);
    let mut bytes = Zeroizing::new(Vec::with_capacity(length as usize + 1));
    opened.take(limit + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > limit {
        true => Err(io::Error::new(io::ErrorKind::InvalidData, format!("above {limit} bytes"))),
        false => Ok(Some(bytes)),
    }
}

/// Writes `folder/name` so that after a power cut it holds the old or the new bytes, never
/// anything between. Only this user can read it.
///
/// Errors: the disk is full or broken; the old file is still there.
pub fn write(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let new = folder.join(format!("{name}.new"));
    // What a cut left behind may have another mode; a new file has ours.
    unless_missing(disk::remove_file(&new))?;
    let mut file = disk::create(&new)?;
    file.append(bytes)?;
    file.sync()?;
    disk::rename(&new, &folder.join(name))?;
    disk::sync_folder(folder)
}

/// The same for a file that every user of the device may read.
pub fn write_for_all(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    write(folder, name, bytes)?;
    disk::let_all_read(&folder.join(name))
}

/// Removes `folder/name`, if it is there; after a power cut it does not come back.
///
/// Errors: the disk is broken; the file may still be there.
pub fn remove(folder: &Path, name: &str) -> io::Result<()> {
    unless_missing(disk::remove_file(&folder.join(name)))?;
    disk::sync_folder(folder)
}

/// Removes the folder and all that is in it, if it is there: after a power cut it is there
/// whole, or not at all. It is renamed first; what is left under the other name after a cut
/// goes with [`finish_removal`].
///
/// Errors: the disk is broken, or the folder is a mount point.
pub fn remove_folder(folder: &Path) -> io::Result<()> {
    finish_removal(folder)?;
    unless_missing(disk::rename(folder, &removed(folder)))?;
    finish_removal(folder)
}

/// Removes what a cut left of a [`remove_folder`]. To be called at the start.
///
/// Errors: the disk is broken.
pub fn finish_removal(folder: &Path) -> io::Result<()> {
    let removed = removed(folder);
    match (removed.is_dir(), parent(folder)) {
        (true, Some(parent)) => {
            // Were the other name lost, the folder would come back with only a part in it.
            disk::sync_folder(parent)?;
            remove_all(&removed)?;
            disk::sync_folder(parent)
        }
        _ => Ok(()),
    }
}

fn remove_all(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => remove_all(&entry.path())?,
            false => disk::remove_file(&entry.path())?,
        }
    }
    disk::remove_folder(folder)
}

/// The name of a folder that is being removed.
fn removed(folder: &Path) -> PathBuf {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".removed");
    folder.with_file_name(name)
}

/// `None` for the root of all folders.
fn parent(folder: &Path) -> Option<&Path> {
    match folder.parent() {
        Some(parent) if parent.as_os_str().is_empty() => Some(Path::new(".")),
        parent => parent,
    }
}

fn unless_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests;
