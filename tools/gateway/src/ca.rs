//! The gateway's own CAs: one vouches for the gateway and for its devices, the next one is
//! there already, so that kiosks know it before it is needed. Both say in their certificates
//! that all of this is a simulator (D10).
//!
//! The first has the files `ca.pem` and `ca-key.pem`, the second `ca-2.pem` and `ca-2-key.pem`,
//! and so on; `ca-number` says which one is in use.

use std::path::Path;

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
/// Certificates with this extended key usage are for signing sets of CAs.
pub const PINS_OID: [u64; 4] = [2, 999, 7387, 2];
/// What the mark says, and what every page shows in front of this gateway.
pub const MARK: &str = "模擬環境";

const CA_LIFE: Duration = Duration::days(3650);
const DEVICE_LIFE: Duration = Duration::days(365);
/// The gateway makes its own certificate anew at every start.
const SERVER_LIFE: Duration = Duration::days(397);
/// Kiosks whose clock is a little behind still see a valid certificate.
const CLOCK_SKEW: Duration = Duration::hours(1);

/// The CA in use with its key, and the others.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
    /// Which one it is, from 1.
    number: u32,
    next: CertificateDer<'static>,
    /// Devices may still have certificates of theirs.
    earlier: Vec<CertificateDer<'static>>,
}

/// One CA as it lies in the folder.
struct Kept {
    key: KeyPair,
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
    #[error("the gateway's CA is damaged: {0}; restore its files, or begin a new folder")]
    Damaged(rcgen::Error),
    #[error("the gateway's CA is damaged: {0} is missing; restore it, or begin a new folder")]
    Missing(String),
    #[error("the gateway's CA is damaged: ca-number is no number; restore it, or remove it")]
    Number,
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

/// A device's certificate with the CA's.
#[derive(Clone, Debug)]
pub struct DeviceChain {
    pub pem: String,
    pub not_before: OffsetDateTime,
    pub not_after: OffsetDateTime,
}

impl Authority {
    /// Reads the CAs of `folder`, or makes what is not there yet.
    ///
    /// Errors: see [`AuthorityError`].
    pub fn open(folder: &Folder, now: OffsetDateTime) -> Result<Self, AuthorityError> {
        let _turn = folder.turn()?;
        let number = number(folder)?;
        let earlier: Result<_, _> = (1..number).map(|number| certificate(folder, number)).collect();
        let Kept { key, pem, der } = Kept::open(folder, number, now)?;
        let next = Kept::open(folder, number + 1, now)?.der;
        let issuer = Issuer::from_ca_cert_der(&der, key).map_err(AuthorityError::Damaged)?;
        Ok(Self { issuer, pem, der, number, next, earlier: earlier? })
    }

    /// The next CA is the one in use from the next start on. Gives the name of the file that
    /// new kiosks pin then.
    ///
    /// Errors: see [`AuthorityError`].
    pub fn change(folder: &Folder, now: OffsetDateTime) -> Result<String, AuthorityError> {
        let _turn = folder.turn()?;
        let number = number(folder)? + 1;
        Kept::open(folder, number, now)?;
        folder::write_over(&folder.ca_number(), &number.to_string())?;
        Ok(folder.ca(number).display().to_string())
    }

    /// What kiosks are told: the CA in use, and the next one.
    pub(crate) fn set(&self) -> [&CertificateDer<'static>; 2] {
        [&self.der, &self.next]
    }

    /// Which set that is.
    pub(crate) fn number(&self) -> u32 {
        self.number
    }

    /// All that have issued, or may issue, certificates for devices.
    pub(crate) fn all(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.earlier.iter().chain(self.set())
    }

    /// A fresh key that signs sets of CAs, and its certificate, which is for nothing else.
    pub(crate) fn pins_signer(
        &self,
        now: OffsetDateTime,
    ) -> Result<(CertificateDer<'static>, KeyPair), AuthorityError> {
        let mut params = params("reference gateway pins", now, SERVER_LIFE);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Other(PINS_OID.to_vec())];
        let key = KeyPair::generate().map_err(AuthorityError::Make)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(AuthorityError::Make)?;
        Ok((certificate.der().clone(), key))
    }

    /// A device's certificate and the CA's, PEM. The device's id is its name.
    pub fn device_chain(
        &self,
        id: &str,
        key: &DeviceKey,
        now: OffsetDateTime,
    ) -> Result<DeviceChain, AuthorityError> {
        let mut params = params(id, now, DEVICE_LIFE);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = SubjectPublicKeyInfo::from_der(&key.spki).map_err(AuthorityError::Make)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(AuthorityError::Make)?;
        let pem = certificate.pem() + &self.pem;
        Ok(DeviceChain { pem, not_before: params.not_before, not_after: params.not_after })
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

impl Kept {
    fn open(folder: &Folder, number: u32, now: OffsetDateTime) -> Result<Self, AuthorityError> {
        let certificate = folder::read(&folder.ca(number))?;
        let key = match folder::read(&folder.ca_key(number))? {
            Some(key) => Zeroizing::new(key),
            None if certificate.is_some() => return Err(missing(&folder.ca_key(number))),
            None => {
                let key = KeyPair::generate().map_err(AuthorityError::Make)?.serialize_pem();
                folder::write_new(&folder.ca_key(number), &key, 0o600)?;
                Zeroizing::new(key)
            }
        };
        let key = KeyPair::from_pem(&key).map_err(AuthorityError::Damaged)?;
        let pem = match certificate {
            Some(certificate) => certificate,
            None => {
                let made = ca_params(now).self_signed(&key).map_err(AuthorityError::Make)?.pem();
                folder::write_new(&folder.ca(number), &made, 0o644)?;
                made
            }
        };
        let der = parse(&pem)?;
        Ok(Self { key, pem, der })
    }
}

/// Which CA is in use.
fn number(folder: &Folder) -> Result<u32, AuthorityError> {
    match folder::read(&folder.ca_number())? {
        None => Ok(1),
        Some(text) => match text.trim().parse() {
            Ok(number @ 1..) => Ok(number),
            _ => Err(AuthorityError::Number),
        },
    }
}

/// The certificate of an earlier CA.
fn certificate(folder: &Folder, number: u32) -> Result<CertificateDer<'static>, AuthorityError> {
    let file = folder.ca(number);
    parse(&folder::read(&file)?.ok_or_else(|| missing(&file))?)
}

fn parse(pem: &str) -> Result<CertificateDer<'static>, AuthorityError> {
    CertificateDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| AuthorityError::Damaged(rcgen::Error::CouldNotParseCertificate))
}

fn missing(file: &Path) -> AuthorityError {
    let name = file.file_name().unwrap_or_default();
    AuthorityError::Missing(name.to_string_lossy().into_owned())
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
