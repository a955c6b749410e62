//! From what is known of the holder to what the card says: one reading, or a relay.

use std::{sync::Arc, time::Instant};

use super::{Check, Effect, Opened, Step, Turn, step::Known, turn::sorry};
use crate::{
    Attempt, CardProof, CardTrouble, Date, GatewayTrouble, Pin, Presence, ReadOrder, ReaderStatus,
    RelayAnswers, RelayOrder, Relayed, Trouble, Way, pin::Typed, proof::Holder,
    relay::RelayCommands, result_page::ResultPage,
};

impl Check {
    /// What a PIN opens on this way.
    pub(super) fn with_pin(&self, pin: Pin) -> Known {
        Known::By(match self.way {
            Way::Android => Holder::AndroidPin(pin),
            Way::Pin | Way::Visual | Way::Iphone => Holder::CardPin(pin),
        })
    }

    /// Reads the card that lies there, or asks for one.
    pub(super) fn card_turn(&mut self, now: Instant, known: Known, asked: bool) -> Turn {
        match self.reader {
            ReaderStatus::Card(card) => self.read(now, known, card, None),
            ReaderStatus::Mute(_) => Turn::Go(Step::AskCard { known, nothing_there: true }),
            _ => Turn::Go(Step::AskCard { known, nothing_there: asked }),
        }
    }

    pub(super) fn read(
        &mut self,
        now: Instant,
        known: Known,
        card: Presence,
        last_try: Option<Presence>,
    ) -> Turn {
        // A reader that nobody knows came in the place of the one that the check began with.
        let has_pin = matches!(known, Known::By(Holder::CardPin(_) | Holder::AndroidPin(_)));
        if has_pin && !self.is_reader_trusted() {
            return sorry(CardTrouble::ReaderGone);
        }
        let open = match self.opened {
            Opened::Yes { open, until } if now < until => open,
            Opened::Waiting => return Turn::Go(Step::Warming { known }),
            Opened::Yes { .. } | Opened::No => {
                self.opened = Opened::Waiting;
                let effect = Effect::OpenCheck(self.id, self.way);
                return Turn::Do(Step::Warming { known }, effect);
            }
        };
        self.attempts = self.attempts.wrapping_add(1);
        match known {
            Known::Seen => {
                let opening = Box::new(RelayAnswers::default());
                let step = Step::Relaying { card, round: 0, not_after: None, of_card: false };
                Turn::Do(step, Effect::RelayToGateway(self.id, opening, self.agreed()))
            }
            Known::By(holder) => {
                let order = ReadOrder {
                    attempt: self.attempt(),
                    card,
                    digest: open.digest,
                    hierarchy: open.hierarchy,
                    holder: holder.clone(),
                    last_try,
                };
                let step = Step::Reading { holder, card };
                Turn::Do(step, Effect::ReadCard(Box::new(order)))
            }
        }
    }

    pub(super) fn read_turn(
        &mut self,
        holder: Holder,
        card: Presence,
        answer: Result<Box<CardProof>, CardTrouble>,
    ) -> Turn {
        let ask_card = |nothing_there| {
            Turn::Go(Step::AskCard { known: Known::By(holder.clone()), nothing_there })
        };
        match answer {
            // The card was swapped while it was read: whose proof is it?
            Ok(_) if matches!(self.reader, ReaderStatus::Card(other) if other != card) => {
                sorry(CardTrouble::Removed)
            }
            Ok(proof) => {
                let step = Step::Asking { card, not_after: proof.not_after };
                Turn::Do(step, Effect::CheckEligibility(self.id, proof, self.agreed()))
            }
            Err(CardTrouble::WrongPin { tries_left }) => Turn::Go(Step::AskPin {
                typed: Typed::default(),
                tries_left: Some(tries_left),
                wrong: true,
            }),
            Err(CardTrouble::LastTry { card }) if self.reader == ReaderStatus::Card(card) => {
                Turn::Go(Step::LastTry { holder, card })
            }
            Err(CardTrouble::LastTry { .. }) => ask_card(false),
            Err(CardTrouble::NoCard) => ask_card(true),
            Err(trouble) => sorry(trouble),
        }
    }

    /// The gateway's word in a relay.
    pub(super) fn relayed_turn(
        &mut self,
        card: Presence,
        (round, not_after): (u8, Option<Date>),
        answer: Result<Relayed, GatewayTrouble>,
    ) -> Turn {
        let commands = match (answer, not_after) {
            (Err(trouble), _) => return sorry(trouble),
            // Another card lies there: whose result is it?
            (Ok(_), _) if matches!(self.reader, ReaderStatus::Card(other) if other != card) => {
                return sorry(CardTrouble::Removed);
            }
            (Ok(Relayed::Done(it)), Some(day)) => {
                return Turn::Go(Step::Showing(Arc::new(ResultPage::new(*it, day))));
            }
            // A result for a card that nobody has read.
            (Ok(Relayed::Done(_)), None) => return sorry(GatewayTrouble::Nonsense),
            (Ok(Relayed::Commands(commands)), _) => commands,
        };
        match self.opened {
            Opened::Yes { open, .. } if Some(commands.round) == round.checked_add(1) => {
                self.relay_to_card(open, card, not_after, commands)
            }
            _ => sorry(GatewayTrouble::Nonsense),
        }
    }

    fn relay_to_card(
        &self,
        open: crate::OpenCheck,
        card: Presence,
        not_after: Option<Date>,
        commands: RelayCommands,
    ) -> Turn {
        let round = commands.round;
        let order = RelayOrder {
            attempt: self.attempt(),
            card,
            digest: open.digest,
            hierarchy: open.hierarchy,
            commands,
        };
        let step = Step::Relaying { card, round, not_after, of_card: true };
        Turn::Do(step, Effect::RelayToCard(Box::new(order)))
    }

    /// The card's word in a relay.
    pub(super) fn answered_turn(
        &mut self,
        card: Presence,
        (round, not_after): (u8, Option<Date>),
        answer: Result<Box<RelayAnswers>, Trouble>,
    ) -> Turn {
        match answer {
            Ok(answers) if answers.round == round => {
                let not_after = answers.not_after.or(not_after);
                let step = Step::Relaying { card, round, not_after, of_card: false };
                Turn::Do(step, Effect::RelayToGateway(self.id, answers, self.agreed()))
            }
            Ok(_) => sorry(CardTrouble::Unreadable),
            Err(Trouble::Card(CardTrouble::NoCard)) => {
                Turn::Go(Step::AskCard { known: Known::Seen, nothing_there: true })
            }
            Err(trouble) => sorry(trouble),
        }
    }

    pub(super) fn attempt(&self) -> Attempt {
        Attempt { check: self.id, number: self.attempts }
    }

    fn agreed(&self) -> crate::Consents {
        self.consents.unwrap_or_default()
    }
}
