//! The socket: who may use it, what it bears, how it ends.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use super::private_folder;
use crate::reader::{Control, ControlError};

fn echo(folder: &Path) -> Control {
    Control::open(&folder.join("control"), |line| format!("heard {line}"))
        .expect("the socket opens")
}

fn connect(folder: &Path) -> BufReader<UnixStream> {
    let stream = UnixStream::connect(folder.join("control")).expect("somebody listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    BufReader::new(stream)
}

fn ask(client: &mut BufReader<UnixStream>, text: &str) -> String {
    client.get_mut().write_all(text.as_bytes()).expect("sent");
    let mut answer = String::new();
    client.read_line(&mut answer).expect("answered");
    answer
}

#[test]
fn one_line_is_answered_with_one_line() {
    let folder = private_folder();
    let _control = echo(folder.path());
    let (mut one, mut two) = (connect(folder.path()), connect(folder.path()));
    assert_eq!(ask(&mut one, "a\n"), "heard a\n");
    assert_eq!(ask(&mut two, "b\nc"), "heard b\n");
    assert_eq!(ask(&mut one, "d\n"), "heard d\n");
    assert_eq!(ask(&mut two, "c\n"), "heard cc\n");
    assert_eq!(ask(&mut one, "\u{C4}\n"), "heard \u{C4}\n");
    one.get_mut().write_all(b"\xFF\n").unwrap();
    assert_eq!(ask(&mut one, ""), "error the line is not UTF-8\n");
}

#[test]
fn the_socket_is_private() {
    let folder = private_folder();
    let inner = folder.path().join("made");
    let control = echo(&inner);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&inner), mode(&inner.join("control"))), (0o700, 0o600));
    drop(control);
    assert!(!inner.join("control").exists(), "it cleans up");
    fs::set_permissions(&inner, fs::Permissions::from_mode(0o750)).unwrap();
    let refused = Control::open(&inner.join("control"), |_| String::new());
    assert!(matches!(refused, Err(ControlError::Public(_))));
}

#[test]
fn a_stale_socket_is_cleared_away_and_nothing_else_is() {
    let folder = private_folder();
    let path = folder.path().join("control");
    drop(UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "left behind");
    let control = echo(folder.path());
    let second = Control::open(&folder.path().join("control"), |_| String::new());
    assert!(matches!(second, Err(ControlError::InUse(_))));
    assert_eq!(ask(&mut connect(folder.path()), "a\n"), "heard a\n");
    drop(control);
    fs::write(&path, "a file").unwrap();
    let third = Control::open(&folder.path().join("control"), |_| String::new());
    assert!(matches!(third, Err(ControlError::InTheWay(_))));
    assert_eq!(fs::read(&path).unwrap(), b"a file");
}

#[test]
fn a_line_without_end_is_hung_up_on() {
    let folder = private_folder();
    let _control = echo(folder.path());
    let mut client = connect(folder.path());
    assert_eq!(ask(&mut client, &"a".repeat(257)), "error a line has at most 256 bytes\n");
    let mut rest = Vec::new();
    assert!(matches!(client.read_to_end(&mut rest), Ok(0) | Err(_)), "nothing more comes");
    assert_eq!(ask(&mut connect(folder.path()), "b\n"), "heard b\n");
}

#[test]
fn idle_clients_make_room_for_new_ones() {
    let folder = private_folder();
    let _control = echo(folder.path());
    let mut clients: Vec<_> = (0..20)
        .map(|_| {
            let mut client = connect(folder.path());
            assert_eq!(ask(&mut client, "a\n"), "heard a\n");
            client
        })
        .collect();
    let mut answer = String::new();
    assert_eq!(clients[0].read_line(&mut answer).unwrap_or(0), 0, "hung up");
    assert_eq!(ask(&mut clients[19], "b\n"), "heard b\n");
}

#[test]
fn it_ends_while_clients_are_connected() {
    let folder = private_folder();
    let control = echo(folder.path());
    let mut client = connect(folder.path());
    assert_eq!(ask(&mut client, "a\n"), "heard a\n");
    client.get_mut().write_all(b"half a li").unwrap();
    let start = Instant::now();
    drop(control);
    assert!(start.elapsed() < Duration::from_secs(15));
    assert_eq!(client.read_line(&mut String::new()).unwrap_or(0), 0);
}
