//! The CAs that may vouch for the gateway: a set with a version, and a signature over its
//! exact bytes (D18). Who signed, and whether that counts, is not decided here.
//!
//! ```text
//! {"set": BASE64, "certificate": BASE64, "signature": BASE64}
//!     set = {"gateway": NAME, "version": N, "certificates": [BASE64 of DER, …]}
//! ```
//!
//! The certificate is the signer's, for ECDSA P-256 with SHA-256; the signature is over the
//! purpose and the set, each with its length as 4 bytes, big-endian, in front.

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::{Deserialize, Serialize};

use crate::{GatewayName, Unusable};

/// Says what the signature is for, so that none made for something else fits.
const PURPOSE: &str = "shikaku-pins-v1";
/// What the signer's certificate must be for, as an extended key usage: OID 2.999.7387.2,
/// DER content. An arc for examples: whoever runs a real gateway has his own.
pub const PINS_PURPOSE: &[u8] = &[0x88, 0x37, 0xB9, 0x5B, 0x02];

/// Fewer would leave nothing to change to.
const FEWEST: usize = 2;
/// Two at a time, and two more while they change; twice that is more than anybody needs.
const MOST: usize = 8;
/// An ordinary CA has below 1,000 bytes, one of RSA-4096 below 2,000.
const CERTIFICATE_MAX: usize = 2048;
const SET_MAX: usize = 32 * 1024;
/// ECDSA P-256, DER.
const SIGNATURE_MAX: usize = 72;

/// A set as it came, with what is to prove it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPins {
    set: Vec<u8>,
    /// The signer's, DER.
    pub certificate: Vec<u8>,
    /// DER (RFC 3279, section 2.2.3).
    pub signature: Vec<u8>,
}

/// The CAs, and which set of them it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub struct PinSet {
    /// The gateway that the set is for.
    pub gateway: GatewayName,
    /// From 1; a later set has a higher one.
    pub version: u32,
    /// Two to eight, DER, no two alike. That they are certificates is not known here.
    pub certificates: Vec<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Raw {
    gateway: GatewayName,
    version: u32,
    certificates: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct RawSigned {
    set: String,
    certificate: String,
    signature: String,
}

pub(crate) fn read(raw: RawSigned) -> Result<SignedPins, Unusable> {
    let bytes = |item, text: &str, most: usize| match BASE64_STANDARD.decode(text) {
        Ok(bytes) if (1..=most).contains(&bytes.len()) => Ok(bytes),
        Ok(_) => Err(Unusable::nonsense(item, "empty or too long")),
        Err(_) => Err(Unusable::nonsense(item, "not base64")),
    };
    Ok(SignedPins {
        set: bytes("set", &raw.set, SET_MAX)?,
        certificate: bytes("certificate", &raw.certificate, CERTIFICATE_MAX)?,
        signature: bytes("signature", &raw.signature, SIGNATURE_MAX)?,
    })
}

impl SignedPins {
    /// What the signature is over.
    pub fn message(&self) -> Vec<u8> {
        let mut message = Vec::with_capacity(8 + PURPOSE.len() + self.set.len());
        for field in [PURPOSE.as_bytes(), &self.set] {
            let length = u32::try_from(field.len()).expect("both are below 64 KiB");
            message.extend_from_slice(&length.to_be_bytes());
            message.extend_from_slice(field);
        }
        message
    }

    /// What is in it: to be asked for once the signature was found to be right.
    ///
    /// Errors: it is no set of two to eight CAs with a version.
    pub fn set(&self) -> Result<PinSet, Unusable> {
        // The error of serde_json may quote the answer, so it ends here.
        serde_json::from_slice(&self.set).map_err(|_| Unusable::nonsense("set", "no set of CAs"))
    }
}

impl TryFrom<Raw> for PinSet {
    type Error = Unusable;

    fn try_from(raw: Raw) -> Result<Self, Unusable> {
        let wrong = |why| Unusable::nonsense("certificates", why);
        if raw.version == 0 {
            return Err(Unusable::nonsense("version", "below 1"));
        }
        if !(FEWEST..=MOST).contains(&raw.certificates.len()) {
            return Err(wrong("not 2 to 8"));
        }
        let mut certificates: Vec<Vec<u8>> = Vec::with_capacity(raw.certificates.len());
        for text in &raw.certificates {
            let der = BASE64_STANDARD.decode(text).map_err(|_| wrong("not base64"))?;
            if !(1..=CERTIFICATE_MAX).contains(&der.len()) || certificates.contains(&der) {
                return Err(wrong("empty, too long, or one twice"));
            }
            certificates.push(der);
        }
        Ok(Self { gateway: raw.gateway, version: raw.version, certificates })
    }
}

impl From<PinSet> for Raw {
    fn from(set: PinSet) -> Self {
        let certificates = set.certificates.iter().map(|der| BASE64_STANDARD.encode(der)).collect();
        Self { gateway: set.gateway, version: set.version, certificates }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SET: &str =
        r#"{"gateway":"reference-gateway","version":3,"certificates":["MAA=","MAE="]}"#;

    fn signed(set: &str) -> Result<SignedPins, Unusable> {
        let set = BASE64_STANDARD.encode(set);
        read(RawSigned { set, certificate: "MAA=".to_owned(), signature: "MAM=".to_owned() })
    }

    #[track_caller]
    fn check(set: &str) {
        assert!(signed(set).expect("bytes").set().is_err(), "{set}");
    }

    #[test]
    fn a_set_is_read_and_comes_back_from_where_it_is_kept() {
        let set = signed(SET).expect("bytes").set().expect("a set");
        assert_eq!((set.version, set.gateway.as_str()), (3, "reference-gateway"));
        assert_eq!(set.certificates, [[0x30, 0], [0x30, 1]]);
        assert_eq!(serde_json::to_string(&set).expect("JSON"), SET);
    }

    /// The expected bytes were written by hand.
    #[test]
    fn the_signature_is_over_the_purpose_and_the_exact_bytes() {
        let message = signed("{ }").expect("bytes").message();
        assert_eq!(message, b"\0\0\0\x0fshikaku-pins-v1\0\0\0\x03{ }");
    }

    #[test]
    fn a_set_is_of_two_to_eight_cas_with_a_version() {
        let with =
            |certificates: &[String]| SET.replace(r#""MAA=","MAE=""#, &certificates.join(","));
        let some = |count: usize| -> Vec<String> {
            (0..count).map(|at| format!("\"{}\"", BASE64_STANDARD.encode([at as u8]))).collect()
        };
        assert!(signed(&with(&some(8))).expect("bytes").set().is_ok());
        for count in [0, 1, 9] {
            check(&with(&some(count)));
        }
        let long = BASE64_STANDARD.encode([0; CERTIFICATE_MAX + 1]);
        check(&SET.replace("MAE=", &long));
        check(&SET.replace("MAE=", "MAA="));
        check(&SET.replace("MAE=", "M"));
        check(&SET.replace("MAE=", ""));
        for version in ["0", "-1", "4294967296", "1.5", "\"3\""] {
            check(&SET.replace(":3", &format!(":{version}")));
        }
        check(&SET.replace("reference-gateway", "a b"));
        check(&SET[..SET.len() - 1]);
        check("[]");
    }

    #[test]
    fn what_came_is_bounded() {
        assert!(signed(&" ".repeat(SET_MAX)).is_ok());
        assert!(signed(&" ".repeat(SET_MAX + 1)).is_err());
        assert!(signed("").is_err());
    }
}
