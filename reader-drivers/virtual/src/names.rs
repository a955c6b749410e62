//! Distinguished names of the JPKI, its test hierarchy's and its own.

use x509_cert::{
    attr::AttributeTypeAndValue,
    der::{
        self, Any,
        asn1::{ObjectIdentifier, PrintableString, SetOfVec},
    },
    name::{Name, RelativeDistinguishedName},
};

use crate::{card_file::Policy, counters::Role, extensions::oid};

const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");
const COUNTRY: ObjectIdentifier = oid("2.5.4.6");
const LOCALITY: ObjectIdentifier = oid("2.5.4.7");
const ORGANIZATION: ObjectIdentifier = oid("2.5.4.10");
const UNIT: ObjectIdentifier = oid("2.5.4.11");

/// Where all synthetic holders live, by code and by name.
const MUNICIPALITY: &str = "13221003A";
const PREFECTURE: &str = "Tokyo-to";
const CITY: &str = "Kiyose-shi";

pub(crate) fn authority(role: Role, policy: Policy) -> der::Result<Name> {
    name(&[
        (ORGANIZATION, organization(policy)),
        (UNIT, unit(role)),
        (UNIT, "Japan Agency for Local Authority Information Systems"),
    ])
}

/// Where the list of revoked certificates would lie in the authority's directory.
pub(crate) fn revocation_list(role: Role, policy: Policy) -> der::Result<Name> {
    name(&[
        (ORGANIZATION, organization(policy)),
        (UNIT, unit(role)),
        (UNIT, "CRL Distribution Points"),
        (UNIT, PREFECTURE),
        (COMMON_NAME, &format!("{CITY} CRLDP")),
    ])
}

/// A holder has no name in the certificate: 23 characters, serial-like, with the code of
/// the municipality.
pub(crate) fn holder(role: Role, serial: u32) -> der::Result<Name> {
    let common_name = format!("TEST{serial:010}{MUNICIPALITY}");
    match role {
        Role::Auth => name(&[(COMMON_NAME, &common_name)]),
        Role::Sign => {
            name(&[(LOCALITY, PREFECTURE), (LOCALITY, CITY), (COMMON_NAME, &common_name)])
        }
    }
}

/// The authority's name in Japanese.
pub(crate) fn in_japanese(role: Role) -> der::Result<Name> {
    let unit = match role {
        Role::Auth => "公的個人認証サービス利用者証明用",
        Role::Sign => "公的個人認証サービス署名用",
    };
    name(&[
        (ORGANIZATION, "公的個人認証サービス"),
        (UNIT, unit),
        (UNIT, "地方公共団体情報システム機構"),
    ])
}

fn organization(policy: Policy) -> &'static str {
    match policy {
        Policy::Test => "JPKI-TEST",
        Policy::Production => "JPKI",
    }
}

fn unit(role: Role) -> &'static str {
    match role {
        Role::Auth => "JPKI for user authentication",
        Role::Sign => "JPKI for digital signature",
    }
}

/// C=JP and the parts that follow, one attribute a level.
fn name(parts: &[(ObjectIdentifier, &str)]) -> der::Result<Name> {
    let country = Any::encode_from(&PrintableString::new("JP")?)?;
    let mut levels = vec![level(COUNTRY, country)?];
    for (oid, text) in parts {
        levels.push(level(*oid, Any::encode_from(&(*text).to_owned())?)?);
    }
    Ok(levels.into())
}

fn level(oid: ObjectIdentifier, value: Any) -> der::Result<RelativeDistinguishedName> {
    Ok(SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }])?.into())
}
