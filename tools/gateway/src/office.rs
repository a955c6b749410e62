//! The certificates of the cards: who issued them, what for, and until when.
//! Profile: J-LIS, user authentication (利用者証明用電子証明書), profile 3.2.
//!
//! Real CAs of three generations share one subject name. The right one is the one
//! that the certificate's authority key identifier names and whose key verifies its
//! signature; a name alone proves nothing.

use rustls::pki_types::{CertificateDer, pem::PemObject};
use time::OffsetDateTime;
use x509_parser::{
    certificate::BasicExtension,
    extensions::{KeyUsage, ParsedExtension},
    oid_registry::{
        OID_PKCS1_RSAENCRYPTION, OID_PKCS1_SHA256WITHRSA, OID_X509_EXT_CERTIFICATE_POLICIES,
    },
    prelude::{FromDer, X509Certificate},
    public_key::PublicKey,
    x509::{SubjectPublicKeyInfo, X509Version},
};
use zeroize::ZeroizeOnDrop;

use crate::{
    clock::{japan, plus_months},
    problem::Reason,
};

/// The test hierarchy's policy. The production policy, 1.2.392.200149.8.5.1.3.30, is
/// refused like every other: this gateway is a simulator (D10).
const TEST_POLICY: &str = "1.2.392.200149.8.5.1.0.30";
/// After its certificate ends, a card still shows eligibility for so long. Counted in
/// Japan from the last day; whether the real system counts so is not public.
const GRACE_MONTHS: i32 = 3;
/// From so long before its end the gateway speaks of it.
const WARNING_MONTHS: i32 = 3;
/// RSA-2048: the modulus.
const MODULUS_BITS: usize = 2048;

/// The CAs whose cards this gateway knows.
#[derive(Debug, Default)]
pub struct Office(Vec<CardCa>);

#[derive(Debug)]
struct CardCa {
    subject: Vec<u8>,
    key_id: Option<Vec<u8>>,
    /// RSAPublicKey of PKCS#1.
    public_key: Vec<u8>,
    not_after: OffsetDateTime,
}

/// A file that is no list of CAs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OfficeError {
    #[error("holds no PEM certificate")]
    Empty,
    #[error("certificate {0} is not a self-signed RSA CA that may sign certificates")]
    NotCa(usize),
}

/// What an accepted certificate says; wiped when it is done with.
#[derive(ZeroizeOnDrop)]
pub struct CardCertificate {
    /// 発行番号: what the eligibility is looked up by. `None`: too long to be one of ours.
    pub serial: Option<u64>,
    #[zeroize(skip)]
    pub not_after: OffsetDateTime,
    /// RSAPublicKey of PKCS#1.
    public_key: Vec<u8>,
}

/// Whose card it is stays out of the journal.
impl std::fmt::Debug for CardCertificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CardCertificate(…)")
    }
}

/// How a certificate stands to its last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Age {
    Good,
    /// It ends within three months.
    EndsSoon,
    /// It ended at most three months ago: eligibility only.
    Ended,
    /// It ended longer ago.
    TooOld,
}

impl Office {
    /// Reads the CAs of a PEM file.
    ///
    /// Errors: the file is no list of CAs.
    pub fn read(pem: &str) -> Result<Self, OfficeError> {
        let mut authorities = Vec::new();
        for (index, der) in CertificateDer::pem_slice_iter(pem.as_bytes()).enumerate() {
            let refused = OfficeError::NotCa(index + 1);
            let der = der.map_err(|_| refused)?;
            authorities.push(read_ca(&der).ok_or(refused)?);
        }
        if authorities.is_empty() { Err(OfficeError::Empty) } else { Ok(Self(authorities)) }
    }

    /// Judges a card's certificate at `now`; its age is judged by [`CardCertificate::age`]
    /// and its holder by whoever looks it up.
    ///
    /// Errors: the first reason that holds; a policy other than the test one comes
    /// first, so that a real card is refused before anything else is asked of it.
    pub fn verify(&self, der: &[u8], now: OffsetDateTime) -> Result<CardCertificate, Reason> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| Reason::NotTrusted)?;
        let well_formed = rest.is_empty()
            && certificate.version() == X509Version::V3
            && certificate.extensions_map().is_ok()
            && certificate.signature_algorithm == certificate.tbs_certificate.signature
            && certificate.signature_algorithm.algorithm == OID_PKCS1_SHA256WITHRSA;
        if !well_formed {
            return Err(Reason::NotTrusted);
        }
        check_policy(&certificate)?;
        if !self.0.iter().any(|ca| ca.issued(&certificate, now)) {
            return Err(Reason::NotTrusted);
        }
        check_usage(&certificate)?;
        let validity = certificate.validity();
        let (from, until) = (validity.not_before.to_datetime(), validity.not_after.to_datetime());
        if from > now || from > until {
            return Err(Reason::NotTrusted);
        }
        let public_key = rsa_2048(certificate.public_key()).ok_or(Reason::NotTrusted)?;
        Ok(CardCertificate { serial: serial(&certificate), not_after: until, public_key })
    }
}

impl CardCa {
    /// Whether this CA issued the certificate, and still stood when it did.
    fn issued(&self, certificate: &X509Certificate<'_>, now: OffsetDateTime) -> bool {
        let named = certificate.iter_extensions().find_map(|extension| {
            match extension.parsed_extension() {
                ParsedExtension::AuthorityKeyIdentifier(id) => id.key_identifier.as_ref(),
                _ => None,
            }
        });
        let named = named.is_none_or(|id| self.key_id.as_deref() == Some(id.0));
        let alive = age(self.not_after, now) != Age::TooOld;
        // The costly question comes last.
        self.subject == certificate.issuer().as_raw()
            && named
            && alive
            && signed(
                &self.public_key,
                certificate.tbs_certificate.as_ref(),
                &certificate.signature_value.data,
            )
    }
}

impl CardCertificate {
    /// Whether `signature` is the card's over `message`.
    pub fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        signed(&self.public_key, message, signature)
    }

    pub fn age(&self, now: OffsetDateTime) -> Age {
        age(self.not_after, now)
    }
}

/// PKCS#1 v1.5 with SHA-256 (RFC 8017, 8.2), by a key of 2,048 to 8,192 bits.
fn signed(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let algorithm = &ring::signature::RSA_PKCS1_2048_8192_SHA256;
    let key = ring::signature::UnparsedPublicKey::new(algorithm, public_key);
    key.verify(message, signature).is_ok()
}

/// Days are Japan's; the moment of the end itself counts to the second.
fn age(not_after: OffsetDateTime, now: OffsetDateTime) -> Age {
    let (today, last_day) = (japan(now).date(), japan(not_after).date());
    let later = |date, months| plus_months(date, months).unwrap_or(time::Date::MAX);
    if now <= not_after {
        if later(today, WARNING_MONTHS) >= last_day { Age::EndsSoon } else { Age::Good }
    } else if today <= later(last_day, GRACE_MONTHS) {
        Age::Ended
    } else {
        Age::TooOld
    }
}

fn read_ca(der: &[u8]) -> Option<CardCa> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    let constraints = certificate.basic_constraints().ok()??;
    let usage = certificate.key_usage().ok()??;
    let right = rest.is_empty()
        && constraints.critical
        && constraints.value.ca
        && usage.value.key_cert_sign()
        && certificate.subject().as_raw() == certificate.issuer().as_raw()
        && certificate.signature_algorithm.algorithm == OID_PKCS1_SHA256WITHRSA
        && certificate.public_key().algorithm.algorithm == OID_PKCS1_RSAENCRYPTION
        && certificate.verify_signature(None).is_ok();
    let key_id =
        certificate.iter_extensions().find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        });
    right.then(|| CardCa {
        subject: certificate.subject().as_raw().to_vec(),
        key_id,
        public_key: certificate.public_key().subject_public_key.data.to_vec(),
        not_after: certificate.validity().not_after.to_datetime(),
    })
}

/// Exactly one policy, the test one, and critical.
fn check_policy(certificate: &X509Certificate<'_>) -> Result<(), Reason> {
    let extension = certificate
        .get_extension_unique(&OID_X509_EXT_CERTIFICATE_POLICIES)
        .map_err(|_| Reason::NotTrusted)?
        .ok_or(Reason::Policy)?;
    let ParsedExtension::CertificatePolicies(policies) = extension.parsed_extension() else {
        return Err(Reason::NotTrusted);
    };
    match policies.as_slice() {
        [policy] if extension.critical && policy.policy_id.to_id_string() == TEST_POLICY => Ok(()),
        _ => Err(Reason::Policy),
    }
}

/// For user authentication and nothing else, and no CA; a critical extension that we
/// do not know is a condition that we cannot keep (RFC 5280, 4.2).
fn check_usage(certificate: &X509Certificate<'_>) -> Result<(), Reason> {
    let known = |it: &ParsedExtension<'_>| {
        matches!(
            it,
            ParsedExtension::AuthorityKeyIdentifier(_)
                | ParsedExtension::SubjectKeyIdentifier(_)
                | ParsedExtension::KeyUsage(_)
                | ParsedExtension::ExtendedKeyUsage(_)
                | ParsedExtension::CertificatePolicies(_)
                | ParsedExtension::BasicConstraints(_)
        )
    };
    let mut extensions = certificate.iter_extensions();
    if extensions.any(|it| it.critical && !known(it.parsed_extension())) {
        return Err(Reason::NotTrusted);
    }
    if certificate
        .basic_constraints()
        .map_err(|_| Reason::NotTrusted)?
        .is_some_and(|it| it.value.ca)
    {
        return Err(Reason::KeyUsage);
    }
    let usage = certificate.key_usage().map_err(|_| Reason::NotTrusted)?;
    let only_signs = |it: BasicExtension<&KeyUsage>| {
        it.critical && it.value.digital_signature() && it.value.flags.count_ones() == 1
    };
    let extended = certificate.extended_key_usage().map_err(|_| Reason::NotTrusted)?;
    let right = usage.is_some_and(only_signs) && extended.is_some_and(|it| it.value.client_auth);
    right.then_some(()).ok_or(Reason::KeyUsage)
}

fn rsa_2048(key: &SubjectPublicKeyInfo<'_>) -> Option<Vec<u8>> {
    match key.parsed() {
        Ok(PublicKey::RSA(rsa)) if rsa.key_size() == MODULUS_BITS => {
            Some(key.subject_public_key.data.to_vec())
        }
        _ => None,
    }
}

fn serial(certificate: &X509Certificate<'_>) -> Option<u64> {
    certificate
        .raw_serial()
        .iter()
        .skip_while(|byte| **byte == 0)
        .try_fold(0_u64, |serial, byte| Some(serial.checked_mul(256)? | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[track_caller]
    fn check(now: OffsetDateTime, expected: Age) {
        // The last day in Japan is November 30th.
        assert_eq!(age(datetime!(2026-11-30 14:59:59 UTC), now), expected, "{now}");
    }

    #[test]
    fn three_months_before_and_after_the_last_day() {
        check(datetime!(2026-08-29 14:59:59 UTC), Age::Good);
        check(datetime!(2026-08-29 15:00:00 UTC), Age::EndsSoon);
        check(datetime!(2026-11-30 14:59:59 UTC), Age::EndsSoon);
        check(datetime!(2026-11-30 15:00:00 UTC), Age::Ended);
        check(datetime!(2027-02-28 14:59:59 UTC), Age::Ended);
        check(datetime!(2027-02-28 15:00:00 UTC), Age::TooOld);
    }

    #[test]
    fn a_file_without_a_ca_is_named() {
        assert_eq!(Office::read("").expect_err("empty"), OfficeError::Empty);
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(Office::read(broken).expect_err("no CA"), OfficeError::NotCa(1));
    }
}
