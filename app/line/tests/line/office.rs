//! The gateway's own certificate authority, for one test.

use base64::prelude::{BASE64_STANDARD, Engine};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, CertifiedIssuer,
    CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, SigningKey, date_time_ymd,
};
use time::{Duration, OffsetDateTime};

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

    /// As [`Office::device`], so many days after and before today.
    pub(crate) fn device_for(&self, csr: &str, (from, until): (i64, i64)) -> String {
        self.device_named(csr, (from, until), None)
    }

    /// The same, for another name than the request's.
    pub(crate) fn device_named(
        &self,
        csr: &str,
        (from, until): (i64, i64),
        name: Option<&str>,
    ) -> String {
        let mut request = CertificateSigningRequestParams::from_pem(csr).expect("a request");
        let params = &mut request.params;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let now = OffsetDateTime::now_utc();
        params.not_before = now + Duration::days(from);
        params.not_after = now + Duration::days(until);
        if let Some(name) = name {
            params.distinguished_name.push(DnType::CommonName, name);
        }
        request.signed_by(&self.0).expect("a certificate").pem() + &self.pem()
    }

    /// The answer to `GET /v1/pins`, signed as the contract says.
    pub(crate) fn pins(&self, version: u32, cas: &[&Self]) -> String {
        let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        let certificates: Vec<_> = cas.iter().map(|ca| base64(&ca.certificate())).collect();
        let set = serde_json::json!({
            "gateway": "reference-gateway", "version": version, "certificates": certificates,
        });
        let set = set.to_string();
        let message = ["shikaku-pins-v1", &set].map(|field| {
            let length = u32::try_from(field.len()).expect("short").to_be_bytes();
            [&length, field.as_bytes()].concat()
        });
        let mut params = CertificateParams::default();
        let purpose = ExtendedKeyUsagePurpose::Other(vec![2, 999, 7387, 2]);
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.0).expect("a certificate");
        let signature = key.sign(&message.concat()).expect("signed");
        serde_json::json!({
            "set": base64(set.as_bytes()),
            "certificate": base64(certificate.der()),
            "signature": base64(&signature),
        })
        .to_string()
    }
}
