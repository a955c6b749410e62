//! The card without QEMU: a machine that says what it is told to, and remembers answers.

mod link;
mod messages;

/// A message of the machine.
fn message(kind: u32, reader: u32, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap();
    [&[kind, reader, length].map(u32::to_be_bytes).concat()[..], data].concat()
}

fn init() -> Vec<u8> {
    message(1, u32::MAX, b"VSCD\0\0\0\x02\0\0\0\0")
}

fn outcome(code: u32) -> Vec<u8> {
    message(2, 0, &code.to_be_bytes())
}

fn apdu(data: &[u8]) -> Vec<u8> {
    message(7, 0, data)
}
