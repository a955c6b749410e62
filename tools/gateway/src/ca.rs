//! The gateway's own CA: it vouches for the gateway and for its devices, and says in
//! its certificate that all of this is a simulator (D10).

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SubjectPublicKeyInfo,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use time::{Duration, OffsetDateTime};
use x509_parser::{
    certification_request::X509CertificationRequest,
    oid_registry::{OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_SIG_ECDSA_WITH_SHA256},
    prelude::FromDer,
};
use zeroize::Zeroizing;

use crate::folder::{self, Folder, FolderError};

/// The arc for examples (ITU-T X.660, 2.999), and below it this project's mark.
pub const MARK_OID: [u64; 4] = [2, 999, 7387, 1];
/// What the mark says, and what every page shows in front of this gateway.
pub const MARK: &str = "模擬環境";

const CA_LIFE: Duration = Duration::days(3650);
const DEVICE_LIFE: Duration = Duration::days(365);
/// The gateway makes its own certificate anew at every start.
const SERVER_LIFE: Duration = Duration::days(397);
/// Kiosks whose clock is a little behind still see a valid certificate.
const CLOCK_SKEW: Duration = Duration::hours(1);

/// The CA with its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
}

/// No mention of the key.
impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority(…)")
    }
}

/// Why there is no CA.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(
        "the gateway's CA is damaged: {0}; restore ca.pem and ca-key.pem, or begin a new folder"
    )]
    Damaged(rcgen::Error),
    #[error(
        "the gateway's CA is damaged: ca-key.pem is missing; restore it, or begin a new folder"
    )]
    KeyMissing,
    #[error("a certificate cannot be made: {0}")]
    Make(rcgen::Error),
}

/// A CSR that is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a PEM certificate request of an ECDSA P-256 key, signed by it with SHA-256")]
pub struct WrongRequest;

/// A device's public key, proven to be the device's.
#[derive(Clone, Debug)]
pub struct DeviceKey {
    spki: Vec<u8>,
}

impl DeviceKey {
    /// Reads a CSR (RFC 2986) for its key alone: what the device asks for beyond that
    /// is not its to decide.
    pub fn from_request(pem: &str) -> Result<Self, WrongRequest> {
        let request =
            rustls::pki_types::CertificateSigningRequestDer::from_pem_slice(pem.as_bytes())
                .map_err(|_| WrongRequest)?;
        let (rest, request) =
            X509CertificationRequest::from_der(&request).map_err(|_| WrongRequest)?;
        let spki = &request.certification_request_info.subject_pki;
        let curve = spki.algorithm.parameters.as_ref().and_then(|any| any.as_oid().ok());
        let right = rest.is_empty()
            && spki.algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY
            && curve.is_some_and(|curve| curve == OID_EC_P256)
            && request.signature_algorithm.algorithm == OID_SIG_ECDSA_WITH_SHA256
            && request.verify_signature().is_ok();
        right.then(|| Self { spki: spki.raw.to_vec() }).ok_or(WrongRequest)
    }

    /// SHA-256 of the SubjectPublicKeyInfo, hexadecimal.
    pub fn hash(&self) -> String {
        crate::hash::hex(&[&self.spki])
    }
}

impl Authority {
    /// Reads the CA of `folder`, or makes it at the first start.
    ///
    /// Errors: see [`AuthorityError`].
    pub fn open(folder: &Folder, now: OffsetDateTime) -> Result<Self, AuthorityError> {
        let certificate = folder::read(&folder.ca())?;
        let key = match folder::read(&folder.ca_key())? {
            Some(key) => Zeroizing::new(key),
            None if certificate.is_some() => return Err(AuthorityError::KeyMissing),
            None => {
                let key = KeyPair::generate().map_err(AuthorityError::Make)?.serialize_pem();
                folder::write_new(&folder.ca_key(), &key, 0o600)?;
                Zeroizing::new(key)
            }
        };
        let key = KeyPair::from_pem(&key).map_err(AuthorityError::Damaged)?;
        let certificate = match certificate {
            Some(certificate) => certificate,
            None => {
                let made = ca_params(now).self_signed(&key).map_err(AuthorityError::Make)?.pem();
                folder::write_new(&folder.ca(), &made, 0o644)?;
                made
            }
        };
        Self::read(certificate, key)
    }

    fn read(pem: String, key: KeyPair) -> Result<Self, AuthorityError> {
        let damaged = |_| AuthorityError::Damaged(rcgen::Error::CouldNotParseCertificate);
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(damaged)?;
        let issuer = Issuer::from_ca_cert_der(&der, key).map_err(AuthorityError::Damaged)?;
        Ok(Self { issuer, pem, der })
    }

    pub(crate) fn der(&self) -> &CertificateDer<'static> {
        &self.der
    }

    /// A device's certificate and the CA's, PEM. The device's id is its name.
    pub fn device_chain(
        &self,
        id: &str,
        key: &DeviceKey,
        now: OffsetDateTime,
    ) -> Result<String, AuthorityError> {
        let mut params = params(id, now, DEVICE_LIFE);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = SubjectPublicKeyInfo::from_der(&key.spki).map_err(AuthorityError::Make)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(AuthorityError::Make)?;
        Ok(certificate.pem() + &self.pem)
    }

    /// A fresh key and certificate for the gateway itself, known as `names`.
    pub(crate) fn server(
        &self,
        names: &[String],
        now: OffsetDateTime,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), AuthorityError> {
        let mut params = params("reference gateway", now, SERVER_LIFE);
        params.subject_alt_names =
            CertificateParams::new(names).map_err(AuthorityError::Make)?.subject_alt_names;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.custom_extensions = vec![mark()];
        let key = KeyPair::generate().map_err(AuthorityError::Make)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(AuthorityError::Make)?;
        let chain = vec![certificate.der().clone(), self.der.clone()];
        Ok((chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
    }
}

fn params(name: &str, now: OffsetDateTime, life: Duration) -> CertificateParams {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, "Shikaku Kiosk reference gateway (simulator)");
    subject.push(DnType::CommonName, name);
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.not_before = now - CLOCK_SKEW;
    params.not_after = now + life;
    params.use_authority_key_identifier_extension = true;
    params
}

fn ca_params(now: OffsetDateTime) -> CertificateParams {
    let mut params = params("reference gateway CA", now, CA_LIFE);
    params.use_authority_key_identifier_extension = false;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.custom_extensions = vec![mark()];
    params
}

/// The simulator mark: not critical, a UTF8String (X.690, 8.23: tag 0C, length, bytes).
fn mark() -> CustomExtension {
    let length = u8::try_from(MARK.len()).expect("four characters of three bytes");
    let value = [&[0x0C, length], MARK.as_bytes()].concat();
    CustomExtension::from_oid_content(&MARK_OID, value)
}
