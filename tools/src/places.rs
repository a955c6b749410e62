//! Where things are: the sources, and what is made of them.

use std::{
    env, fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
};

use crate::{program::ask, stop::Stop};

/// The path of a Unix socket has at most 107 bytes (`sun_path`); the longest name below a
/// run folder is `/reader/run/pcscd/pcscd.comm`.
const RUN_FOLDER_MAX: usize = 107 - 28;

/// The root of the sources: the folder of the workspace.
pub(crate) fn root() -> Result<PathBuf, Stop> {
    // Cargo sets it for every program that it runs.
    let tools = env::var_os("CARGO_MANIFEST_DIR")
        .ok_or_else(|| Stop::Usage("start the runner through cargo: cargo tools …".into()))?;
    Ok(Path::new(&tools).parent().expect("tools is a folder of the workspace").to_owned())
}

/// What git says of the sources.
///
/// Errors: they were handed over without it; there is no git.
pub(crate) fn git(what: &[&str]) -> Result<String, Stop> {
    let mut command = Command::new("git");
    ask("ask git for the commit", command.arg("-C").arg(root()?).args(what), "")
}

/// Cargo's target folder: this program lies in its `debug`.
pub(crate) fn target() -> Result<PathBuf, Stop> {
    let this = env::current_exe().map_err(Stop::because("cannot find the runner itself"))?;
    this.ancestors()
        .nth(2)
        .map(Path::to_owned)
        .ok_or_else(|| Stop::Failed(format!("{} is in no target folder", this.display())))
}

/// Set by `--debug-build`, for whoever works on a verb and does not want to wait for the
/// optimiser. What such a run measures says nothing.
static DEBUG_BUILD: AtomicBool = AtomicBool::new(false);

/// From here on programs are built and started as developers build them.
pub(crate) fn use_debug_build() {
    DEBUG_BUILD.store(true, Ordering::Relaxed);
}

pub(crate) fn is_release() -> bool {
    !DEBUG_BUILD.load(Ordering::Relaxed)
}

/// A program of ours as it is shipped, built before.
pub(crate) fn release(name: &str) -> Result<PathBuf, Stop> {
    let profile = if is_release() { "release" } else { "debug" };
    Ok(target()?.join(profile).join(name))
}

/// An empty folder for one run, readable by its owner alone.
///
/// It lies below `wanted`, or in the system's temporary folder where that path would be
/// too long for the sockets in it.
pub(crate) fn run_folder(wanted: &Path) -> Result<PathBuf, Stop> {
    let folder = match wanted.as_os_str().len() <= RUN_FOLDER_MAX {
        true => wanted.to_owned(),
        false => env::temp_dir().join(format!("shikaku-{}", std::process::id())),
    };
    remove(&folder)?;
    private_folder(&folder)?;
    Ok(folder)
}

/// Makes `folder` and what is above it; `folder` itself is for its owner alone.
pub(crate) fn private_folder(folder: &Path) -> Result<(), Stop> {
    let cannot = || format!("cannot make the folder {}", folder.display());
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(Stop::because(cannot()))?;
    // It may have been there before.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(Stop::because(cannot()))
}

/// `folder` with nothing in it.
pub(crate) fn empty(folder: &Path) -> Result<(), Stop> {
    remove(folder)?;
    fs::create_dir_all(folder).map_err(Stop::because(folder.display()))
}

/// Removes `folder` with all that is in it; nothing there is fine.
pub(crate) fn remove(folder: &Path) -> Result<(), Stop> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Stop::Failed(format!("cannot remove {}: {error}", folder.display())))
        }
        _ => Ok(()),
    }
}

/// Removes the file; nothing there is fine.
pub(crate) fn remove_file(file: &Path) -> Result<(), Stop> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Stop::Failed(format!("cannot remove {}: {error}", file.display())))
        }
        _ => Ok(()),
    }
}
