//! A certificate authority of a test's own.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, CustomExtension,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};

/// Signs certificates of servers.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What a server's certificate is to say. Every one says 模擬環境, as the reference
/// gateway's does.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub name: &'static str,
    pub has_ended: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { name: "localhost", has_ended: false }
    }
}

impl Authority {
    /// A new one, with a new key.
    #[expect(clippy::new_without_default, reason = "no two are equal")]
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a CA"))
    }

    /// Its certificate.
    pub fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// Certificate and key (PKCS #8), DER.
    pub fn server(&self, wanted: &Wanted) -> (Vec<u8>, Vec<u8>) {
        let (certificate, key) = self.sign(wanted);
        (certificate.der().to_vec(), key.serialize_der())
    }

    /// As [`Authority::server`], PEM.
    pub fn server_pem(&self, wanted: &Wanted) -> String {
        let (certificate, key) = self.sign(wanted);
        certificate.pem() + &key.serialize_pem()
    }

    fn sign(&self, wanted: &Wanted) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::new([wanted.name.to_owned()]).expect("a good name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let value = [&[0x0C, 12], "模擬環境".as_bytes()].concat();
        let mark = CustomExtension::from_oid_content(&[2, 999, 7387, 1], value);
        params.custom_extensions.push(mark);
        if wanted.has_ended {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        (certificate, key)
    }
}

/// No mention of the key.
impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority(…)")
    }
}
