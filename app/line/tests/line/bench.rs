//! A registered device, its settings, and the kiosk's end of the line.

use std::{
    fs,
    io::Write,
    net::Shutdown,
    os::{fd::OwnedFd, unix::net::UnixStream},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, Receiver},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use kiosk_core::{
    CardProof, CheckId, Consents, Date, LineStatus, OpenCheck, Way, proof::TokenKind,
};
use kiosk_gateway::Authority;
use kiosk_line::{
    key::{FileKey, certificate_request},
    serve,
    state::{Device, Identity, State},
};
use kiosk_process::{
    Link, Settings,
    words::{LineOrder, LineReport},
};
use tempfile::TempDir;

use crate::{
    office::{Office, Wanted},
    server::{Handler, Heard, Server, answer, json, problem},
};

pub(crate) const CHECK: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const DEVICE: &str = "0b8f3c4e-5d1a-4b7e-9c2f-6a1d2e3f4a5b";
pub(crate) const TOKEN: &str = "SECRETtokenAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
pub(crate) const OPENED: &str = r#"{"check_id":"11111111-2222-4333-8444-555555555555","challenge":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","expires_in":300}"#;

/// Longer than any call may take.
const WAIT: Duration = Duration::from_secs(15);

/// Everything on one desk.
pub(crate) struct Bench {
    pub(crate) office: Office,
    pub(crate) folder: TempDir,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self { office: Office::new(), folder: tempfile::tempdir().expect("a folder") }
    }

    pub(crate) fn settings(&self, server: &Server) -> Settings {
        self.settings_at(&format!("https://localhost:{}", server.address.port()))
    }

    pub(crate) fn settings_at(&self, url: &str) -> Settings {
        fs::write(self.folder.path().join("ca.pem"), self.office.pem()).expect("written");
        Settings::read(&self.settings_text(url), self.folder.path()).expect("good settings")
    }

    pub(crate) fn settings_text(&self, url: &str) -> String {
        format!("state_folder = \"state\"\n[gateway]\nurl = \"{url}\"\npins = \"ca.pem\"\n")
    }

    pub(crate) fn state(&self) -> State {
        State::new(&self.folder.path().join("state"))
    }

    /// As `enrol` leaves it.
    pub(crate) fn register(&self, token: &str) {
        let key = FileKey::generate().expect("a key");
        let mut device = Device::new(certificate_request(&key).expect("a request"));
        device.registered = Some(Identity {
            device_id: DEVICE.to_owned().try_into().expect("a UUID"),
            gateway_name: "reference-gateway".to_owned().try_into().expect("a name"),
            certificate_chain: self.office.device(&device.csr),
            session: Some(token.to_owned().try_into().expect("a token")),
            account_authority: Authority::General,
            consents: Consents { treatment: false, ..Consents::ALL },
            facility: "1310000001".to_owned(),
        });
        self.state().keep_key(&key).expect("written");
        self.state().keep_device(&device).expect("written");
    }

    /// What is kept of the device, changed.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Device)) {
        let mut device = self.kept();
        change(&mut device);
        self.state().keep_device(&device).expect("written");
    }

    pub(crate) fn kept(&self) -> Device {
        self.state().device().expect("readable").expect("there")
    }

    /// A good server but for what `handler` does with calls of a check.
    pub(crate) fn server(&self, handler: Handler) -> Server {
        Server::start(&self.office, &Wanted::default(), handler)
    }

    pub(crate) fn line(&self, server: &Server) -> Line {
        self.register(TOKEN);
        Line::start(self.settings(server))
    }
}

/// A line at work, seen from the kiosk.
pub(crate) struct Line {
    socket: UnixStream,
    orders: Link<LineOrder, LineReport>,
    reports: Receiver<LineReport>,
    work: JoinHandle<()>,
}

impl Line {
    pub(crate) fn start(settings: Settings) -> Self {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        let theirs = OwnedFd::from(theirs).into();
        let work = thread::spawn(move || serve(&settings, theirs).expect("it serves"));
        Self::over(ours, work)
    }

    pub(crate) fn over(socket: UnixStream, work: JoinHandle<()>) -> Self {
        let second = || socket.try_clone().expect("a second handle");
        let orders = OwnedFd::from(second()).into();
        let mut ear: Link<LineOrder, LineReport> = OwnedFd::from(second()).into();
        let (tell, reports) = mpsc::channel();
        thread::spawn(move || {
            while let Ok(report) = ear.receive() {
                tell.send(report).ok();
            }
        });
        Self { socket, orders, reports, work }
    }

    pub(crate) fn order(&mut self, order: LineOrder) {
        self.orders.send(&order).expect("sent");
    }

    /// The next report; panics when none comes.
    pub(crate) fn any_report(&self) -> LineReport {
        self.reports.recv_timeout(WAIT).expect("a report in time")
    }

    /// The next one that is not about what this device is, is told, or may ask for.
    pub(crate) fn report(&self) -> LineReport {
        loop {
            match self.any_report() {
                LineReport::Offers(_) | LineReport::Device(_) | LineReport::Notices(_) => {}
                report => return report,
            }
        }
    }

    pub(crate) fn no_report_within(&self, time: Duration) {
        if let Ok(report) = self.reports.recv_timeout(time) {
            panic!("{report:?}");
        }
    }

    pub(crate) fn status(&self) -> LineStatus {
        match self.report() {
            LineReport::Status(status) => status,
            other => panic!("{other:?}"),
        }
    }

    /// Opens a check on a line that is up.
    pub(crate) fn opened(&mut self, id: u32) -> OpenCheck {
        self.open(id, Way::Pin)
    }

    pub(crate) fn open(&mut self, id: u32, way: Way) -> OpenCheck {
        self.order(LineOrder::Open(CheckId(id), way));
        match self.report() {
            LineReport::Opened(CheckId(of), Ok(open)) if of == id => open,
            other => panic!("{other:?}"),
        }
    }

    /// The kiosk goes; the line must follow.
    pub(crate) fn close(self) {
        self.socket.shutdown(Shutdown::Both).expect("shut down");
        self.work.join().expect("it ends well");
    }
}

/// The order to hand a proof over.
pub(crate) fn check(id: u32) -> LineOrder {
    LineOrder::Check(CheckId(id), proof(), Consents::NONE)
}

pub(crate) fn proof() -> Box<CardProof> {
    Box::new(CardProof {
        token: TokenKind::Card,
        certificate: heapless::Vec::from_slice(b"SECRET certificate").expect("it fits"),
        signature: heapless::Vec::from_slice(&[7; 256]).expect("it fits"),
        not_after: Date::new(2030, 1, 1).expect("a day"),
    })
}

/// The answer of `app/gateway/tests/answers/valid.xml`, to this check.
pub(crate) fn valid(check: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../gateway/tests/answers/valid.xml");
    fs::read_to_string(file).expect("readable").replace(CHECK, check)
}

/// What a good gateway does.
pub(crate) fn good(heard: &Heard, out: &mut dyn Write) -> bool {
    match &*heard.line {
        "GET /v1/notices" => json(out, 200, r#"{"notices":[]}"#),
        // Not every gateway has them.
        "GET /v1/pins" => problem(out, 404, "not-found"),
        "GET /v1/terms" => json(out, 200, r#"{"version":"2026-11-01","text":"…"}"#),
        "POST /v1/checks" => json(out, 201, OPENED),
        line if line.ends_with("/proof") => answer(out, 200, "application/xml", &valid(CHECK)),
        other => panic!("{other}"),
    }
}

/// Good, but for the calls whose line begins with `line`: those go to `bad`, with how many
/// came before.
pub(crate) fn good_but(
    line: &'static str,
    bad: impl Fn(usize, &Heard, &mut dyn Write) -> bool + Send + Sync + 'static,
) -> Handler {
    let count = AtomicUsize::new(0);
    Arc::new(move |heard, out| match heard.line.starts_with(line) {
        true => bad(count.fetch_add(1, Ordering::SeqCst), heard, out),
        false => good(heard, out),
    })
}
