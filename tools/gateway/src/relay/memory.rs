//! What relays under way have come to. In memory alone, since a certificate may be among
//! it: after a restart a relay begins anew with a new check.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
};

use super::stage::Stage;

/// Relays that are remembered for a device; a further one pushes its oldest out. A kiosk
/// has one at a time, and no device pushes another's out.
const RELAYS_MAX: usize = 128;

/// The relays of every device, until their checks end.
#[derive(Debug, Default)]
pub(crate) struct Relays(Mutex<HashMap<String, VecDeque<Relay>>>);

#[derive(Debug)]
struct Relay {
    check: String,
    expires_at: i64,
    /// The last round that was answered with commands, the stage that it met, and the
    /// stage that it led to: the one serves its repeat, the other the round after it.
    round: u8,
    met: Stage,
    reached: Stage,
}

/// A round of a device's check.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'a> {
    pub(crate) device: &'a str,
    pub(crate) check: &'a str,
    pub(crate) round: u8,
}

impl Relays {
    /// The stage that meets this round. `None`: nobody waits for it, or not any more.
    pub(crate) fn stage(&self, at: At<'_>) -> Option<Stage> {
        if at.round == 0 {
            return Some(Stage::Begin);
        }
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let relay = all.get(at.device)?.iter().find(|relay| relay.check == at.check)?;
        if relay.round == at.round {
            Some(relay.met.clone())
        } else if relay.round + 1 == at.round {
            Some(relay.reached.clone())
        } else {
            None
        }
    }

    /// Remembers what this round led to, until `expires_at`.
    pub(crate) fn advance(&self, at: At<'_>, met: Stage, reached: Stage, expires_at: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let relays = all.entry(at.device.to_owned()).or_default();
        match relays.iter_mut().find(|relay| relay.check == at.check) {
            Some(relay) if relay.round < at.round => {
                (relay.round, relay.met, relay.reached) = (at.round, met, reached);
            }
            // A repeat came to the same.
            Some(_) => {}
            None => {
                if relays.len() == RELAYS_MAX {
                    relays.pop_front();
                }
                let check = at.check.to_owned();
                relays.push_back(Relay { check, expires_at, round: at.round, met, reached });
            }
        }
    }

    /// Forgets, and wipes, what belongs to checks that have ended.
    pub(crate) fn forget(&self, now: i64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, relays| {
            relays.retain(|relay| relay.expires_at > now);
            !relays.is_empty()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'a>(device: &'a str, check: &'a str, round: u8) -> At<'a> {
        At { device, check, round }
    }

    /// How many answers the stage of this round waits for.
    fn waits(relays: &Relays, at: At<'_>) -> Option<usize> {
        relays.stage(at).map(|stage| stage.answers())
    }

    #[test]
    fn a_round_meets_its_stage_and_so_does_its_repeat() {
        let relays = Relays::default();
        relays.advance(at("a", "x", 0), Stage::Begin, Stage::Recognition, 300);
        assert_eq!(waits(&relays, at("a", "x", 1)), Some(5));
        relays.advance(
            at("a", "x", 1),
            Stage::Recognition,
            Stage::Certificate { length: 600 },
            300,
        );
        // A late repeat of the round before changes nothing.
        relays.advance(at("a", "x", 0), Stage::Begin, Stage::Recognition, 300);
        let expected = [Some(0), Some(5), Some(7), None];
        assert_eq!([0, 1, 2, 3].map(|round| waits(&relays, at("a", "x", round))), expected);
        assert_eq!(waits(&relays, at("b", "x", 1)), None);
        assert_eq!(waits(&relays, at("a", "y", 1)), None);
    }

    #[test]
    fn a_device_pushes_out_its_own_oldest_only() {
        let relays = Relays::default();
        relays.advance(at("b", "x", 0), Stage::Begin, Stage::Recognition, 300);
        for number in 0..=RELAYS_MAX {
            let check = number.to_string();
            relays.advance(at("a", &check, 0), Stage::Begin, Stage::Recognition, 300);
        }
        let begun = |device, check: &str| waits(&relays, at(device, check, 1)).is_some();
        assert!(!begun("a", "0") && begun("a", "1") && begun("a", "128") && begun("b", "x"));
    }

    #[test]
    fn what_has_ended_is_forgotten() {
        let relays = Relays::default();
        relays.advance(at("a", "x", 0), Stage::Begin, Stage::Recognition, 300);
        relays.advance(at("a", "y", 0), Stage::Begin, Stage::Recognition, 310);
        relays.forget(299);
        assert!(relays.stage(at("a", "x", 1)).is_some());
        relays.forget(300);
        assert!(relays.stage(at("a", "x", 1)).is_none() && relays.stage(at("a", "y", 1)).is_some());
        relays.forget(310);
        assert!(relays.0.lock().expect("not poisoned").is_empty());
    }
}
