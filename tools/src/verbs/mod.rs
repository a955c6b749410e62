//! One verb a file.

pub(crate) mod card;
pub(crate) mod demo;
pub(crate) mod gateway;
pub(crate) mod pictures;
pub(crate) mod test;
