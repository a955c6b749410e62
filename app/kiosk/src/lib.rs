//! The kiosk process, as a library for its tests: the loop, the workers, the screen.

#[cfg(feature = "desktop")]
pub mod desktop;
mod device_journal;
pub mod journal;
pub mod run;
pub mod show;
pub mod staff;
pub mod worker;
pub mod workers;
