//! A gateway that is not on our side: it opens checks as the contract says, and answers
//! the proof as a test's script says, byte by byte.

mod authority;
mod desk;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivatePkcs8KeyDer,
    server::NoServerSessionStorage, version::TLS13,
};

pub use authority::{Authority, Wanted};
pub use desk::HostileDesk;

/// The check id that it gives to every check: that of the answers in
/// `app/gateway/tests/answers`.
pub const CHECK: &str = "11111111-2222-4333-8444-555555555555";

const OPENED: &str = r#"{"check_id":"11111111-2222-4333-8444-555555555555","challenge":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","expires_in":300}"#;

/// Writes an answer to a request, whose line it gets (`POST /v1/checks`); `false` closes
/// the connection after it.
pub type Script = Box<dyn FnMut(&str, &mut dyn Write) -> bool + Send>;

/// Runs until the test's process ends.
#[derive(Debug)]
pub struct Hostile {
    port: u16,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Hostile {
    /// One whose certificate `authority` signs; `script` answers whatever comes. Without a
    /// certificate it speaks no TLS, and all it hears are first bytes (`16` begins TLS).
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start(certificate: Option<(&Authority, &Wanted)>, script: Script) -> Self {
        let config = certificate.map(|(authority, wanted)| configure(authority, wanted));
        let script = Arc::new(Mutex::new(script));
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let heard: Arc<Mutex<Vec<String>>> = Arc::default();
        let ours = Arc::clone(&heard);
        thread::spawn(move || {
            for tcp in listener.incoming() {
                let tcp = tcp.expect("a connection");
                let (config, script, heard) =
                    (config.clone(), Arc::clone(&script), Arc::clone(&ours));
                thread::spawn(move || match config {
                    None => plain(tcp, &heard),
                    Some(config) => {
                        let tls = ServerConnection::new(config).expect("a connection");
                        serve(StreamOwned::new(tls, tcp), &script, &heard);
                    }
                });
            }
        });
        Self { port, heard }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The lines of all requests up to now, which are forgotten here.
    ///
    /// # Panics
    /// When a script panicked.
    pub fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().expect("no script panicked"))
    }
}

fn configure(authority: &Authority, wanted: &Wanted) -> Arc<ServerConfig> {
    let (certificate, key) = authority.server(wanted);
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .expect("a version")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.into()], PrivatePkcs8KeyDer::from(key).into())
        .expect("a good certificate");
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// What a server of HTTP says to whatever it does not understand.
fn plain(mut tcp: TcpStream, heard: &Mutex<Vec<String>>) {
    let mut begin = [0; 1024];
    if let Ok(1..) = tcp.read(&mut begin) {
        heard.lock().expect("no script panicked").push(format!("{:02X}", begin[0]));
        problem(&mut tcp, 400, "bad-request");
    }
}

fn serve(stream: impl Read + Write, script: &Mutex<Script>, heard: &Mutex<Vec<String>>) {
    let mut stream = BufReader::new(stream);
    while let Some(line) = request(&mut stream) {
        heard.lock().expect("no script panicked").push(line.clone());
        let goes_on = script.lock().expect("no script panicked")(&line, stream.get_mut());
        if !goes_on {
            return;
        }
    }
}

/// Reads one request, body and all; `None` when none comes any more.
fn request(stream: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let (line, headers) = head.split_once(" HTTP/1.1\r\n")?;
    let headers = headers.to_ascii_lowercase();
    let length = headers.lines().find_map(|it| it.strip_prefix("content-length: "));
    let length = length.map_or(Some(0), |length| length.parse().ok())?;
    stream.read_exact(&mut vec![0; length]).ok()?;
    Some(line.to_owned())
}

/// What a good gateway does, but for the proof.
pub fn good_but(mut proof: impl FnMut(&mut dyn Write) -> bool + Send + 'static) -> Script {
    Box::new(move |line, out| match line {
        "GET /v1/notices" => json(out, 200, r#"{"notices":[]}"#),
        "POST /v1/checks" => json(out, 201, OPENED),
        line if line.ends_with("/proof") => proof(out),
        _ => problem(out, 404, "not-found"),
    })
}

/// What a good gateway does, but for the relay: it asks without end, `commands` of each
/// round (from 1), whatever the answers are.
pub fn relaying(mut commands: impl FnMut(u32) -> Vec<Vec<u8>> + Send + 'static) -> Script {
    let mut round = 0;
    Box::new(move |line, out| match line {
        "GET /v1/notices" => json(out, 200, r#"{"notices":[]}"#),
        "POST /v1/checks" => {
            round = 0;
            json(out, 201, OPENED)
        }
        line if line.ends_with("/relay") => {
            round += 1;
            let texts: Vec<String> = commands(round)
                .iter()
                .map(|it| format!("\"{}\"", BASE64_STANDARD.encode(it)))
                .collect();
            json(out, 200, &format!(r#"{{"round":{round},"commands":[{}]}}"#, texts.join(",")))
        }
        _ => problem(out, 404, "not-found"),
    })
}

/// A gateway that has nothing for us.
pub fn refuse_opening() -> Script {
    Box::new(|_, out| problem(out, 404, "not-found"))
}

/// A whole answer.
pub fn answer(out: &mut dyn Write, status: u16, content_type: &str, body: &[u8]) -> bool {
    let (date, length) = (httpdate::fmt_http_date(std::time::SystemTime::now()), body.len());
    let head = format!(
        "HTTP/1.1 {status} X\r\nDate: {date}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    send(out, &[head.as_bytes(), body].concat())
}

/// As [`answer`], JSON.
pub fn json(out: &mut dyn Write, status: u16, body: &str) -> bool {
    answer(out, status, "application/json", body.as_bytes())
}

/// As [`answer`], a refusal of the contract.
pub fn problem(out: &mut dyn Write, status: u16, code: &str) -> bool {
    let body = format!(r#"{{"code":"{code}"}}"#);
    answer(out, status, "application/problem+json", body.as_bytes())
}

/// Bytes as they are, at once; `false` when the other side has gone.
pub fn send(out: &mut dyn Write, bytes: &[u8]) -> bool {
    out.write_all(bytes).and_then(|()| out.flush()).is_ok()
}
