//! The CAs that are pinned, and what they vouch for. The one file that names webpki, whose
//! types are those of rustls.

use std::time::SystemTime;

use kiosk_gateway::{PINS_PURPOSE, SignedPins};
use rustls::pki_types::{CertificateDer, UnixTime, pem::PemObject};
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert,
    ring::ECDSA_P256_SHA256,
};

/// Two CAs at a time, and two more while they change.
const PINS_MAX: usize = 8;

/// A certificate (PEM) is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged;

/// Whether the owner of `certificate` (PEM, P-256) signed this, with SHA-256.
///
/// Errors: [`Damaged`].
pub(crate) fn has_signed(
    certificate: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<bool, Damaged> {
    let certificate = CertificateDer::from_pem_slice(certificate).map_err(|_| Damaged)?;
    let owner = EndEntityCert::try_from(&certificate).map_err(|_| Damaged)?;
    Ok(owner.verify_signature(ECDSA_P256_SHA256, message, signature).is_ok())
}

/// Nobody else may vouch for the gateway, or for what it says about them.
#[derive(Clone, Debug)]
pub(crate) struct Roots(Vec<CertificateDer<'static>>);

/// They are of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pins hold no certificate, more than {PINS_MAX}, or a damaged one")]
pub(crate) struct BadPins;

impl Roots {
    /// Errors: [`BadPins`].
    pub(crate) fn from_pem(pem: &[u8]) -> Result<Self, BadPins> {
        let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        Self::checked(all.map_err(|_| BadPins)?)
    }

    /// Errors: [`BadPins`].
    pub(crate) fn from_der(certificates: &[Vec<u8>]) -> Result<Self, BadPins> {
        Self::checked(certificates.iter().map(|der| der.clone().into()).collect())
    }

    fn checked(all: Vec<CertificateDer<'static>>) -> Result<Self, BadPins> {
        let good = all.iter().all(|it| anchor_from_trusted_cert(it).is_ok());
        (good && (1..=PINS_MAX).contains(&all.len())).then_some(Self(all)).ok_or(BadPins)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.0.iter()
    }

    /// Whether they vouch for a device's chain (PEM) at this time.
    pub(crate) fn vouch_for_device(&self, chain: &str, now: SystemTime) -> bool {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(chain.as_bytes()).collect();
        match chain.as_deref() {
            Ok([device, others @ ..]) => {
                self.vouched(device, others, KeyUsage::client_auth(), now).is_some()
            }
            _ => false,
        }
    }

    /// Whether somebody signed this whom they certify, at this time, for this very purpose.
    pub(crate) fn vouch_for_pins(&self, signed: &SignedPins, now: SystemTime) -> bool {
        let certificate = CertificateDer::from(&signed.certificate[..]);
        let purpose = KeyUsage::required(PINS_PURPOSE);
        self.vouched(&certificate, &[], purpose, now).is_some_and(|signer| {
            let (message, signature) = (signed.message(), &signed.signature);
            signer.verify_signature(ECDSA_P256_SHA256, &message, signature).is_ok()
        })
    }

    fn vouched<'a>(
        &self,
        certificate: &'a CertificateDer<'a>,
        others: &[CertificateDer<'_>],
        usage: KeyUsage,
        now: SystemTime,
    ) -> Option<EndEntityCert<'a>> {
        let certificate = EndEntityCert::try_from(certificate).ok()?;
        let anchors = self.0.iter().map(anchor_from_trusted_cert);
        let anchors: Vec<_> = anchors.collect::<Result<_, _>>().ok()?;
        let now = UnixTime::since_unix_epoch(now.duration_since(SystemTime::UNIX_EPOCH).ok()?);
        certificate
            .verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, others, now, usage, None, None)
            .ok()?;
        Some(certificate)
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[track_caller]
    fn check(pins: &str, expected: Result<usize, BadPins>) {
        assert_eq!(Roots::from_pem(pins.as_bytes()).map(|it| it.0.len()), expected);
    }

    #[test]
    fn pins_must_be_whole_and_few() {
        let params = CertificateParams::new(["localhost".to_owned()]).expect("a good name");
        let key = KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("a certificate");
        let pin = certificate.pem();
        check(&pin, Ok(1));
        check(&pin.repeat(PINS_MAX), Ok(PINS_MAX));
        check(&pin.repeat(PINS_MAX + 1), Err(BadPins));
        check("", Err(BadPins));
        check(&pin.replace("MII", "MIX"), Err(BadPins));
        check(&pin[..200], Err(BadPins));

        let der = certificate.der().to_vec();
        assert!(Roots::from_der(&[der.clone(), der.clone()]).is_ok());
        assert!(Roots::from_der(&[der.clone(), der[..100].to_vec()]).is_err());
        assert!(Roots::from_der(&[]).is_err());
    }
}
