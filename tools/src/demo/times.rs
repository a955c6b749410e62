//! How long each part took.

use std::{
    fmt,
    time::{Duration, Instant},
};

use crate::progress::time;

/// Parts in the order in which they ended.
pub(crate) struct Times {
    began: Instant,
    last: Instant,
    parts: Vec<(String, Duration)>,
}

impl Times {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self { began: now, last: now, parts: Vec::new() }
    }

    /// The part `name` ends here; the next one begins.
    pub(crate) fn part(&mut self, name: impl Into<String>) {
        let now = Instant::now();
        self.parts.push((name.into(), now - self.last));
        self.last = now;
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, elapsed) in &self.parts {
            writeln!(f, "  {name:<36} {:>12}", time(*elapsed))?;
        }
        write!(f, "  {:<36} {:>12}", "together", time(self.began.elapsed()))
    }
}
