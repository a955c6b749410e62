//! The receiver of the reception PC as a program of its own, on loopback.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    Gateway,
    programs::{program, run},
};

/// A running receiver; ends when dropped.
#[derive(Debug)]
pub struct Receiver {
    child: Child,
    port: u16,
    /// Holds its own folder, its log, and the folder that a receipt computer would watch.
    folder: PathBuf,
    encoding: &'static str,
}

impl Receiver {
    /// Starts it in `folder`. No kiosk is let in yet.
    pub fn start(folder: &Path, gateway: &Gateway, encoding: &'static str) -> Self {
        fs::create_dir_all(folder.join("watched")).expect("made");
        make_keys(folder, "own", gateway);
        let child = Command::new(program("result-receiver"));
        let (child, port) = serve(child, (folder, "own"), 0, encoding);
        Self { child, port, folder: folder.to_owned(), encoding }
    }

    /// What a kiosk's settings say of it.
    pub fn settings(&self) -> String {
        let pins = self.folder.join("own/receiver-ca.pem");
        format!(
            "[handover]\nurl = \"https://localhost:{}\"\npins = \"{}\"\n",
            self.port,
            pins.display(),
        )
    }

    /// Lets the station of this folder send.
    ///
    /// # Panics
    /// When it is not registered.
    pub fn admit(&self, station: &Path) {
        let device = fs::read(station.join("state/device.json")).expect("registered");
        let device: serde_json::Value = serde_json::from_slice(&device).expect("JSON");
        let id = device["registered"]["device_id"].as_str().expect("an id");
        let mut command = Command::new(program("result-receiver"));
        command.args(["admit", id, "--folder"]).arg(self.folder.join("own"));
        run(command, "");
    }

    /// The folder that a receipt computer would watch.
    pub fn watched(&self) -> PathBuf {
        self.folder.join("watched")
    }

    /// What lies there: names and bytes.
    ///
    /// # Panics
    /// When the folder is not there.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.watched()).expect("a folder");
        entries
            .map(|it| it.expect("an entry").path())
            .map(|path| {
                let name = path.file_name().expect("a name").to_string_lossy().into_owned();
                (name, fs::read(path).expect("readable"))
            })
            .collect()
    }

    /// What it wrote down.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).expect("its log")
    }

    /// Ends it as a power cut would.
    pub fn stop(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Starts it anew after [`Receiver::stop`], where it was.
    pub fn restart(&mut self) {
        self.serve(Command::new(program("result-receiver")), "own");
    }

    /// The same, on a disk that takes no byte more.
    pub fn restart_on_a_full_disk(&mut self) {
        // The log is a pipe's: files cannot grow.
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -f 0; trap '' XFSZ; exec \"$0\" \"$@\" 2>/dev/null"]);
        shell.arg(program("result-receiver"));
        self.serve(shell, "own");
    }

    /// Somebody else's receiver, at the same address.
    pub fn restart_as_a_stranger(&mut self, gateway: &Gateway) {
        make_keys(&self.folder, "strange", gateway);
        self.serve(Command::new(program("result-receiver")), "strange");
    }

    fn serve(&mut self, command: Command, own: &str) {
        (self.child, _) = serve(command, (&self.folder, own), self.port, self.encoding);
    }
}

fn make_keys(folder: &Path, own: &str, gateway: &Gateway) {
    let gateway_ca = folder.join("gateway-ca.pem");
    fs::write(&gateway_ca, gateway.ca_pem()).expect("written");
    let mut command = Command::new(program("result-receiver"));
    command.args(["keys", "--name", "localhost", "--gateway-ca"]).arg(&gateway_ca);
    command.arg("--folder").arg(folder.join(own));
    run(command, "");
}

fn serve(
    mut command: Command,
    (folder, own): (&Path, &str),
    port: u16,
    encoding: &str,
) -> (Child, u16) {
    let log = fs::File::options().append(true).create(true).open(folder.join("log"));
    let mut child = command
        .args(["serve", "--encoding", encoding, "--listen", &format!("127.0.0.1:{port}")])
        .arg("--folder")
        .arg(folder.join(own))
        .arg("--into")
        .arg(folder.join("watched"))
        .stdout(Stdio::piped())
        .stderr(log.expect("its log"))
        .spawn()
        .expect("the receiver starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output is ours"))
        .read_line(&mut line)
        .expect("the receiver says where it listens");
    let port = line.trim().rsplit(':').next().and_then(|port| port.parse().ok());
    (child, port.unwrap_or_else(|| panic!("the receiver said {line:?}")))
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
