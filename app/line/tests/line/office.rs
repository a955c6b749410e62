//! The gateway's own certificate authority, for one test.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer,
    CustomExtension, ExtendedKeyUsagePurpose, IsCa, KeyPair, date_time_ymd,
};

/// Signs the server's and the devices' certificates.
pub(crate) struct Office(CertifiedIssuer<'static, KeyPair>);

/// What a server's certificate is to say.
pub(crate) struct Wanted {
    pub(crate) name: &'static str,
    pub(crate) is_simulator: bool,
    pub(crate) has_ended: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { name: "localhost", is_simulator: true, has_ended: false }
    }
}

impl Office {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("a CA"))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.as_ref().pem()
    }

    /// DER
    pub(crate) fn certificate(&self) -> Vec<u8> {
        self.0.as_ref().der().to_vec()
    }

    /// Certificate and key (PKCS #8), DER.
    pub(crate) fn server(&self, wanted: &Wanted) -> (Vec<u8>, Vec<u8>) {
        let mut params = CertificateParams::new([wanted.name.to_owned()]).expect("a good name");
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if wanted.is_simulator {
            let value = [&[0x0C, 12], "模擬環境".as_bytes()].concat();
            let mark = CustomExtension::from_oid_content(&[2, 999, 7387, 1], value);
            params.custom_extensions.push(mark);
        }
        if wanted.has_ended {
            params.not_before = date_time_ymd(2020, 1, 1);
            params.not_after = date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        (certificate.der().to_vec(), key.serialize_der())
    }

    /// The chain for a device, from its request.
    pub(crate) fn device(&self, csr: &str) -> String {
        let mut request = CertificateSigningRequestParams::from_pem(csr).expect("a request");
        request.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        request.signed_by(&self.0).expect("a certificate").pem() + &self.pem()
    }
}
