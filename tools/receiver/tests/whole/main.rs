//! The program as kiosks and receipt computers meet it: TLS, HTTP, files.
#![forbid(unsafe_code)]

mod bench;
mod results;
mod strangers;
