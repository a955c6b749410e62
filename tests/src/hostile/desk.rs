//! A station whose line is laid to a gateway that it trusts and should not.

use std::{io::Write, thread, time::Duration};

use kiosk_core::{Event, GatewayTrouble, Screen, Trouble};

use super::{Authority, Hostile, Wanted, answer, good_but};
use crate::{
    Desk, Switch,
    desk::{Holder, PERSON, is_of, is_trouble},
};

/// A station whose line can be laid to a gateway that it trusts and should not.
#[derive(Debug)]
pub struct HostileDesk {
    pub desk: Desk,
    pub switch: Switch,
    /// Whom the station trusts beside its own gateway's CA.
    pub authority: Authority,
}

impl HostileDesk {
    /// A new one; the line leads to the real gateway.
    #[expect(clippy::new_without_default, reason = "no two are equal")]
    #[track_caller]
    pub fn new() -> Self {
        let authority = Authority::new();
        let (desk, switch) = Desk::with_a_switch(&authority.pem());
        Self { desk, switch, authority }
    }

    /// A gateway whose certificate is good and whose answer to the proof is `proof`'s.
    pub fn hostile(&self, proof: impl FnMut(&mut dyn Write) -> bool + Send + 'static) -> Hostile {
        Hostile::start(Some((&self.authority, &Wanted::default())), good_but(proof))
    }

    /// The same line leads to the real gateway again.
    #[track_caller]
    pub fn heals(&self, told: &str) {
        self.switch.lay(self.desk.gateway.port());
        self.desk.leaves_nothing(told);
    }

    /// A check whose proof is answered by `proof`, which ends in `expected`.
    #[track_caller]
    pub fn proof(
        &self,
        told: &str,
        expected: impl Into<Trouble>,
        proof: impl FnMut(&mut dyn Write) -> bool + Send + 'static,
    ) {
        let hostile = self.hostile(proof);
        self.switch.lay(hostile.port());
        let shown = self.desk.check(PERSON.card, PERSON.pin);
        is_trouble(&shown, expected, told);
        let heard = hostile.heard();
        let proofs = heard.iter().filter(|line| line.ends_with("/proof")).count();
        assert!((1..=2).contains(&proofs), "{told}: {heard:?}");
        self.heals(told);
    }

    /// A check whose proof is answered with `xml`, which ends in `expected`.
    #[track_caller]
    pub fn xml(&self, told: &str, expected: GatewayTrouble, xml: Vec<u8>) {
        self.proof(told, expected, move |out| answer(out, 200, "application/xml", &xml));
    }

    /// A check whose proof is answered by `proof`, which is `holder`'s result all the same.
    #[track_caller]
    pub fn passes(
        &self,
        told: &str,
        holder: Holder,
        proof: impl FnMut(&mut dyn Write) -> bool + Send + 'static,
    ) {
        let hostile = self.hostile(proof);
        self.switch.lay(hostile.port());
        is_of(&self.desk.check(holder.card, holder.pin), holder, told);
        self.heals(told);
    }

    /// Somebody else has the line: before the check begins, and while the card is awaited.
    #[track_caller]
    pub fn stranger(&self, told: &str, port: u16, expected: GatewayTrouble) {
        self.switch.lay(port);
        self.desk.station.touch(Event::Next);
        is_trouble(&self.desk.ending(), expected, told);
        self.heals(told);

        let hostile = self.hostile(|_| false);
        self.switch.lay(hostile.port());
        self.desk.up_to_the_card(PERSON.pin);
        let opened = |it: &Screen| matches!(it, Screen::Card { .. });
        self.desk.station.wait_for("マイナンバーカードの読み取り", opened);
        while !hostile.heard().iter().any(|line| line == "POST /v1/checks") {
            thread::sleep(Duration::from_millis(2));
        }
        // The answer is on its way.
        thread::sleep(Duration::from_millis(100));
        self.switch.lay(port);
        self.desk.pcscd.insert(PERSON.card);
        is_trouble(&self.desk.ending(), expected, told);
        self.heals(told);
    }
}
