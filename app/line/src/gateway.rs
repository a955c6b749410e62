//! The gateway as this device sees it: its calls, and what went wrong with them.

use std::{fs, io, path::PathBuf, sync::Arc, time::SystemTime};

use kiosk_core::{
    CardProof, Consents, Eligibility, GatewayTrouble, LineStatus, Notice, OpenCheck, RelayAnswers,
    Relayed, Way,
    proof::{CheckReference, Hierarchy},
};
use kiosk_gateway::{Id, Unusable, answer, answer::Opened, proof, request};
use kiosk_process::{
    Settings,
    journal::{Entry, Health},
};

use crate::{
    ask::{Ask, Fault, Heard, Patience},
    clock,
    state::{Identity, State, StateError},
    tls::{self, Tls, TlsError},
};

/// Eight certificates have about 8,000 bytes; this leaves room for comments.
const PINS_FILE_MAX: u64 = 64 * 1024;

/// A registered device's way to its gateway.
#[derive(Debug)]
pub(crate) struct Gateway {
    ask: Ask,
    identity: Identity,
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
    #[error("cannot read the pins {0}: {1}")]
    Pins(PathBuf, #[source] io::Error),
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
            Self::NotRegistered | Self::Removing | Self::State(_) => GatewayTrouble::Unregistered,
            Self::LoggedOut => GatewayTrouble::SessionEnded,
            Self::Tls(TlsError::Chain | TlsError::OtherKey) => GatewayTrouble::Unregistered,
            Self::Pins(..) | Self::Tls(TlsError::Pins) => GatewayTrouble::NotTrusted,
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
    pub(crate) fn load(settings: &Settings, patience: Patience) -> Result<Self, NoGateway> {
        match State::new(&settings.state_folder).device()? {
            Some(device) if device.removing => Err(NoGateway::Removing),
            _ => Self::load_for_removal(settings, patience),
        }
    }

    /// As [`Gateway::load`], also for a device that is being removed.
    pub(crate) fn load_for_removal(
        settings: &Settings,
        patience: Patience,
    ) -> Result<Self, NoGateway> {
        let state = State::new(&settings.state_folder);
        let registered = state.device()?.and_then(|device| device.registered);
        let identity = registered.ok_or(NoGateway::NotRegistered)?;
        let key = state.key()?.ok_or_else(|| state.key_is_missing())?;
        let who = tls::Identity { key: Arc::new(key), chain: &identity.certificate_chain };
        let tls = Tls::new(&pins(settings)?, Some(who))?;
        let ask = Ask::new(settings.gateway.clone(), tls, patience);
        Ok(Self { ask, identity })
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
    ) -> Result<Box<Eligibility>, CallError> {
        let heard = self.call_again(&request::prove(check, proof, consents), still_wanted)?;
        Ok(answer::eligibility(&heard.answer(), check)?)
    }

    /// Hands over what the card answered in one round of 目視.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn relay(
        &self,
        check: &Id,
        (round, consents): (&RelayAnswers, Consents),
        still_wanted: impl FnOnce() -> bool,
    ) -> Result<Relayed, CallError> {
        let heard = self.call_again(&request::relay(check, round, consents), still_wanted)?;
        Ok(answer::relayed(&heard.answer(), check, round.round)?)
    }

    /// Hands over the journal: up to which entry the gateway has it.
    ///
    /// Errors: all of [`CallError`].
    pub(crate) fn journal(&self, entries: &[Entry], health: &Health) -> Result<u64, CallError> {
        let heard = self.call(&request::journal(entries, health))?;
        Ok(answer::acknowledged(&heard.answer())?)
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

/// The CAs that may vouch for the gateway, PEM.
///
/// Errors: the file cannot be read, or is too long.
pub(crate) fn pins(settings: &Settings) -> Result<Vec<u8>, NoGateway> {
    let wrong = |problem| NoGateway::Pins(settings.pins.clone(), problem);
    match fs::metadata(&settings.pins).map_err(wrong)?.len() {
        0..=PINS_FILE_MAX => fs::read(&settings.pins).map_err(wrong),
        _ => Err(wrong(io::Error::new(io::ErrorKind::InvalidData, "above 65536 bytes"))),
    }
}
