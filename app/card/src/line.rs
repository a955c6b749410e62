//! The line to the card, and the few commands that both conversations begin and end with.

use card::{Command, Gone, Response, StatusWord, Transport, jpki};
use kiosk_core::CardTrouble;

/// The first command after power-up, on some cards.
pub(crate) const NOT_AWAKE: StatusWord = StatusWord(0x6F00);

/// Pieces that an answer may come in. No answer we ask for is longer than one of them.
const PIECES: usize = 4;

/// Counts, and sends nothing after the card is gone.
pub(crate) struct Line<'a, T> {
    card: &'a mut T,
    /// The JPKI application was selected: there is something to leave.
    pub(crate) is_selected: bool,
    /// Commands sent, without the wake-up.
    pub(crate) apdus: u16,
    /// The line has ended.
    pub(crate) gone: Option<Gone>,
}

impl<'a, T: Transport> Line<'a, T> {
    pub(crate) fn new(card: &'a mut T) -> Self {
        Self { card, is_selected: false, apdus: 0, gone: None }
    }

    pub(crate) fn transmit(&mut self, command: &Command) -> Result<Response, Gone> {
        self.apdus += 1;
        self.send(command)
    }

    /// Like [`Line::transmit`], for commands that may be sent twice, as VERIFY may not:
    /// once more with the length that the card wants (`6C xx`), and with all the pieces of
    /// the answer (`61 xx`). Cards that speak T=0 do both, and pcscd leaves it to us.
    pub(crate) fn fetch(&mut self, command: Command) -> Result<Response, Gone> {
        let mut answer = self.transmit(&command)?;
        if let Some(length) = answer.status.exact_length() {
            answer = self.transmit(&command.expecting(length))?;
        }
        for _ in 0..PIECES {
            let Some(waiting) = answer.status.bytes_waiting() else { break };
            let more = self.transmit(&jpki::get_response(waiting))?;
            if more.status != StatusWord::OK && more.status.bytes_waiting().is_none() {
                // What was announced did not come: an answer that never ended.
                break;
            }
            answer.data.extend_from_slice(&more.data);
            answer.status = more.status;
        }
        Ok(answer)
    }

    fn send(&mut self, command: &Command) -> Result<Response, Gone> {
        if let Some(gone) = self.gone {
            return Err(gone);
        }
        let answer = self.card.transmit(command);
        self.gone = answer.as_ref().err().copied();
        answer
    }

    pub(crate) fn wake(&mut self) -> Result<(), CardTrouble> {
        // Whatever the card says, it is awake now.
        self.send(&jpki::wake()).map(drop).map_err(lost)
    }

    pub(crate) fn select_application(&mut self) -> Result<(), CardTrouble> {
        let mut answer = self.fetch(jpki::select_application()).map_err(lost)?.status;
        if answer == NOT_AWAKE {
            answer = self.fetch(jpki::select_application()).map_err(lost)?.status;
        }
        selected(answer)?;
        self.is_selected = true;
        Ok(())
    }

    /// Ends what was opened on the card; the power goes a moment later.
    pub(crate) fn leave(&mut self) {
        if self.is_selected && self.gone.is_none() {
            // Whatever the card says, there is nothing else to say to it.
            let _ = self.transmit(&jpki::leave());
        }
    }
}

/// Whatever refuses the application as a whole is another card.
pub(crate) fn selected(answer: StatusWord) -> Result<(), CardTrouble> {
    match answer {
        StatusWord::OK => Ok(()),
        // Wrong length, function, parameters, instruction or class; not found.
        StatusWord(0x6700..=0x6BFF | 0x6D00..=0x6EFF) => Err(CardTrouble::WrongCard),
        _ => Err(CardTrouble::Unreadable),
    }
}

/// What the end of the line means to the holder. Nothing is known then about what the
/// card has done, not even whether a PIN has counted.
pub(crate) fn lost(gone: Gone) -> CardTrouble {
    match gone {
        Gone::Card => CardTrouble::Removed,
        Gone::Reset => CardTrouble::Hung,
        Gone::Reader | Gone::Service => CardTrouble::ReaderGone,
    }
}
