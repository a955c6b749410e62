//! `kiosk-network STATE ROOT`: what was set on ネットワーク, in the folder STATE of the kiosk,
//! becomes what systemd-networkd and systemd-timesyncd read below ROOT; both are told. Run at
//! each start of an appliance, and whenever the file changes.
//!
//! Without a service bus: networkd reads its files again on SIGHUP, timesyncd is started anew
//! by the service manager when it ends.
#![forbid(unsafe_code)]

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use kiosk_core::network::NetworkPlan;
use kiosk_process::{files, network};
use nix::{
    errno::Errno,
    sys::signal::{Signal, kill},
    unistd::Pid,
};

/// A file that systemd reads, and who is told when it changes.
struct Target {
    folder: &'static str,
    name: &'static str,
    text: fn(&NetworkPlan) -> Option<String>,
    service: &'static str,
    signal: Signal,
}

const TARGETS: [Target; 2] = [
    Target {
        folder: "run/systemd/network",
        name: "10-kiosk.network",
        text: network::wired_unit,
        service: "systemd-networkd.service",
        signal: Signal::SIGHUP,
    },
    Target {
        folder: "run/systemd/timesyncd.conf.d",
        name: "10-kiosk.conf",
        text: network::time_unit,
        service: "systemd-timesyncd.service",
        signal: Signal::SIGTERM,
    },
];
const UNIT_MAX: u64 = 4096;

fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [state, root] = &arguments[..] else {
        eprintln!("usage: kiosk-network STATE ROOT");
        return ExitCode::from(64);
    };
    let mut code = ExitCode::SUCCESS;
    let plan = network::read(state).unwrap_or_else(|problem| {
        eprintln!("{problem}; the address comes by DHCP");
        code = ExitCode::FAILURE;
        NetworkPlan::default()
    });
    for target in &TARGETS {
        if let Err(problem) = apply(target, &plan, root) {
            eprintln!("{}: {problem}", target.name);
            code = ExitCode::FAILURE;
        }
    }
    code
}

/// Nobody is disturbed where nothing changes.
fn apply(target: &Target, plan: &NetworkPlan, root: &Path) -> io::Result<()> {
    let folder = root.join(target.folder);
    let there = files::read(&folder.join(target.name), UNIT_MAX)?;
    let wanted = (target.text)(plan);
    if there.as_ref().map(|it| &***it) == wanted.as_ref().map(String::as_bytes) {
        return Ok(());
    }
    match wanted {
        None => files::remove(&folder, target.name)?,
        // Both services have users of their own, and there is no secret in it.
        Some(text) => files::write_for_all(&folder, target.name, text.as_bytes())?,
    }
    tell(target, root)
}

/// Every process of the service. One that does not run yet reads the file when it starts.
fn tell(target: &Target, root: &Path) -> io::Result<()> {
    let group = root.join("sys/fs/cgroup/system.slice").join(target.service).join("cgroup.procs");
    let processes = match fs::read_to_string(group) {
        Err(problem) if problem.kind() == io::ErrorKind::NotFound => return Ok(()),
        processes => processes?,
    };
    for process in processes.lines().filter_map(|line| line.parse().ok()) {
        match kill(Pid::from_raw(process), target.signal) {
            // It has ended meanwhile.
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    Ok(())
}
