//! Files that survive a power cut (D26): written new, then put in the old one's place.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use crate::disk;

/// Makes the folder, for this user alone, unless it is there.
///
/// Errors: it cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() || folder.as_os_str().is_empty() {
        return Ok(());
    }
    folder.parent().map_or(Ok(()), make_folder)?;
    match disk::make_folder(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
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

fn unless_missing(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Removes `folder/name`; it may be gone already.
///
/// Errors: it cannot be removed.
pub fn remove(folder: &Path, name: &str) -> io::Result<()> {
    match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => File::open(folder)?.sync_all(),
    }
}

/// Removes a folder with everything in it; it may be gone already.
///
/// Errors: it cannot be removed.
pub fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
        Ok(()) => folder.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all()),
    }
}

#[cfg(test)]
mod tests;
