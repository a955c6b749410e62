//! The program with a card behind a machine's own reader: this is QEMU's side of the socket.

use std::{
    io::{Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};

use card::{Command as Apdu, Gone, Response, Transport, jpki};
use reader_virtual::{control, issue_cards};
use tempfile::TempDir;

use crate::{bench, check};

/// Long enough for a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// The program, and the socket that it looks for.
struct Program {
    child: Child,
    listener: UnixListener,
    folder: TempDir,
}

impl Program {
    fn start() -> Self {
        let folder = bench::office(&["one"]);
        issue_cards(folder.path(), &[("one", "serial = 1")], bench::now()).expect("issued");
        let socket = folder.path().join("passthru");
        let listener = UnixListener::bind(&socket).expect("bound");
        let child = Command::new(env!("CARGO_BIN_EXE_virtual-reader"))
            .arg("--passthru")
            .arg(socket)
            .arg("--control")
            .arg(control_of(folder.path()))
            .arg("--office")
            .arg(folder.path())
            .spawn()
            .expect("started");
        Self { child, listener, folder }
    }

    /// As QEMU greets, and confirms that there is a reader without a card.
    fn greeted(&self) -> Machine {
        let (stream, _) = self.listener.accept().expect("it connects");
        stream.set_read_timeout(Some(LONG)).expect("set");
        let mut machine = Machine { stream };
        let greeting = b"VSCD\0\0\0\x02\0\0\0\0";
        assert_eq!(machine.hear(), (1, greeting.to_vec()));
        machine.say(1, greeting);
        let (kind, name) = machine.hear();
        assert_eq!(kind, 3);
        assert!(name.ends_with(b"[simulated]\0"));
        machine.say(2, &[0; 4]);
        assert_eq!(machine.hear(), (6, Vec::new()));
        machine.say(2, &[0; 4]);
        machine
    }

    fn hand(&self, request: &str) -> String {
        control::ask(&control_of(self.folder.path()), request).expect("an answer")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has no end of its own.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn control_of(folder: &Path) -> PathBuf {
    folder.join("private/control")
}

struct Machine {
    stream: UnixStream,
}

impl Machine {
    fn say(&mut self, kind: u32, data: &[u8]) {
        let length = u32::try_from(data.len()).expect("short");
        let head = [kind, 0, length].map(u32::to_be_bytes).concat();
        self.stream.write_all(&[&head, data].concat()).expect("it listens");
    }

    fn hear(&mut self) -> (u32, Vec<u8>) {
        let mut head = [0; 12];
        self.stream.read_exact(&mut head).expect("a message");
        let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().expect("four"));
        let mut data = vec![0; usize::try_from(word(8)).expect("short")];
        self.stream.read_exact(&mut data).expect("the rest");
        (word(0), data)
    }

    /// A card is told, and confirmed.
    fn sees_card(&mut self) {
        assert_eq!(self.hear(), (5, b"\x3B\x09SIMULATED".to_vec()));
        self.say(2, &[0; 4]);
    }

    fn ask(&mut self, command: &[u8]) -> Vec<u8> {
        self.say(7, command);
        let (kind, answer) = self.hear();
        assert_eq!(kind, 7);
        assert!(answer.len() <= 258, "T=0 carries no more");
        answer
    }

    /// Whether the user-authentication key signs now.
    fn signs(&mut self) -> bool {
        assert_eq!(self.ask(bench::JPKI), [0x90, 0]);
        assert_eq!(self.ask(&[0, 0xA4, 2, 0x0C, 2, 0, 0x17]), [0x90, 0]);
        let sign = [&[0x80, 0x2A, 0, 0x80, 51][..], &[7; 51], &[0]].concat();
        match self.ask(&sign)[..] {
            [0x61, 0] => true,
            [0x69, 0x82] => false,
            ref other => panic!("{other:02X?}"),
        }
    }
}

/// As a client of PC/SC sees it, which fetches what waits.
impl Transport for Machine {
    fn transmit(&mut self, command: &Apdu) -> Result<Response, Gone> {
        let mut answer = Response::decode(&self.ask(&command.encode())).map_err(|_| Gone::Card)?;
        if let Some(waiting) = answer.status.bytes_waiting() {
            assert!(answer.data.is_empty());
            let fetched = self.ask(&jpki::get_response(waiting).encode());
            answer = Response::decode(&fetched).map_err(|_| Gone::Card)?;
        }
        Ok(answer)
    }
}

#[test]
fn a_whole_check_over_the_reader_of_a_machine() {
    let program = Program::start();
    let mut machine = program.greeted();
    assert_eq!(program.hand("insert one"), "ok");
    machine.sees_card();
    let (der, signature) = check::check(&mut machine);
    assert!(check::is_signed(&der, &signature));
    let journal = program.hand("journal");
    assert!(journal.contains("; 20 00 80 + 9000; "), "{journal}");
    assert!(journal.contains("; 2A 00 80 + 6100; C0 00 00 9000; "), "{journal}");
    assert_eq!(program.hand("status"), "ok card one powered apdus=19");
    assert!(program.hand("unplug").starts_with("error the plug"));

    // A check that was cut short leaves an open card here: nobody hears of power.
    assert_eq!(machine.ask(bench::JPKI), [0x90, 0]);
    assert_eq!(machine.ask(&[0, 0xA4, 2, 0x0C, 2, 0, 0x18]), [0x90, 0]);
    assert_eq!(machine.ask(bench::RIGHT), [0x90, 0]);
    assert!(machine.signs());
    assert_eq!(program.hand("remove"), "ok");
    assert_eq!(machine.hear(), (6, Vec::new()));
    machine.say(2, &[0; 4]);
    assert_eq!(program.hand("insert one"), "ok");
    machine.sees_card();
    assert!(!machine.signs(), "taken away, it has forgotten");
}

#[test]
fn a_machine_that_ends_and_comes_back_finds_a_fresh_card() {
    let program = Program::start();
    let mut machine = program.greeted();
    assert_eq!(program.hand("insert one"), "ok");
    machine.sees_card();
    assert_eq!(machine.ask(bench::JPKI), [0x90, 0]);
    assert_eq!(machine.ask(&[0, 0xA4, 2, 0x0C, 2, 0, 0x18]), [0x90, 0]);
    assert_eq!(machine.ask(bench::RIGHT), [0x90, 0]);
    assert!(machine.signs());
    drop(machine);
    let mut machine = program.greeted();
    machine.sees_card();
    assert!(!machine.signs());
}

#[test]
fn a_machine_of_another_kind_ends_it() {
    let mut program = Program::start();
    let (mut stream, _) = program.listener.accept().expect("it connects");
    stream.write_all(b"GET / HTTP/1.1\r\n").expect("it listens");
    assert_eq!(program.child.wait().expect("it ends").code(), Some(1));
}
