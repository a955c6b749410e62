//! A real browser, for the gateway's web pages: Debian's Chromium, by its own driver. The
//! words are those of the W3C's WebDriver recommendation, the few that a person's hands need;
//! the crates that speak all of it bring a second HTTP and a second Unicode with them.

use std::{
    cell::Cell,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use nix::unistd::geteuid;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    programs::run,
    window::{Running, look_for, wait_until},
};

/// A page of a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
const TURN: Duration = Duration::from_millis(20);
/// So long it may still write into its home when its driver is gone.
const LEAVE: Duration = Duration::from_secs(10);
const OPTIONS: &[&str] = &[
    "--headless=new",
    "--disable-gpu",
    // Some systems have little or none.
    "--disable-dev-shm-usage",
    // It ends when its driver does, however that ends.
    "--remote-debugging-pipe",
    // It asks nobody but us.
    "--no-proxy-server",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost",
    // The longest form is seen whole.
    "--window-size=1280,1700",
];
/// Where Chromium finds what its person trusts beside the web's CAs.
const TRUST: &str = ".pki/nssdb";
/// What would lead it out of the home that it is given.
const HOMES: [&str; 3] = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"];

/// Chromium with one window; ends when dropped.
#[derive(Debug)]
pub struct Browser {
    agent: ureq::Agent,
    /// Of its one session.
    url: String,
    /// Where its pictures go, and how many there are.
    album: Option<PathBuf>,
    taken: Cell<usize>,
    driver: Option<Running>,
    home: TempDir,
}

impl Browser {
    /// Starts it with an empty profile and a home of its own. Beside the CAs of the web it
    /// trusts the one in the file `ca` (PEM), and warns of every other, as a person's would.
    ///
    /// # Panics
    /// Without Debian's chromium, chromium-driver and libnss3-tools: `cargo tools test`
    /// installs them.
    #[track_caller]
    pub fn start(ca: &Path) -> Self {
        let home = tempfile::Builder::new().prefix("sk").tempdir().expect("a folder");
        trust(home.path(), ca);
        let (driver, url) = start_driver(home.path());
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        let mut options: Vec<String> = OPTIONS.iter().map(|&it| it.to_owned()).collect();
        options.push(format!("--user-data-dir={}", home.path().join("profile").display()));
        if geteuid().is_root() {
            // Root's Chromium has no sandbox.
            options.push("--no-sandbox".to_owned());
        }
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "timeouts": { "implicit": 5_000 },
            "goog:chromeOptions": { "args": options },
        } } });
        let (driver, taken) = (Some(driver), Cell::new(0));
        let mut this = Self { agent, url, album: None, taken, driver, home };
        let session = this.post("/session", &wanted);
        let id = session["sessionId"].as_str().expect("a session has an id");
        this.url = format!("{}/session/{id}", this.url);
        this
    }

    /// From here on, [`Browser::picture`] takes pictures, into this folder.
    pub fn keep_pictures(&mut self, album: &Path) {
        self.album = Some(album.to_owned());
    }

    /// Opens a page by its address.
    #[track_caller]
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Whether it warns of this address instead of opening it: nobody whom it trusts vouches
    /// for it.
    #[track_caller]
    pub fn warns_of(&self, url: &str) -> bool {
        self.open(url);
        self.text("//body").contains("NET::ERR_CERT_AUTHORITY_INVALID")
    }

    /// Presses the button or the link that says `words`, and nothing more than them; waits for
    /// the page that it leads to.
    #[track_caller]
    pub fn press(&self, words: &str) {
        let before = format!("/element/{}/name", self.find("/*"));
        self.click(&format!("//*[self::a or self::button][normalize-space(.)={words:?}]"));
        let pressed = Instant::now();
        // The page before is there until the next one comes.
        while self.ask(&before, None).is_ok() {
            assert!(pressed.elapsed() < PATIENCE, "{words} leads nowhere");
            thread::sleep(TURN);
        }
    }

    /// Chooses one of a few by its label.
    #[track_caller]
    pub fn choose(&self, label: &str) {
        self.click(&format!("//label[normalize-space(.)={label:?}]"));
    }

    /// Types into the field that has this label.
    #[track_caller]
    pub fn fill(&self, label: &str, text: &str) {
        let label = format!("//label[normalize-space(text())={label:?}]");
        let field = self.find(&format!("//*[@id={label}/@for]"));
        self.post(&format!("/element/{field}/clear"), &json!({}));
        self.post(&format!("/element/{field}/value"), &json!({ "text": text }));
    }

    /// What a person reads at the first place that `path` (XPath) leads to.
    #[track_caller]
    pub fn text(&self, path: &str) -> String {
        let element = self.find(path);
        let text = self.get(&format!("/element/{element}/text"));
        text.as_str().expect("an element has a text").trim().to_owned()
    }

    /// What the page is called: its heading.
    #[track_caller]
    pub fn heading(&self) -> String {
        self.text("//h1")
    }

    /// Takes a picture of the window where pictures are kept: `NN-portal-NAME.png`.
    #[track_caller]
    pub fn picture(&self, name: &str) {
        let Some(album) = &self.album else { return };
        self.taken.set(self.taken.get() + 1);
        let picture = self.get("/screenshot");
        let picture = BASE64.decode(picture.as_str().expect("base64")).expect("base64");
        let file = album.join(format!("{:02}-portal-{name}.png", self.taken.get()));
        fs::write(file, picture).expect("written");
    }

    /// How many pictures there are.
    pub fn taken(&self) -> usize {
        self.taken.get()
    }

    #[track_caller]
    fn click(&self, path: &str) {
        let element = self.find(path);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    #[track_caller]
    fn find(&self, path: &str) -> String {
        let found = self.post("/element", &json!({ "using": "xpath", "value": path }));
        let id = found.as_object().and_then(|it| it.values().next()?.as_str());
        id.expect("an element has an id").to_owned()
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        self.must(path, None)
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        self.must(path, Some(body))
    }

    #[track_caller]
    fn must(&self, path: &str, body: Option<&Value>) -> Value {
        match self.ask(path, body) {
            Ok(value) => value,
            Err(refusal) => panic!("{path} {}: {refusal}", body.unwrap_or(&Value::Null)),
        }
    }

    /// One command; as an error what the driver has against it.
    #[track_caller]
    fn ask(&self, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let url = format!("{}{path}", self.url);
        let answer = match body {
            None => self.agent.get(url).call(),
            Some(body) => {
                self.agent.post(url).content_type("application/json").send(body.to_string())
            }
        };
        let mut answer = match answer {
            Ok(answer) => answer,
            Err(problem) => panic!("{path}: {problem}"),
        };
        let text = answer.body_mut().read_to_string().expect("the driver answers in UTF-8");
        if !answer.status().is_success() {
            return Err(text);
        }
        let mut answer: Value = serde_json::from_str(&text).expect("the driver answers in JSON");
        Ok(answer["value"].take())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It goes with its session; where that fails, with its driver, and a moment later.
        let _ = self.agent.delete(&self.url).call();
        self.driver = None;
        look_for(LEAVE, || fs::remove_dir_all(self.home.path()).ok());
    }
}

/// Makes `home` trust the CA, as its person would by hand.
#[track_caller]
fn trust(home: &Path, ca: &Path) {
    let store = home.join(TRUST);
    fs::create_dir_all(&store).expect("made");
    let store = format!("sql:{}", store.display());
    let mut make = Command::new("certutil");
    make.args(["-N", "--empty-password", "-d", &store]);
    run(make, "");
    let mut add = Command::new("certutil");
    add.args(["-A", "-n", "gateway", "-t", "C,,", "-d", &store, "-i"]).arg(ca);
    run(add, "");
}

/// Starts the driver; gives where it listens.
#[track_caller]
fn start_driver(home: &Path) -> (Running, String) {
    let said = home.join("chromedriver.log");
    let mut command = Command::new("setpriv");
    command
        // It must not outlive whoever started it. Were its log off, it would not say where it
        // listens.
        .args(["--pdeathsig", "TERM", "--", "chromedriver", "--port=0"])
        .env("HOME", home)
        .env("TMPDIR", home)
        .stdin(Stdio::null())
        .stdout(File::create(&said).expect("a log"))
        .stderr(Stdio::null());
    for name in HOMES {
        command.env_remove(name);
    }
    let driver = Running(command.spawn().expect("setpriv (Debian package util-linux)"));
    let port: u16 = wait_until("chromedriver (Debian package chromium-driver)", || {
        let text = fs::read_to_string(&said).ok()?;
        let (_, port) = text.split_once("started successfully on port ")?;
        port.split_once('.')?.0.parse().ok()
    });
    (driver, format!("http://127.0.0.1:{port}"))
}
