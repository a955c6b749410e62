//! What is written and read.

use std::{fs, os::unix::fs::PermissionsExt};

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
