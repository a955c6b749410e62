//! As much HTTP over TLS as a load needs: one connection that stays open, one call at a time.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring::default_provider,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject},
};
use serde_json::Value;

use crate::Outcome;

/// No answer of the gateway is longer.
const ANSWER_MAX: u64 = 256 * 1024;

/// A connection, TLS 1.3 and kept alive.
pub(crate) struct Line(BufReader<StreamOwned<ClientConnection, TcpStream>>);

/// Where the gateway is and whom it must be vouched for by.
pub(crate) struct Gateway {
    port: u16,
    ca: CertificateDer<'static>,
}

impl Gateway {
    /// `https://localhost:PORT`, and the file of its CA.
    pub(crate) fn new(url: &str, ca: &Path) -> Outcome<Self> {
        let port = url.rsplit(':').next().unwrap_or_default().parse()?;
        Ok(Self { port, ca: CertificateDer::from_pem_slice(&fs::read(ca)?)? })
    }

    /// With the chain and the key of a device, if it has them.
    pub(crate) fn connect(&self, device: Option<(&str, Vec<u8>)>) -> Outcome<Line> {
        let mut roots = RootCertStore::empty();
        roots.add(self.ca.clone())?;
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots);
        let config = match device {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let chain = CertificateDer::pem_slice_iter(chain.as_bytes());
                let chain = chain.collect::<Result<Vec<_>, _>>()?;
                builder.with_client_auth_cert(chain, PrivatePkcs8KeyDer::from(key).into())?
            }
        };
        let client = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        Ok(Line(BufReader::new(StreamOwned::new(client, stream))))
    }
}

impl Line {
    /// The body of an answer with the status `wanted`; anything else is an error.
    pub(crate) fn post(
        &mut self,
        path: &str,
        session: Option<&str>,
        body: &Value,
        wanted: u16,
    ) -> Outcome<Vec<u8>> {
        self.call("POST", path, session, &serde_json::to_vec(body)?, wanted)
    }

    pub(crate) fn get(&mut self, path: &str) -> Outcome<Vec<u8>> {
        self.call("GET", path, None, &[], 200)
    }

    fn call(
        &mut self,
        method: &str,
        path: &str,
        session: Option<&str>,
        body: &[u8],
        wanted: u16,
    ) -> Outcome<Vec<u8>> {
        let session = session.map(|it| format!("Authorization: Bearer {it}\r\n"));
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n{}\r\n",
            body.len(),
            session.unwrap_or_default()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.0.get_mut().write_all(&request)?;
        self.0.get_mut().flush()?;
        let (status, length) = self.head()?;
        let mut answer = Vec::new();
        self.0.by_ref().take(length).read_to_end(&mut answer)?;
        match status == wanted {
            true => Ok(answer),
            false => Err(format!("{path} answered {status}, not {wanted}").into()),
        }
    }

    /// Status and length of the answer.
    fn head(&mut self) -> Outcome<(u16, u64)> {
        let (mut status, mut length) = (0, 0);
        loop {
            let mut line = String::new();
            if self.0.by_ref().take(ANSWER_MAX).read_line(&mut line)? == 0 {
                return Err("the gateway closed the connection".into());
            }
            let line = line.trim_end();
            if line.is_empty() {
                return Ok((status, length));
            }
            if let Some(rest) = line.strip_prefix("HTTP/1.1 ") {
                status = rest.split(' ').next().unwrap_or_default().parse()?;
            } else if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse::<u64>()?.min(ANSWER_MAX);
            }
        }
    }
}
