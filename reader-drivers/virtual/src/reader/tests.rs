//! The reader without a host.

mod card;
mod control;
mod fault;
mod hands;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use tempfile::TempDir;

use super::Tins;

/// Long enough for another thread to run on a busy machine, short enough to wait for.
const MOMENT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(30);

/// A folder that only its owner may look into, as a reader wants it.
fn private_folder() -> TempDir {
    let private = Permissions::from_mode(0o700);
    tempfile::Builder::new().permissions(private).tempdir().expect("a temporary folder")
}
