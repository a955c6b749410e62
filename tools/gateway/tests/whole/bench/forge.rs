//! Cards: the virtual office issues some, and CAs of our own sign what no office would
//! ever issue. Three of ours share one name, as the real ones do.

use std::{fs, path::Path, sync::LazyLock, time::SystemTime};

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
    SerialNumber, SigningKey,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use time::{Duration, OffsetDateTime};

use super::{Check, Device};

/// 1.2.392.200149.8.5.1.0.30
pub(crate) const TEST_POLICY: &[u64] = &[1, 2, 392, 200149, 8, 5, 1, 0, 30];

/// The cards that some test needs from the office itself, and keys for our CAs.
const CARDS: &[(&str, &str)] = &[
    ("sato-hanako", "serial = 5002\npin = \"2580\""),
    ("production", "serial = 5036\npolicy = \"production\""),
    ("signer", "serial = 5001\nsigning = true"),
    ("first-ca", "serial = 1"),
    ("second-ca", "serial = 2"),
    ("impostor-ca", "serial = 3"),
];

/// What the office gives to the gateway for 目視.
const TERMINAL: &str = "simulated-terminal";

/// The folder that the gateway is given, beside the virtual office's own.
struct Offices {
    issued: TempDir,
    known: TempDir,
}

static OFFICES: LazyLock<Offices> = LazyLock::new(|| {
    let issued = tempfile::tempdir().expect("a folder");
    reader_virtual::issue_cards(issued.path(), CARDS, SystemTime::now()).expect("issued");
    let known = tempfile::tempdir().expect("a folder");
    let mut pem = fs::read_to_string(issued.path().join("user-auth-ca.pem")).expect("a CA");
    for name in ["first-ca", "second-ca"] {
        let key = rsa_key(issued.path(), name);
        pem += &ca_params().self_signed(&key).expect("a CA").pem();
    }
    fs::write(known.path().join("user-auth-ca.pem"), pem).expect("written");
    fs::create_dir(known.path().join(TERMINAL)).expect("made");
    for name in ["terminal-key.pem", "certificate.bin", "signature.bin"] {
        let name = Path::new(TERMINAL).join(name);
        fs::copy(issued.path().join(&name), known.path().join(name)).expect("copied");
    }
    Offices { issued, known }
});

/// The folder of the virtual office; its keys are made once for all tests.
pub(crate) fn issued() -> &'static Path {
    OFFICES.issued.path()
}

/// The folder with the CAs that the gateway knows: the virtual office's, then ours.
pub(crate) fn office() -> &'static Path {
    OFFICES.known.path()
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::OrganizationName, "one name for all");
    params.not_before = OffsetDateTime::now_utc() - Duration::days(2000);
    params.not_after = OffsetDateTime::now_utc() + Duration::days(2000);
    params.is_ca = ca();
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// What a certificate is to say. The default is a good one of sato-hanako.
pub(crate) struct Plan {
    pub(crate) serial: u64,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    pub(crate) policies: Vec<&'static [u64]>,
    pub(crate) policy_critical: bool,
    pub(crate) usages: Vec<KeyUsagePurpose>,
    pub(crate) extended: Vec<ExtendedKeyUsagePurpose>,
    pub(crate) is_ca: IsCa,
    pub(crate) others: Vec<CustomExtension>,
    pub(crate) names_authority: bool,
}

impl Plan {
    pub(crate) fn new(now: OffsetDateTime) -> Self {
        Self {
            serial: 5002,
            not_before: now - Duration::days(1000),
            not_after: now + Duration::days(800),
            policies: vec![TEST_POLICY],
            policy_critical: true,
            usages: vec![KeyUsagePurpose::DigitalSignature],
            extended: vec![ExtendedKeyUsagePurpose::ClientAuth],
            is_ca: IsCa::NoCa,
            others: Vec::new(),
            names_authority: true,
        }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.serial_number = Some(SerialNumber::from(self.serial));
        params.not_before = self.not_before;
        params.not_after = self.not_after;
        params.key_usages.clone_from(&self.usages);
        params.extended_key_usages.clone_from(&self.extended);
        params.is_ca = self.is_ca;
        params.use_authority_key_identifier_extension = self.names_authority;
        if !self.policies.is_empty() {
            let mut policies = policies(&self.policies);
            policies.set_criticality(self.policy_critical);
            params.custom_extensions.push(policies);
        }
        params.custom_extensions.extend(self.others.iter().cloned());
        params
    }
}

/// Who issues, and whose key is on the card.
pub(crate) struct Forge {
    issuer: Issuer<'static, KeyPair>,
    card: KeyPair,
}

impl Forge {
    /// The second of two known CAs of one name, and the key of sato-hanako's card.
    pub(crate) fn office() -> Self {
        Self::authority("second-ca")
    }

    /// A CA of the known ones' name, with a key of its own.
    pub(crate) fn impostor() -> Self {
        Self::authority("impostor-ca")
    }

    /// As [`Forge::office`], with one of the keys of the office's cards as the CA's.
    pub(crate) fn authority(name: &str) -> Self {
        let issuer = Issuer::new(ca_params(), rsa_key(issued(), name));
        Self { issuer, card: rsa_key(issued(), "sato-hanako") }
    }

    /// Says in its certificates that another CA, which the gateway knows, issued them.
    pub(crate) fn blaming(mut self, name: &str) -> Self {
        let mut params = ca_params();
        let blamed = rsa_key(issued(), name);
        params.key_identifier_method = KeyIdMethod::PreSpecified(params.key_identifier(&blamed));
        self.issuer = Issuer::new(params, rsa_key(issued(), "impostor-ca"));
        self
    }

    /// The certificate's bytes.
    pub(crate) fn certificate(&self, plan: &Plan) -> Vec<u8> {
        plan.params().signed_by(&self.card, &self.issuer).expect("signed").der().to_vec()
    }

    /// A certificate for a key that no card has.
    pub(crate) fn certificate_for(&self, plan: &Plan, key: &KeyPair) -> Vec<u8> {
        plan.params().signed_by(key, &self.issuer).expect("signed").der().to_vec()
    }

    /// The card's signature over a message, PKCS#1 v1.5 with SHA-256.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.card.sign(message).expect("signed")
    }

    /// The proof of a good card for this check.
    pub(crate) fn proof(&self, plan: &Plan, device: &Device, check: &Check) -> Value {
        proof(&self.certificate(plan), &self.sign(&message(device, check)))
    }
}

/// The body of `POST /v1/checks/{id}/proof`.
pub(crate) fn proof(certificate: &[u8], signature: &[u8]) -> Value {
    json!({
        "token_kind": "card",
        "certificate": BASE64_STANDARD.encode(certificate),
        "signature": BASE64_STANDARD.encode(signature),
        "consents": [],
    })
}

/// What a card signs, after the words of the contract.
pub(crate) fn message(device: &Device, check: &Check) -> Vec<u8> {
    let challenge = BASE64_STANDARD.decode(&check.challenge).expect("base64");
    let fields: [&[u8]; 5] = [
        b"shikaku-check-v1",
        b"reference-gateway",
        device.id.as_bytes(),
        check.id.as_bytes(),
        &challenge,
    ];
    let with_length = |field: &[u8]| {
        let length = u32::try_from(field.len()).expect("short").to_be_bytes();
        [&length, field].concat()
    };
    fields.into_iter().flat_map(with_length).collect()
}

/// certificatePolicies (RFC 5280, 4.2.1.4) with these policies.
fn policies(policies: &[&[u64]]) -> CustomExtension {
    let each = policies.iter().map(|oid| sequence(&oid_der(oid)));
    let content = sequence(&each.collect::<Vec<_>>().concat());
    CustomExtension::from_oid_content(&[2, 5, 29, 32], content)
}

fn sequence(content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("short");
    assert!(length < 0x80, "one length byte");
    [&[0x30, length], content].concat()
}

/// X.690, 8.19.
fn oid_der(oid: &[u64]) -> Vec<u8> {
    let arcs = std::iter::once(oid[0] * 40 + oid[1]).chain(oid[2..].iter().copied());
    let content: Vec<u8> = arcs
        .flat_map(|arc| {
            let bits = 64 - arc.leading_zeros().min(63);
            (0..bits.div_ceil(7)).rev().map(move |at| {
                let part = (arc >> (7 * at)) as u8 & 0x7F;
                if at > 0 { part | 0x80 } else { part }
            })
        })
        .collect();
    [&[0x06, u8::try_from(content.len()).expect("short")], &content[..]].concat()
}

/// The key of a card of the office.
fn rsa_key(office: &Path, card: &str) -> KeyPair {
    let pem = key_pem(office, card);
    KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &PKCS_RSA_SHA256).expect("RSA")
}

/// The same as PKCS#8.
pub(crate) fn key_pem(office: &Path, card: &str) -> String {
    let file = office.join("keys").join(format!("{card}-auth.pem"));
    fs::read_to_string(file).expect("a key")
}

/// A CA's basic constraints, for a card that has none to have.
pub(crate) fn ca() -> IsCa {
    IsCa::Ca(BasicConstraints::Unconstrained)
}
