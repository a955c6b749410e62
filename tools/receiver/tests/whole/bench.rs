//! A receiver that runs, a gateway's CA made up for it, and kiosks that send.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::Arc,
};

use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, body::Bytes, client::conn::http1::handshake, header::CONTENT_TYPE,
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject},
};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

pub(crate) const ID: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const NAME: &str =
    "OQSsiquc01res_face_99999999-2222-4333-8444-555555555555_20261122170501.xml";

/// The result of somebody.
pub(crate) fn result() -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n<XmlMsg><MessageHeader>\
     <ProcessExecutionTime>20261122170501</ProcessExecutionTime>\
     <ArbitraryFileIdentifier>99999999-2222-4333-8444-555555555555</ArbitraryFileIdentifier>\
     <CharacterCodeIdentifier>0</CharacterCodeIdentifier></MessageHeader><MessageBody>\
     <Name>髙橋　𠮷</Name></MessageBody></XmlMsg>"
        .to_owned()
}

/// A CA that vouches for devices.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a CA").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    pub(crate) fn device(&self, id: &str) -> Device {
        let mut params = CertificateParams::default();
        params.distinguished_name.remove(DnType::CommonName);
        params.distinguished_name.push(DnType::CommonName, id);
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Device { certificate: certificate.der().clone(), key: key.serialize_der() }
    }
}

/// What a kiosk shows.
pub(crate) struct Device {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
}

/// A receiver with its folders.
pub(crate) struct Bench {
    place: TempDir,
    pub(crate) gateway: Authority,
    child: Child,
    address: SocketAddr,
}

impl Bench {
    pub(crate) fn new(encoding: &str) -> Self {
        Self::start(encoding, |program| Command::new(program))
    }

    /// `command` starts the program, perhaps with less than others have.
    pub(crate) fn start(encoding: &str, command: impl FnOnce(&Path) -> Command) -> Self {
        let place = tempfile::tempdir().expect("a folder");
        let gateway = Authority::new();
        fs::write(place.path().join("ca.pem"), &gateway.pem).expect("written");
        fs::create_dir(place.path().join("watched")).expect("a folder");
        let at = |name: &str| place.path().join(name);
        let made = receiver(place.path())
            .args(["keys", "--folder", "own", "--name", "localhost", "--gateway-ca", "ca.pem"])
            .output()
            .expect("it runs");
        assert!(made.status.success(), "{made:?}");
        let mut child = command(Path::new(env!("CARGO_BIN_EXE_result-receiver")))
            .arg("serve")
            .args(["--listen", "127.0.0.1:0", "--encoding", encoding])
            .args([Path::new("--folder"), &at("own"), Path::new("--into"), &at("watched")])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut line = String::new();
        let out = child.stdout.as_mut().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let port = line.trim().strip_prefix("listening https://localhost:").expect("its address");
        let address = SocketAddr::from(([127, 0, 0, 1], port.parse().expect("a port")));
        Self { place, gateway, child, address }
    }

    pub(crate) fn watched(&self) -> PathBuf {
        self.place.path().join("watched")
    }

    /// What lies in the watched folder.
    pub(crate) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.watched()).expect("readable");
        let file = |path: PathBuf| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            (name, fs::read(path).expect("readable"))
        };
        entries.map(|it| file(it.expect("an entry").path())).collect()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        receiver(self.place.path()).args(arguments).output().expect("it runs")
    }

    pub(crate) fn admit(&self, id: &str) {
        let done = self.run(&["admit", "--folder", "own", id]);
        assert!(done.status.success(), "{done:?}");
    }

    /// A kiosk that may send.
    pub(crate) fn kiosk(&self) -> Device {
        self.admit(ID);
        self.gateway.device(ID)
    }

    /// Its log, once it has ended.
    pub(crate) fn log(mut self) -> String {
        self.child.kill().expect("it ran");
        let mut log = String::new();
        self.child.stderr.take().expect("piped").read_to_string(&mut log).expect("UTF-8");
        log
    }

    pub(crate) async fn connect(
        &self,
        device: Option<&Device>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let ca = fs::read(self.place.path().join("own/receiver-ca.pem")).expect("a CA");
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&ca).expect("a CA")).expect("a CA");
        let builder =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_protocol_versions(&[&rustls::version::TLS13])
                .expect("TLS 1.3")
                .with_root_certificates(roots);
        let config = match device {
            None => builder.with_no_client_auth(),
            Some(device) => builder
                .with_client_auth_cert(
                    vec![device.certificate.clone()],
                    PrivatePkcs8KeyDer::from(device.key.clone()).into(),
                )
                .expect("a device"),
        };
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").expect("a name");
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    }

    pub(crate) async fn ask(&self, device: &Device, request: Request<Full<Bytes>>) -> Answer {
        let stream = self.connect(Some(device)).await.expect("TLS");
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
        tokio::spawn(async move { drop(connection.await) });
        Answer::of(sender.send_request(request).await.expect("an answer")).await
    }

    /// Sends a result as a kiosk does.
    pub(crate) async fn send(&self, device: &Device, body: impl Into<Bytes>) -> Answer {
        self.ask(device, post().body(Full::new(body.into())).expect("a request")).await
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn receiver(place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_result-receiver"));
    command.current_dir(place);
    command
}

pub(crate) fn post() -> Builder {
    Request::post("/v1/results?simulator=true")
        .header("Host", "localhost")
        .header(CONTENT_TYPE, "application/xml")
}

/// Status, and the member that matters: `file`, or `code`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer(pub(crate) u16, pub(crate) String);

impl Answer {
    async fn of(response: Response<hyper::body::Incoming>) -> Self {
        let status = response.status().as_u16();
        let is_problem = response.headers()[CONTENT_TYPE] == "application/problem+json";
        assert_eq!(is_problem, status >= 400);
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        let member = if is_problem { "code" } else { "file" };
        Self(status, body[member].as_str().expect("a text").to_owned())
    }
}

/// As it is compared.
pub(crate) fn answer(status: u16, what: &str) -> Answer {
    Answer(status, what.to_owned())
}
