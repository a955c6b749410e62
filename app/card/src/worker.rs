//! Does one thing at a time with the card, and leaves it without power.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use card::Gone;
use kiosk_core::{CardProof, CardTrouble, Presence, ReadOrder, RelayOrder, Trouble};
use kiosk_process::words::{CardOrder, CardReport, ReadFigures};
use log::{info, warn};
use reader_pcsc::{Connection, Doubt, InUse, NOTICED, ReaderName, Refused, Sight, Slot, Stay};

use crate::{
    board::Board,
    line::lost,
    read_card::{Reading, read_card},
    relay::{End, hold, list::list},
    reports::Reports,
};

/// A card that could not be powered off is tried again after this time.
const AGAIN: Duration = Duration::from_millis(200);

/// The kiosk has gone: nothing is begun for it any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Over(Arc<AtomicBool>);

impl Over {
    pub(crate) fn now(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_now(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What the worker is to do.
#[derive(Debug)]
pub(crate) enum Job {
    Order(CardOrder),
    /// Something changed on the reader.
    Look,
}

/// Reads cards and powers them off.
pub(crate) struct Worker {
    board: Board,
    in_use: InUse,
    reports: Reports,
    over: Over,
    /// A card may have power, and with it a verified PIN. So it is at the start: the
    /// process before this one may have crashed.
    may_have_power: bool,
    /// When to settle it.
    doubt: Option<(Instant, Doubt)>,
}

impl Worker {
    pub(crate) fn new(board: Board, in_use: InUse, reports: Reports, over: Over) -> Self {
        Self { board, in_use, reports, over, may_have_power: true, doubt: None }
    }

    /// Works until nobody can send jobs any more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        // What ended a relay comes before what else there is to do.
        let mut next = None;
        loop {
            let patience = self.patience();
            let job = next.take().map_or_else(|| jobs.recv_timeout(patience), Ok);
            self.settle_doubt();
            match job {
                // No PIN is tried for a kiosk that does not hear the answer.
                Ok(Job::Order(CardOrder::Read(_) | CardOrder::Relay(_))) if self.over.is_now() => {}
                Ok(Job::Order(CardOrder::Read(order))) => self.read(&order),
                Ok(Job::Order(CardOrder::Relay(order))) => {
                    next = self.relay(order, jobs).map(Job::Order);
                }
                Ok(Job::Order(CardOrder::Forget | CardOrder::Use(_)) | Job::Look)
                | Err(RecvTimeoutError::Timeout) => {
                    self.power_off();
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.power_off();
    }

    /// How long to wait for a job before there is something to do without one.
    fn patience(&self) -> Duration {
        let doubt =
            self.doubt.as_ref().map(|(due, _)| due.saturating_duration_since(Instant::now()));
        let again = self.may_have_power.then_some(AGAIN);
        doubt.into_iter().chain(again).min().unwrap_or(Duration::MAX)
    }

    fn settle_doubt(&mut self) {
        if let Some((_, doubt)) = self.doubt.take_if(|(due, _)| *due <= Instant::now()) {
            self.doubt_again(doubt.settle());
        }
    }

    fn doubt_again(&mut self, doubt: Option<Doubt>) {
        self.doubt = doubt.map(|doubt| (Instant::now() + NOTICED, doubt));
    }

    fn read(&mut self, order: &ReadOrder) {
        self.power_off();
        let begin = Instant::now();
        let (outcome, apdus) = match what_lies(&self.board, order.card) {
            Ok((reader, stay)) => self.converse(&reader, stay, order),
            Err(trouble) => (Err(trouble), 0),
        };
        let time = begin.elapsed();
        info!("check {}: {outcome:?} after {apdus} commands, {time:.1?}", order.attempt.check.0);
        let figures = figures(apdus, time);
        self.reports.send(&CardReport::Read { attempt: order.attempt, outcome, figures });
    }

    /// Holds the card from the first round to what ends the relay. Gives the order that
    /// ended it.
    fn relay(&mut self, first: Box<RelayOrder>, jobs: &Receiver<Job>) -> Option<CardOrder> {
        self.power_off();
        let begin = Instant::now();
        let attempt = first.attempt;
        let end = match what_lies(&self.board, first.card) {
            // The relay that this round belongs to was given up: it took too long.
            _ if first.commands.round != 1 => failed(CardTrouble::Hung),
            Ok((reader, stay)) => self.hold(&reader, stay, first, begin, jobs),
            Err(trouble) => failed(trouble),
        };
        if let Some((trouble, figures)) = end.failed {
            info!("check {}: relay: {trouble:?}", attempt.check.0);
            self.reports.send(&CardReport::Relayed { attempt, outcome: Err(trouble), figures });
        }
        end.next
    }

    fn hold(
        &mut self,
        reader: &ReaderName,
        stay: Stay,
        first: Box<RelayOrder>,
        begin: Instant,
        jobs: &Receiver<Job>,
    ) -> End {
        let mut card = match Connection::open(reader, &self.in_use) {
            Ok(card) => card,
            Err(why) => {
                warn!("the card cannot be opened: {}", with_source(&why));
                return failed(refused(&why));
            }
        };
        self.may_have_power = true;
        let times = (begin, begin + list().limits.time());
        let end = same_card(&card, stay).and_then(|()| {
            let mut session = card.session()?;
            let tell = |report| self.reports.send(&report);
            Ok(hold(&mut session, first, times, (jobs, &self.over), tell))
        });
        self.close(card);
        match end {
            Ok(End { failed: Some((_, figures)), gone: Some(Gone::Reset), next }) => {
                End { failed: Some((self.no_answer(stay).into(), figures)), gone: None, next }
            }
            Ok(end) => end,
            Err(gone) => failed(self.without_a_word(gone, stay)),
        }
    }

    fn converse(
        &mut self,
        reader: &ReaderName,
        stay: Stay,
        order: &ReadOrder,
    ) -> (Result<Box<CardProof>, CardTrouble>, u16) {
        let mut card = match Connection::open(reader, &self.in_use) {
            Ok(card) => card,
            Err(why) => {
                warn!("the card cannot be opened: {}", with_source(&why));
                return (Err(refused(&why)), 0);
            }
        };
        self.may_have_power = true;
        let reading = same_card(&card, stay).and_then(|()| {
            let mut session = card.session()?;
            Ok(read_card(&mut session, order, self.board.presence(stay)))
        });
        self.close(card);
        match reading {
            Ok(Reading { outcome: Err(_), apdus, gone: Some(Gone::Reset) }) => {
                (Err(self.no_answer(stay)), apdus)
            }
            Ok(Reading { outcome, apdus, .. }) => (outcome, apdus),
            Err(gone) => (Err(self.without_a_word(gone, stay)), 0),
        }
    }

    fn close(&mut self, card: Connection) {
        match card.close() {
            Ok(doubt) => {
                self.may_have_power = false;
                self.doubt_again(doubt);
            }
            Err(error) => {
                warn!("{}", with_source(&error));
                self.may_have_power = true;
            }
        }
    }

    /// The line ended before the first command.
    fn without_a_word(&self, gone: Gone, stay: Stay) -> CardTrouble {
        match gone {
            Gone::Reset => self.no_answer(stay),
            gone => lost(gone),
        }
    }

    /// A card that is pulled out in the middle of a command often looks like one that
    /// does not answer. The watcher knows a moment later.
    fn no_answer(&self, stay: Stay) -> CardTrouble {
        match self.board.ends(stay, NOTICED) {
            true => CardTrouble::Removed,
            false => CardTrouble::Hung,
        }
    }

    /// Powers off what lies there, if it may have power.
    fn power_off(&mut self) {
        if !self.may_have_power {
            return;
        }
        if let Sight::Reader(reader, slot) = self.board.get() {
            match slot {
                Slot::Empty => self.may_have_power = false,
                Slot::Busy => {}
                Slot::Card(_) | Slot::Mute(_) => self.connect_for_the_end(&reader),
            }
        }
    }

    fn connect_for_the_end(&mut self, reader: &ReaderName) {
        match Connection::open(reader, &self.in_use) {
            Ok(card) => self.close(card),
            // What is not there, or does not answer, has no verified PIN.
            Err(Refused::NoCard | Refused::Unresponsive(_)) => self.may_have_power = false,
            // Said by the watcher already. After a crash pcscd holds the reader for the dead
            // process until its last command is answered.
            Err(Refused::Busy | Refused::Reader(_) | Refused::Service(_)) => {}
        }
    }
}

/// How much work something was.
pub(crate) fn figures(apdus: u16, time: Duration) -> ReadFigures {
    ReadFigures { apdus, microseconds: u64::try_from(time.as_micros()).unwrap_or(u64::MAX) }
}

/// A relay that did not begin.
fn failed(trouble: CardTrouble) -> End {
    let figures = ReadFigures::default();
    End { failed: Some((Trouble::Card(trouble), figures)), gone: None, next: None }
}

/// What is to be spoken with, or why not.
fn what_lies(board: &Board, card: Presence) -> Result<(ReaderName, Stay), CardTrouble> {
    match board.get() {
        // Something that was mute may answer the second time.
        Sight::Reader(reader, Slot::Card(stay) | Slot::Mute(stay)) => {
            match board.presence(stay) == card {
                true => Ok((reader, stay)),
                false => Err(CardTrouble::Removed),
            }
        }
        Sight::Reader(_, Slot::Empty) => Err(CardTrouble::NoCard),
        Sight::Reader(_, Slot::Busy) => Err(CardTrouble::ReaderBusy),
        Sight::NoService(_) | Sight::Settling | Sight::NoReader | Sight::Unsupported(_) => {
            Err(CardTrouble::ReaderGone)
        }
    }
}

/// Between the look and the connection the card may have been swapped.
fn same_card(card: &Connection, stay: Stay) -> Result<(), Gone> {
    (card.events() == stay.events).then_some(()).ok_or(Gone::Card)
}

fn refused(why: &Refused) -> CardTrouble {
    match why {
        Refused::NoCard => CardTrouble::Removed,
        Refused::Unresponsive(_) => CardTrouble::Unreadable,
        Refused::Busy => CardTrouble::ReaderBusy,
        Refused::Reader(_) | Refused::Service(_) => CardTrouble::ReaderGone,
    }
}

fn with_source(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READER: &std::ffi::CStr = c"Reader 00 00";

    fn stay(number: u32) -> Stay {
        Stay { number, events: 3 }
    }

    /// With presence 5 as the card that is meant.
    #[track_caller]
    fn check(sight: Sight, expected: Result<Stay, CardTrouble>) {
        let board = Board::new(0);
        board.set(sight);
        assert_eq!(what_lies(&board, Presence(5)).map(|(_, stay)| stay), expected);
    }

    #[test]
    fn only_the_card_that_is_meant_is_read() {
        let on = |slot| Sight::Reader(READER.into(), slot);
        check(on(Slot::Card(stay(5))), Ok(stay(5)));
        check(on(Slot::Mute(stay(5))), Ok(stay(5)));
        check(on(Slot::Card(stay(6))), Err(CardTrouble::Removed));
        check(on(Slot::Empty), Err(CardTrouble::NoCard));
        check(on(Slot::Busy), Err(CardTrouble::ReaderBusy));
        for sight in [Sight::Settling, Sight::NoReader, Sight::Unsupported(READER.into())] {
            check(sight, Err(CardTrouble::ReaderGone));
        }
    }

    #[test]
    fn a_refused_connection_is_a_trouble() {
        assert_eq!(refused(&Refused::NoCard), CardTrouble::Removed);
        assert_eq!(refused(&Refused::Busy), CardTrouble::ReaderBusy);
    }
}
