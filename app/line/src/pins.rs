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
