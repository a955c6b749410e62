//! The line to a card: one method, one error.

use crate::{Command, Response};

/// Sends a command to the card that lies on the reader.
pub trait Transport {
    /// Errors: [`Gone`], and then nothing is known about what the card did. A bad
    /// status word is not an error: what it means depends on the question.
    fn transmit(&mut self, command: &Command) -> Result<Response, Gone>;
}

/// Why the line to the card ended. The session is over in every case; nothing is
/// sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Gone {
    #[error("the card was removed")]
    Card,
    #[error("the card was reset by another program, or did not answer")]
    Reset,
    #[error("the reader was unplugged")]
    Reader,
    #[error("the PC/SC service ended")]
    Service,
}
