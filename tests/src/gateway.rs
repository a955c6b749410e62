//! The reference gateway as a program of its own, on loopback.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::programs::{program, run};

/// A running reference gateway; ends when dropped.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    url: String,
    folder: PathBuf,
    office: PathBuf,
    consents: &'static str,
    /// The address of its database; without one it has a file of its own.
    database: Option<String>,
    /// The file of the CA in use.
    ca: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a registration needs.
pub const FACILITY: &str = "1310000001";
pub const USER: &str = "kiosk01";
pub const PASSWORD: &str = "Kiosk-Test-2026!";

impl Gateway {
    /// Starts it in `folder`, trusting the issuing office of the virtual cards, with one
    /// facility and one account. It offers no consents.
    pub fn start(folder: &Path, office: &Path) -> Self {
        Self::start_offering(folder, office, "")
    }

    /// The same, and every device that registers is offered these consents.
    pub fn start_offering(folder: &Path, office: &Path, consents: &'static str) -> Self {
        Self::begin(folder, office, consents, None).with_account()
    }

    /// The same, without consents, on this PostgreSQL database.
    pub fn start_on(database: &str, folder: &Path, office: &Path) -> Self {
        Self::begin(folder, office, "", Some(database)).with_account()
    }

    /// A further one on the database of this one, in a folder of its own, as on another
    /// machine: with the CAs of this one.
    ///
    /// # Panics
    /// When this one has no database that can be shared.
    pub fn beside(&self, folder: &Path) -> Self {
        fs::DirBuilder::new().mode(0o700).create(folder).expect("a new folder");
        for entry in fs::read_dir(&self.folder).expect("its folder").flatten() {
            let name = entry.file_name().into_string().expect("ASCII");
            if name == "ca-number" || name.starts_with("ca") && name.ends_with(".pem") {
                fs::copy(entry.path(), folder.join(name)).expect("copied");
            }
        }
        let database = self.database.as_deref().expect("a database of many");
        Self::begin(folder, &self.office, self.consents, Some(database))
    }

    fn begin(folder: &Path, office: &Path, consents: &'static str, database: Option<&str>) -> Self {
        let (child, url) = serve(folder, office, "127.0.0.1:0", (consents, database), &[]);
        let (folder, office, ca) = (folder.to_owned(), office.to_owned(), folder.join("ca.pem"));
        let (database, environment) = (database.map(str::to_owned), Vec::new());
        Self { child, url, folder, office, consents, database, ca, environment }
    }

    fn with_account(self) -> Self {
        self.tell(&["account", "--facility", FACILITY, "--user", USER], PASSWORD);
        self
    }

    /// Where it listens: `https://localhost:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port of [`Gateway::url`].
    pub fn port(&self) -> u16 {
        let port = self.url.rsplit(':').next().and_then(|port| port.parse().ok());
        port.expect("the URL ends with the port")
    }

    /// The CA that signs its certificate, PEM.
    pub fn ca_pem(&self) -> String {
        fs::read_to_string(&self.ca).expect("it made its CA at its start")
    }

    /// A fresh activation code that may be used at once.
    pub fn code(&self) -> String {
        let arguments = ["code", "--facility", FACILITY, "--memo", "a test", "--usable-now"];
        self.tell(&arguments, "").trim().to_owned()
    }

    /// Runs one of its verbs beside the running server.
    pub fn tell(&self, arguments: &[&str], input: &str) -> String {
        let mut command = Command::new(program("reference-gateway"));
        command.args(arguments).arg("--folder").arg(&self.folder);
        command.args(self.database.iter().flat_map(|address| ["--database", address]));
        run(command, input)
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it ends");
    }

    /// Starts it anew after [`Gateway::kill`], where it was.
    pub fn restart(&mut self) {
        let address = format!("127.0.0.1:{}", self.port());
        let what = (self.consents, self.database.as_deref());
        let (child, url) = serve(&self.folder, &self.office, &address, what, &self.environment);
        assert_eq!(url, self.url, "it listens where it listened");
        self.child = child;
    }

    /// Ends it, and starts it anew with the CA that it had announced.
    pub fn change_ca(&mut self) {
        self.kill();
        self.ca = PathBuf::from(self.tell(&["change-ca"], "").trim_end());
        self.restart();
    }

    /// What it gets at its next start.
    pub fn set_environment(&mut self, environment: &[(&str, &str)]) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.environment = environment.iter().map(owned).collect();
    }
}

fn serve(
    folder: &Path,
    office: &Path,
    address: &str,
    (consents, database): (&str, Option<&str>),
    environment: &[(String, String)],
) -> (Child, String) {
    let mut child = Command::new(program("reference-gateway"))
        .args(["serve", "--listen", address, "--folder"])
        .arg(folder)
        .arg("--office")
        .arg(office)
        .args(["--consents", consents])
        .args(database.iter().flat_map(|address| ["--database", *address]))
        // A soak leaves checks unanswered faster than any person.
        .args(["--open-checks", "100000"])
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the reference gateway starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("its output is ours"))
        .read_line(&mut line)
        .expect("the reference gateway says where it listens");
    let url = line
        .trim()
        .strip_prefix("listening ")
        .unwrap_or_else(|| panic!("the reference gateway said {line:?}"))
        .to_owned();
    (child, url)
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes `input` and reads everything the program says.
pub(crate) fn feed(mut child: Child, input: &str) -> std::process::Output {
    let mut pipe = child.stdin.take().expect("its input is ours");
    pipe.write_all(input.as_bytes()).expect("it reads");
    drop(pipe);
    child.wait_with_output().expect("it ends")
}
