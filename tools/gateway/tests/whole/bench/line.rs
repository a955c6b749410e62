//! One TLS connection to the gateway, and answers that are checked as they come.

use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header,
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use rcgen::KeyPair;
use reference_gateway::calls::{CALLS, Call, ELSEWHERE};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject},
};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::Bench;

/// A connection that is kept open between calls.
pub(crate) struct Line(SendRequest<Full<Bytes>>);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Bytes,
}

impl Line {
    pub(crate) async fn open(bench: &Bench, client: Option<(&str, &KeyPair)>) -> Self {
        let stream = connect(bench, client).await;
        let (sender, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
        // It ends with an error when the gateway closes it; the next call tells.
        tokio::spawn(async move { drop(connection.await) });
        Self(sender)
    }

    /// Whether the gateway has closed the connection.
    pub(crate) async fn is_closed(&mut self) -> bool {
        self.0.ready().await.is_err()
    }

    pub(crate) async fn get(&mut self, path: &str, session: Option<&str>) -> Answer {
        self.send("GET", path, session, None).await
    }

    pub(crate) async fn delete(&mut self, path: &str, session: Option<&str>) -> Answer {
        self.send("DELETE", path, session, None).await
    }

    pub(crate) async fn post(&mut self, path: &str, session: Option<&str>, body: &Value) -> Answer {
        let body = serde_json::to_vec(body).expect("JSON");
        self.send("POST", path, session, Some(("application/json", body))).await
    }

    pub(crate) async fn put(&mut self, path: &str, session: Option<&str>, body: &Value) -> Answer {
        let body = serde_json::to_vec(body).expect("JSON");
        self.send("PUT", path, session, Some(("application/json", body))).await
    }

    pub(crate) async fn send(
        &mut self,
        method: &'static str,
        path: &str,
        session: Option<&str>,
        body: Option<(&str, Vec<u8>)>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(session) = session {
            request = request.header(header::AUTHORIZATION, format!("Bearer {session}"));
        }
        if let Some((kind, _)) = body {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let body = body.map(|(_, body)| body).unwrap_or_default();
        self.raw(method, path, request, body).await
    }

    /// A request with headers of the test's own.
    pub(crate) async fn raw(
        &mut self,
        method: &'static str,
        path: &str,
        request: Builder,
        body: Vec<u8>,
    ) -> Answer {
        let request = request.header(header::HOST, "localhost").body(Full::from(body));
        self.0.ready().await.expect("the line is open");
        let response = self.0.send_request(request.expect("a request")).await.expect("an answer");
        let text = |name: header::HeaderName| {
            response.headers().get(name).map_or("", |it| it.to_str().expect("ASCII")).to_owned()
        };
        assert_eq!(text(header::CACHE_CONTROL), "no-store", "{method} {path}");
        assert_eq!(response.headers().get_all(header::DATE).iter().count(), 1, "{method} {path}");
        assert!(httpdate::parse_http_date(&text(header::DATE)).is_ok(), "{method} {path}");
        assert_eq!(text(header::HeaderName::from_static("shikaku-simulator")), "1");
        let status = response.status().as_u16();
        let content_type = text(header::CONTENT_TYPE);
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let answer = Answer { status, content_type, body };
        answer.conforms(method, path);
        answer
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("UTF-8")
    }

    /// The problem's code, or nothing.
    pub(crate) fn code(&self) -> String {
        if self.content_type != "application/problem+json" {
            return String::new();
        }
        self.json()["code"].as_str().expect("a code").to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(&self, status: u16) {
        assert_eq!(self.status, status, "{}", self.text());
    }

    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", self.text());
    }

    /// Nothing comes back that the table of calls does not have.
    fn conforms(&self, method: &str, path: &str) {
        let call = CALLS.iter().find(|call| call.method == method && fits(call, path));
        let code = self.code();
        match call {
            Some(call) if code.is_empty() => assert_eq!(self.status, call.success, "{path}"),
            Some(call) => {
                assert!(call.problems().any(|it| it == code), "{method} {path} answers {code}");
            }
            None => assert!(ELSEWHERE.contains(&&*code), "{method} {path} answers {code}"),
        }
        if !code.is_empty() {
            let problem = self.json();
            assert_eq!(problem["status"], self.status, "RFC 9457, 3.1.2");
            assert!(problem["title"].is_string() && problem["detail"].is_string(), "{problem}");
        }
    }
}

fn fits(call: &Call, path: &str) -> bool {
    let (asked, known): (Vec<_>, Vec<_>) =
        (path.split('/').collect(), call.path.split('/').collect());
    asked.len() == known.len()
        && asked.iter().zip(known).all(|(asked, known)| known.starts_with('{') || *asked == known)
}

/// TLS 1.3 to the gateway, with its CA pinned.
pub(crate) async fn connect(
    bench: &Bench,
    client: Option<(&str, &KeyPair)>,
) -> TlsStream<TcpStream> {
    connect_to(bench, bench.port, client).await
}

/// The same to another of its ports.
pub(crate) async fn connect_to(
    bench: &Bench,
    port: u16,
    client: Option<(&str, &KeyPair)>,
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(bench.ca().as_bytes()).expect("a certificate"))
        .expect("a root");
    let builder =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(roots);
    let mut config = match client {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => {
            let chain = CertificateDer::pem_slice_iter(chain.as_bytes());
            let chain = chain.collect::<Result<Vec<_>, _>>().expect("a chain");
            let key = PrivatePkcs8KeyDer::from(key.serialize_der());
            builder.with_client_auth_cert(chain, key.into()).expect("a client")
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let tcp = TcpStream::connect(("127.0.0.1", port)).await.expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("TLS")
}
