//! The bench: a pcscd, a gateway and a kiosk of a test's own.
//!
//! In scope: starting and ending programs, putting cards on the reader, touching, what
//! holds after every fault.
//! Out of scope: what is right otherwise; the tests say that.

mod balancer;
mod browser;
mod clock;
pub mod desk;
mod gateway;
pub mod hostile;
mod pair;
mod pcscd;
// The gateway's own tests start theirs in the same way.
#[path = "../../tools/gateway/tests/postgres/server.rs"]
mod postgres;
mod preparation;
pub mod processes;
pub mod programs;
mod receiver;
pub mod station;
mod switch;
pub mod window;

pub use balancer::Balancer;
pub use browser::Browser;
pub use clock::WallClock;
pub use desk::Desk;
pub use gateway::{ACCOUNT, ADMINISTRATOR, FACILITY, Gateway, PASSWORD, USER};
pub use pair::Pair;
pub use pcscd::{Hands, Pcscd, READER};
pub use preparation::{Account, Preparation};
pub use receiver::Receiver;
pub use station::{PASSCODE, STAFF_CODE, Station};
pub use switch::Switch;
