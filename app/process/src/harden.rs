//! What makes a process keep its secrets: no core dumps, no debugger, no swap.

use caps::{CapSet, Capability};
use log::warn;
use nix::sys::{
    mman::{MlockAllFlags, mlockall},
    prctl,
    resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit},
    signal::Signal,
};

/// Call first in `main`. What the system refuses (mlock as an ordinary user, mostly)
/// is a line in the journal and not an end: the kiosk must work on a desk too.
pub fn harden() {
    let core = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    note("core dumps stay possible", core);
    note("other processes may read this one's memory", prctl::set_dumpable(false));
    note("secrets may reach the swap", lock_memory());
}

/// All memory, also what comes later, page by page as it is used: what was never touched
/// holds no secret and takes no room. With a limit (an ordinary user has 8 MB, and so has
/// root in most containers) later allocations would fail once it is reached: then only
/// what is there now is asked for, and the journal says so where even that is too much.
fn lock_memory() -> nix::Result<()> {
    let (limit, _) = getrlimit(Resource::RLIMIT_MEMLOCK)?;
    // A process that cannot read its own capabilities is treated as having none.
    let above_limits = caps::has_cap(None, CapSet::Effective, Capability::CAP_IPC_LOCK);
    let later = match limit == RLIM_INFINITY || above_limits.unwrap_or(false) {
        true => MlockAllFlags::MCL_FUTURE,
        false => MlockAllFlags::empty(),
    };
    let as_used = MlockAllFlags::from_bits_retain(libc::MCL_ONFAULT);
    mlockall(MlockAllFlags::MCL_CURRENT | later | as_used)
}

/// Overwrites what calls before this one have left on the stack: values that were moved
/// leave copies there, and one of them may have been a name. Freed memory is wiped by the
/// allocator.
#[inline(never)]
pub fn scrub_stack() {
    /// Deeper than any of our calls; threads have 2 MiB.
    const DEPTH: usize = 256 * 1024;
    std::hint::black_box(&mut [0_u8; DEPTH]);
}

/// For a worker: ends at once when the kiosk ends, also in the middle of a call that
/// hangs.
pub fn die_with_parent() {
    note("this worker may outlive the kiosk", prctl::set_pdeathsig(Signal::SIGKILL));
}

fn note(consequence: &str, outcome: nix::Result<()>) {
    if let Err(error) = outcome {
        warn!("{consequence}: {error}");
    }
}
