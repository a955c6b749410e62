//! CCID messages: what a driver asks of the reader, and what the reader answers.
//!
//! ```text
//!  bytes ─▶ whole message ─▶ answered at once
//!                        └─▶ Job ─▶ (the card works) ─▶ Done ─▶ answered
//! ```
//!
//! One command at a time. The card's commands and answers are extended APDUs, in several
//! messages when they are long (wLevelParameter and bChainParameter, CCID 1.1 section 6).

use crate::{
    machine::{Done, Job},
    reader::{Refusal, Slot},
};

use super::{
    descriptors::LONGEST_MESSAGE,
    message::{HEADER, Header, ask, told, wrong},
};

/// Data of one message.
const MOST_DATA: usize = LONGEST_MESSAGE as usize - HEADER;
/// Header, Lc of three bytes, 65,535 bytes, Le of two.
const LONGEST_APDU: usize = 65_544;

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The answer, for the host's next reads.
    Message(Vec<u8>),
    Job(Job),
    /// Later, or more must come first.
    Nothing,
}

/// The reader's side of the conversation. `Slot` is always how the slot is now.
pub(super) struct Ccid {
    /// A message that is not complete.
    came: Vec<u8>,
    in_hand: Option<InHand>,
    /// A command that came while the card works at what nobody waits for.
    next: Option<(Header, Vec<u8>)>,
    /// The beginning of a command that is sent in pieces.
    command: Vec<u8>,
    /// The end of an answer that is fetched in pieces.
    rest: Vec<u8>,
    parameters: Parameters,
    /// Sequence numbers of a demand to abort by the control endpoint and by a message: it
    /// counts when both are there.
    abort_by_control: Option<u8>,
    abort_by_message: Option<u8>,
}

/// The command that the card works at.
struct InHand {
    message: u8,
    sequence: u8,
    /// Nobody waits for the answer any more.
    forgotten: bool,
}

/// Of the protocol between reader and card. The host may set them; the card is software.
struct Parameters {
    protocol: u8,
    data: Vec<u8>,
}

impl Default for Parameters {
    /// T=1 as it is before anything is negotiated (ISO 7816-3).
    fn default() -> Self {
        Self { protocol: 1, data: vec![0x11, 0x10, 0x00, 0x4D, 0x00, 0x20, 0x00] }
    }
}

impl Ccid {
    pub(super) fn new() -> Self {
        Self {
            came: Vec::new(),
            in_hand: None,
            next: None,
            command: Vec::new(),
            rest: Vec::new(),
            parameters: Parameters::default(),
            abort_by_control: None,
            abort_by_message: None,
        }
    }

    /// As after a reset of the bus, except that the card may still work.
    pub(super) fn reset(&mut self) {
        let in_hand = self.in_hand.take().map(|it| InHand { forgotten: true, ..it });
        *self = Self { in_hand, ..Self::new() };
    }

    /// Whether the card works.
    pub(super) fn is_busy(&self) -> bool {
        self.in_hand.is_some()
    }

    /// The host waits no longer for what the card works at, nor for what comes after it.
    pub(super) fn forget(&mut self) {
        self.next = None;
        if let Some(in_hand) = &mut self.in_hand {
            in_hand.forgotten = true;
        }
    }

    /// The reader does by itself what no answer is wanted of.
    pub(super) fn begin_unasked(&mut self) {
        self.in_hand = Some(InHand { message: 0, sequence: 0, forgotten: true });
    }

    /// The class request of the same name.
    pub(super) fn abort(&mut self, sequence: u8, slot: Slot) -> Reply {
        self.abort_by_control = Some(sequence);
        self.abort_when_both(slot)
    }

    /// Bytes of one transfer to the reader. `is_last`: it was a short one, and with it
    /// ends the message.
    pub(super) fn write(&mut self, bytes: &[u8], is_last: bool, slot: Slot) -> Reply {
        self.came.extend(bytes);
        let Some(header) = Header::read(&self.came) else {
            if is_last {
                self.came.clear();
            }
            return Reply::Nothing;
        };
        let length = usize::try_from(header.length).unwrap_or(usize::MAX);
        let came = self.came.len() - HEADER;
        if length > MOST_DATA || came > length || (is_last && came < length) {
            self.came.clear();
            return Reply::Message(header.refuse(wrong::LENGTH, slot));
        }
        if came < length {
            return Reply::Nothing;
        }
        let message = std::mem::take(&mut self.came);
        self.ask(header, &message[HEADER..], slot)
    }

    /// The card is done. `None` when nobody waits for it.
    pub(super) fn done(&mut self, done: Done, slot: Slot) -> Option<Vec<u8>> {
        let it = self.in_hand.take().filter(|it| !it.forgotten)?;
        let header = Header::of(it.message, it.sequence);
        Some(match done {
            Err(Refusal::NoCard | Refusal::NoReader) => header.refuse(wrong::MUTE, Slot::Empty),
            Err(Refusal::Communication) => header.refuse(wrong::MUTE, slot),
            Err(Refusal::Power) => header.refuse(wrong::HARDWARE, slot),
            Ok(_) if it.message == ask::POWER_OFF => header.status(slot),
            Ok(data) => self.answer(&header, data, true, slot),
        })
    }

    /// What had to wait, when the card has its hands free.
    pub(super) fn go_on(&mut self, slot: Slot) -> Reply {
        match self.next.take_if(|_| self.in_hand.is_none()) {
            Some((header, data)) => self.ask(header, &data, slot),
            None => Reply::Nothing,
        }
    }

    fn ask(&mut self, header: Header, data: &[u8], slot: Slot) -> Reply {
        let refuse = |error| Reply::Message(header.refuse(error, slot));
        if header.slot != 0 {
            return refuse(wrong::SLOT);
        }
        if header.message == ask::ABORT {
            self.abort_by_message = Some(header.sequence);
            return self.abort_when_both(slot);
        }
        if self.abort_by_control.is_some() {
            return refuse(wrong::ABORTED);
        }
        match &self.in_hand {
            // The one thing that needs no card.
            _ if header.message == ask::SLOT_STATUS => Reply::Message(header.status(slot)),
            Some(InHand { forgotten: false, .. }) => refuse(wrong::BUSY),
            Some(_) => {
                self.next = Some((header, data.to_vec()));
                Reply::Nothing
            }
            None => self.carry_out(&header, data, slot),
        }
    }

    fn carry_out(&mut self, header: &Header, data: &[u8], slot: Slot) -> Reply {
        let refuse = |error| Reply::Message(header.refuse(error, slot));
        if header.message != ask::TRANSFER {
            self.command.clear();
            self.rest.clear();
        }
        match header.message {
            ask::POWER_ON | ask::POWER_OFF if slot == Slot::Empty => refuse(wrong::MUTE),
            ask::POWER_ON => {
                self.parameters = Parameters::default();
                self.begin(header, Job::PowerOn)
            }
            ask::POWER_OFF => self.begin(header, Job::PowerOff),
            ask::TRANSFER if slot != Slot::Powered => refuse(wrong::MUTE),
            ask::TRANSFER => self.transfer(header, data, slot),
            ask::GET_PARAMETERS => self.parameters_told(header, slot),
            ask::RESET_PARAMETERS => {
                self.parameters = Parameters::default();
                self.parameters_told(header, slot)
            }
            ask::SET_PARAMETERS => {
                let protocol = header.specific[0];
                let right = match protocol {
                    0 => 5,
                    1 => 7,
                    _ => return refuse(wrong::PROTOCOL),
                };
                if data.len() != right {
                    return refuse(wrong::LENGTH);
                }
                self.parameters = Parameters { protocol, data: data.to_vec() };
                self.parameters_told(header, slot)
            }
            _ => refuse(wrong::UNKNOWN_COMMAND),
        }
    }

    fn begin(&mut self, header: &Header, job: Job) -> Reply {
        let (message, sequence) = (header.message, header.sequence);
        self.in_hand = Some(InHand { message, sequence, forgotten: false });
        Reply::Job(job)
    }

    /// `PC_to_RDR_XfrBlock`: a command, a piece of one, or a wish for the next piece of the
    /// answer.
    fn transfer(&mut self, header: &Header, data: &[u8], slot: Slot) -> Reply {
        let level = u16::from_le_bytes([header.specific[1], header.specific[2]]);
        match level {
            0 | 1 => self.command.clear(),
            2 | 3 if !self.command.is_empty() => {}
            0x10 if !self.rest.is_empty() => {
                let rest = std::mem::take(&mut self.rest);
                return Reply::Message(self.answer(header, rest, false, slot));
            }
            _ => return Reply::Message(header.refuse(wrong::LEVEL, slot)),
        }
        self.rest.clear();
        if self.command.len() + data.len() > LONGEST_APDU {
            self.command.clear();
            return Reply::Message(header.refuse(wrong::LENGTH, slot));
        }
        self.command.extend(data);
        match level {
            1 | 3 => Reply::Message(header.tell(told::DATA, slot, 0x10, &[])),
            _ => {
                let command = std::mem::take(&mut self.command);
                self.begin(header, Job::Transmit(command))
            }
        }
    }

    /// As much of an answer as one message holds; the rest waits to be fetched.
    fn answer(&mut self, header: &Header, mut data: Vec<u8>, first: bool, slot: Slot) -> Vec<u8> {
        self.rest = data.split_off(data.len().min(MOST_DATA));
        let chain = match (first, self.rest.is_empty()) {
            (true, true) => 0,
            (true, false) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        header.tell(told::DATA, slot, chain, &data)
    }

    fn parameters_told(&self, header: &Header, slot: Slot) -> Reply {
        let Parameters { protocol, data } = &self.parameters;
        Reply::Message(header.tell(told::PARAMETERS, slot, *protocol, data))
    }

    fn abort_when_both(&mut self, slot: Slot) -> Reply {
        let (Some(by_control), Some(sequence)) = (self.abort_by_control, self.abort_by_message)
        else {
            return Reply::Nothing;
        };
        if by_control != sequence {
            return Reply::Nothing;
        }
        (self.abort_by_control, self.abort_by_message) = (None, None);
        self.command.clear();
        self.rest.clear();
        self.forget();
        Reply::Message(Header::of(ask::ABORT, sequence).status(slot))
    }
}
