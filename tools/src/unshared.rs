//! Programs that must look into processes which are closed to their own user.

use std::{path::Path, process::Command};

/// `program` as root; where the runner is not root, as the root of a user namespace of its
/// own, which may look into what is started inside.
pub(crate) fn as_root(program: &Path) -> Command {
    if nix::unistd::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--"]).arg(program);
    command
}
