//! TLS 1.3 and nothing older. A client certificate is asked for, never demanded: who
//! may call what is decided per call, so that a revoked device learns why.

use std::{sync::Arc, time::Duration};

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

use crate::ca::{Authority, AuthorityError};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    #[error("TLS cannot be set up: {0}")]
    Rustls(#[from] rustls::Error),
    #[error("the gateway's CA cannot vouch for devices: {0}")]
    Verifier(#[from] rustls::server::VerifierBuilderError),
}

/// Knows the devices of our own CA.
#[derive(Clone, Debug)]
pub struct Devices(Arc<dyn ClientCertVerifier>);

/// A key that our CA vouches for.
#[derive(Clone, Debug)]
pub struct KnownKey {
    /// SHA-256 of the SubjectPublicKeyInfo, hexadecimal.
    pub hash: String,
    /// The end of the certificate.
    pub not_after: OffsetDateTime,
}

impl Devices {
    /// Errors: a CA's certificate does not serve.
    pub fn new(authority: &Authority) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in authority.all() {
            roots.add(certificate.clone())?;
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots.into(), provider()).build()?;
        Ok(Self(verifier))
    }

    /// The device's key, if our CA vouches for the certificate now.
    pub fn known_key(&self, chain: &[CertificateDer<'_>], now: OffsetDateTime) -> Option<KnownKey> {
        let (device, others) = chain.split_first()?;
        let seconds = u64::try_from(now.unix_timestamp()).ok()?;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        self.0.verify_client_cert(device, others, now).ok()?;
        let (_, certificate) = X509Certificate::from_der(device).ok()?;
        let hash = crate::hash::hex(&[certificate.public_key().raw]);
        Some(KnownKey { hash, not_after: certificate.validity().not_after.to_datetime() })
    }
}

/// What the gateway's side of TLS needs.
///
/// Errors: see [`TlsError`].
pub fn server_config(
    authority: &Authority,
    devices: &Devices,
    names: &[String],
    now: OffsetDateTime,
) -> Result<ServerConfig, TlsError> {
    config(authority, Arc::new(AnyCertificate(devices.0.clone())), names, now)
}

/// What the portal's side needs. Browsers are asked for no certificate: they would show a
/// dialog.
///
/// Errors: see [`TlsError`].
pub fn portal_config(
    authority: &Authority,
    names: &[String],
    now: OffsetDateTime,
) -> Result<ServerConfig, TlsError> {
    config(authority, WebPkiClientVerifier::no_client_auth(), names, now)
}

fn config(
    authority: &Authority,
    clients: Arc<dyn ClientCertVerifier>,
    names: &[String],
    now: OffsetDateTime,
) -> Result<ServerConfig, TlsError> {
    let (chain, key) = authority.server(names, now)?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Lets every certificate in whose key the client can prove; [`Devices::known_key`]
/// judges it afterwards.
#[derive(Debug)]
struct AnyCertificate(Arc<dyn ClientCertVerifier>);

impl ClientCertVerifier for AnyCertificate {
    fn client_auth_mandatory(&self) -> bool {
        false
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
