//! What a check could leave behind in the memory of the unit: of everybody whose card was laid on
//! its reader in the story.

use std::{fs, path::Path};

use crate::{
    boot::person::Person,
    demo::office::PASSWORD,
    image::{memory::Memory, tree::Tree},
    stop::Stop,
};

/// The account's password, and what the gateway knows of them (`tools/gateway/people/`), as it sends it and as pages show it.
const TEXTS: [&str; 20] = [
    PASSWORD,
    "資格　太郎",
    "太郎",
    "ｼｶｸ ﾀﾛｳ",
    "シカク タロウ",
    "シカク　タロウ",
    "資格　一郎",
    "限定資格保険組合",
    "19520101",
    "1952年01月01日",
    "二重　結子",
    "結子",
    "ﾕｲｺ",
    "ユイコ",
    "0145678",
    "06139990",
    "32139999",
    "19680909",
    "1968年09月09日",
    "見本区見本町",
];
/// Their cards.
const CARDS: [&str; 2] = ["shikaku-taro", "two-results"];
/// VERIFY with the PIN: four digits alone are in any memory.
const VERIFY: &[u8] = b"\x00\x20\x00\x80\x041234";
/// So much of a certificate, from its middle, is nobody else's.
const PIECE: usize = 24;

/// Any four bytes are in one memory of four by chance alone.
const SHORTEST: usize = 6;

/// A name for a person to read, and the bytes.
struct Trace {
    name: String,
    bytes: Vec<u8>,
}

/// While the result is to be seen, some of it is in memory: that the search would find it.
///
/// Errors: it finds nothing.
pub(crate) fn are_there(person: &mut Person<'_>, tools: &Tree) -> Result<(), Stop> {
    match found(person, tools)?.as_slice() {
        [] => Err(Stop::Failed(
            "the result is to be seen, and nothing of it is found in memory: the search is blind"
                .to_owned(),
        )),
        names => {
            println!("  in memory while the result is to be seen: {} texts", names.len());
            Ok(())
        }
    }
}

/// After it was closed, nothing is.
///
/// Errors: what is.
pub(crate) fn are_gone(person: &mut Person<'_>, tools: &Tree) -> Result<(), Stop> {
    match found(person, tools)?.as_slice() {
        [] => {
            println!("  in memory after it was closed: none of them");
            Ok(())
        }
        names => Err(Stop::Failed(format!(
            "left in the unit's memory after the check: {}",
            names.join(", ")
        ))),
    }
}

fn found(person: &mut Person<'_>, tools: &Tree) -> Result<Vec<String>, Stop> {
    let traces = all(&person.cards())?;
    let memory = Memory::of(&mut person.machine, tools)?;
    let wanted: Vec<&[u8]> = traces.iter().map(|trace| trace.bytes.as_slice()).collect();
    let held = memory.holds(&wanted)?;
    let left = traces.into_iter().zip(held).filter(|(_, held)| *held);
    Ok(left.map(|(trace, _)| trace.name).collect())
}

fn all(cards: &Path) -> Result<Vec<Trace>, Stop> {
    let mut traces = vec![Trace { name: "the PIN".to_owned(), bytes: VERIFY.to_vec() }];
    for text in TEXTS {
        let wide = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        traces.push(Trace { name: text.to_owned(), bytes: text.as_bytes().to_vec() });
        traces.push(Trace { name: format!("{text} (UTF-16)"), bytes: wide });
    }
    for card in CARDS {
        let file = cards.join(card).join("auth.der");
        let certificate = fs::read(&file).map_err(Stop::because(file.display()))?;
        let middle = certificate.len() / 2;
        let bytes = certificate.get(middle..middle + PIECE).unwrap_or_default().to_vec();
        traces.push(Trace { name: format!("the certificate of {card}"), bytes });
    }
    traces.retain(|trace| trace.bytes.len() >= SHORTEST);
    Ok(traces)
}
