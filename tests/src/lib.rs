//! The bench: a pcscd, a gateway and a kiosk of a test's own.
//!
//! In scope: starting and ending programs, putting cards on the reader, touching.
//! Out of scope: what is right; the tests say that.

mod gateway;
mod pcscd;
pub mod programs;
mod station;

pub use gateway::Gateway;
pub use pcscd::{Hands, Pcscd, READER};
pub use station::Station;
