//! The demo: the real programs, a reader with a virtual card in it, a gateway, and
//! fingers made of XTEST.
//!
//! `office` is what surrounds the kiosk, `display` what a person sees and touches,
//! `kiosk` the program itself, `story` what happens on it, `desk` the menu of
//! `--window`.

pub(crate) mod desk;
pub(crate) mod display;
pub(crate) mod kiosk;
pub(crate) mod life;
pub(crate) mod office;
pub(crate) mod scenes;
pub(crate) mod story;
pub(crate) mod times;
