//! The gateway as this device sees it: its calls, and what went wrong with them.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use kiosk_core::{
    CardProof, Consents, DeviceInfo, Eligibility, GatewayTrouble, LineStatus, Notice, OpenCheck,
    RelayAnswers, Relayed, Way,
    proof::{CheckReference, Hierarchy},
};
use kiosk_gateway::{
    Id, PinSet, SignedPins, Unusable, answer,
    answer::{Opened, Renewed},
    proof, request,
};
use kiosk_process::journal::{Entry, Health};
use zeroize::Zeroizing;

use crate::{
    ask::{Ask, Fault, Heard, Patience},
    certificate::{Leaf, Validity},
    clock,
    key::FileKey,
    place::{NoRoots, Place},
    roots::Roots,
    state::{Device, Identity, StateError},
    tls::{self, Tls, TlsError},
};

/// A registered device's way to its gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    ask: Ask,
    identity: Identity,
    /// What is sent for a certificate.
    csr: String,
    key: Arc<FileKey>,
    leaf: Leaf,
    roots: Roots,
    /// Of the roots; 0 for those of the settings.
    pins_version: u32,
}

/// A line that works.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) is_simulator: bool,
    /// お知らせ, if they could be read.
    pub(crate) notices: Option<Vec<Notice>>,
    /// For the journal.
    pub(crate) remark: Option<String>,
}

/// A result as it came, to be handed over or to be wiped.
#[derive(Debug)]
pub(crate) struct Original {
    pub(crate) xml: Zeroizing<Vec<u8>>,
    pub(crate) is_simulator: bool,
}

impl From<Heard> for Original {
    fn from(heard: Heard) -> Self {
        Self { is_simulator: heard.is_simulator, xml: heard.into_body() }
    }
}

/// Why there is no way to the gateway.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoGateway {
    #[error("this device is not registered")]
    NotRegistered,
    #[error("this device is being removed")]
    Removing,
    #[error("nobody is logged in")]
    LoggedOut,
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Roots(#[from] NoRoots),
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl NoGateway {
    /// What the kiosk is told of the line.
    pub(crate) fn status(&self) -> LineStatus {
        match self {
            Self::NotRegistered => LineStatus::Unregistered,
            Self::Removing => LineStatus::Removing,
            problem => LineStatus::Down(problem.trouble()),
        }
    }

    pub(crate) fn trouble(&self) -> GatewayTrouble {
        match self {
            Self::NotRegistered
            | Self::Removing
            | Self::State(_)
            | Self::Roots(NoRoots::State(_))
            | Self::Tls(TlsError::Chain | TlsError::OtherKey) => GatewayTrouble::Unregistered,
            Self::LoggedOut => GatewayTrouble::SessionEnded,
            Self::Roots(NoRoots::Unreadable(..) | NoRoots::Bad(..)) => GatewayTrouble::NotTrusted,
        }
    }
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error(transparent)]
    Unusable(#[from] Unusable),
}

impl CallError {
    pub(crate) fn trouble(&self) -> GatewayTrouble {
        match self {
            Self::Fault(fault) => fault.trouble(),
            Self::Unusable(unusable) => unusable.trouble,
        }
    }
}

impl Gateway {
    /// Reads state and pins anew.
    ///
    /// Errors: all of [`NoGateway`].
    pub(crate) fn load(place: &Place, patience: Patience) -> Result<Self, NoGateway> {
        match place.state().device()? {
            Some(device) if device.removing => Err(NoGateway::Removing),
            device => Self::of(device, place, patience),
        }
    }

    /// As [`Gateway::load`], also for a device that is being removed.
    ///
    /// Errors: all of [`NoGateway`] but [`NoGateway::Removing`].
    pub(crate) fn load_for_removal(place: &Place, patience: Patience) -> Result<Self, NoGateway> {
        Self::of(place.state().device()?, place, patience)
    }

    /// As [`Gateway::load`], as if `set` was in force already.
    ///
    /// Errors: all of [`NoGateway`].
    pub(crate) fn load_under(
        set: &PinSet,
        place: &Place,
        patience: Patience,
    ) -> Result<Self, NoGateway> {
        let mut device = place.state().device()?.ok_or(NoGateway::NotRegistered)?;
        device.pins = Some(set.clone());
        Self::of(Some(device), place, patience)
    }

    fn of(device: Option<Device>, place: &Place, patience: Patience) -> Result<Self, NoGateway> {
        let device = device.ok_or(NoGateway::NotRegistered)?;
        let roots = place.roots(Some(&device));
        let identity = device.registered.ok_or(NoGateway::NotRegistered)?;
        let state = place.state();
        let key = Arc::new(state.key()?.ok_or_else(|| state.key_is_missing())?);
        let roots = roots?;
        let leaf = Leaf::read(&identity.certificate_chain).ok_or(TlsError::Chain)?;
        let who = tls::Identity { key: key.clone(), chain: &identity.certificate_chain };
        let tls = Tls::new(&roots, Some(who), &place.clock)?;
        let ask = place.ask(tls, patience);
        let pins_version = device.pins.map_or(0, |set| set.version);
        Ok(Self { ask, identity, csr: device.csr, key, leaf, roots, pins_version })
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn key(&self) -> Arc<FileKey> {
        Arc::clone(&self.key)
    }

    /// The device's own certificate.
    pub(crate) fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// Who may vouch for this gateway.
    pub(crate) fn roots(&self) -> &Roots {
        &self.roots
    }

    pub(crate) fn pins_version(&self) -> u32 {
        self.pins_version
    }

    /// Who this device is, but for what the gateway alone can say.
    pub(crate) fn info(&self, place: &Place) -> DeviceInfo {
        let Validity { from, until } = self.leaf.validity;
        let seconds = |at: SystemTime| {
            at.duration_since(SystemTime::UNIX_EPOCH).as_ref().map_or(0, Duration::as_secs)
        };
        // What is longer than it can be is not shown.
        DeviceInfo {
            device_id: self.identity.device_id.as_str().try_into().unwrap_or_default(),
            facility: self.identity.facility.as_str().try_into().unwrap_or_default(),
            serial: place.settings.serial.as_str().try_into().unwrap_or_default(),
            gateway: place.settings.gateway.host().try_into().unwrap_or_default(),
            certificate_from: seconds(from),
            certificate_until: seconds(until),
            pins_version: self.pins_version,
            simulator: None,
        }
    }

    pub(crate) fn has_session(&self) -> bool {
        self.identity.session.is_some()
    }

    /// What it offered when this device was registered.
    pub(crate) fn offers(&self) -> Consents {
        self.identity.consents
    }

    /// A cheap look at the line, which keeps the connection warm.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn look(&self) -> Result<Look, CallError> {
        let heard = self.call(&request::notices())?;
        let clock = heard.date.and_then(|date| clock::difference(SystemTime::now(), date));
        let (notices, remark) = match answer::notices(&heard.answer()) {
            Ok(all) => (Some(all), clock.map(|difference| format!("the clock is {difference}"))),
            // A notice with a slip of the pen is no reason to close the kiosk.
            Err(slip) if heard.answer().status == 200 => {
                (None, Some(format!("the notices: {slip}")))
            }
            Err(refusal) => return Err(refusal.into()),
        };
        Ok(Look { is_simulator: heard.is_simulator, notices, remark })
    }

    /// Opens a check: what the gateway calls it, and what the card is to sign.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn open(&self, way: Way) -> Result<(Opened, OpenCheck), CallError> {
        let heard = self.call(&request::open_check(way))?;
        let opened = answer::opened(&heard.answer())?;
        let Identity { gateway_name, device_id, .. } = &self.identity;
        let check = OpenCheck {
            digest: proof::digest(gateway_name, device_id, &opened.check, &opened.challenge),
            expires_in: opened.expires_in,
            hierarchy: match heard.is_simulator {
                true => Hierarchy::Test,
                false => Hierarchy::Production,
            },
            reference: CheckReference(opened.check.number()),
        };
        Ok((opened, check))
    }

    /// Hands the card's proof over.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn prove(
        &self,
        check: &Id,
        (proof, consents): (&CardProof, Consents),
        still_wanted: impl FnOnce() -> bool,
    ) -> Result<(Box<Eligibility>, Original), CallError> {
        let heard = self.call_again(&request::prove(check, proof, consents), still_wanted)?;
        Ok((answer::eligibility(&heard.answer(), check)?, heard.into()))
    }

    /// Hands over what the card answered in one round of 目視.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn relay(
        &self,
        check: &Id,
        (round, consents): (&RelayAnswers, Consents),
        still_wanted: impl FnOnce() -> bool,
    ) -> Result<(Relayed, Original), CallError> {
        let heard = self.call_again(&request::relay(check, round, consents), still_wanted)?;
        Ok((answer::relayed(&heard.answer(), check, round.round)?, heard.into()))
    }

    /// Hands over the journal: up to which entry the gateway has it.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn journal(&self, entries: &[Entry], health: &Health) -> Result<u64, CallError> {
        let heard = self.call(&request::journal(entries, health))?;
        Ok(answer::acknowledged(&heard.answer())?)
    }

    /// Asks for a new certificate for the same key, with the request of the registration.
    /// Also whether it came from a simulator.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn renew(&self) -> Result<(Renewed, bool), CallError> {
        let heard = self.call(&request::renew(&self.csr))?;
        Ok((answer::renewed(&heard.answer())?, heard.is_simulator))
    }

    /// The gateway's set of CAs, and whether it came from a simulator.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn pins(&self) -> Result<(SignedPins, bool), CallError> {
        let heard = self.call(&request::pins())?;
        Ok((answer::pins(&heard.answer())?, heard.is_simulator))
    }

    /// Ends the call under way; it fails.
    pub(crate) fn interrupt(&self) {
        self.ask.interrupt();
    }

    /// A connection that breaks before the answer is there gets one more try with the same
    /// bytes, which the contract makes safe, if `still_wanted`.
    fn call_again(
        &self,
        request: &request::Request,
        still_wanted: impl FnOnce() -> bool,
    ) -> Result<Heard, CallError> {
        match self.call(request) {
            Err(CallError::Fault(Fault::Broken(_))) if still_wanted() => self.call(request),
            heard => heard,
        }
    }

    /// Asks, as this device; whatever the answer's status is.
    ///
    /// Errors: [`CallError::Fault`].
    pub(crate) fn call(&self, request: &request::Request) -> Result<Heard, CallError> {
        Ok(self.ask.ask(request, self.identity.session.as_ref())?)
    }
}
