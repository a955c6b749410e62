//! The gateway from outside: real TLS on loopback, a real database, a clock of ours.
//! Every answer that comes back is compared with the table of calls ([`bench`]).
#![forbid(unsafe_code)]

mod bench;
mod cards;
mod certificates;
mod checks;
mod commands;
mod connections;
mod consents;
mod crowd;
mod hostile;
mod instances;
mod journal;
mod openapi;
mod passwords;
mod people;
mod photo_cards;
mod place;
mod portal;
mod registration;
mod relay;
mod revocation;
mod sessions;
mod unread;
mod upkeep;
