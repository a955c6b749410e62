//! What a line does for itself while nobody needs it: a new certificate before the old one
//! ends, and another set of CAs when there is one. Never during a check; one that comes
//! meanwhile cuts it off.

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use kiosk_core::{Deed, GatewayTrouble, LineStatus};
use kiosk_process::words::LineReport;
use log::{info, warn};

use super::Worker;
use crate::{
    ask::Patience,
    certificate::Validity,
    gateway::{CallError, Gateway, NoGateway},
    pace::Pace,
    pins, renewal,
    state::StateError,
};

/// So long the line must have been idle.
pub(super) const QUIET: Duration = Duration::from_secs(2);
/// Between two renewals, whatever the certificates say: a gateway whose clock is wrong is not
/// asked without end.
const RENEW_EVERY: Duration = Duration::from_secs(3600);
/// A change of CAs takes weeks.
const PINS_EVERY: Duration = Duration::from_secs(6 * 3600);

/// What is known of it.
#[derive(Debug, Default)]
pub(super) struct Upkeep {
    /// Of the device's certificate.
    validity: Option<Validity>,
    certificate: Pace,
    pins: Pace,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    Certificate,
    Pins,
}

/// Why it came to nothing.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    NoGateway(#[from] NoGateway),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Certificate(#[from] renewal::Unfit),
    #[error(transparent)]
    Pins(#[from] pins::Refused),
    #[error("under it, the gateway would be another: {0}")]
    LockedOut(#[source] CallError),
    #[error("under it, the gateway would be a simulator, or none any more")]
    OtherMark,
    #[error(transparent)]
    State(#[from] StateError),
}

impl Upkeep {
    pub(super) fn knows(&mut self, validity: Validity) {
        self.validity = Some(validity);
    }
}

impl Worker<'_> {
    /// Whether something is due. Nobody has to be logged in for it.
    pub(super) fn has_upkeep(&self) -> bool {
        use LineStatus as S;

        let reachable = match self.status {
            S::Up { .. } | S::Down(GatewayTrouble::SessionEnded) => true,
            S::Starting | S::Down(_) | S::Unregistered | S::Removing => false,
        };
        reachable && self.desk.is_free() && self.due().is_some()
    }

    fn due(&self) -> Option<Work> {
        let Upkeep { validity, certificate, pins } = &self.upkeep;
        let (moment, now) = (Instant::now(), self.place.clock.now());
        let is_old = validity.is_some_and(|validity| validity.is_due(now));
        if is_old && certificate.may_try(moment) {
            Some(Work::Certificate)
        } else {
            pins.may_try(moment).then_some(Work::Pins)
        }
    }

    pub(super) fn upkeep(&mut self) {
        let Some(work) = self.due() else { return };
        let outcome = match work {
            Work::Certificate => self.renew(),
            Work::Pins => self.change_pins(),
        };
        let changed = match outcome {
            // A check came; it goes on when that is over.
            Ok(None) => return,
            Ok(Some(changed)) => changed,
            Err(problem) => return self.put_off(work, &problem),
        };
        let now = Instant::now();
        match work {
            Work::Certificate => self.upkeep.certificate.succeeded(now, RENEW_EVERY),
            Work::Pins => self.upkeep.pins.succeeded(now, PINS_EVERY),
        }
        if changed {
            // What was given is used from here on.
            self.gateway = None;
            self.look();
        }
    }

    fn put_off(&mut self, work: Work, problem: &Failed) {
        let (what, pace) = match work {
            Work::Certificate => ("the certificate was not renewed", &mut self.upkeep.certificate),
            Work::Pins => ("the set of CAs was not taken", &mut self.upkeep.pins),
        };
        warn!("{what}: {problem}");
        pace.failed(Instant::now(), random());
    }

    /// Whether there is a new certificate; `None` if a check came.
    fn renew(&mut self) -> Result<Option<bool>, Failed> {
        let gateway = Arc::new(Gateway::load(self.place, Patience::default())?);
        let Some(answer) = self.aside(&gateway, Gateway::renew) else { return Ok(None) };
        let (renewed, is_simulator) = answer?;
        let leaf = renewal::check(&renewed, &gateway, self.place)?;
        if self.mark().is_some_and(|mark| mark != is_simulator) {
            return Err(renewal::Unfit::OtherMark.into());
        }
        let device_id = &gateway.identity().device_id;
        renewal::keep(&self.place.state(), device_id, renewed.certificate_chain)?;
        self.upkeep.knows(leaf.validity);
        info!("the device has a new certificate");
        self.desk.report(&LineReport::Did(Deed::CertificateRenewed));
        Ok(Some(true))
    }

    /// Whether there is another set; `None` if a check came.
    fn change_pins(&mut self) -> Result<Option<bool>, Failed> {
        let gateway = Arc::new(Gateway::load(self.place, Patience::default())?);
        let Some(answer) = self.aside(&gateway, Gateway::pins) else { return Ok(None) };
        let (signed, is_simulator) = answer?;
        let Some(set) = pins::judge(&signed, &gateway, self.place.clock.now())? else {
            return Ok(Some(false));
        };
        let trial = Gateway::load_under(&set, self.place, Patience::default())?;
        let Some(answer) = self.aside(&Arc::new(trial), Gateway::pins) else { return Ok(None) };
        let (_, under_it) = answer.map_err(Failed::LockedOut)?;
        if under_it != is_simulator {
            return Err(Failed::OtherMark);
        }
        let version = set.version;
        pins::keep(&self.place.state(), set)?;
        info!("the gateway is vouched for by its set of CAs {version} from now on");
        self.desk.report(&LineReport::Did(Deed::PinsChanged));
        Ok(Some(true))
    }

    /// What went wrong, for whoever reads the journal.
    pub(super) fn explained(&self, problem: &CallError) -> String {
        let now = self.place.clock.now();
        let has_ended = self.upkeep.validity.is_some_and(|validity| validity.until < now);
        match problem.trouble() {
            GatewayTrouble::Unregistered if has_ended => format!(
                "{problem}; the device's certificate has ended: remove the device, and register it anew"
            ),
            _ => problem.to_string(),
        }
    }

    /// What came of the call; `None` if a check came first.
    fn aside<T>(&self, gateway: &Arc<Gateway>, call: impl FnOnce(&Gateway) -> T) -> Option<T> {
        if !self.desk.is_free() || !self.desk.begin_aside(gateway) {
            return None;
        }
        let answer = call(gateway);
        self.desk.end_aside().then_some(answer)
    }

    /// Whether the gateway was a simulator when it was heard last.
    fn mark(&self) -> Option<bool> {
        self.device.as_ref().and_then(|device| device.simulator)
    }
}

/// For pauses alone: the seed of a hash table is random enough.
fn random() -> u32 {
    // The upper half of 64 bits fits.
    (RandomState::new().hash_one(Instant::now()) >> 32) as u32
}
