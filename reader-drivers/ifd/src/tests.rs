//! The PIN pad, and what the tests of the exports need.

mod pin_pad;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tempfile::TempDir;

/// Long enough for another thread to run on a busy machine, short enough to wait for.
const MOMENT: Duration = Duration::from_millis(50);

/// A folder that only its owner may look into, as a reader wants it.
pub(crate) fn private_folder() -> TempDir {
    let private = Permissions::from_mode(0o700);
    tempfile::Builder::new().permissions(private).tempdir().expect("a temporary folder")
}
