//! What the virtual card and its office promise.

mod bench;
mod check;
mod counters;
mod files;
mod issue;
mod odd;
mod passthru;
mod security;
mod terminal;
