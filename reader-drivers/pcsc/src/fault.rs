//! What PC/SC answers when it refuses, and what that means.

use std::fmt;

use card::Gone;
use pcsc::Error;

/// An error code of PC/SC, for the journal. It says nothing about a person.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fault(pub(crate) Error);

impl Fault {
    /// The context this came from is dead for ever, also when the service is back and
    /// although `is_valid` says otherwise: only a new context helps.
    pub(crate) fn ends_context(self) -> bool {
        matches!(
            self.0,
            Error::NoService
                | Error::CommError
                | Error::ServiceStopped
                | Error::InvalidHandle
                // Also seen when the daemon died during the handshake.
                | Error::SecurityViolation
        )
    }

    /// The reader, or its name, is no longer there.
    pub(crate) fn ends_reader(self) -> bool {
        matches!(
            self.0,
            Error::UnknownReader | Error::ReaderUnavailable | Error::NoReadersAvailable
        )
    }

    /// Nothing lies on the reader.
    pub(crate) fn ends_card(self) -> bool {
        matches!(self.0, Error::RemovedCard | Error::NoSmartcard)
    }

    /// What an error in the middle of a conversation means. Whatever it is, the card
    /// may have executed the command (`InsufficientBuffer` says that it has): nothing is
    /// sent again.
    pub(crate) fn gone(self) -> Gone {
        if self.ends_card() {
            Gone::Card
        } else if self.ends_reader() {
            Gone::Reader
        } else if self.ends_context() {
            Gone::Service
        } else {
            Gone::Reset
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Error::SecurityViolation => f.write_str(
                "the PC/SC service refuses this user: check the group of pcscd.socket, or polkit",
            ),
            error => write!(f, "{error} ({error:?})"),
        }
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expected: Gone, errors: &[Error]) {
        for error in errors {
            assert_eq!(Fault(*error).gone(), expected, "{error:?}");
        }
    }

    #[test]
    fn errors_in_a_conversation_are_told_apart() {
        check(Gone::Card, &[Error::RemovedCard, Error::NoSmartcard]);
        check(Gone::Reader, &[Error::UnknownReader, Error::ReaderUnavailable]);
        check(
            Gone::Service,
            &[
                Error::NoService,
                Error::CommError,
                Error::ServiceStopped,
                Error::InvalidHandle,
                Error::SecurityViolation,
            ],
        );
        check(
            Gone::Reset,
            &[
                Error::ResetCard,
                Error::NotTransacted,
                Error::InsufficientBuffer,
                Error::UnpoweredCard,
                Error::UnknownError,
            ],
        );
    }
}
