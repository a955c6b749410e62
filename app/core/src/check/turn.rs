//! The picture in `check.rs`, in words: what each event does to each step.

use std::{sync::Arc, time::Instant};

use super::{Check, Effect, Event, Opened, Step, Turn, step::readiness};
use crate::{
    Attempt, CardProof, CardTrouble, GatewayTrouble, LineStatus, Pin, Presence, ReadOrder,
    ReaderStatus, Trouble, pin::Typed, proof::Method, result_page::ResultPage, screen::Readiness,
};

impl Check {
    /// Takes the step by value, so that a PIN moves on with it and a step left
    /// behind is wiped.
    pub(super) fn turn(&mut self, now: Instant, step: Step, event: Event) -> Turn {
        use {Event as E, Step as S, Turn::*};

        match (step, event) {
            // The line came back without memory: what it had opened is gone.
            (step, E::Line(LineStatus::Down(GatewayTrouble::LineLost))) if step.is_active() => {
                sorry(GatewayTrouble::LineLost)
            }
            (step, E::Opened(id, answer)) if id == self.id && step.is_active() => {
                self.opened_turn(now, step, answer)
            }
            (step, E::Close | E::Back) if step.can_be_left() => End,

            (S::Ready, E::Next) => self.begin(S::Confirm),
            (S::Sorry(trouble), E::Again) if trouble.can_retry() => self.begin(ask_pin()),
            (S::TakeCard, E::Reader(reader)) if !reader.is_occupied() => Go(S::Ready),
            (S::Confirm, E::Confirm) => Go(ask_pin()),

            (S::AskPin { typed, tries_left, wrong }, event) => {
                self.pin_turn(now, typed, event, (tries_left, wrong))
            }

            (S::AskCard { pin, .. }, E::Reader(ReaderStatus::Card(card))) => {
                self.read(now, pin, card, None)
            }
            (S::AskCard { pin, .. }, E::Reader(reader)) => {
                Stay(S::AskCard { pin, nothing_there: matches!(reader, ReaderStatus::Mute(_)) })
            }
            (S::AskCard { pin, .. }, E::ReadNow) => self.card_turn(now, pin, true),
            (S::Warming { pin }, E::Reader(reader)) if !matches!(reader, ReaderStatus::Card(_)) => {
                Go(S::AskCard { pin, nothing_there: false })
            }

            (S::Reading { pin, card }, E::CardRead(attempt, answer))
                if attempt == self.attempt() =>
            {
                self.read_turn(pin, card, answer)
            }
            (S::LastTry { pin, card }, E::SpendLastTry) => self.read(now, pin, card, Some(card)),
            (S::LastTry { pin, card }, E::Reader(reader)) if reader != ReaderStatus::Card(card) => {
                Go(S::AskCard { pin, nothing_there: false })
            }

            // Another card appeared before the answer to the first one: whose is it?
            (S::Asking { card, .. }, E::Reader(ReaderStatus::Card(other))) if other != card => {
                sorry(CardTrouble::Removed)
            }
            (S::Asking { not_after, .. }, E::Answered(id, answer)) if id == self.id => match answer
            {
                Ok(it) => Go(S::Showing(Arc::new(ResultPage::new(*it, not_after)))),
                Err(trouble) => sorry(trouble),
            },
            (S::Showing(_), E::Next) => End,

            // Answers to an earlier check, second taps, keys pressed twice.
            (step, _) => Stay(step),
        }
    }

    /// The step's patience is over: the next person must not finish this check.
    pub(super) fn too_late(&mut self, step: Step) -> Turn {
        match step {
            Step::Ready => {
                self.look = self.settings.look;
                Turn::Go(Step::Ready)
            }
            Step::Reading { .. } => {
                Turn::Do(Step::Sorry(CardTrouble::Hung.into()), Effect::RestartCard)
            }
            Step::Warming { .. } | Step::Asking { .. } => sorry(GatewayTrouble::Unreachable),
            _ => Turn::End,
        }
    }

    /// A check begins only over an empty reader (D8).
    fn begin(&mut self, step: Step) -> Turn {
        let ready = readiness(self.reader, self.line);
        let may_try = matches!(ready, Readiness::Ready | Readiness::LineDown(_));
        match (self.settings.method, may_try) {
            (Method::Pin, true) => {
                self.opened = Opened::Waiting;
                Turn::Do(step, Effect::OpenCheck(self.id, Method::Pin))
            }
            _ => Turn::End,
        }
    }

    fn opened_turn(
        &mut self,
        now: Instant,
        step: Step,
        answer: Result<crate::OpenCheck, GatewayTrouble>,
    ) -> Turn {
        let open = match answer {
            Ok(open) => open,
            Err(trouble) => return sorry(trouble),
        };
        self.opened = Opened::Yes { open, until: now + open.expires_in };
        match step {
            Step::Warming { pin } => self.card_turn(now, pin, false),
            step => Turn::Stay(step),
        }
    }

    fn pin_turn(
        &mut self,
        now: Instant,
        mut typed: Typed,
        event: Event,
        (tries_left, wrong): (Option<u8>, bool),
    ) -> Turn {
        let mut wrong = wrong;
        match event {
            Event::Digit(digit) => {
                typed.push(digit);
                wrong = false;
            }
            Event::Erase => typed.erase(),
            Event::EraseAll => typed.clear(),
            Event::Next => {
                if let Some(pin) = typed.pin() {
                    return self.card_turn(now, pin, false);
                }
            }
            _ => {}
        }
        Turn::Stay(Step::AskPin { typed, tries_left, wrong })
    }

    /// With a PIN: read the card that lies there, or ask for one.
    fn card_turn(&mut self, now: Instant, pin: Pin, asked: bool) -> Turn {
        match self.reader {
            ReaderStatus::Card(card) => self.read(now, pin, card, None),
            ReaderStatus::Mute(_) => Turn::Go(Step::AskCard { pin, nothing_there: true }),
            _ => Turn::Go(Step::AskCard { pin, nothing_there: asked }),
        }
    }

    fn read(&mut self, now: Instant, pin: Pin, card: Presence, last_try: Option<Presence>) -> Turn {
        match self.opened {
            Opened::Yes { open, until } if now < until => {
                self.attempts = self.attempts.wrapping_add(1);
                let order = ReadOrder {
                    attempt: self.attempt(),
                    card,
                    digest: open.digest,
                    hierarchy: open.hierarchy,
                    pin: pin.clone(),
                    last_try,
                };
                Turn::Do(Step::Reading { pin, card }, Effect::ReadCard(Box::new(order)))
            }
            Opened::Waiting => Turn::Go(Step::Warming { pin }),
            Opened::Yes { .. } | Opened::No => {
                self.opened = Opened::Waiting;
                Turn::Do(Step::Warming { pin }, Effect::OpenCheck(self.id, self.settings.method))
            }
        }
    }

    fn read_turn(
        &mut self,
        pin: Pin,
        card: Presence,
        answer: Result<Box<CardProof>, CardTrouble>,
    ) -> Turn {
        match answer {
            // The card was swapped while it was read: whose proof is it?
            Ok(_) if matches!(self.reader, ReaderStatus::Card(other) if other != card) => {
                sorry(CardTrouble::Removed)
            }
            Ok(proof) => {
                let step = Step::Asking { card, not_after: proof.not_after };
                Turn::Do(step, Effect::CheckEligibility(self.id, proof))
            }
            Err(CardTrouble::WrongPin { tries_left }) => Turn::Go(Step::AskPin {
                typed: Typed::default(),
                tries_left: Some(tries_left),
                wrong: true,
            }),
            Err(CardTrouble::LastTry { card }) if self.reader == ReaderStatus::Card(card) => {
                Turn::Go(Step::LastTry { pin, card })
            }
            Err(CardTrouble::LastTry { .. }) => {
                Turn::Go(Step::AskCard { pin, nothing_there: false })
            }
            Err(CardTrouble::NoCard) => Turn::Go(Step::AskCard { pin, nothing_there: true }),
            Err(trouble) => sorry(trouble),
        }
    }

    fn attempt(&self) -> Attempt {
        Attempt { check: self.id, number: self.attempts }
    }
}

impl Step {
    /// Whether ← and 閉じる lead out. While the card works they would only hide it.
    fn can_be_left(&self) -> bool {
        !matches!(self, Self::Ready | Self::TakeCard | Self::Reading { .. } | Self::Asking { .. })
    }
}

fn ask_pin() -> Step {
    Step::AskPin { typed: Typed::default(), tries_left: None, wrong: false }
}

fn sorry(trouble: impl Into<Trouble>) -> Turn {
    Turn::Go(Step::Sorry(trouble.into()))
}
