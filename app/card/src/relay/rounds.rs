//! One relay with one card: rounds of raw commands through the guard.

use std::time::Instant;

use card::{Command, Response, Transport};
use kiosk_core::{RelayAnswers, RelayOrder, relay::Pieces};
use log::warn;

use super::{
    guard::{Guard, Refused, Stop},
    list::NotListed,
};
use crate::line::{Line, NOT_AWAKE, lost};

/// A relay, from the wake-up to the leaving.
pub(super) struct Rounds<'a, T> {
    pub(super) line: Line<'a, T>,
    guard: Guard,
    /// Commands of the gateway that were sent.
    passed_on: u16,
    is_awake: bool,
}

impl<'a, T: Transport> Rounds<'a, T> {
    /// With a card that was just powered up.
    pub(super) fn new(card: &'a mut T, first: &RelayOrder, deadline: Instant) -> Self {
        let guard = Guard::new(first.digest, first.hierarchy, deadline);
        Self { line: Line::new(card), guard, passed_on: 0, is_awake: false }
    }

    /// One round, to its end.
    ///
    /// Errors: [`Stop`]; then the relay is over, and all answers of this round are wiped.
    pub(super) fn play(&mut self, order: &RelayOrder) -> Result<Box<RelayAnswers>, Stop> {
        let outcome = self.try_play(order);
        if let Err(Stop::Refused(why)) = &outcome {
            warn!("round {} is refused: {why}", order.commands.round);
        }
        outcome
    }

    fn try_play(&mut self, order: &RelayOrder) -> Result<Box<RelayAnswers>, Stop> {
        let RelayOrder { commands, .. } = order;
        self.guard.begin_round(commands.round, &commands.commands.0, Instant::now())?;
        if !self.is_awake {
            self.line.wake()?;
            self.is_awake = true;
        }
        let mut answers = Pieces(Vec::with_capacity(commands.commands.0.len()));
        for command in &commands.commands.0 {
            let answer = self.pass_on(command)?;
            answers.0.push(wire(&answer));
        }
        let not_after = self.guard.end_of_round()?;
        Ok(Box::new(RelayAnswers { round: commands.round, answers, not_after }))
    }

    fn pass_on(&mut self, command: &[u8]) -> Result<Response, Stop> {
        let name = self.guard.admit(command, Instant::now())?;
        let too_short = || Refused::from(NotListed::NoCommand(command.len()));
        let (header, rest) = command.split_first_chunk().ok_or_else(too_short)?;
        let raw = Command::raw(name, *header, rest);
        let is_first = self.passed_on == 0;
        self.passed_on += 1;
        let mut answer = self.line.transmit(&raw).map_err(gone)?;
        if is_first && answer.status == NOT_AWAKE {
            // As in a reading: the second SELECT is the last one.
            answer = self.line.transmit(&raw).map_err(gone)?;
        }
        let learnt = self.guard.learn(&answer);
        self.line.is_selected = self.guard.is_selected();
        learnt.map(|()| answer)
    }

    /// Ends what was opened on the card. Gives the number of commands sent, and how many
    /// of them were the kiosk's own.
    pub(super) fn leave(&mut self) -> (u16, u16) {
        self.line.leave();
        (self.line.apdus, self.line.apdus - self.passed_on)
    }
}

fn gone(gone: card::Gone) -> Stop {
    lost(gone).into()
}

/// Data and status word, as they came.
fn wire(answer: &Response) -> Vec<u8> {
    let mut wire = Vec::with_capacity(answer.data.len() + 2);
    wire.extend_from_slice(&answer.data);
    wire.extend_from_slice(&answer.status.0.to_be_bytes());
    wire
}
