//! A small HTTP server whose answers a test writes byte by byte.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
    crypto::ring,
    pki_types::PrivatePkcs8KeyDer,
    server::{NoServerSessionStorage, WebPkiClientVerifier},
    version::{TLS12, TLS13},
};

use crate::office::{Office, Wanted};

/// A request as the server heard it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Heard {
    /// `POST /v1/checks`
    pub(crate) line: String,
    pub(crate) headers: String,
    pub(crate) body: String,
    pub(crate) with_certificate: bool,
}

/// Writes an answer; `false` closes the connection after it.
pub(crate) type Handler = Arc<dyn Fn(&Heard, &mut dyn Write) -> bool + Send + Sync>;

/// Runs until the test's process ends.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    connections: Arc<AtomicUsize>,
}

impl Server {
    pub(crate) fn start(office: &Office, wanted: &Wanted, handler: Handler) -> Self {
        Self::with_version((office, office), wanted, &TLS13, handler)
    }

    /// One that has another CA now, for devices of `before`.
    pub(crate) fn changed(office: &Office, before: &Office, handler: Handler) -> Self {
        Self::with_version((office, before), &Wanted::default(), &TLS13, handler)
    }

    /// As servers were in 2008.
    pub(crate) fn old(office: &Office, wanted: &Wanted, handler: Handler) -> Self {
        Self::with_version((office, office), wanted, &TLS12, handler)
    }

    fn with_version(
        (office, of_devices): (&Office, &Office),
        wanted: &Wanted,
        version: &'static SupportedProtocolVersion,
        handler: Handler,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(of_devices.certificate().into()).expect("a CA");
        let provider = Arc::new(ring::default_provider());
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .allow_unauthenticated()
                .build()
                .expect("a verifier");
        let (certificate, key) = office.server(wanted);
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a version")
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![certificate.into()], PrivatePkcs8KeyDer::from(key).into())
            .expect("a good certificate");
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        let config = Arc::new(config);
        Self::listen(move |tcp, heard| {
            let tls = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = BufReader::new(StreamOwned::new(tls, tcp));
            while let Some(mut request) = read(&mut stream) {
                request.with_certificate = stream.get_ref().conn.peer_certificates().is_some();
                heard.lock().expect("whole").push(request.clone());
                if !handler(&request, stream.get_mut()) {
                    return;
                }
            }
        })
    }

    /// Speaks HTTP without TLS.
    pub(crate) fn plain() -> Self {
        Self::listen(|mut tcp, _| {
            // The client may have gone already.
            let _ = tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            let _ = tcp.read(&mut [0; 1024]);
        })
    }

    fn listen(serve: impl Fn(TcpStream, Arc<Mutex<Vec<Heard>>>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let connections: Arc<AtomicUsize> = Arc::default();
        let (ours, count, serve) = (Arc::clone(&heard), Arc::clone(&connections), Arc::new(serve));
        thread::spawn(move || {
            for tcp in listener.incoming() {
                count.fetch_add(1, Ordering::SeqCst);
                let (heard, serve) = (Arc::clone(&ours), Arc::clone(&serve));
                thread::spawn(move || serve(tcp.expect("a connection"), heard));
            }
        });
        Self { address, heard, connections }
    }

    /// Every request up to now whose line begins so.
    pub(crate) fn heard(&self, line: &str) -> Vec<Heard> {
        let heard = self.heard.lock().expect("whole");
        heard.iter().filter(|it| it.line.starts_with(line)).cloned().collect()
    }

    /// Until such a request has come; panics when none comes.
    pub(crate) fn wait_for(&self, line: &str) {
        let end = Instant::now() + Duration::from_secs(15);
        while self.heard(line).is_empty() {
            assert!(Instant::now() < end, "no {line} came");
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn read(stream: &mut impl BufRead) -> Option<Heard> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let (line, headers) = head.split_once(" HTTP/1.1\r\n").expect("HTTP/1.1");
    let headers = headers.to_ascii_lowercase();
    let length = headers.lines().find_map(|it| it.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
    stream.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).expect("text");
    Some(Heard { line: line.to_owned(), headers, body, with_certificate: false })
}

/// A whole answer.
pub(crate) fn answer(out: &mut dyn Write, status: u16, content_type: &str, body: &str) -> bool {
    let date = httpdate::fmt_http_date(std::time::SystemTime::now());
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status} X\r\nDate: {date}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok()
}

pub(crate) fn json(out: &mut dyn Write, status: u16, body: &str) -> bool {
    answer(out, status, "application/json", body)
}

pub(crate) fn problem(out: &mut dyn Write, status: u16, code: &str) -> bool {
    answer(out, status, "application/problem+json", &format!(r#"{{"code":"{code}"}}"#))
}
