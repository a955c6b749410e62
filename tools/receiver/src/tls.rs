//! TLS 1.3 and nothing older. A client must prove the key of its certificate; who it is, is
//! judged afterwards, so that a kiosk that is refused learns why.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, RootCertStore, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, UnixTime},
    server::{
        WebPkiClientVerifier,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
};
use time::OffsetDateTime;
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{
    folder::Folder,
    keys::{self, KeysError},
};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    Keys(#[from] KeysError),
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
    #[error("the gateway's CA cannot vouch for kiosks: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// Knows the devices of the gateway.
#[derive(Clone, Debug)]
pub(crate) struct Devices(Arc<dyn ClientCertVerifier>);

impl Devices {
    /// Errors: the gateway's CA does not serve.
    pub(crate) fn open(folder: &Folder) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in keys::gateway_ca(folder)? {
            roots.add(certificate)?;
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots.into(), provider()).build()?;
        Ok(Self(verifier))
    }

    /// The device's id, if the gateway's CA vouches for the certificate now.
    pub(crate) fn id(&self, chain: &[CertificateDer<'_>]) -> Option<Arc<str>> {
        let (device, others) = chain.split_first()?;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()));
        self.0.verify_client_cert(device, others, now).ok()?;
        let (_, certificate) = X509Certificate::from_der(device).ok()?;
        let mut names = certificate.subject().iter_common_name();
        match (names.next()?.as_str().ok(), names.next()) {
            (Some(name), None) => crate::kiosks::id(name).ok().map(Arc::from),
            _ => None,
        }
    }
}

/// What the receiver's side of TLS needs.
///
/// Errors: see [`TlsError`].
pub(crate) fn server_config(
    folder: &Folder,
    devices: &Devices,
    now: OffsetDateTime,
) -> Result<ServerConfig, TlsError> {
    let (chain, key) = keys::server(folder, now)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(AnyCertificate(Arc::clone(&devices.0))))
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Lets every certificate in whose key the client can prove; [`Devices::id`] judges it.
#[derive(Debug)]
struct AnyCertificate(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.0.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}
