//! The words between the processes, framed as they come: a process that was taken over
//! says what it likes, and the others must not fall.
#![no_main]

use std::{
    io::Write,
    net::Shutdown,
    os::{fd::OwnedFd, unix::net::UnixStream},
};

use kiosk_core::{
    Attempt, CardProof, CardTrouble, CheckId, Consents, Date, GatewayTrouble, LineStatus,
    OpenCheck, Pin, Presence, ReadOrder, ReaderStatus, Way,
    proof::{CheckReference, Hierarchy, Holder, TokenKind},
};
use kiosk_process::{
    Link,
    words::{CardOrder, CardReport, LineOrder, LineReport, ReadFigures},
};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};

fuzz_target!(init: seeds(), |input: &[u8]| {
    let Some((direction, bytes)) = input.split_first() else { return };
    match direction % 4 {
        0 => hear::<CardOrder>(bytes),
        1 => hear::<CardReport>(bytes),
        2 => hear::<LineOrder>(bytes),
        _ => hear::<LineReport>(bytes),
    }
});

/// Listens to all of it. What was understood can be said again, in the same bytes.
fn hear<Word: Serialize + DeserializeOwned>(bytes: &[u8]) {
    let (ours, mut theirs) = UnixStream::pair().expect("a socket pair");
    theirs.write_all(bytes).expect("an input is shorter than a socket's buffer");
    theirs.shutdown(Shutdown::Write).expect("both ends are open");
    let mut link: Link<(), Word> = OwnedFd::from(ours).into();
    while let Ok(word) = link.receive() {
        let said = postcard::to_stdvec(&word).expect("what was heard can be said");
        let heard: Word = postcard::from_bytes(&said).expect("what is said can be heard");
        let again = postcard::to_stdvec(&heard).expect("it can be said again");
        assert!(said == again, "a word changes on its way");
    }
}

fn seeds() {
    let attempt = Attempt { check: CheckId(3), number: 1 };
    let proof = || {
        Box::new(CardProof {
            token: TokenKind::Card,
            certificate: heapless::Vec::from_slice(&[0x30; 1590]).expect("it fits"),
            signature: heapless::Vec::from_slice(&[7; 256]).expect("it fits"),
            not_after: Date::new(2030, 1, 1).expect("a day"),
        })
    };
    let order = ReadOrder {
        attempt,
        card: Presence(5),
        digest: [1; 32],
        hierarchy: Hierarchy::Test,
        holder: Holder::CardPin(Pin::new(b"1234").expect("four digits")),
        last_try: Some(Presence(5)),
    };
    let open = OpenCheck {
        digest: [2; 32],
        expires_in: std::time::Duration::from_secs(300),
        hierarchy: Hierarchy::Production,
        reference: CheckReference(1),
    };
    let figures = ReadFigures { apdus: 17, microseconds: 5_000 };
    let result = kiosk_core::samples::eligibility();
    let read = |outcome| CardReport::Read { attempt, outcome, figures };
    put(0, &[CardOrder::Read(Box::new(order)), CardOrder::Forget]);
    put(1, &[CardReport::Reader(ReaderStatus::Card(Presence(9))), read(Ok(proof()))]);
    put(1, &[read(Err(CardTrouble::WrongPin { tries_left: 2 }))]);
    put(2, &[LineOrder::Open(CheckId(1), Way::Pin), LineOrder::Forget(CheckId(1))]);
    put(2, &[LineOrder::Check(CheckId(1), proof(), Consents::ALL)]);
    put(3, &[LineReport::Status(LineStatus::Up { simulator: true })]);
    put(3, &[LineReport::Opened(CheckId(1), Ok(open))]);
    put(3, &[LineReport::Answered(CheckId(1), Ok(Box::new(result)))]);
    put(3, &[LineReport::Answered(CheckId(1), Err(GatewayTrouble::Stale))]);
}

/// Words in their frames, behind the byte that chooses who hears them.
fn put(direction: u8, words: &[impl Serialize]) {
    let mut input = vec![direction];
    for word in words {
        let said = postcard::to_stdvec(word).expect("a word");
        input.extend(u32::try_from(said.len()).expect("short").to_be_bytes());
        input.extend(said);
    }
    fuzz::seed(&format!("{direction}-{}", input.len()), &input);
}
