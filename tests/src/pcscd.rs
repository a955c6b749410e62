//! A pcscd of a test's own, with the virtual reader, and the hands at its cards.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::{fs::DirBuilderExt, fs::symlink, net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant, SystemTime},
};

use crate::programs;

/// What the virtual reader's name begins with.
pub const READER: &str = "Kiosk Virtual Reader";

/// pcscd is up after 150 ms on a free machine.
const START: Duration = Duration::from_secs(20);
/// A hand's request waits for nothing but a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const TURN: Duration = Duration::from_millis(10);
/// A journal of 1,024 commands has about 20 bytes for each.
const LONGEST_ANSWER: u64 = 64 * 1024;

/// A running pcscd; ends when dropped, and with the thread that started it.
#[derive(Debug)]
pub struct Pcscd {
    folder: PathBuf,
    child: Child,
}

impl Pcscd {
    /// Starts it in `folder`, which is made when missing. The reader is empty, and the
    /// cards have the PIN tries that they were issued with.
    ///
    /// # Panics
    /// When it does not start, with what it said: pcscd not installed, no namespaces
    /// allowed, `folder` too long for a socket's path.
    #[track_caller]
    pub fn start(folder: &Path) -> Self {
        let office = folder.join("office");
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&office);
        made.expect("a folder of its own");
        furnish(&office).expect("the shared office can be linked to");
        let child = launch(folder);
        Self { folder: folder.to_owned(), child }
    }

    /// For `PCSCLITE_CSOCK_NAME`.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("run/pcscd/pcscd.comm")
    }

    /// The issued cards: certificates of the authorities (`*.pem`), and
    /// `cards/ID/auth.der`. Keys and certificates are those of all tests, PIN tries are not.
    pub fn office(&self) -> PathBuf {
        self.folder.join("office")
    }

    /// Lays a card on the empty reader.
    #[track_caller]
    pub fn insert(&self, id: &str) {
        self.ask(&format!("insert {id}"));
    }

    /// Takes the card away.
    #[track_caller]
    pub fn remove(&self) {
        self.ask("remove");
    }

    /// Takes the card away and lays another one there, faster than any hand.
    #[track_caller]
    pub fn swap(&self, id: &str) {
        self.ask(&format!("swap {id}"));
    }

    /// `card ID powered apdus=12`, `empty apdus=12`; see the README of `reader-drivers/ifd`.
    #[track_caller]
    pub fn status(&self) -> String {
        self.ask("status")
    }

    /// What the card was asked since it came: `on; A4 04 0C + 9000; 20 00 80 + 63C2; off`.
    /// A plus stands for a body.
    #[track_caller]
    pub fn journal(&self) -> String {
        self.ask("journal")
    }

    /// Any request of the control socket; gives the answer without its `ok`.
    ///
    /// # Panics
    /// When the reader refuses, with its reason, or does not answer.
    #[track_caller]
    pub fn ask(&self, request: &str) -> String {
        let answer = ask(&self.folder.join("control"), request)
            .unwrap_or_else(|error| panic!("{request}: no answer from the reader: {error}"));
        let told = answer.strip_prefix("ok").unwrap_or_else(|| panic!("{request}: {answer}"));
        told.trim().to_owned()
    }

    /// Kills it as a crash would: nothing is cleaned up, the card stays on the reader.
    pub fn kill(&mut self) {
        // Already gone is gone.
        let _ = self.child.kill();
        self.child.wait().expect("our own child");
    }

    /// Kills it if it runs, and starts it again in the same folder.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        self.child = launch(&self.folder);
    }
}

impl Drop for Pcscd {
    fn drop(&mut self) {
        self.kill();
    }
}

fn ask(socket: &Path, request: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{request}\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream.take(LONGEST_ANSWER)).read_line(&mut answer)?;
    match answer.strip_suffix('\n') {
        Some(answer) => Ok(answer.to_owned()),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Starts the script and waits until clients may come.
#[track_caller]
fn launch(folder: &Path) -> Child {
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reader-drivers/ifd");
    let log = folder.join("pcscd.log");
    let said = File::create(&log).expect("a log");
    let mut child = Command::new(reader.join("private-pcscd"))
        .arg(folder)
        .arg(programs::program("libifdkiosk.so"))
        .stdin(Stdio::null())
        .stdout(said.try_clone().expect("a log"))
        .stderr(said)
        .spawn()
        .expect("a POSIX shell");
    let start = Instant::now();
    loop {
        let said = fs::read_to_string(&log).expect("its log");
        if said.lines().any(|line| line == "ready") {
            return child;
        }
        if let Some(status) = child.try_wait().expect("our own child") {
            panic!("pcscd ended ({status}):\n{said}");
        }
        if start.elapsed() > START {
            // It is to die whatever comes of it.
            let _ = child.kill();
            let _ = child.wait();
            panic!("pcscd is not ready after {START:?}:\n{said}");
        }
        thread::sleep(TURN);
    }
}

/// Fills a test's own office: what was issued once for all tests, and no counters yet.
fn furnish(office: &Path) -> io::Result<()> {
    for entry in fs::read_dir(issued())? {
        let entry = entry?;
        let name = entry.file_name();
        if name != "state" && name != "lock" {
            match symlink(entry.path(), office.join(name)) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                linked => linked?,
            }
        }
    }
    fs::DirBuilder::new().recursive(true).create(office.join("state"))
}

/// The office of all tests, beside the built programs; its keys are made only once.
fn issued() -> &'static Path {
    static ISSUED: OnceLock<PathBuf> = OnceLock::new();
    ISSUED.get_or_init(|| {
        let office = programs::folder().join("office");
        reader_virtual::issue(&office, SystemTime::now())
            .unwrap_or_else(|error| panic!("cannot issue cards in {}: {error}", office.display()));
        office
    })
}
