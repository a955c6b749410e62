//! Holds a card from the first round of a relay to the last, and listens meanwhile for
//! what ends it.

use std::{
    sync::mpsc::{Receiver, RecvTimeoutError},
    time::{Duration, Instant},
};

use card::{Gone, Transport};
use kiosk_core::{RelayOrder, Trouble};
use kiosk_process::words::{CardOrder, CardReport, ReadFigures};
use log::info;

use super::rounds::Rounds;
use crate::worker::{Job, Over, figures};

/// Between two looks at whether the kiosk is still there.
const LISTEN: Duration = Duration::from_millis(200);

/// How a relay ended.
#[derive(Debug)]
pub(crate) struct End {
    /// What the kiosk still waits for: why its last round failed, and how much was done.
    pub(crate) failed: Option<(Trouble, ReadFigures)>,
    /// The line to the card ended before the relay.
    pub(crate) gone: Option<Gone>,
    /// The order that ended it.
    pub(crate) next: Option<CardOrder>,
}

/// What comes between two rounds.
enum Next {
    Round(Box<RelayOrder>),
    Over(Option<CardOrder>),
}

/// Plays rounds of one attempt until something ends them, and leaves the card. `tell`
/// hears of every round that went well; the order of the first came at `begin`.
pub(crate) fn hold(
    card: &mut impl Transport,
    first: Box<RelayOrder>,
    (begin, deadline): (Instant, Instant),
    (jobs, over): (&Receiver<Job>, &Over),
    mut tell: impl FnMut(CardReport),
) -> End {
    let attempt = first.attempt;
    let mut rounds = Rounds::new(card, &first, deadline);
    let (mut order, mut begin) = (first, begin);
    let (failed, next) = loop {
        let before = rounds.line.apdus;
        let outcome = rounds.play(&order);
        let figures = figures(rounds.line.apdus - before, begin.elapsed());
        match outcome {
            Ok(answers) => tell(CardReport::Relayed { attempt, outcome: Ok(answers), figures }),
            Err(stop) => break (Some((Trouble::from(stop), figures)), None),
        }
        match wait(jobs, over, &order, deadline) {
            Next::Round(next) => order = next,
            Next::Over(next) => break (None, next),
        }
        begin = Instant::now();
    };
    let (all, own) = rounds.leave();
    info!("check {}: relay: {all} APDUs, {own} of them the kiosk's own", attempt.check.0);
    End { failed, gone: rounds.line.gone, next }
}

/// The next round of the relay that `order` belongs to, or what ends it.
fn wait(jobs: &Receiver<Job>, over: &Over, order: &RelayOrder, deadline: Instant) -> Next {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() || over.is_now() {
            return Next::Over(None);
        }
        match jobs.recv_timeout(left.min(LISTEN)) {
            // Whether the card still lies there shows at the next command.
            Ok(Job::Look) | Err(RecvTimeoutError::Timeout) => {}
            Ok(Job::Order(CardOrder::Relay(next))) if next.attempt == order.attempt => {
                return Next::Round(next);
            }
            Ok(Job::Order(next)) => return Next::Over(Some(next)),
            Err(RecvTimeoutError::Disconnected) => return Next::Over(None),
        }
    }
}

#[cfg(test)]
mod tests;
