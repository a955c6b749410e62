//! The tools tree: a Debian 13 of its own, in which everything of the image is built,
//! signed and started, whatever the machine itself runs. Made once, and again when its list
//! of packages changes.

use std::{
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use crate::{image::recipe, places, program::ask, progress::time, stop::Stop};

/// Debian 13, its updates and its security updates.
const MIRRORS: [&str; 3] = [
    "deb http://deb.debian.org/debian trixie main",
    "deb http://deb.debian.org/debian trixie-updates main",
    "deb http://deb.debian.org/debian-security trixie-security main",
];

/// The tree, and the folder that its programs see as `/work`.
pub(crate) struct Tree {
    root: PathBuf,
    work: PathBuf,
}

impl Tree {
    /// The tree for `work`, made where it is not there yet.
    ///
    /// Errors: the mirror cannot be reached; the disk is full.
    pub(crate) fn for_work(work: &Path) -> Result<Self, Stop> {
        Self::with(&recipe::tools()?.packages, work)
    }

    /// The same with what opens a window: a tree of its own.
    pub(crate) fn with_window(work: &Path) -> Result<Self, Stop> {
        let tools = recipe::tools()?;
        Self::with(&[tools.packages, tools.window].concat(), work)
    }

    fn with(packages: &[String], work: &Path) -> Result<Self, Stop> {
        let root = cache()?.join(format!("tools-{}", hash(&packages.join("\n"))?));
        if !root.join("usr").exists() {
            unpack("the tools tree", "apt", packages, None, &root)?;
        }
        fs::create_dir_all(work).map_err(Stop::because(work.display()))?;
        Ok(Self { root, work: work.to_owned() })
    }

    /// A program of the tree. It sees the tree as `/`, its folder as `/work`, the devices and
    /// the network of this machine, and nothing else of it.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = self.sandbox();
        command.args(["--", program]);
        command
    }

    /// The same, and it sees the X display that this runner sees.
    pub(crate) fn command_on_display(&self, program: &str) -> Command {
        const SOCKETS: &str = "/tmp/.X11-unix";
        const COOKIE: &str = "/tmp/Xauthority";
        let mut command = self.sandbox();
        command.args(["--ro-bind", SOCKETS, SOCKETS]);
        if let Some(display) = env::var_os("DISPLAY") {
            command.args(["--setenv", "DISPLAY"]).arg(display);
        }
        if let Some(cookie) = env::var_os("XAUTHORITY") {
            command.arg("--ro-bind-try").arg(cookie).arg(COOKIE);
            command.args(["--setenv", "XAUTHORITY", COOKIE]);
        }
        command.args(["--", program]);
        command
    }

    fn sandbox(&self) -> Command {
        let mut command = Command::new("bwrap");
        command.arg("--bind").arg(&self.root).arg("/").args(["--dev-bind", "/dev", "/dev"]);
        command.args(["--proc", "/proc", "--ro-bind", "/sys", "/sys", "--tmpfs", "/tmp"]);
        command.args(["--tmpfs", "/run", "--die-with-parent"]);
        command.arg("--bind").arg(&self.work).args(["/work", "--chdir", "/work", "--clearenv"]);
        command.args(["--setenv", "PATH", "/usr/sbin:/usr/bin:/usr/lib/systemd"]);
        command.args(["--setenv", "LANG", "C.UTF-8"]);
        command
    }

    /// Runs a program of the tree to its end, and gives what it printed.
    ///
    /// Errors: it failed; with what it said.
    pub(crate) fn run<I, A>(&self, what: &str, program: &str, arguments: I) -> Result<String, Stop>
    where
        I: IntoIterator<Item = A>,
        A: AsRef<OsStr>,
    {
        ask(what, self.command(program).args(arguments), "")
    }

    /// Where `/work/NAME` lies on this machine.
    pub(crate) fn work(&self, name: &str) -> PathBuf {
        self.work.join(name)
    }

    /// Where a file of the tree lies on this machine.
    pub(crate) fn own(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }
}

/// Unpacks Debian 13 packages into `root`, with what they need: the way `variant` of
/// mmdebstrap. A tree that is there is complete: it is moved to its place at the end. `hook`
/// is a line of shell that sees the half-made tree as `$1`, with the packages in it.
pub(crate) fn unpack(
    what: &str,
    variant: &str,
    packages: &[String],
    hook: Option<&str>,
    root: &Path,
) -> Result<(), Stop> {
    let began = Instant::now();
    let half = root.with_extension("part");
    places::remove(&half)?;
    let folder = half.parent().expect("a folder of the cache");
    fs::create_dir_all(folder).map_err(Stop::because(folder.display()))?;
    let mut command = Command::new("mmdebstrap");
    command.args(["--quiet", "--mode=root"]).arg(format!("--variant={variant}"));
    command.arg("--aptopt=APT::Install-Recommends \"false\"");
    // What is unpacked here is thrown away when the power goes.
    command.arg("--dpkgopt=force-unsafe-io");
    command.arg(format!("--include={}", packages.join(",")));
    command.args(hook.map(|it| format!("--extract-hook={it}")));
    command.arg("trixie").arg(&half).args(MIRRORS);
    ask(&format!("unpack {what}"), &mut command, "")?;
    fs::rename(&half, root).map_err(Stop::because(root.display()))?;
    println!("✓ {what}: {} packages and what they need, {}", packages.len(), time(began.elapsed()));
    Ok(())
}

/// Where trees and kernels are kept between builds, outside the sources.
pub(crate) fn cache() -> Result<PathBuf, Stop> {
    let home = env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or(home);
    let none = || Stop::Usage("set HOME: kernels and trees are kept below it".to_owned());
    Ok(cache.ok_or_else(none)?.join("shikaku-kiosk"))
}

/// SHA-256 of `text`, its first 16 digits: enough to tell recipes apart.
pub(crate) fn hash(text: &str) -> Result<String, Stop> {
    let mut said = ask("name what is kept", &mut Command::new("sha256sum"), text)?;
    said.truncate(16);
    Ok(said)
}
