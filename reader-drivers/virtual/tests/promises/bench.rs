//! An office a test: keys are made once and copied, since making them takes seconds.

use std::{
    fs,
    path::Path,
    sync::LazyLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use reader_virtual::{Entry, VirtualCard, issue_cards};
use tempfile::TempDir;

/// 2026-04-01, noon in Japan.
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_775_012_400)
}

pub(crate) const JPKI: &[u8] = b"\x00\xA4\x04\x0C\x0A\xD3\x92\xF0\x00\x26\x01\x00\x00\x00\x01";
pub(crate) const DOMAIN: &[u8] = b"\x00\xA4\x04\x0C\x08\xA0\x00\x00\x01\x51\x00\x00\x00";
pub(crate) const ASK: &[u8] = b"\x00\x20\x00\x80";
pub(crate) const RIGHT: &[u8] = b"\x00\x20\x00\x80\x041234";
pub(crate) const WRONG: &[u8] = b"\x00\x20\x00\x80\x040000";

/// Keys of one card and of the authorities.
static KEYS: LazyLock<&Path> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys-of-one-card");
    issue_cards(&folder, &[("one", "serial = 1\nsigning = true")], now()).expect("issued");
    Box::leak(folder.join("keys").into_boxed_path())
});

/// An empty office that has the keys of these cards already: all the same ones.
pub(crate) fn office(ids: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).expect("made");
    for file in fs::read_dir(*KEYS).expect("keys") {
        let file = file.expect("a key");
        fs::copy(file.path(), keys.join(file.file_name())).expect("copied");
    }
    for id in ids {
        for role in ["auth", "sign"] {
            let from = KEYS.join(format!("one-{role}.pem"));
            fs::copy(from, keys.join(format!("{id}-{role}.pem"))).expect("copied");
        }
    }
    folder
}

/// A card made after `text`, with power, and its office.
pub(crate) fn card(text: &str) -> (VirtualCard, TempDir) {
    let office = office(&["one"]);
    issue_cards(office.path(), &[("one", text)], now()).expect("issued");
    (load(office.path()), office)
}

/// The card of [`card`] again, with power.
pub(crate) fn load(office: &Path) -> VirtualCard {
    let mut card = VirtualCard::load(office, "one").expect("an issued card");
    card.power_on();
    card
}

/// The status word of the answer.
pub(crate) fn status(card: &mut VirtualCard, command: &[u8]) -> u16 {
    split(card.transmit(command)).1
}

/// Data and status word.
pub(crate) fn answer(card: &mut VirtualCard, command: &[u8]) -> (Vec<u8>, u16) {
    split(card.transmit(command))
}

fn split(answer: Vec<u8>) -> (Vec<u8>, u16) {
    let (data, status) = answer.split_last_chunk().expect("a status word");
    (data.to_vec(), u16::from_be_bytes(*status))
}

pub(crate) fn select(card: &mut VirtualCard, file: u16) -> u16 {
    let [high, low] = file.to_be_bytes();
    status(card, &[0x00, 0xA4, 0x02, 0x0C, 0x02, high, low])
}

/// COMPUTE DIGITAL SIGNATURE by `scheme` (P1) with the selected key.
pub(crate) fn sign(card: &mut VirtualCard, scheme: u8, message: &[u8]) -> (Vec<u8>, u16) {
    let length = u8::try_from(message.len()).expect("a short message");
    answer(card, &[&[0x80, 0x2A, scheme, 0x80, length], message, &[0]].concat())
}

/// The JPKI application with the user-authentication PIN selected.
pub(crate) fn at_the_pin(card: &mut VirtualCard) {
    assert_eq!(status(card, JPKI), 0x9000);
    assert_eq!(select(card, 0x0018), 0x9000);
}

/// Whether the user-authentication key signs now.
pub(crate) fn signs(card: &mut VirtualCard) -> bool {
    assert_eq!(status(card, JPKI), 0x9000);
    assert_eq!(select(card, 0x0017), 0x9000);
    match sign(card, 0, &[7; 51]).1 {
        0x9000 => true,
        0x6982 => false,
        other => panic!("{other:04X}"),
    }
}

/// Status words of the VERIFY commands with a body.
pub(crate) fn tried(card: &VirtualCard) -> Vec<u16> {
    let tries = card.journal().into_iter().filter(|it: &Entry| it.ins == 0x20 && it.has_body);
    tries.map(|it| it.status.0).collect()
}
