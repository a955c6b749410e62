//! Another set of CAs (D18): whether it is believed, and how it is kept.
//!
//! It must be signed by somebody whom a CA of the present set certifies for this purpose, be
//! for this gateway, and be a later one. Then the gateway must be reached under it: a set that
//! would lock this device out is not taken, whoever signed it.

use std::time::SystemTime;

use kiosk_gateway::{GatewayName, PinSet, SignedPins, Unusable};

use crate::{
    gateway::Gateway,
    roots::Roots,
    state::{State, StateError},
};

/// A set that is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    #[error("nobody whom a CA of the present set certifies for this has signed it")]
    NotSigned,
    #[error(transparent)]
    Unusable(#[from] Unusable),
    #[error("it is for another gateway")]
    OtherGateway,
    #[error("it is older: version {theirs}, and ours is {ours}")]
    Older { ours: u32, theirs: u32 },
    #[error("a CA in it is damaged")]
    Damaged,
}

/// What a set that came is to this device: `None` if it is the present one.
///
/// Errors: all of [`Refused`].
pub(crate) fn judge(
    signed: &SignedPins,
    gateway: &Gateway,
    now: SystemTime,
) -> Result<Option<PinSet>, Refused> {
    let name = &gateway.identity().gateway_name;
    judge_for(signed, (gateway.roots(), gateway.pins_version(), name), now)
}

fn judge_for(
    signed: &SignedPins,
    (roots, ours, name): (&Roots, u32, &GatewayName),
    now: SystemTime,
) -> Result<Option<PinSet>, Refused> {
    if !roots.vouch_for_pins(signed, now) {
        return Err(Refused::NotSigned);
    }
    let set = signed.set()?;
    if set.gateway != *name {
        return Err(Refused::OtherGateway);
    }
    match set.version {
        theirs if theirs < ours => Err(Refused::Older { ours, theirs }),
        theirs if theirs == ours => Ok(None),
        _ => match Roots::from_der(&set.certificates) {
            Ok(_) => Ok(Some(set)),
            Err(_) => Err(Refused::Damaged),
        },
    }
}

/// Puts the set in the place of the present one, unless that is a later one by now, or the
/// device is nobody's.
///
/// Errors: the state cannot be read or written; the old set is still there.
pub(crate) fn keep(state: &State, set: PinSet) -> Result<(), StateError> {
    let Some(mut device) = state.device()? else { return Ok(()) };
    let is_later = device.pins.as_ref().is_none_or(|ours| ours.version < set.version);
    if device.registered.is_none() || !is_later {
        return Ok(());
    }
    device.pins = Some(set);
    state.keep_device(&device)
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, Engine};
    use kiosk_gateway::{Answer, answer};
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose as Purpose,
        IsCa, KeyPair, SigningKey, date_time_ymd,
    };

    use super::*;

    type Ca = CertifiedIssuer<'static, KeyPair>;

    const NAME: &str = "reference-gateway";
    const PINS: [u64; 4] = [2, 999, 7387, 2];

    fn ca() -> Ca {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ca::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA")
    }

    fn set(name: &str, version: u32, cas: &[&Ca]) -> String {
        let certificates = cas.iter().map(|ca| BASE64_STANDARD.encode(ca.as_ref().der()));
        let certificates: Vec<_> = certificates.collect();
        serde_json::json!({ "gateway": name, "version": version, "certificates": certificates })
            .to_string()
    }

    /// Who signs, and how well.
    struct Signer<'a> {
        ca: &'a Ca,
        purposes: Vec<Purpose>,
        until: i32,
        is_ca: bool,
    }

    impl<'a> Signer<'a> {
        fn of(ca: &'a Ca) -> Self {
            Self { ca, purposes: vec![Purpose::Other(PINS.to_vec())], until: 2100, is_ca: false }
        }

        fn sign(&self, set: &str) -> SignedPins {
            let mut params = CertificateParams::default();
            params.extended_key_usages.clone_from(&self.purposes);
            params.not_after = date_time_ymd(self.until, 1, 1);
            if self.is_ca {
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }
            let key = KeyPair::generate().expect("a key");
            let certificate = params.signed_by(&key, self.ca).expect("a certificate");
            let unsigned = document(set, certificate.der(), &[0]);
            document(set, certificate.der(), &key.sign(&unsigned.message()).expect("signed"))
        }
    }

    fn document(set: &str, certificate: &[u8], signature: &[u8]) -> SignedPins {
        let [set, certificate, signature] =
            [set.as_bytes(), certificate, signature].map(|it| BASE64_STANDARD.encode(it));
        let body =
            serde_json::json!({ "set": set, "certificate": certificate, "signature": signature });
        let body = body.to_string();
        let content_type = Some("application/json");
        answer::pins(&Answer { status: 200, content_type, body: body.as_bytes() }).expect("pins")
    }

    /// On a device that has version 4, with this one CA.
    fn judged(signed: &SignedPins, ours: &Ca) -> Result<Option<u32>, Refused> {
        let roots = Roots::from_der(&[ours.as_ref().der().to_vec()]).expect("a CA");
        let name = NAME.to_owned().try_into().expect("a name");
        let judged = judge_for(signed, (&roots, 4, &name), SystemTime::now());
        judged.map(|set| set.map(|set| set.version))
    }

    #[test]
    fn a_later_set_is_taken_and_no_other() {
        let (ours, next) = (ca(), ca());
        let judged = |name, version| {
            judged(&Signer::of(&ours).sign(&set(name, version, &[&ours, &next])), &ours)
        };
        assert_eq!((judged(NAME, 5), judged(NAME, 9)), (Ok(Some(5)), Ok(Some(9))));
        assert_eq!(judged(NAME, 4), Ok(None));
        assert_eq!(judged(NAME, 3), Err(Refused::Older { ours: 4, theirs: 3 }));
        assert_eq!(judged("another", 5), Err(Refused::OtherGateway));
    }

    #[test]
    fn only_whom_a_present_ca_certifies_for_it_may_sign() {
        let (ours, next) = (ca(), ca());
        let good = set(NAME, 5, &[&ours, &next]);
        let refused = |signer: Signer<'_>| {
            assert_eq!(judged(&signer.sign(&good), &ours), Err(Refused::NotSigned));
        };
        // A CA that only the new set has, and one that is in none.
        refused(Signer::of(&next));
        refused(Signer::of(&ca()));
        // The gateway's own certificate, a device's, one for anything, one for nothing named.
        refused(Signer { purposes: vec![Purpose::ServerAuth], ..Signer::of(&ours) });
        refused(Signer { purposes: vec![Purpose::ClientAuth], ..Signer::of(&ours) });
        refused(Signer { purposes: vec![Purpose::Any], ..Signer::of(&ours) });
        refused(Signer { purposes: vec![], ..Signer::of(&ours) });
        refused(Signer { until: 2020, ..Signer::of(&ours) });
        refused(Signer { is_ca: true, ..Signer::of(&ours) });
    }

    #[test]
    fn the_signature_is_over_these_very_bytes() {
        let (ours, next) = (ca(), ca());
        let good = set(NAME, 5, &[&ours, &next]);
        let signed = Signer::of(&ours).sign(&good);
        let SignedPins { certificate, signature, .. } = &signed;
        assert_eq!(judged(&document(&good, certificate, signature), &ours), Ok(Some(5)));
        let later = good.replace("\"version\":5", "\"version\":6");
        for set in [later, format!("{good} ")] {
            let forged = document(&set, certificate, signature);
            assert_eq!(judged(&forged, &ours), Err(Refused::NotSigned));
        }
        let other = Signer::of(&ours).sign(&good);
        let mixed = document(&good, certificate, &other.signature);
        assert_eq!(judged(&mixed, &ours), Err(Refused::NotSigned));
    }

    #[test]
    fn what_is_signed_must_be_a_set_all_the_same() {
        let ours = ca();
        let sign = |text: &str| judged(&Signer::of(&ours).sign(text), &ours);
        assert!(matches!(sign("{}"), Err(Refused::Unusable(_))));
        assert!(matches!(sign(&set(NAME, 5, &[&ours])), Err(Refused::Unusable(_))));
        let damaged =
            serde_json::json!({ "gateway": NAME, "version": 5, "certificates": ["MAA=", "MAE="] });
        assert_eq!(sign(&damaged.to_string()), Err(Refused::Damaged));
    }
}
