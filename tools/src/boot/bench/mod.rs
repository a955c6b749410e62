//! How fast a unit stands there, and how fast the usual alternative does, in the guest's own
//! seconds.
//!
//! ```text
//! registered unit ─▶ start, counted ─▶ eyes, a finger, the reader's and the gateway's words ─▶ Moments
//! peer            ─▶ start, counted ─▶ eyes                                                 ─▶ seconds
//! ```
//!
//! Both have one processor that takes 2 ns for every instruction (`-icount shift=1`), so that
//! a busy machine around them changes little. While the guest has nothing to do, its time passes
//! as ours does (`sleep=on`). With `sleep=off` it would jump to its next timer: a page's moment
//! could not be seen from outside, and the guest's patience with its TPM, its disk and the gateway
//! would end before they had a chance to answer.

pub(crate) mod clock;
pub(crate) mod moments;
pub(crate) mod peer;
pub(crate) mod unit;
