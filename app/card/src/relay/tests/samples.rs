//! What a gateway with simulated external authentication sends, for tests.

use card::{
    Command,
    jpki::{self, Ef},
};

pub(crate) const DIGEST: [u8; 32] = [0xD1; 32];

fn wire(command: &Command) -> Vec<u8> {
    command.encode().to_vec()
}

pub(crate) fn select_jpki() -> Vec<u8> {
    wire(&jpki::select_application())
}

pub(crate) fn select(file: u16) -> Vec<u8> {
    let [high, low] = file.to_be_bytes();
    vec![0x00, 0xA4, 0x02, 0x0C, 0x02, high, low]
}

pub(crate) fn read(offset: u16, le: u8) -> Vec<u8> {
    wire(&jpki::read_binary(offset, le))
}

pub(crate) fn sign(digest: [u8; 32]) -> Vec<u8> {
    wire(&jpki::compute_signature(&digest))
}

/// `80 A2 06 C1` with a terminal's certificate, in the extended form.
pub(crate) fn terminal_certificate() -> Vec<u8> {
    [&[0x80, 0xA2, 0x06, 0xC1, 0x00, 0x01, 0x33][..], &[0x7E; 307]].concat()
}

pub(crate) fn challenge() -> Vec<u8> {
    vec![0x00, 0x84, 0x00, 0x00, 0x10]
}

pub(crate) fn authenticate() -> Vec<u8> {
    [&[0x00, 0x82, 0x00, 0x00, 0x60][..], &[0x77; 96]].concat()
}

/// READ BINARY of the first `total` bytes of the selected file.
pub(crate) fn read_all(total: usize) -> Vec<Vec<u8>> {
    let pieces = (0..total).step_by(256);
    pieces.map(|offset| read(offset as u16, (total - offset).min(256) as u8)).collect()
}

/// All rounds of a check, for a certificate of `total` bytes.
pub(crate) fn rounds(total: usize) -> [Vec<Vec<u8>>; 3] {
    let label = [select_jpki(), select(Ef::Token as u16), read(0, 0x20)];
    let length = [select(Ef::AuthCert as u16), read(0, 4)];
    let signature = [&[0x80, 0xA2, 0x00, 0xC1, 0x40][..], &[0x7D; 64]].concat();
    let shown = [select(0x0016), terminal_certificate(), signature, challenge()];
    [
        [&label[..], &length].concat(),
        [read_all(total), shown.to_vec()].concat(),
        vec![authenticate(), select(Ef::AuthKey as u16), sign(DIGEST)],
    ]
}
