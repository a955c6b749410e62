//! What a certificate says of itself: when it holds, and whose it is.

use std::time::{Duration, SystemTime};

use x509_parser::{
    certificate::X509Certificate, pem::parse_x509_pem, prelude::FromDer, time::ASN1Time,
};

/// From when until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) from: SystemTime,
    pub(crate) until: SystemTime,
}

/// The device's own certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    pub(crate) validity: Validity,
    /// Its distinguished name, DER: that of the device.
    pub(crate) subject: Vec<u8>,
}

impl Validity {
    /// `None` for times that no clock can show.
    pub(crate) fn of(certificate: &X509Certificate<'_>) -> Option<Self> {
        let validity = certificate.validity();
        Some(Self { from: time(validity.not_before)?, until: time(validity.not_after)? })
    }

    pub(crate) fn holds_at(self, at: SystemTime) -> bool {
        (self.from..=self.until).contains(&at)
    }

    /// Whether two thirds of its life are over (D20).
    pub(crate) fn is_due(self, now: SystemTime) -> bool {
        let life = self.until.duration_since(self.from).unwrap_or_default();
        self.from + life * 2 / 3 <= now
    }
}

impl Leaf {
    /// The first certificate of a chain (PEM); `None` if it is none.
    pub(crate) fn read(chain: &str) -> Option<Self> {
        let (_, pem) = parse_x509_pem(chain.as_bytes()).ok()?;
        let (rest, certificate) = X509Certificate::from_der(&pem.contents).ok()?;
        let validity = Validity::of(&certificate)?;
        let subject = certificate.subject().as_raw().to_vec();
        rest.is_empty().then_some(Self { validity, subject })
    }
}

fn time(time: ASN1Time) -> Option<SystemTime> {
    let seconds = time.timestamp();
    let apart = Duration::from_secs(seconds.unsigned_abs());
    match seconds {
        0.. => SystemTime::UNIX_EPOCH.checked_add(apart),
        _ => SystemTime::UNIX_EPOCH.checked_sub(apart),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn day(days: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(days * 86_400)
    }

    fn chain() -> String {
        let mut params = CertificateParams::default();
        params.not_before = date_time_ymd(1970, 1, 11);
        params.not_after = date_time_ymd(1970, 4, 11);
        params.self_signed(&KeyPair::generate().expect("a key")).expect("a certificate").pem()
    }

    #[test]
    fn a_renewal_is_due_after_two_thirds_and_not_before() {
        let validity = Leaf::read(&chain()).expect("a certificate").validity;
        assert_eq!(validity, Validity { from: day(10), until: day(100) });
        let second = Duration::from_secs(1);
        assert!(!validity.is_due(day(10)) && !validity.is_due(day(70) - second));
        assert!(validity.is_due(day(70)) && validity.is_due(day(200)));
        assert!(!validity.holds_at(day(10) - second) && !validity.holds_at(day(100) + second));
        assert!(validity.holds_at(day(10)) && validity.holds_at(day(100)));
    }

    #[test]
    fn what_is_no_certificate_is_none() {
        let chain = chain();
        for wrong in ["", "-----BEGIN CERTIFICATE-----", &chain[..200], &chain.replace('M', "A")] {
            assert_eq!(Leaf::read(wrong), None, "{wrong}");
        }
    }
}
