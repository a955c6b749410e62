//! The device's key (D19): ECDSA P-256, behind a trait, so that a TPM can hold it.

use std::fmt;

use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData,
    SignatureAlgorithm, SigningKey,
};
use zeroize::Zeroizing;

/// What signs for this device. The private half never leaves it.
pub trait DeviceKey: fmt::Debug + Send + Sync {
    /// The public point, uncompressed: 65 bytes (SEC 1, section 2.3.3).
    fn public(&self) -> &[u8];

    /// ECDSA with SHA-256 over `message`, as DER (RFC 3279, section 2.2.3).
    ///
    /// Errors: whatever holds the key cannot be reached.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError>;
}

/// The key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("the system gives no random numbers to make a key of")]
    CannotMake,
    #[error("not a private key of the kind ECDSA P-256 (PKCS #8, PEM)")]
    NotAKey,
    #[error("the device's key does not sign")]
    CannotSign,
}

/// A key that lies in a file, for desks and for appliances without a TPM.
pub struct FileKey(KeyPair);

impl FileKey {
    /// Errors: [`KeyError::CannotMake`].
    pub fn generate() -> Result<Self, KeyError> {
        KeyPair::generate().map(Self).map_err(|_| KeyError::CannotMake)
    }

    /// Errors: [`KeyError::NotAKey`].
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        KeyPair::from_pkcs8_pem_and_sign_algo(pem, &PKCS_ECDSA_P256_SHA256)
            .map(Self)
            .map_err(|_| KeyError::NotAKey)
    }

    /// PKCS #8, for the file alone.
    pub fn to_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.serialize_pem())
    }
}

impl DeviceKey for FileKey {
    fn public(&self) -> &[u8] {
        self.0.public_key_raw()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        SigningKey::sign(&self.0, message).map_err(|_| KeyError::CannotSign)
    }
}

impl fmt::Debug for FileKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileKey(***)")
    }
}

/// The request for a certificate (PKCS #10, PEM). It names the product only: which device
/// this is, the gateway decides.
///
/// Errors: [`KeyError::CannotSign`].
pub fn certificate_request(key: &dyn DeviceKey) -> Result<String, KeyError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "shikaku-kiosk");
    let request = params.serialize_request(&Signer(key)).map_err(|_| KeyError::CannotSign)?;
    request.pem().map_err(|_| KeyError::CannotSign)
}

/// Lets any device key sign a certificate request.
struct Signer<'a>(&'a dyn DeviceKey);

impl PublicKeyData for Signer<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.public()
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for Signer<'_> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.0.sign(message).map_err(|_| rcgen::Error::RemoteKeyError)
    }
}

#[cfg(test)]
mod tests {
    use x509_parser::{
        certification_request::X509CertificationRequest, pem::parse_x509_pem, prelude::FromDer,
    };

    use super::*;

    #[test]
    fn a_key_comes_back_from_its_file() {
        let key = FileKey::generate().expect("a key");
        let again = FileKey::from_pem(&key.to_pem()).expect("the same key");
        assert_eq!((again.public(), again.public().len()), (key.public(), 65));
    }

    #[test]
    fn other_files_are_no_key() {
        let pem = FileKey::generate().expect("a key").to_pem();
        for wrong in ["", "-----BEGIN PRIVATE KEY-----", &pem[..100], &pem.replace('M', "A")] {
            assert_eq!(FileKey::from_pem(wrong).map(|_| ()), Err(KeyError::NotAKey));
        }
    }

    #[test]
    fn a_request_carries_the_key_and_no_name_of_this_device() {
        let key = FileKey::generate().expect("a key");
        let pem = certificate_request(&key).expect("a request");
        let (_, pem) = parse_x509_pem(pem.as_bytes()).expect("PEM");
        let (_, request) = X509CertificationRequest::from_der(&pem.contents).expect("PKCS #10");
        let info = &request.certification_request_info;
        assert_eq!(info.subject.to_string(), "CN=shikaku-kiosk");
        assert_eq!(&*info.subject_pki.subject_public_key.data, key.public());
    }

    #[test]
    fn nothing_prints_a_key() {
        assert_eq!(format!("{:?}", FileKey::generate().expect("a key")), "FileKey(***)");
    }
}
