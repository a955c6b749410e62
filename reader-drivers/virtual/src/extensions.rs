//! The extensions of the JPKI's certificates, in its profile's words.

use x509_cert::{
    der::{
        self, Any, Encode,
        asn1::{Ia5String, ObjectIdentifier, OctetString},
        flagset::FlagSet,
        oid::AssociatedOid,
    },
    ext::{
        Extension,
        pkix::{
            AuthorityInfoAccessSyntax, AuthorityKeyIdentifier, BasicConstraints,
            CertificatePolicies, CrlDistributionPoints, ExtendedKeyUsage, IssuerAltName, KeyUsage,
            KeyUsages, SubjectAltName, SubjectKeyIdentifier,
            certpolicy::{PolicyInformation, PolicyQualifierInfo},
            crl::dp::DistributionPoint,
            name::{DistributionPointName, GeneralName},
        },
    },
    name::Name,
};

use crate::{card_file::Policy, counters::Role, names};

pub(crate) const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const CLIENT_AUTH: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.2");
const PRACTICE_STATEMENT: ObjectIdentifier = oid("1.3.6.1.5.5.7.2.1");
const OCSP: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1");

const PRACTICE_STATEMENT_AT: &str = "http://www.jpki.example/cps.html";
const OCSP_AT: &str = "http://ocsp.jpki.example/check";

const CRITICAL: bool = true;
const NOT_CRITICAL: bool = false;

/// Whose Japanese name an alternative name is.
#[derive(Clone, Copy)]
pub(crate) enum Whose {
    Issuer,
    Subject,
}

/// Extensions in the order they are added.
#[derive(Default)]
pub(crate) struct Extensions(Vec<Extension>);

impl Extensions {
    pub(crate) fn into_list(self) -> Vec<Extension> {
        self.0
    }

    pub(crate) fn key_usage(&mut self, usages: FlagSet<KeyUsages>) -> der::Result<()> {
        self.add(CRITICAL, &KeyUsage(usages))
    }

    pub(crate) fn client_auth(&mut self) -> der::Result<()> {
        self.add(NOT_CRITICAL, &ExtendedKeyUsage(vec![CLIENT_AUTH]))
    }

    pub(crate) fn authority(&mut self) -> der::Result<()> {
        self.add(CRITICAL, &BasicConstraints { ca: true, path_len_constraint: None })
    }

    /// Which rules it was issued under: what tells production from test.
    pub(crate) fn policy(&mut self, role: Role, policy: Policy) -> der::Result<()> {
        let policy_identifier = match (role, policy) {
            (Role::Auth, Policy::Production) => oid("1.2.392.200149.8.5.1.3.30"),
            (Role::Auth, Policy::Test) => oid("1.2.392.200149.8.5.1.0.30"),
            (Role::Sign, Policy::Production) => oid("1.2.392.200149.8.5.1.1.20"),
            (Role::Sign, Policy::Test) => oid("1.2.392.200149.8.5.1.0.20"),
        };
        let statement = PolicyQualifierInfo {
            policy_qualifier_id: PRACTICE_STATEMENT,
            qualifier: Some(Any::encode_from(&Ia5String::new(PRACTICE_STATEMENT_AT)?)?),
        };
        let policy_qualifiers = Some(vec![statement]);
        let information = PolicyInformation { policy_identifier, policy_qualifiers };
        self.add(CRITICAL, &CertificatePolicies(vec![information]))
    }

    pub(crate) fn alternative_name(&mut self, role: Role, whose: Whose) -> der::Result<()> {
        let name = vec![GeneralName::DirectoryName(names::in_japanese(role)?)];
        match whose {
            Whose::Issuer => self.add(NOT_CRITICAL, &IssuerAltName(name)),
            Whose::Subject => self.add(NOT_CRITICAL, &SubjectAltName(name)),
        }
    }

    /// A directory name only: there is no address to fetch a list from.
    pub(crate) fn revocation_list(&mut self, at: Name) -> der::Result<()> {
        let at = DistributionPointName::FullName(vec![GeneralName::DirectoryName(at)]);
        let point =
            DistributionPoint { distribution_point: Some(at), reasons: None, crl_issuer: None };
        self.add(NOT_CRITICAL, &CrlDistributionPoints(vec![point]))
    }

    pub(crate) fn status_service(&mut self) -> der::Result<()> {
        let access_location = GeneralName::UniformResourceIdentifier(Ia5String::new(OCSP_AT)?);
        let access =
            x509_cert::ext::pkix::AccessDescription { access_method: OCSP, access_location };
        self.add(NOT_CRITICAL, &AuthorityInfoAccessSyntax(vec![access]))
    }

    pub(crate) fn authority_key(&mut self, key: AuthorityKeyIdentifier) -> der::Result<()> {
        self.add(NOT_CRITICAL, &key)
    }

    pub(crate) fn subject_key(&mut self, key: &SubjectKeyIdentifier) -> der::Result<()> {
        self.add(NOT_CRITICAL, key)
    }

    fn add<T: Encode + AssociatedOid>(&mut self, critical: bool, value: &T) -> der::Result<()> {
        let extn_value = OctetString::new(value.to_der()?)?;
        self.0.push(Extension { extn_id: T::OID, critical, extn_value });
        Ok(())
    }
}
