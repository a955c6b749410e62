//! TLS 1.3 towards the gateway: our roots, our certificate, our key. The one file that
//! names rustls, but for the types of certificates in `roots`.
//!
//! Refused on purpose: older versions, the system's trust store, session tickets (a
//! certificate that was withdrawn must be seen at the next connection).

use std::{
    error::Error,
    io::{self, Read, Write},
    sync::Arc,
    time::SystemTime,
};

use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, RootCertStore,
    SignatureAlgorithm, SignatureScheme, StreamOwned,
    client::{ResolvesClientCert, Resumption},
    crypto::ring,
    pki_types::{
        CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime, alg_id, pem::PemObject,
    },
    sign::{CertifiedKey, Signer, SigningKey, public_key_to_spki},
    time_provider::TimeProvider,
    version::TLS13,
};

use crate::{
    clock::Clock,
    key::DeviceKey,
    mark::{self, Peer},
    roots::Roots,
};

/// How this device connects.
#[derive(Clone, Debug)]
pub(crate) struct Tls {
    config: Arc<ClientConfig>,
}

/// Who this device is.
#[derive(Debug)]
pub(crate) struct Identity<'a> {
    pub(crate) key: Arc<dyn DeviceKey>,
    /// PEM: the device's certificate, then the CA's.
    pub(crate) chain: &'a str,
}

/// Why no connection can even be tried.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("the device's certificate is damaged")]
    Chain,
    #[error("the device's certificate is for another key")]
    OtherKey,
}

impl Tls {
    /// `roots` may vouch for the gateway, and nobody else, at the time of `clock`.
    ///
    /// Errors: all of [`TlsError`].
    pub(crate) fn new(
        roots: &Roots,
        identity: Option<Identity<'_>>,
        clock: &Arc<Clock>,
    ) -> Result<Self, TlsError> {
        let mut store = RootCertStore::empty();
        for certificate in roots.iter() {
            store.add(certificate.clone()).expect("it could be read before");
        }
        let provider = Arc::new(ring::default_provider());
        let time = Arc::new(Time(Arc::clone(clock)));
        let builder = ClientConfig::builder_with_details(provider, time)
            .with_protocol_versions(&[&TLS13])
            .expect("the ring provider has TLS 1.3")
            .with_root_certificates(store);
        let mut config = match identity {
            None => builder.with_no_client_auth(),
            Some(identity) => {
                builder.with_client_cert_resolver(Arc::new(Ours(certified(identity)?)))
            }
        };
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Self { config: Arc::new(config) })
    }

    /// Shakes hands with `host` over `socket`, whose time-outs bound it.
    ///
    /// Errors: of the socket; or one that [`meaning`] understands.
    pub(crate) fn connect<S: Read + Write>(&self, host: &str, socket: S) -> io::Result<Secured<S>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let connection = ClientConnection::new(Arc::clone(&self.config), name);
        let mut stream = StreamOwned::new(connection.map_err(io::Error::other)?, socket);
        while stream.conn.is_handshaking() {
            stream.conn.complete_io(&mut stream.sock)?;
        }
        let certificate = stream.conn.peer_certificates().and_then(<[_]>::first);
        let certificate = certificate.expect("rustls refuses a server without a certificate");
        let peer = mark::read(certificate).map_err(io::Error::other)?;
        Ok(Secured { stream, peer })
    }
}

/// Lets rustls ask our clock.
#[derive(Debug)]
struct Time(Arc<Clock>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let since = self.0.now().duration_since(SystemTime::UNIX_EPOCH);
        since.ok().map(UnixTime::since_unix_epoch)
    }
}

/// A connection to the gateway, and to nobody else.
pub(crate) struct Secured<S: Read + Write> {
    stream: StreamOwned<ClientConnection, S>,
    peer: Peer,
}

impl<S: Read + Write> Secured<S> {
    /// What the certificate of the other side says.
    pub(crate) fn peer(&self) -> Peer {
        self.peer
    }

    pub(crate) fn socket(&mut self) -> &mut S {
        &mut self.stream.sock
    }
}

impl<S: Read + Write> Read for Secured<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl<S: Read + Write> Write for Secured<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// What a failed connection says about the other side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Its certificate holds at another time only: it has ended, or our clock is wrong.
    WrongTime,
    /// It is not our gateway, or does not speak as one.
    NotOurs,
    /// It does not accept our certificate.
    RefusesUs,
}

/// `None` if the error is the socket's and not TLS's.
pub(crate) fn meaning(error: &io::Error) -> Option<Meaning> {
    use AlertDescription as A;
    use CertificateError as C;

    let inner: &(dyn Error + Send + Sync + 'static) = error.get_ref()?;
    if inner.is::<mark::Unsearchable>() {
        return Some(Meaning::NotOurs);
    }
    Some(match inner.downcast_ref::<rustls::Error>()? {
        rustls::Error::InvalidCertificate(
            C::Expired | C::ExpiredContext { .. } | C::NotValidYet | C::NotValidYetContext { .. },
        ) => Meaning::WrongTime,
        rustls::Error::AlertReceived(
            A::AccessDenied
            | A::BadCertificate
            | A::CertificateExpired
            | A::CertificateRequired
            | A::CertificateRevoked
            | A::CertificateUnknown
            | A::UnknownCA
            | A::UnsupportedCertificate,
        ) => Meaning::RefusesUs,
        _ => Meaning::NotOurs,
    })
}

/// As rustls reports a certificate that has ended.
#[cfg(test)]
pub(crate) fn wrong_time() -> io::Error {
    let error = rustls::Error::InvalidCertificate(CertificateError::Expired);
    io::Error::new(io::ErrorKind::InvalidData, error)
}

fn certified(identity: Identity<'_>) -> Result<Arc<CertifiedKey>, TlsError> {
    let chain: Result<Vec<_>, _> =
        CertificateDer::pem_slice_iter(identity.chain.as_bytes()).collect();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::Chain)?;
    let certified = CertifiedKey::new(chain, Arc::new(Key(identity.key)));
    match certified.keys_match() {
        Ok(()) => Ok(Arc::new(certified)),
        Err(rustls::Error::InconsistentKeys(_)) => Err(TlsError::OtherKey),
        Err(_) => Err(TlsError::Chain),
    }
}

/// There is one certificate to show, whoever of our gateways asks.
#[derive(Debug)]
struct Ours(Arc<CertifiedKey>);

impl ResolvesClientCert for Ours {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.key.choose_scheme(schemes).map(|_| Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// Lets rustls sign with any device key.
#[derive(Clone, Debug)]
struct Key(Arc<dyn DeviceKey>);

impl SigningKey for Key {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&self.scheme()).then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(public_key_to_spki(&alg_id::ECDSA_P256, self.0.public()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl Signer for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        self.0.sign(message).map_err(|problem| rustls::Error::General(problem.to_string()))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::ECDSA_NISTP256_SHA256
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;
    use crate::key::FileKey;

    fn certificate(key: &KeyPair) -> String {
        let params = CertificateParams::new(["localhost".to_owned()]).expect("a good name");
        params.self_signed(key).expect("a certificate").pem()
    }

    #[track_caller]
    fn check(pin: &str, (key, chain): (&FileKey, &str), expected: Option<TlsError>) {
        let roots = Roots::from_pem(pin.as_bytes()).expect("a pin");
        let key = FileKey::from_pem(&key.to_pem()).expect("the same key");
        let identity = Identity { key: Arc::new(key), chain };
        let tls = Tls::new(&roots, Some(identity), &Arc::new(Clock::new(None)));
        assert_eq!(tls.err(), expected);
    }

    #[test]
    fn an_error_of_the_socket_is_not_one_of_tls() {
        let socket = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(meaning(&socket), None);
        assert_eq!(meaning(&wrong_time()), Some(Meaning::WrongTime));
        for (alert, expected) in [
            (AlertDescription::CertificateRevoked, Meaning::RefusesUs),
            (AlertDescription::ProtocolVersion, Meaning::NotOurs),
        ] {
            let error = io::Error::other(rustls::Error::AlertReceived(alert));
            assert_eq!(meaning(&error), Some(expected));
        }
    }

    #[test]
    fn a_certificate_must_be_for_our_key() {
        let pair = KeyPair::generate().expect("a key");
        let pin = certificate(&pair);
        let key = FileKey::from_pem(&pair.serialize_pem()).expect("the same key");
        let other = FileKey::generate().expect("a key");
        check(&pin, (&key, &pin), None);
        check(&pin, (&other, &pin), Some(TlsError::OtherKey));
        check(&pin, (&key, ""), Some(TlsError::Chain));
    }
}
