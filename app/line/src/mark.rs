//! What a gateway's certificate says: whether it is a simulator's (D10), and when it holds.

use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use crate::certificate::Validity;

/// OID 2.999.7387.1, DER content: an arc for examples, which no real gateway has.
const SIMULATOR: &[u8] = &[0x88, 0x37, 0xB9, 0x5B, 0x01];

/// The certificate cannot be read, although it was good enough for TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the gateway's certificate cannot be searched for the simulator mark")]
pub(crate) struct Unsearchable;

/// The gateway at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Whether its certificate says 模擬環境. The mark's mere presence counts: whatever it
    /// says, a gateway with such a mark is not a real one.
    pub(crate) is_simulator: bool,
    pub(crate) validity: Validity,
}

/// Reads the gateway's certificate (DER).
///
/// Errors: [`Unsearchable`]; then the gateway must not be used, since a simulator could
/// pass for a real one.
pub(crate) fn read(certificate: &[u8]) -> Result<Peer, Unsearchable> {
    let (rest, certificate) = X509Certificate::from_der(certificate).map_err(|_| Unsearchable)?;
    let is_simulator = certificate.extensions().iter().any(|it| it.oid.as_bytes() == SIMULATOR);
    match (rest, Validity::of(&certificate)) {
        ([], Some(validity)) => Ok(Peer { is_simulator, validity }),
        _ => Err(Unsearchable),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CustomExtension, KeyPair};

    use super::*;

    fn is_simulator(certificate: &[u8]) -> Result<bool, Unsearchable> {
        read(certificate).map(|peer| peer.is_simulator)
    }

    fn certificate(oid: Option<&[u64]>) -> Vec<u8> {
        let mut params = CertificateParams::new(["localhost".to_owned()]).expect("a good name");
        // UTF8String 模擬環境 (12 bytes).
        let value = [&[0x0C, 12], "模擬環境".as_bytes()].concat();
        params.custom_extensions =
            oid.map(|oid| CustomExtension::from_oid_content(oid, value)).into_iter().collect();
        let key = KeyPair::generate().expect("a key");
        params.self_signed(&key).expect("a certificate").der().to_vec()
    }

    #[test]
    fn the_mark_is_found_and_its_neighbours_are_not() {
        assert_eq!(is_simulator(&certificate(Some(&[2, 999, 7387, 1]))), Ok(true));
        assert_eq!(is_simulator(&certificate(None)), Ok(false));
        assert_eq!(is_simulator(&certificate(Some(&[2, 999, 7387, 2]))), Ok(false));
        assert_eq!(is_simulator(&certificate(Some(&[2, 999, 7387, 1, 1]))), Ok(false));
    }

    #[test]
    fn what_cannot_be_read_does_not_count_as_unmarked() {
        let mut certificate = certificate(None);
        certificate.push(0);
        assert_eq!(is_simulator(&certificate), Err(Unsearchable));
        assert_eq!(is_simulator(&certificate[..100]), Err(Unsearchable));
    }
}
