//! A real browser, for the gateway's web pages: Debian's Chromium, by its own driver. The
//! words are those of the W3C's WebDriver recommendation, the few that a person's hands need;
//! the crates that speak all of it bring a second HTTP and a second Unicode with them.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};

/// A page of a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
const OPTIONS: [&str; 5] = [
    "--headless=new",
    // As root there is none; what it shows is ours.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--window-size=1280,900",
];

/// Chromium with one window; ends when dropped.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    agent: ureq::Agent,
    /// Of its one session.
    url: String,
}

impl Browser {
    /// Starts it. It takes certificates that no CA of the web vouches for: the portal's is its
    /// own.
    ///
    /// # Panics
    /// Without Debian's chromium and chromium-driver: `cargo tools test` installs them.
    #[track_caller]
    pub fn start() -> Self {
        let mut driver = Command::new("chromedriver")
            .args(["--port=0", "--log-level=OFF"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts: Debian's package chromium-driver");
        let said = BufReader::new(driver.stdout.take().expect("its output is ours")).lines();
        let port = said.map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let url = format!("http://127.0.0.1:{}", port.expect("it says where it listens"));
        let agent = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .build()
            .into();
        let mut this = Self { driver, agent, url };
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "acceptInsecureCerts": true,
            "timeouts": { "implicit": 5_000 },
            "goog:chromeOptions": { "args": OPTIONS },
        } } });
        let session = this.post("/session", &wanted);
        let id = session["sessionId"].as_str().expect("a session has an id");
        this.url = format!("{}/session/{id}", this.url);
        this
    }

    /// Opens a page by its address.
    #[track_caller]
    pub fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Presses the button or the link that says `words`, and nothing more than them.
    #[track_caller]
    pub fn press(&self, words: &str) {
        let path = format!("//*[self::a or self::button][normalize-space(.)={words:?}]");
        self.click(&path);
    }

    /// Chooses what stands under a label: a radio button's, a check box's.
    #[track_caller]
    pub fn choose(&self, label: &str) {
        self.click(&format!("//label[normalize-space(.)={label:?}]"));
    }

    /// Types into the field of this name.
    #[track_caller]
    pub fn fill(&self, name: &str, text: &str) {
        let field = self.find(&format!("//*[self::input or self::textarea][@name={name:?}]"));
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

    /// Takes a picture of the window.
    #[track_caller]
    pub fn picture(&self, file: &Path) {
        let picture = self.get("/screenshot");
        let picture = BASE64.decode(picture.as_str().expect("base64")).expect("base64");
        fs::write(file, picture).expect("written");
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
        let answer = self.agent.get(format!("{}{path}", self.url)).call();
        Self::value(path, answer)
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        let request = self.agent.post(format!("{}{path}", self.url));
        let answer = request.content_type("application/json").send(body.to_string());
        Self::value(&format!("{path} {body}"), answer)
    }

    #[track_caller]
    fn value(asked: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
        let mut answer = answer.unwrap_or_else(|problem| panic!("{asked}: {problem}"));
        let text = answer.body_mut().read_to_string().expect("the driver answers in UTF-8");
        assert!(answer.status().is_success(), "{asked}: {text}");
        let mut answer: Value = serde_json::from_str(&text).expect("the driver answers in JSON");
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its browser goes with its session, and the driver with us, whatever it says to that.
        let _ = self.agent.delete(&self.url).call();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
