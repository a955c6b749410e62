//! A USB device that has descriptors and does nothing else, in the words of usbredir: what a
//! machine judges a device by, before it lets it in. The real reader is `reader-drivers/virtual`.

use std::{
    io::{Read, Write},
    net::Shutdown,
    os::unix::net::UnixStream,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    thread,
};

use crate::stop::Stop;

/// Class, subclass and protocol.
pub(crate) type Interface = [u8; 3];

/// Tables of interfaces and endpoints have this many rows.
const ROWS: usize = 32;
/// The hello's, before ids have eight bytes.
const FIRST_HEADER: usize = 12;
const HEADER: usize = 16;
/// No packet that is for us is longer.
const LONGEST: usize = 4096;
/// Disconnections are confirmed; sizes of packets, ids and bulk transfers in their long form: no
/// device comes into a controller of USB 3 without them.
const CAPABILITIES: u32 = 0b111_1000;
const VENDOR: u16 = 0x1209;
const PRODUCT: u16 = 0x0001;
const FULL_SPEED: u8 = 1;

/// Types of packets.
mod kind {
    pub(super) const HELLO: u32 = 0;
    pub(super) const CONNECT: u32 = 1;
    pub(super) const INTERFACES: u32 = 4;
    pub(super) const ENDPOINTS: u32 = 5;
    pub(super) const SET_CONFIGURATION: u32 = 6;
    pub(super) const GET_CONFIGURATION: u32 = 7;
    pub(super) const CONFIGURATION: u32 = 8;
    pub(super) const SET_ALTERNATE: u32 = 9;
    pub(super) const GET_ALTERNATE: u32 = 10;
    pub(super) const ALTERNATE: u32 = 11;
    pub(super) const CONTROL: u32 = 100;
}

/// How a transfer ended.
const SUCCESS: u8 = 0;
const STALL: u8 = 4;

/// How a device shows its interfaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    /// Each with an endpoint.
    Open,
    /// The last one has none: the kernel sees it, and udev does not have it in its list.
    Hiding,
}

/// A device that is plugged in until it is dropped.
pub(crate) struct Gadget {
    stream: UnixStream,
    /// What the machine chose last: 0 for a device that is not let in, or no more.
    configuration: Arc<AtomicU8>,
}

impl Gadget {
    /// Plugs a device with these interfaces into the machine that listens at `socket`.
    pub(crate) fn plug_in(
        socket: &Path,
        interfaces: &'static [Interface],
        face: Face,
    ) -> Result<Self, Stop> {
        let stream = UnixStream::connect(socket).map_err(Stop::because(socket.display()))?;
        let ours = stream.try_clone().map_err(Stop::because(socket.display()))?;
        let configuration = Arc::new(AtomicU8::new(0));
        let chosen = Arc::clone(&configuration);
        thread::spawn(move || {
            // It ends with the stream: the machine is off, or the device pulled out.
            let _ = serve(ours, interfaces, face, &chosen);
        });
        Ok(Self { stream, configuration })
    }

    pub(crate) fn is_in(&self) -> bool {
        self.configuration.load(Ordering::Relaxed) != 0
    }
}

impl Drop for Gadget {
    fn drop(&mut self) {
        // A machine that is off has closed it before.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

fn serve(
    mut stream: UnixStream,
    interfaces: &[Interface],
    face: Face,
    chosen: &AtomicU8,
) -> std::io::Result<()> {
    let mut hello = b"shikaku gadget".to_vec();
    hello.resize(64, 0);
    hello.extend(CAPABILITIES.to_le_bytes());
    let length = u32::try_from(hello.len()).expect("68 bytes");
    stream.write_all(&[kind::HELLO, length, 0].map(u32::to_le_bytes).concat())?;
    stream.write_all(&hello)?;
    read(&mut stream, FIRST_HEADER)?;
    for (kind, body) in [
        (kind::INTERFACES, table_of_interfaces(interfaces)),
        (kind::ENDPOINTS, table_of_endpoints()),
        (kind::CONNECT, connect()),
    ] {
        stream.write_all(&packet(kind, &[0; 8], &body))?;
    }
    loop {
        let (header, body) = read(&mut stream, HEADER)?;
        let kind = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        if let (kind::SET_CONFIGURATION, [number, ..]) = (kind, &body[..]) {
            chosen.store(*number, Ordering::Relaxed);
        }
        if let Some((kind, answer)) = answer(interfaces, face, kind, &body) {
            stream.write_all(&packet(kind, &header[8..], &answer))?;
        }
    }
}

/// A header and what follows it.
fn read(stream: &mut UnixStream, header: usize) -> std::io::Result<(Vec<u8>, Vec<u8>)> {
    let mut head = vec![0; header];
    stream.read_exact(&mut head)?;
    let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
    let mut body = vec![0; (length as usize).min(LONGEST)];
    stream.read_exact(&mut body)?;
    Ok((head, body))
}

fn packet(kind: u32, id: &[u8], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("descriptors are short");
    [&kind.to_le_bytes(), &length.to_le_bytes(), id, body].concat()
}

/// The type and the body of the answer, where one is due.
fn answer(interfaces: &[Interface], face: Face, kind: u32, body: &[u8]) -> Option<(u32, Vec<u8>)> {
    let first = body.first().copied().unwrap_or(0);
    match kind {
        kind::SET_CONFIGURATION => Some((kind::CONFIGURATION, vec![SUCCESS, first])),
        kind::GET_CONFIGURATION => Some((kind::CONFIGURATION, vec![SUCCESS, 1])),
        kind::SET_ALTERNATE | kind::GET_ALTERNATE => {
            Some((kind::ALTERNATE, vec![SUCCESS, first, 0]))
        }
        kind::CONTROL => {
            let head = body.get(..10)?;
            let length = u16::from_le_bytes([head[8], head[9]]);
            let said = match (head[2], head[1]) {
                (0x80, 6) => descriptor(interfaces, face, head[5]),
                _ => None,
            };
            let mut answer = head.to_vec();
            answer[3] = if said.is_some() { SUCCESS } else { STALL };
            let mut said = said.unwrap_or_default();
            said.truncate(length.into());
            let told = u16::try_from(said.len()).expect("not longer than it says");
            answer[8..].copy_from_slice(&told.to_le_bytes());
            Some((kind::CONTROL, [answer, said].concat()))
        }
        _ => None,
    }
}

fn descriptor(interfaces: &[Interface], face: Face, kind: u8) -> Option<Vec<u8>> {
    match kind {
        1 => {
            let usb_1_1 = vec![18, 1, 0x10, 0x01, 0, 0, 0, 64];
            Some([usb_1_1, ids(), vec![0, 1, 0, 0, 0, 1]].concat())
        }
        2 => {
            let mut rest = Vec::new();
            for (number, it) in (0..).zip(interfaces) {
                let is_hidden = face == Face::Hiding && usize::from(number) + 1 == interfaces.len();
                rest.extend([9, 4, number, 0, u8::from(!is_hidden), it[0], it[1], it[2], 0]);
                if !is_hidden {
                    // An interrupt endpoint.
                    rest.extend([7, 5, 0x81 + number, 3, 8, 0, 10]);
                }
            }
            let count = u8::try_from(interfaces.len()).expect("a few");
            let [low, high] = u16::try_from(9 + rest.len()).expect("a few").to_le_bytes();
            Some([vec![9, 2, low, high, count, 1, 0, 0x80, 50], rest].concat())
        }
        _ => None,
    }
}

/// Speed and ids; class, subclass and protocol are the interfaces'.
fn connect() -> Vec<u8> {
    [vec![FULL_SPEED, 0, 0, 0], ids()].concat()
}

fn ids() -> Vec<u8> {
    [VENDOR, PRODUCT].map(u16::to_le_bytes).concat()
}

/// Count, then numbers, classes, subclasses and protocols.
fn table_of_interfaces(interfaces: &[Interface]) -> Vec<u8> {
    let count = u8::try_from(interfaces.len()).expect("a few");
    let mut body = u32::from(count).to_le_bytes().to_vec();
    let mut column = |values: Vec<u8>| {
        body.extend(&values);
        body.resize(body.len() + ROWS - values.len(), 0);
    };
    column((0..count).collect());
    (0..3).for_each(|at| column(interfaces.iter().map(|it| it[at]).collect()));
    body
}

/// The control endpoint to the device and that from it, and no other: types, intervals,
/// interfaces, sizes of packets.
fn table_of_endpoints() -> Vec<u8> {
    const CONTROL: [usize; 2] = [0, 16];
    const NONE: u8 = 255;
    let mut types = [NONE; ROWS];
    let mut sizes = [0_u16; ROWS];
    for row in CONTROL {
        (types[row], sizes[row]) = (0, 64);
    }
    let sizes = sizes.iter().flat_map(|size| size.to_le_bytes());
    types.into_iter().chain([0; 2 * ROWS]).chain(sizes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA: [Interface; 2] = [[0x0E, 1, 0], [0x0E, 2, 0]];

    fn asked(request_type: u8, request: u8, descriptor: u8, length: u8) -> Vec<u8> {
        let body = [0x80, request, request_type, 0, 0, descriptor, 0, 0, length, 0];
        answer(&CAMERA, Face::Open, kind::CONTROL, &body).expect("an answer").1
    }

    #[test]
    fn a_machine_is_told_the_interfaces() {
        let said = asked(0x80, 6, 2, 255);
        assert_eq!(said[..10], [0x80, 6, 0x80, SUCCESS, 0, 2, 0, 0, 41, 0]);
        assert_eq!(said[10..19], [9, 2, 41, 0, 2, 1, 0, 0x80, 50]);
        assert_eq!(said[19..28], [9, 4, 0, 0, 1, 0x0E, 1, 0, 0]);
        assert_eq!(said[28..35], [7, 5, 0x81, 3, 8, 0, 10]);
        assert_eq!(said[35..44], [9, 4, 1, 0, 1, 0x0E, 2, 0, 0]);
        assert_eq!(said[44..], [7, 5, 0x82, 3, 8, 0, 10]);
        assert_eq!(asked(0x80, 6, 1, 255).len(), 10 + 18);
    }

    #[test]
    fn who_hides_an_interface_gives_it_no_endpoint() {
        let said = descriptor(&CAMERA, Face::Hiding, 2).expect("a configuration");
        assert_eq!(said[2..5], [34, 0, 2]);
        assert_eq!(said[25..], [9, 4, 1, 0, 0, 0x0E, 2, 0, 0]);
    }

    #[test]
    fn an_answer_is_as_long_as_it_was_asked_for() {
        let said = asked(0x80, 6, 2, 9);
        assert_eq!((said.len(), said[8]), (19, 9));
    }

    #[test]
    fn what_it_has_not_it_refuses() {
        assert_eq!(asked(0x80, 6, 3, 255), [0x80, 6, 0x80, STALL, 0, 3, 0, 0, 0, 0]);
        assert_eq!(asked(0x21, 9, 0, 8)[3], STALL);
        assert_eq!(answer(&CAMERA, Face::Open, kind::CONTROL, &[0; 3]), None);
        assert_eq!(answer(&CAMERA, Face::Open, kind::CONNECT, &[]), None);
    }

    #[test]
    fn tables_have_their_size() {
        let table = table_of_interfaces(&CAMERA);
        assert_eq!((table.len(), table[0]), (4 + 4 * ROWS, 2));
        assert_eq!((table[4 + ROWS], table[5 + 2 * ROWS]), (0x0E, 2));
        assert_eq!(table_of_endpoints().len(), 3 * ROWS + 2 * ROWS);
        // Two more would say a version, which belongs to a capability that we do not have.
        assert_eq!(connect().len(), 8);
    }
}
