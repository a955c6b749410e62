//! Files that survive a power cut (D26): written new, then put in the old one's place.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
};

use zeroize::Zeroizing;

/// Makes the folder, for this user alone, unless it is there.
///
/// Errors: it cannot be made.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
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
    match fs::remove_file(&new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, folder.join(name))?;
    File::open(folder)?.sync_all()
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
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_last_whole_write_is_what_is_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a");
        assert!(read(&file, 10).expect("readable").is_none());
        write(folder.path(), "a", b"one").expect("written");
        // A cut in the middle of the next write.
        fs::write(folder.path().join("a.new"), b"tw").expect("written");
        assert_eq!(read(&file, 10).expect("readable").expect("there").as_slice(), b"one");
        write(folder.path(), "a", b"three").expect("written");
        assert_eq!(read(&file, 10).expect("readable").expect("there").as_slice(), b"three");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn only_this_user_can_read_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let inner = folder.path().join("x/state");
        make_folder(&inner).expect("made");
        make_folder(&inner).expect("made before");
        fs::write(inner.join("a.new"), b"left by a cut, open to all").expect("written");
        write(&inner, "a", b"secret").expect("written");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&inner), mode(&inner.join("a"))), (0o700, 0o600));
    }

    #[test]
    fn a_file_that_is_too_long_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        write(folder.path(), "a", b"0123456789").expect("written");
        assert!(read(&folder.path().join("a"), 10).is_ok());
        assert!(read(&folder.path().join("a"), 9).is_err());
    }
}
