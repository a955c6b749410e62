//! The kiosk process, as a library for its tests: the loop, the workers, the screen.

pub mod about;
mod admin;
#[cfg(feature = "appliance")]
pub mod appliance;
mod choices;
mod clock;
mod codes;
#[cfg(feature = "desktop")]
pub mod desktop;
mod device_journal;
pub mod journal;
mod network;
pub mod night;
#[cfg(any(test, feature = "appliance"))]
mod panel;
pub mod passcode;
pub mod run;
pub mod show;
pub mod staff;
pub mod tone;
pub mod worker;
pub mod workers;

#[cfg(test)]
#[path = "tests/crashes.rs"]
mod crashes;
