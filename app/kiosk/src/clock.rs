//! The time that locks run down by. With the feature `mock-clock`, which nothing that is
//! shipped has, the file `KIOSK_MOCK_CLOCK` puts it forward: it holds seconds.

use std::time::Instant;

#[cfg(not(feature = "mock-clock"))]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The same file moves the reference gateway's clock, so that both agree.
#[cfg(feature = "mock-clock")]
pub(crate) fn now() -> Instant {
    use std::{env, fs, time::Duration};

    let file = env::var_os("KIOSK_MOCK_CLOCK");
    let text = file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
    Instant::now() + Duration::from_secs(text.trim().parse().unwrap_or(0))
}
