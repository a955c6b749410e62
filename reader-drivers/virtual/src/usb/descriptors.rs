//! How the reader describes itself to a USB host.
//!
//! Its ids are those of a reader in libccid's list, since libccid drives no other; its
//! strings say that it is none. The name in PC/SC is libccid's for the ids, then the
//! interface's string in brackets and the serial number in parentheses.

/// Identiv's SCR3310, which the catalogue of readers knows.
pub(super) const VENDOR: u16 = 0x04E6;
pub(super) const PRODUCT: u16 = 0x5116;

/// Smart cards (CCID).
pub(super) const CLASS: u8 = 0x0B;

pub(super) struct Endpoint {
    pub(super) address: u8,
    pub(super) packet_size: u16,
    /// In milliseconds; 0 for bulk.
    pub(super) interval: u8,
}

pub(super) const BULK_OUT: Endpoint = Endpoint { address: 0x01, packet_size: 64, interval: 0 };
pub(super) const BULK_IN: Endpoint = Endpoint { address: 0x82, packet_size: 64, interval: 0 };
pub(super) const INTERRUPT: Endpoint = Endpoint { address: 0x83, packet_size: 8, interval: 16 };

/// The one configuration's number.
pub(super) const CONFIGURATION: u8 = 1;

/// A CCID message with its header: an APDU longer than the rest is sent in two.
pub(super) const LONGEST_MESSAGE: u32 = 65_546;

const STRINGS: [&str; 4] =
    ["Shikaku Kiosk", "Simulated smart card reader", "SIMULATED", "simulated"];
const US_ENGLISH: u16 = 0x0409;

/// The reader's answer to `GET_DESCRIPTOR`; `None` for what it has not.
pub(super) fn descriptor(kind: u8, index: u8) -> Option<Vec<u8>> {
    match (kind, index) {
        (1, 0) => Some(device()),
        (2, 0) => Some(configuration()),
        (3, 0) => Some(string(&[US_ENGLISH])),
        (3, index) => {
            let text = STRINGS.get(usize::from(index) - 1)?;
            Some(string(&text.encode_utf16().collect::<Vec<_>>()))
        }
        _ => None,
    }
}

fn device() -> Vec<u8> {
    let mut bytes = vec![18, 1, 0x10, 0x01, 0, 0, 0, 64]; // USB 1.1, class by interface
    bytes.extend(VENDOR.to_le_bytes());
    bytes.extend(PRODUCT.to_le_bytes());
    bytes.extend([0x00, 0x01, 1, 2, 3, 1]); // version 1.00, three strings, one configuration
    bytes
}

fn configuration() -> Vec<u8> {
    let parts =
        [interface(), ccid(), endpoint(&BULK_OUT), endpoint(&BULK_IN), endpoint(&INTERRUPT)];
    let rest = parts.concat();
    let total = u16::try_from(9 + rest.len()).expect("93 bytes");
    let mut bytes = vec![9, 2];
    bytes.extend(total.to_le_bytes());
    bytes.extend([1, CONFIGURATION, 0, 0x80, 50]); // from the bus, 100 mA
    bytes.extend(rest);
    bytes
}

fn interface() -> Vec<u8> {
    vec![9, 4, 0, 0, 3, CLASS, 0, 0, 4]
}

/// The class descriptor (CCID 1.1, section 5.1).
fn ccid() -> Vec<u8> {
    /// The reader chooses voltage, clock, speed and IFSD and negotiates; it takes APDUs,
    /// extended ones too.
    const FEATURES: u32 = 0x0004_04BA;
    const T0_AND_T1: u32 = 3; // contactless cards name T=0 first (PC/SC part 3)
    const KILOHERTZ: u32 = 4000;
    const BITS_PER_SECOND: u32 = 10_752;
    const LONGEST_T1_BLOCK: u32 = 254;
    let mut bytes = vec![54, 0x21, 0x10, 0x01, 0, 0x07]; // one slot, all voltages
    let mut add = |number: u32| bytes.extend(number.to_le_bytes());
    add(T0_AND_T1);
    add(KILOHERTZ);
    add(KILOHERTZ);
    bytes.push(0); // no table of clocks
    let mut add = |number: u32| bytes.extend(number.to_le_bytes());
    add(BITS_PER_SECOND);
    add(BITS_PER_SECOND);
    bytes.push(0); // no table of speeds
    let mut add = |number: u32| bytes.extend(number.to_le_bytes());
    add(LONGEST_T1_BLOCK);
    add(0); // no synchronous cards
    add(0); // no mechanics
    add(FEATURES);
    add(LONGEST_MESSAGE);
    bytes.extend([0xFF, 0xFF, 0, 0, 0, 1]); // classes as sent, no display, no PIN pad, one at a time
    bytes
}

fn endpoint(it: &Endpoint) -> Vec<u8> {
    let kind = if it.interval == 0 { 2 } else { 3 };
    let [low, high] = it.packet_size.to_le_bytes();
    vec![7, 5, it.address, kind, low, high, it.interval]
}

fn string(units: &[u16]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(2 + 2 * units.len()).expect("short strings"), 3];
    bytes.extend(units.iter().flat_map(|unit| unit.to_le_bytes()));
    bytes
}
