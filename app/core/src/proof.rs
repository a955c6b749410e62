//! What goes between machine, card and gateway in one check.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Date, Pin, Presence};

/// Tells one check's answers from the next one's: a card pulled half-way leaves
/// a worker that answers when another patient is already standing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckId(pub u32);

/// One reading of a card within a check; a second PIN is a second attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    pub check: CheckId,
    pub number: u8,
}

/// How holders are known at a station (本人認証).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Staff compare face and photo (目視): where a station begins after its registration.
    #[default]
    Visual,
    /// The holder enters the PIN (暗証番号).
    Pin,
}

/// How one check goes: how its holder is known, and with what. A phone has no photo
/// to look at, and an iPhone recognises its holder by itself (D15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// Staff compare face and photo; the gateway unlocks the card (目視).
    Visual,
    /// The holder enters the PIN of the card (暗証番号).
    Pin,
    /// The holder enters the PIN of the certificate in an Android phone.
    Android,
    /// Face ID or Touch ID, on the iPhone.
    Iphone,
}

impl Way {
    /// What has to lie on the reader.
    pub fn token(self) -> TokenKind {
        match self {
            Self::Visual | Self::Pin => TokenKind::Card,
            Self::Android => TokenKind::Android,
            Self::Iphone => TokenKind::Iphone,
        }
    }

    /// Whether the holder types a PIN here.
    pub fn asks_pin(self) -> bool {
        matches!(self, Self::Pin | Self::Android)
    }
}

impl From<Method> for Way {
    fn from(method: Method) -> Self {
        match method {
            Method::Visual => Self::Visual,
            Method::Pin => Self::Pin,
        }
    }
}

/// What lies on the reader, by the label in EF 0006.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenKind {
    /// `JPKIAPICCTOKEN2`: My Number card.
    Card,
    /// `JPKIAPGPSETOKEN`.
    Android,
    /// `JPKIAPIOSTOKEN`.
    Iphone,
}

/// A check that the gateway has opened: what the card is to sign, and how long
/// that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenCheck {
    /// SHA-256 over gateway, device, check and challenge; see `kiosk_gateway::proof`.
    pub digest: [u8; 32],
    pub expires_in: Duration,
    /// Which certificates belong in front of this gateway.
    pub hierarchy: Hierarchy,
    pub reference: CheckReference,
}

/// What the gateway calls a check: a UUID. For the device journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReference(pub u128);

impl fmt::Display for CheckReference {
    /// RFC 9562, section 4: `8-4-4-4-12`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let it = self.0;
        let part = |shift: u32, bits: u32| (it >> shift) & ((1 << bits) - 1);
        let (a, b, c) = (part(96, 32), part(80, 16), part(64, 16));
        write!(f, "{a:08x}-{b:04x}-{c:04x}-{:04x}-{:012x}", part(48, 16), part(0, 48))
    }
}

/// Whose certificates may be used, told apart by the policy OID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hierarchy {
    /// Policy 1.2.392.200149.8.5.1.3.30.
    Production,
    /// Policy 1.2.392.200149.8.5.1.0.30, for a gateway with the simulator mark.
    Test,
}

/// Everything the card process needs for one reading.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReadOrder {
    pub attempt: Attempt,
    /// The card that is meant. Another stay than this one is not read.
    pub card: Presence,
    pub digest: [u8; 32],
    pub hierarchy: Hierarchy,
    pub holder: Holder,
    /// The holder agreed to use the last try, on this very card.
    pub last_try: Option<Presence>,
}

/// What opens the key of a reading: a wrong pair of token and PIN cannot be ordered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Holder {
    CardPin(Pin),
    AndroidPin(Pin),
    /// The phone has recognised its holder.
    Iphone,
}

impl Holder {
    /// What has to lie on the reader.
    pub fn token(&self) -> TokenKind {
        match self {
            Self::CardPin(_) => TokenKind::Card,
            Self::AndroidPin(_) => TokenKind::Android,
            Self::Iphone => TokenKind::Iphone,
        }
    }
}

/// What a card gave: enough for the gateway to know the holder.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct CardProof {
    #[zeroize(skip)]
    pub token: TokenKind,
    /// The user-authentication certificate (利用者証明用電子証明書), DER.
    pub certificate: heapless::Vec<u8, { CardProof::CERTIFICATE_MAX }>,
    /// PKCS#1 v1.5 over the digest, RSA-2048.
    pub signature: heapless::Vec<u8, 256>,
    /// Last day of the certificate, Japan time.
    #[zeroize(skip)]
    pub not_after: Date,
}

impl CardProof {
    /// Real ones have about 1,600 bytes; anything above is refused.
    pub const CERTIFICATE_MAX: usize = 4096;
}

impl fmt::Debug for CardProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardProof({:?}, {} bytes)", self.token, self.certificate.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_written_as_a_uuid() {
        let reference = CheckReference(0x0b8f_3c4e_5d1a_4b7e_9c2f_6a1d_2e3f_4a5b);
        assert_eq!(reference.to_string(), "0b8f3c4e-5d1a-4b7e-9c2f-6a1d2e3f4a5b");
    }
}
