//! Every command header there is, 2^32 of them: the relay list (D16) has those that were
//! decided and no other. Prints how many it has.
#![forbid(unsafe_code)]

use std::{process::ExitCode, thread};

use kiosk_card::relay::list::header_is_listed;

/// 2 SELECT, READ BINARY to 7FFF, GET CHALLENGE, EXTERNAL AUTHENTICATE, 80 A2, a signature.
const LISTED: u64 = 2 + 0x80 * 0x100 + 1 + 2 * 0x1_0000 + 1;

fn main() -> ExitCode {
    // The classes in four parts: as many threads as a small machine has, or a few more.
    let parts = [0x00..=0x3F_u8, 0x40..=0x7F, 0x80..=0xBF, 0xC0..=0xFF];
    let listed: u64 = thread::scope(|scope| {
        let walks = parts.map(|classes| scope.spawn(|| classes.map(walk).sum::<u64>()));
        walks.map(|it| it.join().expect("a thread that found nothing wrong")).iter().sum()
    });
    println!("{} headers tried, {listed} are listed", 1_u64 << 32);
    if listed == LISTED { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn walk(cla: u8) -> u64 {
    let mut listed = 0;
    for rest in 0..1_u32 << 24 {
        let [_, ins, p1, p2] = rest.to_be_bytes();
        let is_listed = header_is_listed(cla, ins, p1, p2);
        let decided = decided(cla, ins, p1, p2);
        assert_eq!(is_listed, decided, "{cla:02X} {ins:02X} {p1:02X} {p2:02X}");
        listed += u64::from(is_listed);
    }
    listed
}

/// By hand, and not from the list's file.
fn decided(cla: u8, ins: u8, p1: u8, p2: u8) -> bool {
    match (cla, ins) {
        (0x00, 0xA4) => matches!((p1, p2), (0x04 | 0x02, 0x0C)),
        (0x00, 0xB0) => p1 < 0x80,
        (0x00, 0x84) => (p1, p2) == (0, 0),
        (0x00, 0x82) | (0x80, 0xA2) => true,
        (0x80, 0x2A) => (p1, p2) == (0x00, 0x80),
        _ => false,
    }
}
