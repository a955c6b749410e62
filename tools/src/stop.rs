//! Why the runner ends before it is done.

use std::{fmt, process::ExitCode};

/// Each kind has its own exit code, so that a script can tell them apart.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A step failed: 1.
    Failed(String),
    /// A person must install something first: 2.
    ByHand(String),
    /// The command line makes no sense: 64, as in sysexits.h.
    Usage(String),
    /// Ctrl-C, or the terminal went away: 130, as shells say it.
    Interrupted,
}

impl Stop {
    /// "Could not do this, because of that": the usual failure of a system call.
    pub(crate) fn because(what: impl fmt::Display) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Failed(format!("{what}: {error}"))
    }

    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::ByHand(_) => 2,
            Self::Usage(_) => 64,
            Self::Interrupted => 130,
        })
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(why) | Self::ByHand(why) | Self::Usage(why) => f.write_str(why),
            Self::Interrupted => f.write_str("stopped"),
        }
    }
}
