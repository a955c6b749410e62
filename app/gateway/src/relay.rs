//! Answers in a relay (目視): the next commands for the card, or the result.

use base64::prelude::{BASE64_STANDARD, Engine};
use kiosk_core::{
    Relayed,
    relay::{Pieces, RelayCommands},
};
use serde::Deserialize;

use crate::{Answer, Id, Unusable, answer};

/// Commands of one round. The longest round has 16 KiB, which fits a frame between two
/// processes; what a whole relay may have is the guard's business.
const COMMANDS_MAX: usize = 16;
/// From a header without data to the longest that the guard allows, with room to spare.
const COMMAND_BYTES: std::ops::RangeInclusive<usize> = 4..=1024;

/// Answer to [`crate::request::relay`] of this `round`. A result is believed only when it
/// names `check` (D9).
///
/// Errors: the gateway refuses, could not say, or makes no sense.
pub fn relayed(answer: &Answer<'_>, check: &Id, round: u8) -> Result<Relayed, Unusable> {
    if answer.status == 200 && answer.is("application/xml") {
        return answer::eligibility(answer, check).map(Relayed::Done);
    }
    #[derive(Deserialize)]
    struct Body {
        round: u8,
        commands: Vec<String>,
    }
    let body: Body = answer.json(200)?;
    if round.checked_add(1) != Some(body.round) {
        return Err(Unusable::nonsense("round", "not the next one"));
    }
    if !(1..=COMMANDS_MAX).contains(&body.commands.len()) {
        return Err(Unusable::nonsense("commands", "not 1 to 16"));
    }
    let commands = body.commands.iter().map(|text| command(text)).collect::<Result<_, _>>()?;
    Ok(Relayed::Commands(RelayCommands { round: body.round, commands: Pieces(commands) }))
}

fn command(text: &str) -> Result<Vec<u8>, Unusable> {
    BASE64_STANDARD
        .decode(text)
        .ok()
        .filter(|bytes| COMMAND_BYTES.contains(&bytes.len()))
        .ok_or(Unusable::nonsense("commands", "one is not 4 to 1024 bytes as base64"))
}

#[cfg(test)]
mod tests {
    use kiosk_core::GatewayTrouble;

    use super::*;

    fn read(status: u16, content_type: &str, body: &str, round: u8) -> Result<Relayed, Unusable> {
        let check = "11111111-2222-4333-8444-555555555555".to_owned().try_into().expect("a UUID");
        let answer = Answer { status, content_type: Some(content_type), body: body.as_bytes() };
        relayed(&answer, &check, round)
    }

    fn commands(list: &[&str]) -> String {
        format!(r#"{{"round":1,"commands":{}}}"#, serde_json::to_string(list).expect("JSON"))
    }

    #[track_caller]
    fn check_wrong(round: u8, body: &str, expected: &str) {
        let wrong = read(200, "application/json", body, round).expect_err("wrong");
        assert_eq!((wrong.trouble, &*wrong.to_string()), (GatewayTrouble::Nonsense, expected));
    }

    #[test]
    fn a_round_is_read() {
        let body = commands(&["AKQEDA==", "ALAAACA="]);
        let read = read(200, "application/json", &body, 0).expect("good");
        let commands = vec![vec![0x00, 0xA4, 0x04, 0x0C], vec![0x00, 0xB0, 0, 0, 0x20]];
        let expected = RelayCommands { round: 1, commands: Pieces(commands) };
        assert_eq!(read, Relayed::Commands(expected));
    }

    #[test]
    fn the_number_is_the_next_one() {
        let body = commands(&["AKQEDA=="]);
        for round in [1, 2, 255] {
            check_wrong(round, &body, "round: not the next one");
        }
        check_wrong(255, &body.replace(":1,", ":0,"), "round: not the next one");
        check_wrong(255, &body.replace(":1,", ":256,"), "not the contract's JSON");
        check_wrong(0, &body.replace(":1,", ":10000,"), "not the contract's JSON");
    }

    #[test]
    fn commands_are_few_and_short() {
        let number = "commands: not 1 to 16";
        check_wrong(0, &commands(&[]), number);
        check_wrong(0, &commands(&["AKQEDA=="; 17]), number);
        assert!(read(200, "application/json", &commands(&["AKQEDA=="; 16]), 0).is_ok());

        let long = |length| BASE64_STANDARD.encode(vec![0; length]);
        assert!(read(200, "application/json", &commands(&[&long(1024)]), 0).is_ok());
        let shape = "commands: one is not 4 to 1024 bytes as base64";
        for wrong in ["", "AKQE", "AKQEDA", "AKQE DA==", "!", &long(1025), &long(100_000)] {
            check_wrong(0, &commands(&["AKQEDA==", wrong]), shape);
        }
    }

    #[test]
    fn the_end_is_the_result_of_this_check() {
        let xml = include_str!("../tests/answers/valid.xml");
        assert!(matches!(read(200, "application/xml", xml, 3), Ok(Relayed::Done(_))));
        let other = include_str!("../tests/answers/other-check.xml");
        let wrong = read(200, "application/xml", other, 3).expect_err("another check");
        assert_eq!(wrong.trouble, GatewayTrouble::Nonsense);
        assert!(read(201, "application/xml", xml, 3).is_err());
        assert!(read(200, "text/xml", xml, 3).is_err());
    }

    #[test]
    fn a_refusal_has_its_trouble() {
        for (status, code, trouble) in [
            (409, "relay-out-of-step", GatewayTrouble::Stale),
            (422, "certificate-refused", GatewayTrouble::CertificateRefused),
            (422, "proof-refused", GatewayTrouble::ProofRefused),
            (503, "unavailable", GatewayTrouble::Unavailable),
        ] {
            let body = format!(r#"{{"code":"{code}"}}"#);
            let refused = read(status, "application/problem+json", &body, 1).expect_err("refused");
            assert_eq!(refused.trouble, trouble, "{code}");
        }
    }
}
