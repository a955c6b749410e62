//! A pcscd of a test's own, with the virtual reader, and the hands at its cards.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    ops::Deref,
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

/// A running pcscd; ends when dropped, and with the thread that started it. It dereferences
/// to the [`Hands`] at its first reader.
#[derive(Debug)]
pub struct Pcscd {
    folder: PathBuf,
    names: Names,
    child: Child,
    first: Hands,
    second: Hands,
}

/// What PC/SC calls the readers; `" 00 00"` or the like follows.
#[derive(Debug)]
struct Names {
    first: String,
    second: Option<String>,
}

/// What a hand does at one virtual reader; see the README of `reader-drivers/ifd`. It stays
/// at its reader through a restart of pcscd.
#[derive(Debug)]
pub struct Hands {
    control: PathBuf,
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
        Self::start_named(folder, READER)
    }

    /// As [`Pcscd::start`], with a reader of another name: one that the catalogue does not
    /// know, or calls unsupported.
    #[track_caller]
    pub fn start_named(folder: &Path, name: &str) -> Self {
        Self::open(folder, Names { first: name.to_owned(), second: None })
    }

    /// As [`Pcscd::start`], with two readers; PC/SC lists them in this order. The names may
    /// be the same.
    #[track_caller]
    pub fn start_two(folder: &Path, first: &str, second: &str) -> Self {
        Self::open(folder, Names { first: first.to_owned(), second: Some(second.to_owned()) })
    }

    #[track_caller]
    fn open(folder: &Path, names: Names) -> Self {
        let office = folder.join("office");
        let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(&office);
        made.expect("a folder of its own");
        furnish(&office).expect("the shared office can be linked to");
        let child = launch(folder, &names);
        let first = Hands { control: folder.join("control") };
        let second = Hands { control: folder.join("second/control") };
        Self { folder: folder.to_owned(), names, child, first, second }
    }

    /// The hands at the second reader.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn second(&self) -> &Hands {
        assert!(self.names.second.is_some(), "there is one reader: Pcscd::start_two has two");
        &self.second
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

    /// Kills it as a crash would: nothing is cleaned up, the card stays on the reader.
    pub fn kill(&mut self) {
        // Already gone is gone.
        let _ = self.child.kill();
        self.child.wait().expect("our own child");
    }

    /// Kills it if it runs, and starts it again in the same folder: cards still lie where
    /// they lay, and a fault that was armed is none any more.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        self.child = launch(&self.folder, &self.names);
    }

    /// As [`Pcscd::restart`], with another reader in place of the first. pcscd takes readers
    /// off its list only for USB, so that this is how a replaced one looks.
    #[track_caller]
    pub fn restart_named(&mut self, name: &str) {
        name.clone_into(&mut self.names.first);
        self.restart();
    }
}

impl Deref for Pcscd {
    type Target = Hands;

    fn deref(&self) -> &Hands {
        &self.first
    }
}

impl Hands {
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

    /// Lets something go wrong at the `command`-th command (from 1) after the card's next
    /// power-up, once: `pull`, `hang`, `mute`, `sw 6F00`, `short`, `garbage`, `oversize`,
    /// `endless`.
    #[track_caller]
    pub fn fault(&self, command: u16, kind: &str) {
        self.ask(&format!("fault {command} {kind}"));
    }

    /// Disarms it, and ends what lasts.
    #[track_caller]
    pub fn fault_off(&self) {
        self.ask("fault off");
    }

    /// Pulls the reader's plug. PC/SC goes on listing it, as unavailable; a card that lies
    /// there stays, without power.
    #[track_caller]
    pub fn unplug(&self) {
        self.ask("unplug");
    }

    /// Plugs it in again.
    #[track_caller]
    pub fn plug(&self) {
        self.ask("plug");
    }

    /// Lets the next command hang, until [`Hands::release`].
    #[track_caller]
    pub fn hang(&self) {
        self.ask("hang");
    }

    /// Lets a hanging command go on.
    #[track_caller]
    pub fn release(&self) {
        self.ask("release");
    }

    /// Any request of the control socket; gives the answer without its `ok`.
    ///
    /// # Panics
    /// When the reader refuses, with its reason, or does not answer.
    #[track_caller]
    pub fn ask(&self, request: &str) -> String {
        let answer = ask(&self.control, request)
            .unwrap_or_else(|error| panic!("{request}: no answer from the reader: {error}"));
        let told = answer.strip_prefix("ok").unwrap_or_else(|| panic!("{request}: {answer}"));
        told.trim().to_owned()
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
fn launch(folder: &Path, names: &Names) -> Child {
    let reader = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reader-drivers/ifd");
    let log = folder.join("pcscd.log");
    let said = File::create(&log).expect("a log");
    let second = names.second.iter().flat_map(|name| ["--second", name]);
    let mut child = Command::new(reader.join("private-pcscd"))
        .args(["--name", &names.first])
        .args(second)
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
