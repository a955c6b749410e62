//! The receiver's own CA, which kiosks pin, and its certificate, which is made anew at every
//! start.

use std::path::PathBuf;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use time::{Duration, OffsetDateTime};
use zeroize::Zeroizing;

use crate::folder::{self, Folder, FolderError};

const CA_LIFE: Duration = Duration::days(3650);
/// No PC of a reception runs for so long without a start.
const SERVER_LIFE: Duration = Duration::days(825);
/// Kiosks whose clock is behind still see a valid certificate.
const CLOCK_SKEW: Duration = Duration::days(1);

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error("{} is missing or damaged: run `keys` again", .0.display())]
    Damaged(PathBuf),
    #[error("a name of this PC is no name: {0}")]
    Name(#[source] rcgen::Error),
    #[error("a certificate cannot be made: {0}")]
    Make(#[source] rcgen::Error),
    #[error("the gateway's CA is no certificate (PEM)")]
    GatewayCa,
}

/// Makes what is needed before the first start: the CA (unless it is there, since kiosks
/// pin it), the names of this PC, and a copy of the gateway's CAs (PEM).
///
/// Errors: see [`KeysError`].
pub fn make(
    folder: &Folder,
    names: &[String],
    gateway_ca: &str,
    now: OffsetDateTime,
) -> Result<(), KeysError> {
    CertificateParams::new(names).map_err(KeysError::Name)?;
    certificates(gateway_ca).ok_or(KeysError::GatewayCa)?;
    if folder::read(&folder.ca())?.is_none() {
        let key = KeyPair::generate().map_err(KeysError::Make)?;
        let ca = ca_params(now).self_signed(&key).map_err(KeysError::Make)?;
        folder::write(&folder.ca_key(), &Zeroizing::new(key.serialize_pem()))?;
        folder::write(&folder.ca(), &ca.pem())?;
    }
    folder::write(&folder.names(), &names.join("\n"))?;
    folder::write(&folder.gateway_ca(), gateway_ca)?;
    Ok(())
}

/// The CAs that vouch for kiosks.
///
/// Errors: they were never given, or are damaged.
pub(crate) fn gateway_ca(folder: &Folder) -> Result<Vec<CertificateDer<'static>>, KeysError> {
    certificates(&text(folder.gateway_ca())?).ok_or(KeysError::GatewayCa)
}

/// A fresh certificate for this PC, and its key.
///
/// Errors: see [`KeysError`].
pub(crate) fn server(
    folder: &Folder,
    now: OffsetDateTime,
) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), KeysError> {
    let names: Vec<String> = text(folder.names())?.lines().map(str::to_owned).collect();
    let key = Zeroizing::new(text(folder.ca_key())?);
    let key = KeyPair::from_pem(&key).map_err(|_| KeysError::Damaged(folder.ca_key()))?;
    let ca = certificates(&text(folder.ca())?).and_then(|mut all| all.pop());
    let ca = ca.ok_or_else(|| KeysError::Damaged(folder.ca()))?;
    let issuer = Issuer::from_ca_cert_der(&ca, key).map_err(|_| KeysError::Damaged(folder.ca()))?;
    let mut params = params("receiver", now, SERVER_LIFE);
    params.subject_alt_names =
        CertificateParams::new(names).map_err(KeysError::Name)?.subject_alt_names;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(KeysError::Make)?;
    let certificate = params.signed_by(&key, &issuer).map_err(KeysError::Make)?;
    let chain = vec![certificate.der().clone(), ca];
    Ok((chain, PrivatePkcs8KeyDer::from(key.serialize_der()).into()))
}

fn text(path: PathBuf) -> Result<String, KeysError> {
    folder::read(&path)?.ok_or(KeysError::Damaged(path))
}

/// `None` if there is none, or one of them is damaged.
fn certificates(pem: &str) -> Option<Vec<CertificateDer<'static>>> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    let all = all.ok().filter(|all| !all.is_empty())?;
    let mut store = rustls::RootCertStore::empty();
    all.iter().all(|it| store.add(it.clone()).is_ok()).then_some(all)
}

fn params(name: &str, now: OffsetDateTime, life: Duration) -> CertificateParams {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::OrganizationName, "Shikaku Kiosk result receiver");
    subject.push(DnType::CommonName, name);
    let mut params = CertificateParams::default();
    params.distinguished_name = subject;
    params.not_before = now - CLOCK_SKEW;
    params.not_after = now + life;
    params
}

fn ca_params(now: OffsetDateTime) -> CertificateParams {
    let mut params = params("receiver CA", now, CA_LIFE);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}
