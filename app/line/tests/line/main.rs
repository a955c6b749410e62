//! The line against a gateway on loopback that can misbehave in every way we know.

mod bench;
mod checks;
mod enrolment;
mod handover;
mod journal;
mod lines;
mod office;
mod pins;
mod program;
mod proxy;
mod relay;
mod server;
mod upkeep;
