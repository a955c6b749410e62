//! Bytes to packets, of a machine that is not trusted with a length.

use super::packet::{FromHost, MOST_DATA, Setup, cap, kind};

/// Before the hellos ids have four bytes, after them eight.
const SHORT_HEADER: usize = 12;
const LONG_HEADER: usize = 16;
/// The version in the hello; capabilities follow it.
const VERSION_LENGTH: usize = 64;
const HELLO_MOST: usize = 128;
const CONTROL_HEADER: usize = 10;
const BULK_HEADER: usize = 10;
/// Rules of a filter are text.
const FILTER_MOST: usize = 4096;

/// The endpoint's direction: towards the host.
const IN: u8 = 0x80;

/// What the machine sent is not usbredir as this device speaks it. The stream is of no
/// use after it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ProtocolError {
    #[error("the machine begins with a packet of type {0} and not with a hello")]
    NoHello(u32),
    #[error("the machine says hello twice")]
    SecondHello,
    #[error("the machine lacks a capability: {0:#x} is needed, it has {1:#x}")]
    Capabilities(u32, u32),
    #[error("the machine sends a packet of type {0}, which this device has no use for")]
    Unknown(u32),
    #[error("the machine sends a packet of type {kind} with {length} bytes")]
    Length { kind: u32, length: u32 },
    #[error("the machine rejects the device: see its filter")]
    Rejected,
    #[error("the machine asks for {0} reads at once")]
    Reads(usize),
}

/// Cuts the stream into packets.
#[derive(Default)]
pub(super) struct Decoder {
    /// What came of the next packet: at most one packet and one read of the socket.
    buffer: Vec<u8>,
    greeted: bool,
}

impl Decoder {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend(bytes);
    }

    /// The next packet, when it is complete.
    ///
    /// Errors: all that concern one packet.
    pub(super) fn next(&mut self) -> Result<Option<FromHost>, ProtocolError> {
        let header = if self.greeted { LONG_HEADER } else { SHORT_HEADER };
        let Some(head) = self.buffer.get(..header) else { return Ok(None) };
        let mut head = Fields(head);
        let (kind, length) = (head.u32(), head.u32());
        let id = if self.greeted { head.u64() } else { u64::from(head.u32()) };
        if !self.greeted && kind != kind::HELLO {
            return Err(ProtocolError::NoHello(kind));
        }
        let room = room(kind)?;
        let wrong = ProtocolError::Length { kind, length };
        let Some(length) = usize::try_from(length).ok().filter(|length| room.contains(length))
        else {
            return Err(wrong);
        };
        let Some(body) = self.buffer.get(header..header + length) else { return Ok(None) };
        let packet = packet(kind, id, body).ok_or(wrong)?;
        self.buffer.drain(..header + length);
        if let FromHost::Hello { caps } = packet {
            if self.greeted {
                return Err(ProtocolError::SecondHello);
            }
            if caps & cap::OURS != cap::OURS {
                return Err(ProtocolError::Capabilities(cap::OURS, caps));
            }
            self.greeted = true;
        }
        Ok(Some(packet))
    }
}

/// How long a packet may be without its header.
fn room(kind: u32) -> Result<std::ops::RangeInclusive<usize>, ProtocolError> {
    Ok(match kind {
        kind::HELLO => VERSION_LENGTH..=HELLO_MOST,
        kind::RESET
        | kind::GET_CONFIGURATION
        | kind::CANCEL
        | kind::REJECTED
        | kind::DISCONNECT_ACK => 0..=0,
        kind::SET_CONFIGURATION
        | kind::GET_ALTERNATE
        | kind::START_INTERRUPTS
        | kind::STOP_INTERRUPTS => 1..=1,
        kind::SET_ALTERNATE => 2..=2,
        kind::FILTER => 0..=FILTER_MOST,
        kind::CONTROL => CONTROL_HEADER..=CONTROL_HEADER + MOST_DATA,
        kind::BULK => BULK_HEADER..=BULK_HEADER + MOST_DATA,
        _ => return Err(ProtocolError::Unknown(kind)),
    })
}

/// `None` when the lengths within it do not fit the packet's.
fn packet(kind: u32, id: u64, body: &[u8]) -> Option<FromHost> {
    let mut fields = Fields(body);
    Some(match kind {
        kind::HELLO => {
            fields.skip(VERSION_LENGTH);
            // A peer of the first days has none.
            let caps = if fields.0.is_empty() { 0 } else { fields.u32() };
            FromHost::Hello { caps }
        }
        kind::RESET => FromHost::Reset,
        kind::SET_CONFIGURATION => FromHost::SetConfiguration { id, configuration: fields.u8() },
        kind::GET_CONFIGURATION => FromHost::GetConfiguration { id },
        kind::SET_ALTERNATE => {
            FromHost::SetAlternate { id, interface: fields.u8(), alternate: fields.u8() }
        }
        kind::GET_ALTERNATE => FromHost::GetAlternate { id, interface: fields.u8() },
        kind::START_INTERRUPTS => FromHost::StartInterrupts { id, endpoint: fields.u8() },
        kind::STOP_INTERRUPTS => FromHost::StopInterrupts { id, endpoint: fields.u8() },
        kind::CANCEL => FromHost::Cancel { id },
        kind::REJECTED => FromHost::Rejected,
        kind::FILTER => FromHost::Filter,
        kind::DISCONNECT_ACK => FromHost::DisconnectAck,
        kind::CONTROL => return control(id, fields),
        kind::BULK => return bulk(id, fields),
        _ => unreachable!("`room` knows the same types"),
    })
}

fn control(id: u64, mut fields: Fields<'_>) -> Option<FromHost> {
    let (endpoint, request, request_type) = (fields.u8(), fields.u8(), fields.u8());
    fields.skip(1); // a status, which only answers have
    let (value, index, length) = (fields.u16(), fields.u16(), fields.u16());
    let setup = Setup { endpoint, request, request_type, value, index, length };
    let sent = if request_type & IN == 0 { usize::from(length) } else { 0 };
    let fits = fields.0.len() == sent;
    fits.then(|| FromHost::Control { id, setup, data: fields.0.to_vec() })
}

fn bulk(id: u64, mut fields: Fields<'_>) -> Option<FromHost> {
    let endpoint = fields.u8();
    fields.skip(1); // a status, which only answers have
    let low = fields.u16();
    fields.skip(4); // streams of USB 3
    let length = u32::from(fields.u16()) << 16 | u32::from(low);
    let data = fields.0;
    if endpoint & IN != 0 {
        return data.is_empty().then_some(FromHost::Read { id, endpoint, length });
    }
    let fits = usize::try_from(length).is_ok_and(|length| length == data.len());
    fits.then(|| FromHost::Write { id, endpoint, data: data.to_vec() })
}

/// Takes numbers from the front. Beyond the end they are 0: lengths are checked before.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk() {
            Some((field, rest)) => {
                self.0 = rest;
                *field
            }
            None => [0; N],
        }
    }

    fn skip(&mut self, count: usize) {
        self.0 = self.0.get(count..).unwrap_or_default();
    }

    fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.take())
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take())
    }
}
