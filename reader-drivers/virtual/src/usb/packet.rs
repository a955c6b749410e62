//! usbredir's packets: what a virtual machine and a USB device say to each other over a
//! stream. Numbers are little-endian.

/// Longest data of a packet either way: the longest CCID message with room to spare.
pub(super) const MOST_DATA: usize = 128 * 1024;

/// Capabilities, as bits of the hello.
pub(super) mod cap {
    /// The machine confirms a disconnection: what it sent before that was for the old device.
    const DISCONNECT_ACK: u32 = 1 << 3;
    const PACKET_SIZES: u32 = 1 << 4;
    const LONG_IDS: u32 = 1 << 5;
    const LONG_BULK: u32 = 1 << 6;
    /// All of them: without the last three a machine takes no device on USB 3, and headers
    /// have other lengths.
    pub(in super::super) const OURS: u32 = DISCONNECT_ACK | PACKET_SIZES | LONG_IDS | LONG_BULK;
}

/// The types, in both directions.
pub(super) mod kind {
    pub(in super::super) const HELLO: u32 = 0;
    pub(in super::super) const CONNECT: u32 = 1;
    pub(in super::super) const DISCONNECT: u32 = 2;
    pub(in super::super) const RESET: u32 = 3;
    pub(in super::super) const INTERFACES: u32 = 4;
    pub(in super::super) const ENDPOINTS: u32 = 5;
    pub(in super::super) const SET_CONFIGURATION: u32 = 6;
    pub(in super::super) const GET_CONFIGURATION: u32 = 7;
    pub(in super::super) const CONFIGURATION: u32 = 8;
    pub(in super::super) const SET_ALTERNATE: u32 = 9;
    pub(in super::super) const GET_ALTERNATE: u32 = 10;
    pub(in super::super) const ALTERNATE: u32 = 11;
    pub(in super::super) const START_INTERRUPTS: u32 = 15;
    pub(in super::super) const STOP_INTERRUPTS: u32 = 16;
    pub(in super::super) const INTERRUPTS: u32 = 17;
    pub(in super::super) const CANCEL: u32 = 21;
    pub(in super::super) const REJECTED: u32 = 22;
    pub(in super::super) const FILTER: u32 = 23;
    pub(in super::super) const DISCONNECT_ACK: u32 = 24;
    pub(in super::super) const CONTROL: u32 = 100;
    pub(in super::super) const BULK: u32 = 101;
    pub(in super::super) const INTERRUPT: u32 = 103;
}

/// How a transfer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Status {
    Success = 0,
    Cancelled = 1,
    Invalid = 2,
    Stall = 4,
}

/// The head of a control transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setup {
    pub(super) endpoint: u8,
    pub(super) request: u8,
    pub(super) request_type: u8,
    pub(super) value: u16,
    pub(super) index: u16,
    pub(super) length: u16,
}

/// From the machine. Ids come back in the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FromHost {
    Hello {
        caps: u32,
    },
    Reset,
    SetConfiguration {
        id: u64,
        configuration: u8,
    },
    GetConfiguration {
        id: u64,
    },
    SetAlternate {
        id: u64,
        interface: u8,
        alternate: u8,
    },
    GetAlternate {
        id: u64,
        interface: u8,
    },
    StartInterrupts {
        id: u64,
        endpoint: u8,
    },
    StopInterrupts {
        id: u64,
        endpoint: u8,
    },
    Cancel {
        id: u64,
    },
    /// The machine does not want this device.
    Rejected,
    /// What devices it would take: it says so, and we have but one.
    Filter,
    DisconnectAck,
    Control {
        id: u64,
        setup: Setup,
        data: Vec<u8>,
    },
    /// Data to the device.
    Write {
        id: u64,
        endpoint: u8,
        data: Vec<u8>,
    },
    /// At most so much from it.
    Read {
        id: u64,
        endpoint: u8,
        length: u32,
    },
}

/// To the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ToHost {
    Hello,
    Interfaces,
    Endpoints,
    Connect,
    Disconnect,
    Configuration {
        id: u64,
        status: Status,
        configuration: u8,
    },
    Alternate {
        id: u64,
        status: Status,
        interface: u8,
        alternate: u8,
    },
    Interrupts {
        id: u64,
        status: Status,
        endpoint: u8,
    },
    /// `length` bytes of the host's were taken, or `data` are for it.
    Control {
        id: u64,
        status: Status,
        setup: Setup,
        length: u16,
        data: Vec<u8>,
    },
    Written {
        id: u64,
        status: Status,
        endpoint: u8,
        length: u32,
    },
    Read {
        id: u64,
        status: Status,
        endpoint: u8,
        data: Vec<u8>,
    },
    Interrupt {
        id: u64,
        endpoint: u8,
        data: Vec<u8>,
    },
}
