//! The picture in `check.rs`, in words: what each event does to each step.

use std::{sync::Arc, time::Instant};

use super::{Check, Effect, Event, Opened, Phone, Said, Step, Turn, staff::Asked, step::Known};
use crate::{
    CardTrouble, Consents, GatewayTrouble, LineStatus, ReaderStatus, Trouble, Way, pin::Typed,
    proof::Holder, result_page::ResultPage, screen::Readiness, staff::StaffReason,
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

            (S::Ready, E::Next) => self.begin(now, self.settings.method.into()),
            (S::Ready, E::Phones) if self.settings.phones => Go(S::Phones),
            (S::Ready, E::Switch) if self.settings.staff_code => self.switch(),
            (S::Phones, E::Choose(Phone::Android)) => self.begin(now, Way::Android),
            (S::Phones, E::Choose(Phone::Iphone)) => self.begin(now, Way::Iphone),
            (S::Sorry(trouble), E::Again) if trouble.can_retry() => self.begin_again(now),
            (S::TakeCard, E::Reader(reader)) if !reader.is_occupied() => Go(S::Ready),

            (S::Staff { asked, reason }, event) => self.staff_turn(now, asked, reason, event),
            (S::Compare, E::Next) => self.open(),
            (S::Confirm, E::Confirm) => Go(ask_pin()),
            (S::AskPin { typed, tries_left, wrong }, event) => {
                self.pin_turn(now, typed, event, (tries_left, wrong))
            }
            (S::Consents { known, offered, one_by_one }, E::Consent(said)) => {
                self.consent_turn(now, known, (offered, one_by_one), said)
            }
            (step, event) => self.turn_with_card(now, step, event),
        }
    }

    /// The second half: from the card to the result.
    fn turn_with_card(&mut self, now: Instant, step: Step, event: Event) -> Turn {
        use {Event as E, Step as S, Turn::*};

        match (step, event) {
            (S::AskCard { known, .. }, E::Reader(ReaderStatus::Card(card))) => {
                self.read(now, known, card, None)
            }
            (S::AskCard { known, .. }, E::Reader(reader)) => {
                Stay(S::AskCard { known, nothing_there: matches!(reader, ReaderStatus::Mute(_)) })
            }
            (S::AskCard { known, .. }, E::ReadNow) => self.card_turn(now, known, true),
            (S::Warming { known }, E::Reader(reader))
                if !matches!(reader, ReaderStatus::Card(_)) =>
            {
                Go(S::AskCard { known, nothing_there: false })
            }

            (S::Reading { holder, card }, E::CardRead(attempt, answer))
                if attempt == self.attempt() =>
            {
                self.read_turn(holder, card, answer)
            }
            (S::LastTry { holder, card }, E::SpendLastTry) => {
                self.read(now, Known::By(holder), card, Some(card))
            }
            (S::LastTry { holder, card }, E::Reader(reader))
                if reader != ReaderStatus::Card(card) =>
            {
                Go(S::AskCard { known: Known::By(holder), nothing_there: false })
            }

            // Another card appeared before the answer to the first one: whose is it?
            (
                S::Asking { card, .. } | S::Relaying { card, .. },
                E::Reader(ReaderStatus::Card(other)),
            ) if other != card => sorry(CardTrouble::Removed),
            (S::Relaying { card, round, not_after, of_card: false }, E::Relayed(id, answer))
                if id == self.id =>
            {
                self.relayed_turn(card, (round, not_after), answer)
            }
            (
                S::Relaying { card, round, not_after, of_card: true },
                E::CardAnswered(attempt, answer),
            ) if attempt == self.attempt() => self.answered_turn(card, (round, not_after), answer),
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
            Step::Reading { .. } | Step::Relaying { of_card: true, .. } => {
                Turn::Do(Step::Sorry(CardTrouble::Hung.into()), Effect::RestartCard)
            }
            Step::Warming { .. } | Step::Asking { .. } | Step::Relaying { .. } => {
                sorry(GatewayTrouble::Unreachable)
            }
            _ => Turn::End,
        }
    }

    /// A check begins only over an empty reader (D8), and after the staff code where it
    /// is needed.
    fn begin(&mut self, now: Instant, way: Way) -> Turn {
        if !self.may_begin(way) {
            return Turn::End;
        }
        self.way = way;
        match self.staff_reason(now, way) {
            Some(reason) => Turn::Go(Step::Staff { asked: Asked::default(), reason }),
            None => {
                // Without a code of its own, 目視 stands on the one that is still open.
                self.by_staff = way == Way::Visual;
                self.open()
            }
        }
    }

    /// もう一度: the patient knows what comes, so the PIN is asked for at once.
    fn begin_again(&mut self, now: Instant) -> Turn {
        match self.begin(now, self.way) {
            Turn::Do(Step::Confirm, effect) => Turn::Do(ask_pin(), effect),
            turn => turn,
        }
    }

    /// The other method, for one patient (D7).
    fn switch(&mut self) -> Turn {
        let way = self.other_way();
        if !self.may_begin(way) {
            return Turn::End;
        }
        self.way = way;
        let reason = StaffReason::Switch;
        Turn::Go(Step::Staff { asked: Asked::default(), reason })
    }

    fn may_begin(&self, way: Way) -> bool {
        matches!(self.readiness(way), Readiness::Ready | Readiness::LineDown(_))
    }

    /// Asks the gateway for the check, and goes where this way begins.
    pub(super) fn open(&mut self) -> Turn {
        let step = match self.way {
            Way::Pin | Way::Android => Step::Confirm,
            Way::Iphone => self.consents_or_card(Known::By(Holder::Iphone)),
            Way::Visual => self.consents_or_card(Known::Seen),
        };
        self.opened = Opened::Waiting;
        Turn::Do(step, Effect::OpenCheck(self.id, self.way))
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
            Step::Warming { known } => self.card_turn(now, known, false),
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
                    let known = self.with_pin(pin);
                    return match self.consents_or_card(known) {
                        Step::AskCard { known, .. } => self.card_turn(now, known, false),
                        step => Turn::Go(step),
                    };
                }
            }
            _ => {}
        }
        Turn::Stay(Step::AskPin { typed, tries_left, wrong })
    }

    /// The consents come once a check, before the card.
    fn consents_or_card(&self, known: Known) -> Step {
        match self.offered.is_empty() || self.consents.is_some() {
            true => Step::AskCard { known, nothing_there: false },
            false => Step::Consents { known, offered: self.offered, one_by_one: None },
        }
    }

    fn consent_turn(
        &mut self,
        now: Instant,
        known: Known,
        (offered, one_by_one): (Consents, Option<(Consents, u8)>),
        said: Said,
    ) -> Turn {
        let go = |known, one_by_one| Turn::Go(Step::Consents { known, offered, one_by_one });
        let consents = match (one_by_one, said) {
            (None, Said::All) => offered,
            (None, Said::None) => Consents::NONE,
            (None, Said::OneByOne) => return go(known, Some((Consents::NONE, 0))),
            (Some((given, asked)), Said::Yes | Said::No) => {
                let mut rest = offered.iter().skip(asked.into());
                let given = match (rest.next(), said) {
                    (Some(consent), Said::Yes) => given.with(consent),
                    _ => given,
                };
                if rest.next().is_some() {
                    return go(known, Some((given, asked + 1)));
                }
                given
            }
            _ => return Turn::Stay(Step::Consents { known, offered, one_by_one }),
        };
        self.consents = Some(consents);
        self.card_turn(now, known, false)
    }
}

impl Step {
    /// Whether ← and 閉じる lead out. While the card works they would only hide it.
    fn can_be_left(&self) -> bool {
        !matches!(
            self,
            Self::Ready
                | Self::TakeCard
                | Self::Reading { .. }
                | Self::Relaying { .. }
                | Self::Asking { .. }
        )
    }
}

pub(super) fn ask_pin() -> Step {
    Step::AskPin { typed: Typed::default(), tries_left: None, wrong: false }
}

pub(super) fn sorry(trouble: impl Into<Trouble>) -> Turn {
    Turn::Go(Step::Sorry(trouble.into()))
}
