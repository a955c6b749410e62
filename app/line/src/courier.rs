//! Takes results to the reception PC, beside everything else that the line does: nobody
//! waits for it, no check is held up by it, and nothing of it comes to the disk.

use std::{sync::Arc, time::Instant};

use kiosk_core::{CheckId, Handover, HandoverTrouble};
use kiosk_gateway::{Request, handover, handover::NotTaken};
use kiosk_process::{settings::Receiver, words::LineReport};
use log::{info, warn};

use crate::{
    ask::{Ask, Fault, Patience},
    desk::Desk,
    gateway::NoGateway,
    place::{self, Place},
    state::StateError,
    tls::{Identity, Tls, TlsError},
    tries::{Failed, Next, Tries},
};

/// Works until the kiosk goes.
#[derive(Debug)]
pub(crate) struct Courier {
    receiver: Receiver,
    place: Place,
    desk: Arc<Desk>,
}

/// Why a try came to nothing.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    NoWay(#[from] NoGateway),
    #[error("the receiver: {0}")]
    Fault(#[from] Fault),
    #[error(transparent)]
    NotTaken(#[from] NotTaken),
}

impl From<StateError> for Problem {
    fn from(problem: StateError) -> Self {
        Self::NoWay(problem.into())
    }
}

impl Problem {
    fn meaning(&self) -> Failed {
        use HandoverTrouble as T;

        let (trouble, may_pass) = match self {
            Self::NoWay(NoGateway::Roots(_)) => (T::NotTrusted, false),
            Self::NoWay(_) | Self::Fault(Fault::Nonsense(_)) => (T::Other, false),
            Self::Fault(Fault::Unreachable(_) | Fault::Broken(_)) => (T::NotReached, true),
            Self::Fault(Fault::NotTrusted(_) | Fault::ClockWrong(_)) => (T::NotTrusted, false),
            Self::Fault(Fault::RefusesUs(_)) => (T::NotAdmitted, false),
            Self::NotTaken(NotTaken { trouble, may_pass, .. }) => (*trouble, *may_pass),
        };
        Failed { trouble, may_pass }
    }
}

impl Courier {
    pub(crate) fn new(receiver: Receiver, place: Place, desk: Arc<Desk>) -> Self {
        Self { receiver, place, desk }
    }

    pub(crate) fn work(self) {
        while let Some((id, original)) = self.desk.outbox.next() {
            let request = handover::deliver(original.xml, original.is_simulator);
            let outcome = self.carry(id, &request);
            drop(request);
            kiosk_process::scrub_stack();
            // Of a result whose page is gone nobody wants to know.
            if let Some(outcome) = outcome.filter(|_| self.desk.outbox.over(id)) {
                self.desk.report(&LineReport::Handover(id, outcome));
            }
        }
    }

    /// `None` if its page went first.
    fn carry(&self, id: CheckId, request: &Request) -> Option<Handover> {
        let (mut tries, since) = (Tries::default(), Instant::now());
        loop {
            let outcome = self.try_once(id, request)?;
            if let Err(problem) = &outcome {
                warn!("check {}: not handed over by try {}: {problem}", id.0, tries.number());
            }
            match tries.after(outcome.map_err(|problem| problem.meaning())) {
                Next::Done => {
                    info!("check {}: handed over in {} ms", id.0, since.elapsed().as_millis());
                    return Some(Handover::Sent);
                }
                Next::GiveUp(trouble) => return Some(Handover::Failed(trouble)),
                Next::TryAfter(pause) if self.desk.outbox.pause(id, pause) => {}
                Next::TryAfter(_) => return None,
            }
        }
    }

    /// `None` if its page went first.
    fn try_once(&self, id: CheckId, request: &Request) -> Option<Result<(), Problem>> {
        let way = match self.way() {
            Ok(way) => Arc::new(way),
            Err(problem) => return Some(Err(problem)),
        };
        if !self.desk.outbox.begin(id, &way) {
            return None;
        }
        let heard = way.ask_as_stranger(request);
        // The connection is not kept: its buffers hold the result.
        way.interrupt();
        let taken = heard
            .map_err(Problem::from)
            .and_then(|heard| Ok(handover::delivered(&heard.answer())?));
        Some(taken)
    }

    /// As the device's certificate and the pins are now.
    fn way(&self) -> Result<Ask, Problem> {
        let state = self.place.state();
        let device = state.device()?.and_then(|device| device.registered);
        let identity = device.ok_or(NoGateway::NotRegistered)?;
        let key = Arc::new(state.key()?.ok_or_else(|| state.key_is_missing())?);
        let roots = place::roots_in(&self.receiver.pins).map_err(NoGateway::from)?;
        let who = Identity { key, chain: &identity.certificate_chain };
        let tls = Tls::new(&roots, Some(who), &self.place.clock).map_err(no_tls)?;
        Ok(Ask::without_clock(self.receiver.url.clone(), tls, Patience::default()))
    }
}

fn no_tls(problem: TlsError) -> NoGateway {
    problem.into()
}
