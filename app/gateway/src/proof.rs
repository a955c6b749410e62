//! What a card signs to prove that its holder is here, at this kiosk, for this check (D22).

use sha2::{Digest, Sha256};

use crate::{GatewayName, Id};

/// Says what the signature is for, so that none made for something else fits.
const PURPOSE: &str = "shikaku-check-v1";

/// SHA-256 over the purpose, the gateway's name, the device's id, the check's id and the
/// challenge, each with its length as 4 bytes, big-endian, in front. The card signs it with
/// PKCS#1 v1.5.
pub fn digest(gateway: &GatewayName, device: &Id, check: &Id, challenge: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    let fields: [&[u8]; 5] = [
        PURPOSE.as_bytes(),
        gateway.as_str().as_bytes(),
        device.as_str().as_bytes(),
        check.as_str().as_bytes(),
        challenge,
    ];
    for field in fields {
        let length = u32::try_from(field.len()).expect("every field is below 65 bytes");
        hash.update(length.to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::array;

    use super::*;

    fn id(text: &str) -> Id {
        text.to_owned().try_into().expect("a UUID")
    }

    /// The expected bytes come from another program (Python's hashlib and struct).
    #[test]
    fn a_fixed_example() {
        let digest = digest(
            &"reference-gateway".to_owned().try_into().expect("a name"),
            &id("0b8f3c4e-5d1a-4b7e-9c2f-6a1d2e3f4a5b"),
            &id("11111111-2222-4333-8444-555555555555"),
            &array::from_fn(|at| at as u8),
        );
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "391592728c9779bc7e0279c743dc286bcc6ef61d3fd01207d44e95b4fef2161a");
    }
}
