//! One verb a file.

pub(crate) mod bench;
pub(crate) mod boot;
pub(crate) mod boot_bench;
pub(crate) mod boot_test;
pub(crate) mod card;
pub(crate) mod demo;
pub(crate) mod escape;
pub(crate) mod fuzz;
pub(crate) mod gateway;
pub(crate) mod image;
pub(crate) mod pictures;
pub(crate) mod soak;
pub(crate) mod tamper_test;
pub(crate) mod test;
