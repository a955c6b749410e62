//! The control socket: a Unix socket that takes one line a request and answers one line.
//!
//! One thread serves all connections; it never blocks on one of them.

use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fs, mem};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{MsgFlags, send};
use zeroize::Zeroizing;

/// `insert` and the longest card id, with room.
const LONGEST_LINE: usize = 256;
/// A test, a demo and a person with `socat`; beyond that the oldest is hung up on.
const MOST_CLIENTS: usize = 8;
/// After a failed `accept` (no descriptors left), so that the loop does not spin.
const BREATH: Duration = Duration::from_millis(100);

/// The control socket and its thread; both end when this is dropped.
#[derive(Debug)]
pub struct Control {
    thread: Option<JoinHandle<()>>,
    /// Dropping this end ends the thread.
    stay: Option<UnixStream>,
    socket: PathBuf,
}

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("{0} is open to other users: make it private (chmod 700)")]
    Public(PathBuf),
    #[error("{0} is in the way: it is not a socket. Remove it")]
    InTheWay(PathBuf),
    #[error("another reader answers at {0}: give each reader its own socket")]
    InUse(PathBuf),
    #[error("cannot open the control socket {0}")]
    Io(PathBuf, #[source] io::Error),
}

impl Control {
    /// Opens `socket` (mode 0600; its folder is made with 0700 when missing) and answers
    /// every line with what `answer` makes of it.
    ///
    /// Errors: the folder is not private, the name is taken, or the system says no.
    pub fn open(
        socket: &Path,
        answer: impl Fn(&str) -> String + Send + 'static,
    ) -> Result<Self, ControlError> {
        let folder = match socket.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let io = |error| ControlError::Io(socket.to_owned(), error);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
        if fs::metadata(folder).map_err(io)?.mode() & 0o077 != 0 {
            return Err(ControlError::Public(folder.to_owned()));
        }
        make_way(socket)?;
        let listener = UnixListener::bind(socket).map_err(io)?;
        fs::set_permissions(socket, fs::Permissions::from_mode(0o600)).map_err(io)?;
        listener.set_nonblocking(true).map_err(io)?;
        let (stay, leave) = UnixStream::pair().map_err(io)?;
        let thread = thread::Builder::new()
            .name("reader control".to_owned())
            .spawn(move || serve(&listener, &leave, &answer))
            .map_err(io)?;
        Ok(Self { thread: Some(thread), stay: Some(stay), socket: socket.to_owned() })
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        drop(self.stay.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there was reported when it happened; there is nobody else to tell.
            let _ = thread.join();
        }
        // Left behind, it would be cleared away by the next start.
        let _ = fs::remove_file(&self.socket);
    }
}

/// Removes the socket of a reader that ended without cleaning up.
fn make_way(socket: &Path) -> Result<(), ControlError> {
    let io = |error| ControlError::Io(socket.to_owned(), error);
    match fs::symlink_metadata(socket) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(io(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(ControlError::InTheWay(socket.to_owned()));
        }
        Ok(_) => {}
    }
    if UnixStream::connect(socket).is_ok() {
        return Err(ControlError::InUse(socket.to_owned()));
    }
    fs::remove_file(socket).map_err(io)
}

/// Until the other end of `leave` is dropped.
fn serve(listener: &UnixListener, leave: &UnixStream, answer: &dyn Fn(&str) -> String) {
    let mut clients: Vec<Client> = Vec::new();
    loop {
        let watch = |fd| PollFd::new(fd, PollFlags::POLLIN);
        let mut watched = vec![watch(leave.as_fd()), watch(listener.as_fd())];
        watched.extend(clients.iter().map(|client| watch(client.stream.as_fd())));
        if poll(&mut watched, PollTimeout::NONE).is_err() {
            continue; // a signal came in between
        }
        let ready: Vec<bool> = watched.iter().map(|fd| fd.any().unwrap_or(false)).collect();
        if ready[0] {
            return;
        }
        let mut ready_clients = ready[2..].iter();
        clients.retain_mut(|client| {
            !ready_clients.next().is_some_and(|ready| *ready) || client.serve(answer).is_ok()
        });
        if ready[1] {
            match accept(listener) {
                Ok(client) => {
                    if clients.len() == MOST_CLIENTS {
                        clients.remove(0);
                    }
                    clients.push(client);
                }
                Err(_) => thread::sleep(BREATH),
            }
        }
    }
}

fn accept(listener: &UnixListener) -> io::Result<Client> {
    let (stream, _) = listener.accept()?;
    stream.set_nonblocking(true)?;
    Ok(Client { stream, line: Zeroizing::new(Vec::with_capacity(LONGEST_LINE)) })
}

struct Client {
    stream: UnixStream,
    /// What came of the next line; may be the digits of a PIN.
    line: Zeroizing<Vec<u8>>,
}

/// The other end is gone, or not worth keeping.
struct HungUp;

impl Client {
    fn serve(&mut self, answer: &dyn Fn(&str) -> String) -> Result<(), HungUp> {
        let mut came = Zeroizing::new([0; LONGEST_LINE]);
        let length = match self.stream.read(&mut came[..]) {
            Ok(0) => return Err(HungUp),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(_) => return Err(HungUp),
        };
        for byte in &came[..length] {
            if *byte == b'\n' {
                let line =
                    mem::replace(&mut self.line, Zeroizing::new(Vec::with_capacity(LONGEST_LINE)));
                match std::str::from_utf8(&line) {
                    Ok(line) => self.say(&answer(line))?,
                    Err(_) => self.say("error the line is not UTF-8")?,
                }
            } else if self.line.len() == LONGEST_LINE {
                self.say(&format!("error a line has at most {LONGEST_LINE} bytes"))?;
                return Err(HungUp);
            } else {
                self.line.push(*byte);
            }
        }
        Ok(())
    }

    /// An answer fits the socket's buffer; who does not read is hung up on.
    fn say(&self, answer: &str) -> Result<(), HungUp> {
        let line = format!("{answer}\n");
        // Not `write`: it would raise SIGPIPE in a process that is not ours.
        let sent = send(self.stream.as_raw_fd(), line.as_bytes(), MsgFlags::MSG_NOSIGNAL);
        if sent == Ok(line.len()) { Ok(()) } else { Err(HungUp) }
    }
}
