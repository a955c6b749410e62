//! The few facts of a certificate (X.509, RFC 5280) that a kiosk needs.
//!
//! In scope: how long it is, its last day, whose policy it was issued under.
//! There is no accessor for serial number, subject or key on purpose: collecting them
//! is for approved parties, and whether the signature holds is the gateway's decision.

use crate::{
    day::{self, Day},
    tlv::{Element, INPUT_MAX, Reader, TlvError},
};

/// No certificate is longer: real ones have about 1,600 bytes.
pub const LENGTH_MAX: usize = INPUT_MAX;

/// 1.2.392.200149.8.5.1.3.30: user authentication, production.
const POLICY_PRODUCTION: [u8; 11] =
    [0x2A, 0x83, 0x08, 0x8C, 0x9B, 0x55, 0x08, 0x05, 0x01, 0x03, 0x1E];
/// 1.2.392.200149.8.5.1.0.30: user authentication, test.
const POLICY_TEST: [u8; 11] = [0x2A, 0x83, 0x08, 0x8C, 0x9B, 0x55, 0x08, 0x05, 0x01, 0x00, 0x1E];
/// 2.5.29.32: certificatePolicies.
const CERTIFICATE_POLICIES: [u8; 3] = [0x55, 0x1D, 0x20];

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const OID: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xA0;
const ISSUER_ID: u8 = 0x81;
const SUBJECT_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xA3;

/// Real certificates have eight; the limit ends a walk over nonsense early.
const EXTENSIONS_MAX: usize = 32;
const POLICIES_MAX: usize = 8;

/// The file does not begin like a certificate this program takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LengthError {
    /// Only `30 82` does: a SEQUENCE of 256 to 65,535 bytes.
    #[error("the file does not begin like a certificate")]
    NotACertificate,
    #[error("the certificate claims {0} bytes; {LENGTH_MAX} are allowed")]
    TooLong(usize),
}

/// Why nothing is known about a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("not a certificate")]
    NotACertificate(#[from] TlvError),
    #[error("the last day of the certificate is not a date")]
    NoSuchDay,
    #[error("the certificate has more than {EXTENSIONS_MAX} extensions, or one of them twice")]
    Extensions,
}

/// Whose rules a certificate was issued under, by the one policy it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// 1.2.392.200149.8.5.1.3.30, a real person's.
    Production,
    /// 1.2.392.200149.8.5.1.0.30, of the test hierarchy.
    Test,
    /// None, another one, or several.
    Unknown,
}

/// What the kiosk knows of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its last day, in Japan.
    pub not_after: Day,
    pub policy: Policy,
}

/// Length of the whole certificate, from its first four bytes.
///
/// Errors: [`LengthError`].
pub fn total_length(first: [u8; 4]) -> Result<usize, LengthError> {
    let [0x30, 0x82, high, low] = first else { return Err(LengthError::NotACertificate) };
    let total = usize::from(u16::from_be_bytes([high, low])) + first.len();
    if total > LENGTH_MAX {
        return Err(LengthError::TooLong(total));
    }
    Ok(total)
}

impl Certificate {
    /// Reads a whole certificate; nothing may follow it.
    ///
    /// Errors: [`CertificateError`].
    pub fn read(der: &[u8]) -> Result<Self, CertificateError> {
        let mut file = Reader::new(der)?;
        let mut outer = file.expect(SEQUENCE)?.inside()?;
        file.end()?;
        let mut body = outer.expect(SEQUENCE)?.inside()?;
        outer.expect(SEQUENCE)?;
        outer.expect(BIT_STRING)?;
        outer.end()?;

        body.optional(VERSION)?;
        body.expect(INTEGER)?;
        body.expect(SEQUENCE)?;
        body.expect(SEQUENCE)?;
        let mut validity = body.expect(SEQUENCE)?.inside()?;
        body.expect(SEQUENCE)?;
        body.expect(SEQUENCE)?;
        body.optional(ISSUER_ID)?;
        body.optional(SUBJECT_ID)?;
        let extensions = body.optional(EXTENSIONS)?;
        body.end()?;

        validity.read()?;
        let not_after = validity.read()?.ok_or(TlvError::Unexpected)?;
        validity.end()?;
        Ok(Self {
            not_after: last_day(&not_after)?,
            policy: extensions.map_or(Ok(Policy::Unknown), |found| policy(&found))?,
        })
    }
}

fn last_day(time: &Element<'_>) -> Result<Day, CertificateError> {
    let day = match time.tag {
        UTC_TIME => day::from_utc_time(time.value),
        GENERALIZED_TIME => day::from_generalized_time(time.value),
        _ => return Err(TlvError::Unexpected.into()),
    };
    day.ok_or(CertificateError::NoSuchDay)
}

fn policy(extensions: &Element<'_>) -> Result<Policy, CertificateError> {
    let mut wrapper = extensions.inside()?;
    let mut list = wrapper.expect(SEQUENCE)?.inside()?;
    wrapper.end()?;
    let mut found = None;
    for _ in 0..=EXTENSIONS_MAX {
        let Some(extension) = list.optional(SEQUENCE)? else {
            list.end()?;
            return Ok(found.unwrap_or(Policy::Unknown));
        };
        let mut parts = extension.inside()?;
        let name = parts.expect(OID)?;
        parts.optional(BOOLEAN)?;
        let value = parts.expect(OCTET_STRING)?;
        parts.end()?;
        if name.value == CERTIFICATE_POLICIES && found.replace(only_policy(&value)?).is_some() {
            break;
        }
    }
    Err(CertificateError::Extensions)
}

/// `Unknown` also when there are several: two owners are none.
fn only_policy(value: &Element<'_>) -> Result<Policy, TlvError> {
    let mut wrapper = value.inside()?;
    let mut list = wrapper.expect(SEQUENCE)?.inside()?;
    wrapper.end()?;
    let mut only = None;
    for count in 0..=POLICIES_MAX {
        let Some(information) = list.optional(SEQUENCE)? else {
            list.end()?;
            return Ok(only.filter(|_| count == 1).unwrap_or(Policy::Unknown));
        };
        let name = information.inside()?.expect(OID)?;
        only = Some(if name.value == POLICY_PRODUCTION {
            Policy::Production
        } else if name.value == POLICY_TEST {
            Policy::Test
        } else {
            Policy::Unknown
        });
    }
    Err(TlvError::Unexpected)
}
