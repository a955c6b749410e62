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
use kiosk_core::{CardProof, CardTrouble, ReadOrder};
use kiosk_process::words::{CardOrder, CardReport, ReadFigures};
use log::{info, warn};
use reader_pcsc::{Connection, InUse, ReaderName, Refused, Sight, Slot, Stay};

use crate::{
    board::Board,
    read_card::{Reading, read_card},
    reports::Reports,
};

/// Readers that are asked for presence are asked every 400 ms: by then it is known
/// whether a card that did not answer was taken away.
const TAKEN_AWAY: Duration = Duration::from_millis(600);

/// A card that could not be powered off is tried again after this time.
const AGAIN: Duration = Duration::from_millis(200);

/// The kiosk has gone: nothing is begun for it any more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Over(Arc<AtomicBool>);

impl Over {
    pub(crate) fn now(&self) {
        self.0.store(true, Ordering::SeqCst);
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
}

impl Worker {
    pub(crate) fn new(board: Board, in_use: InUse, reports: Reports, over: Over) -> Self {
        Self { board, in_use, reports, over, may_have_power: true }
    }

    /// Works until nobody can send jobs any more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let patience = if self.may_have_power { AGAIN } else { Duration::MAX };
            match jobs.recv_timeout(patience) {
                // A PIN is not tried for a kiosk that does not hear the answer.
                Ok(Job::Order(CardOrder::Read(_))) if self.over.0.load(Ordering::SeqCst) => {}
                Ok(Job::Order(CardOrder::Read(order))) => self.read(&order),
                Ok(Job::Order(CardOrder::Forget) | Job::Look) | Err(RecvTimeoutError::Timeout) => {
                    self.power_off();
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.power_off();
    }

    fn read(&mut self, order: &ReadOrder) {
        self.power_off();
        let begin = Instant::now();
        let (outcome, apdus) = match what_lies(&self.board, order) {
            Ok((reader, stay)) => self.converse(&reader, stay, order),
            Err(trouble) => (Err(trouble), 0),
        };
        let time = begin.elapsed();
        info!("check {}: {outcome:?} after {apdus} commands, {time:.1?}", order.attempt.check.0);
        let microseconds = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let figures = ReadFigures { apdus, microseconds };
        self.reports.send(&CardReport::Read { attempt: order.attempt, outcome, figures });
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
        self.may_have_power =
            card.close().inspect_err(|error| warn!("{}", with_source(error))).is_err();
        match reading {
            Ok(Reading { outcome: Err(_), apdus, gone: Some(Gone::Reset) }) => {
                (Err(self.no_answer(stay)), apdus)
            }
            Ok(Reading { outcome, apdus, .. }) => (outcome, apdus),
            Err(Gone::Reset) => (Err(self.no_answer(stay)), 0),
            Err(Gone::Card) => (Err(CardTrouble::Removed), 0),
            Err(Gone::Reader | Gone::Service) => (Err(CardTrouble::ReaderGone), 0),
        }
    }

    /// A card that is pulled out in the middle of a command often looks like one that
    /// does not answer. The watcher knows a moment later.
    fn no_answer(&self, stay: Stay) -> CardTrouble {
        match self.board.ends(stay, TAKEN_AWAY) {
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
            self.may_have_power = match slot {
                Slot::Empty => false,
                Slot::Busy => true,
                Slot::Card(_) | Slot::Mute(_) => may_have_power(&reader, &self.in_use),
            };
        }
    }
}

/// What is to be read, or why not.
fn what_lies(board: &Board, order: &ReadOrder) -> Result<(ReaderName, Stay), CardTrouble> {
    match board.get() {
        // Something that was mute may answer the second time.
        Sight::Reader(reader, Slot::Card(stay) | Slot::Mute(stay)) => {
            match board.presence(stay) == order.card {
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
    (card.events()? == stay.events).then_some(()).ok_or(Gone::Card)
}

fn refused(why: &Refused) -> CardTrouble {
    match why {
        Refused::NoCard => CardTrouble::Removed,
        Refused::Unresponsive(_) => CardTrouble::Unreadable,
        Refused::Busy => CardTrouble::ReaderBusy,
        Refused::Reader(_) | Refused::Service(_) => CardTrouble::ReaderGone,
    }
}

/// Connects for nothing but the end.
fn may_have_power(reader: &ReaderName, in_use: &InUse) -> bool {
    match Connection::open(reader, in_use) {
        Ok(card) => card.close().inspect_err(|error| warn!("{}", with_source(error))).is_err(),
        // What is not there, or does not answer, has no verified PIN.
        Err(Refused::NoCard | Refused::Unresponsive(_)) => false,
        // Said by the watcher already. After a crash pcscd holds the reader for the dead
        // process until its last command is answered.
        Err(Refused::Busy | Refused::Reader(_) | Refused::Service(_)) => true,
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
    use kiosk_core::{Attempt, CheckId, Pin, Presence, proof::Hierarchy};

    use super::*;

    const READER: &std::ffi::CStr = c"Reader 00 00";

    fn stay(number: u32) -> Stay {
        Stay { number, events: 3 }
    }

    /// With presence 5 on the reader as the card that is meant.
    #[track_caller]
    fn check(sight: Sight, expected: Result<Stay, CardTrouble>) {
        let board = Board::new(0);
        board.set(sight);
        let order = ReadOrder {
            attempt: Attempt { check: CheckId(1), number: 1 },
            card: Presence(5),
            digest: [0; 32],
            hierarchy: Hierarchy::Test,
            pin: Pin::new(b"1234").expect("four digits"),
            last_try: None,
        };
        assert_eq!(what_lies(&board, &order).map(|(_, stay)| stay), expected);
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
