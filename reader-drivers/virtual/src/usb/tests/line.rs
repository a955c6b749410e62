//! The socket: a machine that comes late, ends and comes back; a control socket beside it.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::{LONG, hello, packet};
use crate::machine::LineError;
use crate::reader::{Reader, Slot, Tins};
use crate::usb::{ProtocolError, serve};

fn accept(listener: &UnixListener) -> UnixStream {
    let (stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream
}

/// The next packet's type and body.
fn next(machine: &mut UnixStream, header: usize) -> (u32, Vec<u8>) {
    let mut head = vec![0; header];
    machine.read_exact(&mut head).unwrap();
    let number = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
    let mut body = vec![0; usize::try_from(number(4)).unwrap()];
    machine.read_exact(&mut body).unwrap();
    (number(0), body)
}

fn greet(machine: &mut UnixStream) {
    assert_eq!(next(machine, 12).0, 0);
    machine.write_all(&hello(0xFF)).unwrap();
    for kind in [4, 5, 1] {
        assert_eq!(next(machine, 16).0, kind);
    }
    machine.write_all(&packet(6, 1, &[1])).unwrap();
    assert_eq!(next(machine, 16), (8, vec![0, 1]));
}

fn plug(reader: &Arc<Reader>, socket: &Path) -> thread::JoinHandle<LineError> {
    let (reader, socket) = (Arc::clone(reader), socket.to_owned());
    thread::spawn(move || match serve(reader, &socket) {
        Ok(never) => match never {},
        Err(error) => error,
    })
}

#[track_caller]
fn until(done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < LONG, "it does not happen");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn machines_come_and_go_and_the_card_loses_its_power() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redir");
    let (reader, _) = Tins::reader();
    plug(&reader, &socket);
    assert_eq!(reader.hand("insert anna"), "ok");
    // It comes late.
    let listener = UnixListener::bind(&socket).unwrap();
    let mut machine = accept(&listener);
    greet(&mut machine);
    machine.write_all(&packet(15, 2, &[0x83])).unwrap();
    assert_eq!(next(&mut machine, 16), (17, vec![0, 0x83]));
    assert_eq!(next(&mut machine, 16), (103, vec![0x83, 0, 2, 0, 0x50, 3]));
    assert_eq!(reader.hand("unplug"), "ok");
    assert_eq!(next(&mut machine, 16).0, 2);
    machine.write_all(&packet(24, 0, &[])).unwrap();
    assert_eq!(reader.hand("plug"), "ok");
    for kind in [4, 5, 1] {
        assert_eq!(next(&mut machine, 16).0, kind);
    }
    machine.write_all(&packet(6, 1, &[1])).unwrap();
    assert_eq!(next(&mut machine, 16), (8, vec![0, 1]));
    machine.write_all(&packet(15, 2, &[0x83])).unwrap();
    assert_eq!(next(&mut machine, 16), (17, vec![0, 0x83]));
    assert_eq!(next(&mut machine, 16), (103, vec![0x83, 0, 2, 0, 0x50, 3]));
    let power = super::message(0x62, 1, [0; 3], &[]);
    machine.write_all(&packet(101, 3, &super::bulk(1, power.len(), &power))).unwrap();
    assert_eq!(next(&mut machine, 16).0, 101);
    machine.write_all(&packet(101, 4, &super::bulk(0x82, 300, &[]))).unwrap();
    let (_, atr) = next(&mut machine, 16);
    assert_eq!(atr[20..], Tins::ATR);
    assert_eq!(reader.slot(), Ok(Slot::Powered));
    assert_eq!(reader.hand("swap bob"), "ok");
    assert_eq!(next(&mut machine, 16), (103, vec![0x83, 0, 2, 0, 0x50, 2]));
    assert_eq!(reader.slot(), Ok(Slot::Empty), "until the host has seen it");
    let status = super::message(0x65, 2, [0; 3], &[]);
    machine.write_all(&packet(101, 5, &super::bulk(1, status.len(), &status))).unwrap();
    assert_eq!(next(&mut machine, 16).0, 101);
    assert_eq!(next(&mut machine, 16), (103, vec![0x83, 0, 2, 0, 0x50, 3]));
    machine.write_all(&packet(101, 6, &super::bulk(1, power.len(), &power))).unwrap();
    until(|| reader.slot() == Ok(Slot::Powered));
    drop(machine);
    let mut machine = accept(&listener);
    greet(&mut machine);
    until(|| reader.slot() == Ok(Slot::Unpowered));
}

#[test]
fn a_machine_of_another_kind_ends_it_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("redir");
    let listener = UnixListener::bind(&socket).unwrap();
    let (reader, _) = Tins::reader();
    let thread = plug(&reader, &socket);
    let mut machine = accept(&listener);
    machine.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    let error = thread.join().unwrap();
    assert!(matches!(error, LineError::Protocol(ProtocolError::NoHello(0x2054_4547))), "{error}");
    let mut rest = Vec::new();
    machine.read_to_end(&mut rest).unwrap();
    assert_eq!(rest.len(), 80, "the hello, and then it hung up");
}
