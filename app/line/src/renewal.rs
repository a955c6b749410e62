//! A new certificate for the same key (D20).
//!
//! The key stays: the session is bound to it, and with a TPM it cannot be anywhere else. So
//! the request of the registration serves for every renewal, all that changes on the disk is
//! one file, and an answer that is lost costs nothing: the certificate in use holds as long as
//! it says, and the same question gets another one.

use kiosk_gateway::{Id, answer::Renewed};

use crate::{
    certificate::Leaf,
    gateway::Gateway,
    place::Place,
    state::{State, StateError},
    tls::{Identity, Tls, TlsError},
};

/// A certificate that is not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unfit {
    #[error("it is for another device")]
    OtherDevice,
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("no CA that is pinned vouches for it now")]
    NotVouched,
    #[error("it would have to be renewed at once")]
    Old,
    #[error("it comes from a simulator, and the gateway was none, or the other way round")]
    OtherMark,
}

/// Whether what the gateway issued serves in the place of what it issued before.
///
/// Errors: all of [`Unfit`].
pub(crate) fn check(renewed: &Renewed, gateway: &Gateway, place: &Place) -> Result<Leaf, Unfit> {
    let (chain, now) = (&renewed.certificate_chain, place.clock.now());
    let leaf = Leaf::read(chain).ok_or(TlsError::Chain)?;
    let device_id = &gateway.identity().device_id;
    if renewed.device_id != *device_id || leaf.subject != gateway.leaf().subject {
        return Err(Unfit::OtherDevice);
    }
    let who = Identity { key: gateway.key(), chain };
    Tls::new(gateway.roots(), Some(who), &place.clock)?;
    if !gateway.roots().vouch_for_device(chain, now) {
        return Err(Unfit::NotVouched);
    }
    match leaf.validity.is_due(now) {
        true => Err(Unfit::Old),
        false => Ok(leaf),
    }
}

/// Puts the chain in the place of the old one. A device that is another by now, or nobody's,
/// is left alone.
///
/// Errors: the state cannot be read or written; the old chain is still there.
pub(crate) fn keep(state: &State, device_id: &Id, chain: String) -> Result<(), StateError> {
    let Some(mut device) = state.device()? else { return Ok(()) };
    let registered = device.registered.as_mut().filter(|it| it.device_id == *device_id);
    let Some(identity) = registered else { return Ok(()) };
    identity.certificate_chain = chain;
    state.keep_device(&device)
}
