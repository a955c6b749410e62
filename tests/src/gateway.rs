//! The reference gateway as a program of its own, on loopback.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use crate::{
    preparation::Account,
    programs::{program, run},
};

/// A running reference gateway; ends when dropped.
#[derive(Debug)]
pub struct Gateway {
    child: Child,
    url: String,
    /// Where its pages for people are.
    portal: String,
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
/// Who prepares the facility at the portal (管理アカウント).
pub const ADMINISTRATOR: Account<'_> = Account { user: "admin01", password: "Admin-Test-2026!" };
/// With whom its devices register.
pub const ACCOUNT: Account<'_> = Account { user: USER, password: PASSWORD };

impl Gateway {
    /// Starts it in `folder`, trusting the issuing office of the virtual cards, with one
    /// facility and one account. It offers no consents.
    pub fn start(folder: &Path, office: &Path) -> Self {
        Self::start_offering(folder, office, "")
    }

    /// The same, and every device that registers is offered these consents.
    pub fn start_offering(folder: &Path, office: &Path, consents: &'static str) -> Self {
        Self::begin(folder, office, (consents, None), &[]).with_account()
    }

    /// The same, without consents, on this PostgreSQL database.
    pub fn start_on(database: &str, folder: &Path, office: &Path) -> Self {
        Self::begin(folder, office, ("", Some(database)), &[]).with_account()
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
        Self::begin(folder, &self.office, (self.consents, Some(database)), &[])
    }

    fn with_account(self) -> Self {
        self.tell(&["account", "--facility", FACILITY, "--user", USER], PASSWORD);
        self
    }

    /// With one facility and its administrator, who has prepared nothing yet; and with an
    /// environment of its own.
    pub fn start_unprepared(folder: &Path, office: &Path, environment: &[(&str, &str)]) -> Self {
        let this = Self::begin(folder, office, ("", None), environment);
        let facility = ["facility", "--facility", FACILITY, "--name", "見本病院"];
        let administrator = ["--admin", ADMINISTRATOR.user];
        this.tell(&[&facility[..], &administrator].concat(), ADMINISTRATOR.password);
        this
    }

    fn begin(
        folder: &Path,
        office: &Path,
        (consents, database): (&'static str, Option<&str>),
        environment: &[(&str, &str)],
    ) -> Self {
        let environment = owned(environment);
        let what = (consents, database);
        let (child, url, portal) = serve(folder, office, "127.0.0.1:0", what, &environment);
        let (folder, office, ca) = (folder.to_owned(), office.to_owned(), folder.join("ca.pem"));
        let database = database.map(str::to_owned);
        Self { child, url, portal, folder, office, consents, database, ca, environment }
    }

    /// Where it listens: `https://localhost:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where a browser finds its pages, since its last start: `https://localhost:PORT`.
    pub fn portal(&self) -> &str {
        &self.portal
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

    /// Its file.
    pub fn ca(&self) -> &Path {
        &self.ca
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
        let (child, url, portal) =
            serve(&self.folder, &self.office, &address, what, &self.environment);
        assert_eq!(url, self.url, "it listens where it listened");
        (self.child, self.portal) = (child, portal);
    }

    /// Ends it, and starts it anew with the CA that it had announced.
    pub fn change_ca(&mut self) {
        self.kill();
        self.ca = PathBuf::from(self.tell(&["change-ca"], "").trim_end());
        self.restart();
    }

    /// What it gets at its next start.
    pub fn set_environment(&mut self, environment: &[(&str, &str)]) {
        self.environment = owned(environment);
    }
}

fn owned(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    environment.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn serve(
    folder: &Path,
    office: &Path,
    address: &str,
    (consents, database): (&str, Option<&str>),
    environment: &[(String, String)],
) -> (Child, String, String) {
    let mut child = Command::new(program("reference-gateway"))
        .args(["serve", "--listen", address, "--portal", "127.0.0.1:0", "--folder"])
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
    let mut lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
    let mut told = |word: &str| {
        let line = lines.next().expect("the reference gateway says where it listens");
        let line = line.expect("in UTF-8");
        let url = line.strip_prefix(word).map(|it| it.trim().to_owned());
        url.unwrap_or_else(|| panic!("the reference gateway said {line:?}"))
    };
    let (url, portal) = (told("listening "), told("portal "));
    (child, url, portal)
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
