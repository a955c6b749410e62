//! Certificates after the profile of the JPKI, issued by look-alikes of its
//! authorities. Addresses are reserved names (RFC 2606): nothing real is ever asked.

use std::time::SystemTime;

use rsa::{
    RsaPrivateKey,
    pkcs1v15::SigningKey,
    sha2::{Digest, Sha256},
    signature::{SignatureEncoding, Signer},
};
use x509_cert::{
    Certificate, TbsCertificate, Version,
    der::{
        self, Any, Encode, EncodePem,
        asn1::{BitString, Null, ObjectIdentifier, OctetString},
        pem::LineEnding,
    },
    ext::pkix::{AuthorityKeyIdentifier, KeyUsages, SubjectKeyIdentifier, name::GeneralName},
    name::Name,
    serial_number::SerialNumber,
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
    time::Validity,
};

use crate::{
    card_file::Policy,
    counters::Role,
    day::Day,
    extensions::{self, Extensions, oid},
    names,
};

const SHA256_WITH_RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.11");

/// An authority is ten years old and lives ten more: no card outlives it.
const AUTHORITY_DAYS: i64 = 3652;

/// Who issues: user authentication or signature, the test authority or a look-alike of
/// the production one.
pub(crate) struct Authority {
    role: Role,
    policy: Policy,
    key: RsaPrivateKey,
    name: Name,
    certificate: Certificate,
}

/// Whom a certificate is for.
pub(crate) struct Holder<'a> {
    pub(crate) key: &'a RsaPrivateKey,
    pub(crate) serial: u32,
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
}

impl Authority {
    /// Errors: the encoder's; the profile is fixed, so there should be none.
    pub(crate) fn new(
        role: Role,
        policy: Policy,
        key: RsaPrivateKey,
        today: Day,
    ) -> der::Result<Self> {
        let name = names::authority(role, policy)?;
        let mut extensions = Extensions::default();
        extensions.key_usage(KeyUsages::KeyCertSign | KeyUsages::CRLSign)?;
        extensions.authority()?;
        extensions.alternative_name(role, extensions::Whose::Subject)?;
        extensions.revocation_list(name.clone())?;
        extensions.subject_key(&key_id(&key)?)?;
        let validity =
            validity(today.plus(-AUTHORITY_DAYS).end(), today.plus(AUTHORITY_DAYS).end())?;
        let body = body(serial(role, policy), &name, validity, name.clone(), &key, extensions)?;
        let certificate = sign(body, &key)?;
        Ok(Self { role, policy, key, name, certificate })
    }

    pub(crate) fn der(&self) -> der::Result<Vec<u8>> {
        self.certificate.to_der()
    }

    pub(crate) fn pem(&self) -> der::Result<String> {
        self.certificate.to_pem(LineEnding::LF)
    }

    /// A holder's certificate, DER.
    ///
    /// Errors: the encoder's; the profile is fixed, so there should be none.
    pub(crate) fn issue(&self, holder: &Holder<'_>) -> der::Result<Vec<u8>> {
        let mut extensions = Extensions::default();
        match self.role {
            Role::Auth => {
                extensions.key_usage(KeyUsages::DigitalSignature.into())?;
                extensions.client_auth()?;
            }
            Role::Sign => {
                extensions.key_usage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation)?;
            }
        }
        extensions.policy(self.role, self.policy)?;
        extensions.alternative_name(self.role, extensions::Whose::Issuer)?;
        extensions.revocation_list(names::revocation_list(self.role, self.policy)?)?;
        if self.role == Role::Auth {
            extensions.status_service()?;
        }
        extensions.authority_key(AuthorityKeyIdentifier {
            key_identifier: Some(key_id(&self.key)?.0),
            authority_cert_issuer: Some(vec![GeneralName::DirectoryName(self.name.clone())]),
            authority_cert_serial_number: Some(number(serial(self.role, self.policy))?),
        })?;
        extensions.subject_key(&key_id(holder.key)?)?;
        let body = body(
            holder.serial,
            &self.name,
            validity(holder.not_before, holder.not_after)?,
            names::holder(self.role, holder.serial)?,
            holder.key,
            extensions,
        )?;
        sign(body, &self.key)?.to_der()
    }
}

/// Serial numbers of the authorities themselves, all different.
fn serial(role: Role, policy: Policy) -> u32 {
    match (role, policy) {
        (Role::Auth, Policy::Test) => 0x21_0001,
        (Role::Auth, Policy::Production) => 0x21_0002,
        (Role::Sign, Policy::Test) => 0x21_0003,
        (Role::Sign, Policy::Production) => 0x21_0004,
    }
}

fn number(serial: u32) -> der::Result<SerialNumber> {
    SerialNumber::new(&serial.to_be_bytes())
}

fn validity(not_before: SystemTime, not_after: SystemTime) -> der::Result<Validity> {
    Ok(Validity { not_before: not_before.try_into()?, not_after: not_after.try_into()? })
}

fn public_key(key: &RsaPrivateKey) -> der::Result<SubjectPublicKeyInfoOwned> {
    SubjectPublicKeyInfoOwned::from_key(key.to_public_key()).map_err(|error| match error {
        x509_cert::spki::Error::Asn1(error) => error,
        _ => der::ErrorKind::Failed.into(),
    })
}

/// RFC 7093, method 1: the first 160 bits of SHA-256 over the public key.
fn key_id(key: &RsaPrivateKey) -> der::Result<SubjectKeyIdentifier> {
    let hash = Sha256::digest(public_key(key)?.subject_public_key.raw_bytes());
    OctetString::new(&hash[..20]).map(SubjectKeyIdentifier)
}

fn algorithm() -> der::Result<AlgorithmIdentifierOwned> {
    let parameters = Some(Any::encode_from(&Null)?);
    Ok(AlgorithmIdentifierOwned { oid: SHA256_WITH_RSA, parameters })
}

fn body(
    serial: u32,
    issuer: &Name,
    validity: Validity,
    subject: Name,
    key: &RsaPrivateKey,
    extensions: Extensions,
) -> der::Result<TbsCertificate> {
    Ok(TbsCertificate {
        version: Version::V3,
        serial_number: number(serial)?,
        signature: algorithm()?,
        issuer: issuer.clone(),
        validity,
        subject,
        subject_public_key_info: public_key(key)?,
        issuer_unique_id: None,
        subject_unique_id: None,
        extensions: Some(extensions.into_list()),
    })
}

fn sign(tbs_certificate: TbsCertificate, key: &RsaPrivateKey) -> der::Result<Certificate> {
    // PKCS#1 v1.5 needs no randomness: the same office gives the same bytes.
    let signature = SigningKey::<Sha256>::new(key.clone()).sign(&tbs_certificate.to_der()?);
    Ok(Certificate {
        tbs_certificate,
        signature_algorithm: algorithm()?,
        signature: BitString::from_bytes(&signature.to_vec())?,
    })
}
