//! The calls of a check: it is opened, what the card gave goes to the gateway, and the answer
//! comes back, and goes on to the reception PC where that is set.

use std::time::Instant;

use kiosk_core::{CheckId, GatewayTrouble, Handover, LineStatus, Relayed, Way, proof::Hierarchy};
use kiosk_gateway::{Id, answer::Opened};
use kiosk_process::words::LineReport;
use log::{info, warn};

use super::Worker;
use crate::{
    desk::FromCard,
    gateway::{CallError, Gateway, Original},
};

impl Worker<'_> {
    pub(super) fn open(&mut self, id: CheckId, way: Way) {
        let since = Instant::now();
        self.think_again();
        let outcome = match self.gateway() {
            Err(problem) => Err(problem.trouble()),
            Ok(gateway) => {
                if !self.desk.begin(id, &gateway) {
                    return;
                }
                gateway.open(way).map_err(|problem| self.failed_for(id, &problem))
            }
        };
        if outcome.is_ok() {
            info!("check {}: opened in {} ms", id.0, since.elapsed().as_millis());
        }
        let line = match &outcome {
            Ok((_, open)) => Some(LineStatus::Up { simulator: open.hierarchy == Hierarchy::Test }),
            Err(trouble) => line_trouble(*trouble),
        };
        let wanted = self.desk.is_wanted(id);
        self.desk.opened(id, outcome);
        self.learn(line.filter(|_| wanted));
    }

    pub(super) fn hand_over(&mut self, id: CheckId, opened: &Opened, from_card: &FromCard) {
        let since = Instant::now();
        let outcome = match self.gateway() {
            Err(problem) => Err(problem.trouble()),
            Ok(gateway) => {
                if !self.desk.begin(id, &gateway) {
                    return;
                }
                self.ask(&gateway, id, &opened.check, from_card)
                    .map_err(|problem| self.failed_for(id, &problem))
            }
        };
        if outcome.is_ok() {
            let what = match from_card {
                FromCard::Proof(..) => "answered".to_owned(),
                FromCard::Round(round, _) => format!("round {} answered", round.round),
            };
            info!("check {}: {what} in {} ms", id.0, since.elapsed().as_millis());
        }
        let line = outcome.as_ref().err().and_then(|trouble| line_trouble(*trouble));
        let wanted = self.desk.is_wanted(id);
        let (report, original) =
            outcome.unwrap_or_else(|trouble| (from_card.refused(id, trouble), None));
        let goes_on = matches!(report, LineReport::Relayed(_, Ok(Relayed::Commands(_))));
        self.answered(id, report, original);
        if !goes_on {
            self.forget_the_connection();
        }
        self.learn(line.filter(|_| wanted));
    }

    /// A result is shown first, then handed over.
    fn answered(&self, id: CheckId, report: LineReport, original: Option<Original>) {
        let Some(original) = original.filter(|_| self.place.settings.handover.is_some()) else {
            self.desk.answered(id, &[report]);
            return;
        };
        self.desk.outbox.put(id, original);
        let sending = LineReport::Handover(id, Handover::Sending);
        match self.desk.answered(id, &[sending, report]) {
            true => self.desk.outbox.go(id),
            false => self.desk.outbox.stop(id),
        }
    }

    /// Its buffers hold the end of the longest answer, long after shorter ones came. The
    /// next check connects anew while its patient is still choosing.
    fn forget_the_connection(&self) {
        if let Some(gateway) = &self.gateway {
            gateway.interrupt();
        }
    }

    /// What is to be reported if all goes well, and the result as it came if it is one.
    fn ask(
        &self,
        gateway: &Gateway,
        id: CheckId,
        check: &Id,
        from_card: &FromCard,
    ) -> Result<(LineReport, Option<Original>), CallError> {
        let wanted = || self.desk.is_wanted(id);
        Ok(match from_card {
            FromCard::Proof(proof, consents) => {
                let (eligibility, original) = gateway.prove(check, (proof, *consents), wanted)?;
                (LineReport::Answered(id, Ok(eligibility)), Some(original))
            }
            FromCard::Round(round, consents) => {
                let (relayed, original) = gateway.relay(check, (round, *consents), wanted)?;
                let is_result = matches!(relayed, Relayed::Done(_));
                (LineReport::Relayed(id, Ok(relayed)), is_result.then_some(original))
            }
        })
    }

    fn failed_for(&self, id: CheckId, problem: &CallError) -> GatewayTrouble {
        // An interrupted call fails as well; nobody asked for it any more.
        if self.desk.is_wanted(id) {
            warn!("check {}: {problem}", id.0);
        }
        problem.trouble()
    }
}

/// The troubles that the next check would have, too. The others are the check's own.
fn line_trouble(trouble: GatewayTrouble) -> Option<LineStatus> {
    use GatewayTrouble as T;

    match trouble {
        T::Unreachable
        | T::NotTrusted
        | T::ClockWrong
        | T::Unavailable
        | T::SessionEnded
        | T::Unregistered => Some(LineStatus::Down(trouble)),
        _ => None,
    }
}
