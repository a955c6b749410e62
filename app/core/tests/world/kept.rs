//! The promises themselves: what is checked at every effect, and after every event.

use kiosk_core::{CheckId, Effect, Presence, ReaderStatus, RelayOrder, Screen, Way, proof::Holder};

use super::World;

impl World {
    pub(super) fn effect(&mut self, effect: Effect) {
        match effect {
            Effect::OpenCheck(id, way) => {
                if self.current.is_none_or(|(current, _)| current != id) {
                    self.current = Some((id, self.newest_before));
                    let by_sight = way == Way::Visual;
                    assert!(!by_sight || self.code_was_right, "目視 without the staff code");
                    self.code_was_right = false;
                }
                self.opens.push(id);
            }
            Effect::TryStaffCode(id, _) => self.codes.push(id),
            Effect::Admin(..) | Effect::Account(..) => {
                panic!("no check orders what the menu orders")
            }
            Effect::ReadCard(order) => {
                self.the_card_is_of_this_check(order.attempt.check, order.card);
                let no_pin = matches!(order.holder, Holder::Iphone);
                assert!(no_pin || !self.pin_spent, "one typed PIN was sent twice");
                if order.last_try.is_some() {
                    assert_eq!(order.last_try, self.consent.take(), "the last try without a word");
                }
                self.orders.push((order.attempt, order.card));
                self.spoken_to = Some(order.card);
            }
            Effect::CheckEligibility(id, proof, _) => {
                let card = u32::from_be_bytes(proof.certificate[..4].try_into().expect("a tag"));
                self.proofs.push((id, Presence(card)));
            }
            Effect::RelayToGateway(id, answers, _) => {
                if answers.round == 0 {
                    let ReaderStatus::Card(card) = self.reader else {
                        panic!("no card lies there")
                    };
                    self.the_card_is_of_this_check(id, card);
                    self.spoken_to = Some(card);
                }
                let card = self.spoken_to.expect("a relay has a card");
                self.questions.push((id, card, answers.round));
            }
            Effect::RelayToCard(order) => {
                let RelayOrder { attempt, card, commands, .. } = *order;
                assert_eq!(Some(card), self.spoken_to, "the card that the relay began with");
                if let ReaderStatus::Card(lies_there) = self.reader {
                    assert_eq!(lies_there, card, "another card lies there");
                }
                self.rounds.push((attempt, card, commands.round));
            }
            Effect::StopHandover(id) => assert!(self.stopped.insert(id.0), "stopped twice"),
            Effect::RestartCard
            | Effect::Forget(_)
            | Effect::Note(_)
            | Effect::Record(_)
            | Effect::UseReader(_) => {}
        }
    }

    pub(super) fn a_check_begins_over_an_empty_reader(&mut self, before: &Screen) {
        let began = is_idle(before) && !is_idle(&self.screen());
        if began && !matches!(self.screen(), Screen::TakeCard) {
            assert_eq!(self.reader, ReaderStatus::Empty, "a check begins over an empty reader");
            self.newest_before = self.presences;
            self.code_was_right = false;
        }
    }

    fn the_card_is_of_this_check(&self, check: CheckId, card: Presence) {
        let (id, before) = self.current.expect("a check is open");
        assert_eq!(check, id);
        assert_eq!(self.reader, ReaderStatus::Card(card), "the card that lies there");
        assert!(card.0 > before, "a card left behind was read");
    }

    pub(super) fn a_result_belongs_to_this_check(&mut self, before: &Screen) {
        let Screen::Result { page, .. } = self.screen() else { return };
        if matches!(before, Screen::Result { .. }) {
            return;
        }
        let (id, newest_before) = self.current.expect("a result has a check");
        let (told, card) = tag(page.records[0].name.expose());
        assert_eq!(told, id, "the result of another check");
        assert!(card.0 > newest_before, "the result of a card from before");
        assert_eq!(Some(card), self.spoken_to, "the result of another card");
        if let ReaderStatus::Card(lies_there) = self.reader {
            assert_eq!(lies_there, card, "another card lies there");
        }
        self.results += 1;
    }

    pub(super) fn a_handover_ends_with_its_page(&self, was_shown: bool) {
        let is_shown = self.check.shown().handover.is_some();
        assert!(!is_shown || matches!(self.screen(), Screen::Result { .. }), "beside no result");
        let Some((id, _)) = self.current else { return };
        assert!(!is_shown || !self.stopped.contains(&id.0), "stopped while its page is up");
        assert!(is_shown || !was_shown || self.stopped.contains(&id.0), "it goes on for nobody");
    }

    pub(super) fn every_page_has_an_end(&self) {
        use Screen::{Outage, Ready, TakeCard};
        let waits = matches!(self.screen(), Ready { .. } | Outage { .. } | TakeCard);
        assert!(waits || self.check.deadline().is_some(), "{:?} never ends", self.screen());
    }
}

/// Nobody has begun, or it is over.
fn is_idle(screen: &Screen) -> bool {
    matches!(
        screen,
        Screen::Ready { .. }
            | Screen::Outage { .. }
            | Screen::Phones
            | Screen::TakeCard
            | Screen::Sorry { .. }
            | Screen::Result { .. }
    )
}

fn tag(name: &str) -> (CheckId, Presence) {
    let (check, card) = name.split_once(' ').expect("a tag");
    (CheckId(check.parse().expect("a number")), Presence(card.parse().expect("a number")))
}
