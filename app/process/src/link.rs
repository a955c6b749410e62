//! A framed, bounded line of words between two processes.

use std::{
    fmt,
    io::{self, Read, Write},
    marker::PhantomData,
    net::Shutdown,
    os::{fd::OwnedFd, unix::net::UnixStream},
};

use serde::{Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

/// No word is longer: four full results are below 20,000 bytes.
const FRAME_MAX: usize = 64 * 1024;

/// Sends `Out`, receives `In`.
pub struct Link<Out, In> {
    stream: UnixStream,
    words: PhantomData<fn(Out) -> In>,
}

/// The other process is gone, or speaks nonsense: in both cases it must be started anew.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("the other process closed the line")]
    Closed,
    #[error("the line to the other process failed")]
    Broken(#[source] io::Error),
    #[error("the other process sent a frame of {0} bytes; {FRAME_MAX} are allowed")]
    TooLong(usize),
    #[error("the other process sent something that is not a word")]
    Nonsense,
}

impl<Out: Serialize, In: DeserializeOwned> Link<Out, In> {
    /// A worker's line: the kiosk made one end of a socket pair its standard input.
    ///
    /// Errors: standard input cannot be duplicated.
    pub fn from_stdin() -> io::Result<Self> {
        use std::os::fd::AsFd;
        Ok(Self::from(io::stdin().as_fd().try_clone_to_owned()?))
    }

    /// A second handle on the same line, so that one thread can wait and another send.
    ///
    /// Errors: the socket cannot be duplicated.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { stream: self.stream.try_clone()?, words: PhantomData })
    }

    /// Sends one word. The buffer is wiped, since a word may hold a PIN.
    ///
    /// Errors: [`LinkError::TooLong`], [`LinkError::Broken`].
    pub fn send(&mut self, word: &Out) -> Result<(), LinkError> {
        let mut frame = Zeroizing::new(vec![0; FRAME_MAX]);
        let length = postcard::to_slice(word, &mut frame[4..])
            .map_err(|_| LinkError::TooLong(FRAME_MAX))?
            .len();
        // FRAME_MAX fits in 32 bits.
        frame[..4].copy_from_slice(&(length as u32).to_be_bytes());
        self.stream.write_all(&frame[..4 + length]).map_err(LinkError::Broken)
    }

    /// Waits for one word.
    ///
    /// Errors: all of [`LinkError`].
    pub fn receive(&mut self) -> Result<In, LinkError> {
        let mut head = [0; 4];
        self.fill(&mut head)?;
        let length = u32::from_be_bytes(head) as usize;
        if length > FRAME_MAX {
            return Err(LinkError::TooLong(length));
        }
        let mut frame = Zeroizing::new(vec![0; length]);
        self.fill(&mut frame)?;
        postcard::from_bytes(&frame).map_err(|_| LinkError::Nonsense)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), LinkError> {
        self.stream.read_exact(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => LinkError::Closed,
            _ => LinkError::Broken(error),
        })
    }
}

impl<Out, In> Link<Out, In> {
    /// Ends the line for both sides, also for whoever waits on it.
    pub fn hang_up(&self) {
        // An error means that it has ended already.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

impl<Out, In> From<OwnedFd> for Link<Out, In> {
    fn from(fd: OwnedFd) -> Self {
        Self { stream: fd.into(), words: PhantomData }
    }
}

impl<Out, In> fmt::Debug for Link<Out, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link")
    }
}

#[cfg(test)]
mod tests {
    use std::{os::fd::OwnedFd, os::unix::net::UnixStream};

    use super::*;

    fn pair() -> (Link<String, String>, UnixStream) {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        (OwnedFd::from(ours).into(), theirs)
    }

    #[test]
    fn a_word_arrives_whole() {
        let (mut ours, theirs) = pair();
        let mut theirs: Link<String, String> = OwnedFd::from(theirs).into();
        ours.send(&"資格".to_owned()).expect("sent");
        assert_eq!(theirs.receive().expect("received"), "資格");
    }

    #[test]
    fn a_frame_that_is_too_long_is_refused_unread() {
        let (mut ours, mut theirs) = pair();
        theirs.write_all(&[0x7F, 0, 0, 0]).expect("written");
        assert!(matches!(ours.receive(), Err(LinkError::TooLong(0x7F00_0000))));
    }

    #[test]
    fn nonsense_and_a_closed_line_are_told_apart() {
        let (mut ours, mut theirs) = pair();
        theirs.write_all(&[0, 0, 0, 2, 9, 9]).expect("written");
        assert!(matches!(ours.receive(), Err(LinkError::Nonsense)));
        drop(theirs);
        assert!(matches!(ours.receive(), Err(LinkError::Closed)));
    }

    #[test]
    fn whoever_waits_hears_that_the_line_was_hung_up() {
        let (ours, theirs) = pair();
        let mut ear = ours.try_clone().expect("a second handle");
        let waiting = std::thread::spawn(move || ear.receive());
        ours.hang_up();
        assert!(matches!(waiting.join().expect("ended"), Err(LinkError::Closed)));
        let mut theirs: Link<String, String> = OwnedFd::from(theirs).into();
        assert!(matches!(theirs.receive(), Err(LinkError::Closed)));
    }
}
