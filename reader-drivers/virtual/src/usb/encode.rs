//! Packets to bytes.

use crate::machine::Packet;

use super::{
    descriptors::{BULK_IN, BULK_OUT, CLASS, INTERRUPT, PRODUCT, VENDOR},
    packet::{Status, ToHost, cap, kind},
};

/// Who we say we are: 64 bytes, filled up with zeros.
const VERSION: &[u8] = b"shikaku virtual-reader";
const VERSION_LENGTH: usize = 64;
/// Tables of interfaces and endpoints have this many rows, used or not.
const ROWS: usize = 32;
/// Full speed: 12 Mbit/s, as readers have it.
const FULL_SPEED: u8 = 1;

/// Endpoints' types in the table.
const CONTROL_TYPE: u8 = 0;
const BULK_TYPE: u8 = 2;
const INTERRUPT_TYPE: u8 = 3;
const NO_ENDPOINT: u8 = 255;

impl Packet for ToHost {
    /// The packet's bytes. Only the hello has a short id.
    fn encode(&self) -> Vec<u8> {
        let (kind, id, body) = self.parts();
        let length = u32::try_from(body.len()).expect("bodies are bounded by MOST_DATA");
        let mut bytes = [kind.to_le_bytes(), length.to_le_bytes()].concat();
        if *self == Self::Hello {
            bytes.extend(0_u32.to_le_bytes());
        } else {
            bytes.extend(id.to_le_bytes());
        }
        bytes.extend(body);
        bytes
    }
}

impl ToHost {
    fn parts(&self) -> (u32, u64, Vec<u8>) {
        match self {
            Self::Hello => (kind::HELLO, 0, hello()),
            Self::Interfaces => (kind::INTERFACES, 0, interfaces()),
            Self::Endpoints => (kind::ENDPOINTS, 0, endpoints()),
            Self::Connect => (kind::CONNECT, 0, connect()),
            Self::Disconnect => (kind::DISCONNECT, 0, Vec::new()),
            Self::Configuration { id, status, configuration } => {
                (kind::CONFIGURATION, *id, vec![*status as u8, *configuration])
            }
            Self::Alternate { id, status, interface, alternate } => {
                (kind::ALTERNATE, *id, vec![*status as u8, *interface, *alternate])
            }
            Self::Interrupts { id, status, endpoint } => {
                (kind::INTERRUPTS, *id, vec![*status as u8, *endpoint])
            }
            Self::Control { id, status, setup, length, data } => {
                let mut body =
                    vec![setup.endpoint, setup.request, setup.request_type, *status as u8];
                body.extend(setup.value.to_le_bytes());
                body.extend(setup.index.to_le_bytes());
                body.extend(length.to_le_bytes());
                body.extend(data);
                (kind::CONTROL, *id, body)
            }
            Self::Written { id, status, endpoint, length } => {
                (kind::BULK, *id, bulk(*endpoint, *status, *length))
            }
            Self::Read { id, status, endpoint, data } => {
                let length = u32::try_from(data.len()).expect("a read is bounded");
                let mut body = bulk(*endpoint, *status, length);
                body.extend(data);
                (kind::BULK, *id, body)
            }
            Self::Interrupt { id, endpoint, data } => {
                let length = u16::try_from(data.len()).expect("two bytes");
                let mut body = vec![*endpoint, Status::Success as u8];
                body.extend(length.to_le_bytes());
                body.extend(data);
                (kind::INTERRUPT, *id, body)
            }
        }
    }
}

fn hello() -> Vec<u8> {
    let mut body = VERSION.to_vec();
    body.resize(VERSION_LENGTH, 0);
    body.extend(cap::OURS.to_le_bytes());
    body
}

/// The length stands in two halves, with the stream's number (none) between.
fn bulk(endpoint: u8, status: Status, length: u32) -> Vec<u8> {
    let [a, b, c, d] = length.to_le_bytes();
    vec![endpoint, status as u8, a, b, 0, 0, 0, 0, c, d]
}

fn interfaces() -> Vec<u8> {
    let mut body = 1_u32.to_le_bytes().to_vec();
    for first in [0, CLASS, 0, 0] {
        body.push(first);
        body.resize(body.len() + ROWS - 1, 0);
    }
    body
}

/// Four columns of 32 rows: type, interval, interface, packet size. Rows 0 to 15 are the
/// endpoints to the device, 16 to 31 those from it.
fn endpoints() -> Vec<u8> {
    let (mut types, mut intervals) = ([NO_ENDPOINT; ROWS], [0; ROWS]);
    let mut sizes = [0_u16; ROWS];
    for row in [0x00, 0x80].map(row) {
        (types[row], sizes[row]) = (CONTROL_TYPE, 64);
    }
    for endpoint in [BULK_OUT, BULK_IN] {
        (types[row(endpoint.address)], sizes[row(endpoint.address)]) =
            (BULK_TYPE, endpoint.packet_size);
    }
    let at = row(INTERRUPT.address);
    (types[at], intervals[at], sizes[at]) =
        (INTERRUPT_TYPE, INTERRUPT.interval, INTERRUPT.packet_size);
    let mut body = [types, intervals, [0; ROWS]].concat();
    body.extend(sizes.iter().flat_map(|size| size.to_le_bytes()));
    body
}

fn row(address: u8) -> usize {
    usize::from((address & 0x80) >> 3 | address & 0x0F)
}

fn connect() -> Vec<u8> {
    // Class, subclass and protocol are the interface's.
    let mut body = vec![FULL_SPEED, 0, 0, 0];
    body.extend(VENDOR.to_le_bytes());
    body.extend(PRODUCT.to_le_bytes());
    body
}
