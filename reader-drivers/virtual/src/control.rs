//! The client of a virtual reader's control socket: one line there, one line back.
//!
//! `insert <id>`, `remove`, `swap <id>`, `status` and more (`ifd-virtual` has the list);
//! the answer begins with `ok` or `error`.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

/// A reader answers at once, except that a card may be in the middle of a slow command.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest line is a journal: 1,024 commands with about 20 bytes for each.
const LINE_MAX: u64 = 64 * 1024;

/// Sends a request and waits for its answer, both without the line's end.
///
/// Errors: nobody listens at `socket`, no answer within ten seconds, or a line that is
/// too long.
pub fn ask(socket: &Path, request: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{request}\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream.take(LINE_MAX)).read_line(&mut answer)?;
    let answer = answer.strip_suffix('\n');
    answer.map(str::to_owned).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[cfg(test)]
mod tests {
    use std::{os::unix::net::UnixListener, thread};

    use super::*;

    #[track_caller]
    fn check(answer: &'static [u8], expected: Option<&str>) {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("control");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let reader = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("a client");
            let mut request = String::new();
            let mut stream = BufReader::new(stream);
            stream.read_line(&mut request).expect("a line");
            stream.get_mut().write_all(answer).expect("written");
            request
        });
        assert_eq!(ask(&socket, "insert sato-hanako").ok().as_deref(), expected);
        assert_eq!(reader.join().expect("no panic"), "insert sato-hanako\n");
    }

    #[test]
    fn one_line_there_and_one_back() {
        check(b"ok inserted\nmore", Some("ok inserted"));
        check(b"error no such card\n", Some("error no such card"));
        check(b"ok", None);
        check(&[b'x'; 2000], None);
    }

    #[test]
    fn nobody_there_is_an_error() {
        assert!(ask(Path::new("/nonexistent/control"), "status").is_err());
    }
}
