//! One card, held alone from the first command to the last, and left without power.
//!
//! ```text
//! Connection::open ▶ session ▶ transmit … ▶ (session ends) ▶ close
//!   exclusive         transaction                             UNPOWER
//! ```
//!
//! A verified PIN outlives a disconnect and a reset; it ends with the power. So a
//! [`Connection`] unpowers the card on every way out. After a crash nobody does: the
//! caller opens and closes a connection when it starts.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use card::{Command, Gone, Response, Transport};
use pcsc::{Card, Context, Disposition, Error, Protocols, ReaderState, Scope, ShareMode, State};
use zeroize::Zeroizing;

use crate::{Fault, ReaderName};

/// Tells a [`crate::Watcher`] that it is we who hold the reader.
#[derive(Clone, Debug, Default)]
pub struct InUse(Arc<AtomicU32>);

impl InUse {
    pub(crate) fn is_ours(&self) -> bool {
        self.0.load(Ordering::SeqCst) > 0
    }

    fn begin(&self) -> Held {
        self.0.fetch_add(1, Ordering::SeqCst);
        Held(self.clone())
    }
}

struct Held(InUse);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("no card lies on the reader")]
    NoCard,
    #[error("what lies on the reader does not answer")]
    Unresponsive(#[source] Fault),
    #[error("another program holds the reader")]
    Busy,
    #[error("the reader is not there")]
    Reader(#[source] Fault),
    #[error("the PC/SC service is not there")]
    Service(#[source] Fault),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        match fault.0 {
            Error::SharingViolation => Self::Busy,
            _ if fault.ends_card() => Self::NoCard,
            _ if fault.ends_reader() => Self::Reader(fault),
            _ if fault.ends_context() => Self::Service(fault),
            _ => Self::Unresponsive(fault),
        }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Fault(error).into()
    }
}

/// The card may still have power, and with it a verified PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the card could not be powered off")]
pub struct StillPowered(#[source] Fault);

/// A card that nobody else can speak with.
pub struct Connection {
    /// Taken by the end.
    card: Option<Card>,
    context: Context,
    reader: ReaderName,
    events: u32,
    _held: Held,
}

impl Connection {
    /// Powers the card on `reader` and holds it, in a context of its own: contexts die
    /// with the service, and a new one costs far less than a command.
    ///
    /// Errors: [`Refused`].
    pub fn open(reader: &ReaderName, in_use: &InUse) -> Result<Self, Refused> {
        let held = in_use.begin();
        let context = Context::establish(Scope::System)?;
        let card = context.connect(reader.as_c_str(), ShareMode::Exclusive, Protocols::ANY)?;
        let events = look(&context, reader)?.event_count();
        Ok(Self { card: Some(card), context, reader: reader.clone(), events, _held: held })
    }

    /// How often cards had come and gone on this reader when this one was opened: the same
    /// number as in [`crate::Stay::events`] means that it is the same card.
    pub fn events(&self) -> u32 {
        self.events
    }

    /// Begins the transaction in which the card is spoken with.
    ///
    /// Errors: [`Gone`].
    pub fn session(&mut self) -> Result<Session<'_>, Gone> {
        let card = self.card.as_mut().expect("only the end takes the card");
        let transaction = card.transaction().map_err(|error| Fault(error).gone())?;
        Ok(Session { transaction, gone: None })
    }

    /// Ends the connection and the card's power. Dropping does the same and tells nobody.
    /// A [`Doubt`] is what is left to be done, [`NOTICED`] later.
    ///
    /// Errors: [`StillPowered`]; then try again with a new connection.
    pub fn close(mut self) -> Result<Option<Doubt>, StillPowered> {
        self.power_off()?;
        Ok(self.doubt())
    }

    /// A card that is gone took its power with it. pcscd (1.9.9, SCardDisconnect) would note
    /// the failed power-off as an empty reader, also when the next card lies there by now,
    /// and nobody would ever hear of that card.
    fn ending(&self) -> Disposition {
        match look(&self.context, &self.reader) {
            Ok(now) if now.event_count() != self.events => Disposition::LeaveCard,
            _ => Disposition::UnpowerCard,
        }
    }

    fn doubt(&self) -> Option<Doubt> {
        let doubt = Doubt { reader: self.reader.clone(), events: self.events };
        doubt.holds(&self.context).then_some(doubt)
    }

    fn power_off(&mut self) -> Result<(), StillPowered> {
        let Some(card) = self.card.take() else { return Ok(()) };
        let end = self.ending();
        let Err((card, error)) = card.disconnect(end) else {
            // A card that was pulled while its power ended: pcscd may have noted first that
            // it is gone, and then that it does not answer, and would stay with that.
            if matches!(end, Disposition::UnpowerCard)
                && look(&self.context, &self.reader).is_ok_and(|it| it.event_count() != self.events)
            {
                note_what_lies(&self.context, &self.reader);
            }
            return Ok(());
        };
        // A second try, so that the plain reset of Card's Drop stays the last resort.
        let second = card.disconnect(end);
        let fault = Fault(error);
        // Without a card, or without a reader, there is no power either.
        match second.is_ok() || fault.ends_card() || fault.ends_reader() {
            true => Ok(()),
            false => Err(StillPowered(fault)),
        }
    }
}

/// pcscd notices within this time that a reader is empty: it asks every 400 ms.
pub const NOTICED: Duration = Duration::from_millis(600);

/// A reader that is empty by pcscd's word, and occupied by its count.
///
/// pcscd (1.9.9) counts each card that comes and each that goes, and notes beside it what
/// lies there. The end of a power that finds no card is noted as an empty reader, also where
/// the next card was counted a moment before, or where the gap between two cards was too
/// short to be counted. Nobody would ever hear of the card that lies there then.
#[must_use = "a card may lie there of which nobody hears"]
#[derive(Debug)]
pub struct Doubt {
    reader: ReaderName,
    /// The count while a card lay there: every even number from here is a card.
    events: u32,
}

impl Doubt {
    /// Makes pcscd note what lies there, unless it has by now. Call it [`NOTICED`] after the
    /// doubt was told, and never beside a connection. Gives the doubt back when it still
    /// holds: while a card came it may have been missed once more.
    pub fn settle(self) -> Option<Self> {
        // Without a service, or without the reader, there is nothing to be noted.
        let context = Context::establish(Scope::System).ok()?;
        if !self.holds(&context) {
            return None;
        }
        note_what_lies(&context, &self.reader);
        self.holds(&context).then_some(self)
    }

    fn holds(&self, context: &Context) -> bool {
        look(context, &self.reader).is_ok_and(|now| {
            now.event_state().contains(State::EMPTY) && lies(self.events, now.event_count())
        })
    }
}

/// Whether a card lies there by pcscd's count, which was `then` when one did. It is 16 bits
/// wide and goes round.
fn lies(then: u32, now: u32) -> bool {
    now.wrapping_sub(then).is_multiple_of(2)
}

/// Ending the power of whatever lies there makes pcscd note what does.
fn note_what_lies(context: &Context, reader: &ReaderName) {
    // Without a reader or a service there is nothing to be noted.
    let direct = context.connect(reader.as_c_str(), ShareMode::Direct, Protocols::UNDEFINED);
    if let Ok(direct) = direct {
        let _ = direct.disconnect(Disposition::UnpowerCard);
    }
}

/// What PC/SC says of the reader now, without waiting.
pub(crate) fn look(context: &Context, reader: &ReaderName) -> Result<ReaderState, Error> {
    let mut states = [ReaderState::new(reader.as_c_str(), State::UNAWARE)];
    context.get_status_change(Duration::ZERO, &mut states)?;
    let [state] = states;
    Ok(state)
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Who needs to know whether it worked calls close().
        let _ = self.power_off();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Connection({:?})", self.reader)
    }
}

/// The transaction with a card. Other programs wait until it is dropped.
pub struct Session<'a> {
    transaction: pcsc::Transaction<'a>,
    /// After the first loss nothing is sent any more.
    gone: Option<Gone>,
}

impl Session<'_> {
    fn exchange(&self, command: &Command) -> Result<Response, Gone> {
        let mut buffer = Zeroizing::new([0; pcsc::MAX_BUFFER_SIZE]);
        let answer = self
            .transaction
            .transmit(&command.encode(), &mut buffer[..])
            .map_err(|error| Fault(error).gone())?;
        // Some drivers say so that the card was pulled in the middle of a command.
        Response::decode(answer).map_err(|_| Gone::Card)
    }
}

impl Transport for Session<'_> {
    /// There is no time-out in PC/SC: a reader that hangs makes this call hang, and only
    /// the end of the process ends it.
    fn transmit(&mut self, command: &Command) -> Result<Response, Gone> {
        if let Some(gone) = self.gone {
            return Err(gone);
        }
        let answer = self.exchange(command);
        self.gone = answer.as_ref().err().copied();
        answer
    }
}

impl fmt::Debug for Session<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session(gone: {:?})", self.gone)
    }
}

#[cfg(test)]
mod tests {
    use super::lies;

    #[test]
    fn every_second_event_is_a_card_that_comes() {
        for (then, now, expected) in
            [(7, 7, true), (7, 8, false), (7, 9, true), (0xFFFF, 0, false), (0xFFFF, 1, true)]
        {
            assert_eq!(lies(then, now), expected, "{then} {now}");
        }
    }
}
