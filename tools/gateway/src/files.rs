//! How many files the process may have open: every connection is one.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use reference_gateway::gateway::Limits;

/// What is open beside connections: the database, what listens, what only comes and goes.
const OTHERS: usize = 64;

/// Takes what the system allows, if that is wanted, and says in the journal when it is too
/// little.
pub(crate) fn allow_for(limits: &Limits) {
    let wanted = limits.connections + limits.browsers + OTHERS;
    match raise(wanted as u64) {
        Ok(allowed) if allowed >= wanted as u64 => {}
        Ok(allowed) => log::warn!(
            "the system allows {allowed} open files, and {wanted} are wanted for {} devices at \
             once: raise the hard limit (ulimit -Hn, or LimitNOFILE= of its unit)",
            limits.connections
        ),
        Err(error) => log::warn!("how many files may be open is not known: {error}"),
    }
}

/// How many may be open from now on.
fn raise(wanted: u64) -> nix::Result<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let allowed = wanted.min(hard).max(soft);
    setrlimit(Resource::RLIMIT_NOFILE, allowed, hard)?;
    Ok(allowed)
}
