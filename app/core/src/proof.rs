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

/// How the holder is known (本人認証).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Staff compare face and photo (目視).
    Visual,
    /// The holder enters the PIN (暗証番号).
    #[default]
    Pin,
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
    pub pin: Pin,
    /// The holder agreed to use the last try, on this very card.
    pub last_try: Option<Presence>,
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
