//! A plain PC/SC client, for what the reader itself does: a process of its own, since
//! libpcsclite asks once a process where pcscd listens.
//!
//! `pcsc_client events CONTROL`: ten times a card in and out, and after how many
//! microseconds `get_status_change` told it, a line each.
//! `pcsc_client troubles CONTROL`: what a client is told when the card is swapped, the reader
//! unplugged, a command hung; a line each.
//! `pcsc_client pin-pad CONTROL DIGITS FILE SIGNATURE`: VERIFY by the reader's PIN pad, with
//! DIGITS typed by a hand; then a signature over FILE, a DigestInfo.
//! `pcsc_client list`: the readers' names, a line each.
//! `pcsc_client send READER COMMAND…`: commands in hex to the card on the reader whose name
//! begins so, in one exclusive connection, the card unpowered after it; what came of each,
//! a line each.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "the test reads what the client prints")]

use std::{
    env,
    error::Error,
    ffi::CString,
    fs,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use pcsc::{Card, Context, Disposition, Protocols, ReaderState, Scope, ShareMode, State};
use reader_virtual::control::ask;

type Outcome<T> = Result<T, Box<dyn Error>>;

const ROUNDS: u64 = 10;
const PATIENCE: Duration = Duration::from_secs(20);

/// `CM_IOCTL_GET_FEATURE_REQUEST` is control code 3400 (PC/SC part 10).
const GET_FEATURES: u32 = 3400;
const VERIFY_PIN_DIRECT: u8 = 0x06;

/// `PIN_VERIFY_STRUCTURE` for four ASCII digits in the VERIFY of a My Number card.
const QUESTION: [u8; 28] = [
    0x1E, 0x1E, 0x82, 0x04, 0x00, 0x04, 0x04, 0x02, 0x01, 0x09, 0x04, 0x00, 0x00, 0x00, 0x00, 0x09,
    0x00, 0x00, 0x00, 0x00, 0x20, 0x00, 0x80, 0x04, 0xFF, 0xFF, 0xFF, 0xFF,
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["events", control] => events(Path::new(control)),
        ["troubles", control] => troubles(Path::new(control)),
        ["pin-pad", control, digits, file, signature] => {
            pin_pad(Path::new(control), digits, Path::new(file), Path::new(signature))
        }
        ["list"] => list(),
        ["send", reader, commands @ ..] => send_all(reader, commands),
        _ => Err("usage: pcsc_client events CONTROL | troubles CONTROL | list \
                  | pin-pad CONTROL DIGITS FILE SIGNATURE | send READER COMMAND..."
            .into()),
    }
}

fn list() -> Outcome<()> {
    let context = Context::establish(Scope::User)?;
    for name in context.list_readers_owned()? {
        println!("{}", name.to_string_lossy());
    }
    Ok(())
}

fn send_all(beginning: &str, commands: &[&str]) -> Outcome<()> {
    let context = Context::establish(Scope::User)?;
    let names = context.list_readers_owned()?;
    let begins = |name: &&CString| name.to_bytes().starts_with(beginning.as_bytes());
    let name = names.iter().find(begins).ok_or("no such reader")?;
    let mut seen = [ReaderState::new(name.clone(), State::UNAWARE)];
    while !seen[0].event_state().contains(State::PRESENT) {
        seen[0].sync_current_state();
        context.get_status_change(PATIENCE, &mut seen)?;
    }
    let card = context.connect(name, ShareMode::Exclusive, Protocols::ANY)?;
    let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
    for command in commands {
        match card.transmit(&bytes(command)?, &mut buffer) {
            Ok(answer) if answer.len() > 8 => {
                let (beginning, end) = (&answer[..4], &answer[answer.len() - 2..]);
                println!("{} bytes {beginning:02X?} {end:02X?}", answer.len());
            }
            Ok(answer) => println!("{answer:02X?}"),
            Err(error) => println!("{error:?}"),
        }
    }
    // Of a card that is gone there is nothing to take the power from.
    let _ = card.disconnect(Disposition::UnpowerCard);
    Ok(())
}

/// Hex digits in pairs.
fn bytes(hex: &str) -> Outcome<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2).map(str::from_utf8);
    pairs.map(|pair| Ok(u8::from_str_radix(pair?, 16)?)).collect()
}

fn events(control: &Path) -> Outcome<()> {
    let context = Context::establish(Scope::User)?;
    let mut seen = [ReaderState::new(reader(&context)?, State::UNAWARE)];
    while !seen[0].event_state().contains(State::EMPTY) {
        seen[0].sync_current_state();
        context.get_status_change(PATIENCE, &mut seen)?;
    }
    for round in 0..ROUNDS {
        for (request, wanted) in [("insert shikaku-taro", State::PRESENT), ("remove", State::EMPTY)]
        {
            let moved = thread::scope(|scope| -> Outcome<Instant> {
                // At another point of a polling period in every round.
                let hand = scope.spawn(move || {
                    thread::sleep(Duration::from_millis(50 + 37 * round));
                    let now = Instant::now();
                    ask(control, request).map(|_| now)
                });
                while !seen[0].event_state().contains(wanted) {
                    seen[0].sync_current_state();
                    context.get_status_change(PATIENCE, &mut seen)?;
                }
                let told = Instant::now();
                let moved = hand.join().map_err(|_| "the hand panicked")??;
                println!("{}", told.saturating_duration_since(moved).as_micros());
                Ok(moved)
            });
            moved?;
        }
    }
    Ok(())
}

fn troubles(control: &Path) -> Outcome<()> {
    let context = Context::establish(Scope::User)?;
    let name = reader(&context)?;
    let connect = || context.connect(&name, ShareMode::Exclusive, Protocols::ANY);
    let mut seen = [ReaderState::new(name.clone(), State::UNAWARE)];
    let mut wait_for = |wanted: State| -> Outcome<()> {
        while !seen[0].event_state().contains(wanted) {
            seen[0].sync_current_state();
            context.get_status_change(PATIENCE, &mut seen)?;
        }
        Ok(())
    };
    let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
    let mut try_it = |card: &Card| card.transmit(THROW_AWAY, &mut buffer).map(<[u8]>::len);

    wait_for(State::PRESENT)?;
    let card = connect()?;
    ask(control, "swap sato-hanako")?;
    // Until pcscd has looked twice: before that, the reader refuses by itself.
    while !matches!(try_it(&card), Err(pcsc::Error::RemovedCard)) {
        try_it(&card).err().ok_or("the next card answered in place of the last one")?;
    }
    println!("swapped: {:?}", try_it(&card));
    drop(card);

    wait_for(State::PRESENT)?;
    ask(control, "unplug")?;
    wait_for(State::UNAVAILABLE)?;
    println!("unplugged: {:?}", connect().err());
    ask(control, "plug")?;
    wait_for(State::PRESENT)?;

    let card = connect()?;
    ask(control, "hang")?;
    thread::scope(|scope| -> Outcome<()> {
        let hung = scope.spawn(|| try_it(&card));
        while !ask(control, "status")?.ends_with("hanging") {
            thread::sleep(Duration::from_millis(10));
        }
        println!("hanging: {}", if hung.is_finished() { "no" } else { "yes" });
        ask(control, "release")?;
        println!("released: {:?}", hung.join().map_err(|_| "the client panicked")?);
        Ok(())
    })
}

fn pin_pad(control: &Path, digits: &str, file: &Path, signature: &Path) -> Outcome<()> {
    let context = Context::establish(Scope::User)?;
    let card = context.connect(&reader(&context)?, ShareMode::Exclusive, Protocols::ANY)?;
    let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
    let features = card.control(pcsc::ctl_code(GET_FEATURES.into()), &[], &mut buffer)?;
    let verify = features
        .chunks_exact(6)
        .find(|feature| feature[0] == VERIFY_PIN_DIRECT)
        .and_then(|feature| feature.last_chunk())
        .ok_or("the reader has no PIN pad")?;
    let verify = u32::from_be_bytes(*verify);

    send(&card, &[b"\x00\xA4\x04\x0C\x0A", &AID[..]].concat())?;
    send(&card, b"\x00\xA4\x02\x0C\x02\x00\x18")?;
    ask(control, &format!("pinpad {digits}"))?;
    let answer = card.control(verify.into(), &QUESTION, &mut buffer)?;
    println!("{answer:02X?}");
    if answer != [0x90, 0x00] {
        return Ok(());
    }
    send(&card, b"\x00\xA4\x02\x0C\x02\x00\x17")?;
    let to_sign = fs::read(file)?;
    let length = u8::try_from(to_sign.len())?;
    fs::write(
        signature,
        send(&card, &[&[0x80, 0x2A, 0x00, 0x80, length], &to_sign[..], &[0]].concat())?,
    )?;
    Ok(())
}

/// SELECT of nothing: every card has an answer to it.
const THROW_AWAY: &[u8] = &[0x00, 0xA4, 0x00, 0x00];
/// The JPKI application.
const AID: [u8; 10] = [0xD3, 0x92, 0xF0, 0x00, 0x26, 0x01, 0x00, 0x00, 0x00, 0x01];

/// The data of an answer that ended in 9000.
fn send(card: &Card, command: &[u8]) -> Outcome<Vec<u8>> {
    let mut buffer = [0; pcsc::MAX_BUFFER_SIZE];
    match card.transmit(command, &mut buffer)? {
        [data @ .., 0x90, 0x00] => Ok(data.to_vec()),
        _ => Err("the card refused".into()),
    }
}

/// The only reader; it may come a moment after pcscd.
fn reader(context: &Context) -> Outcome<CString> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if let Some(reader) = context.list_readers_owned()?.into_iter().next() {
            return Ok(reader);
        }
        thread::sleep(Duration::from_millis(10));
    }
    Err("no reader".into())
}
