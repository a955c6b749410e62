//! Answers from a hostile line: whatever comes, there is an answer or a trouble, and no
//! fall.

use std::{fs, path::Path};

use kiosk_core::Relayed;
use kiosk_gateway::{Answer, Id, answer};
use proptest::{collection::vec, prelude::*, sample::Index};

const CHECK: &str = "11111111-2222-4333-8444-555555555555";

/// Asks everything of it that can be asked; only not falling counts.
fn ask(status: u16, content_type: &str, body: &[u8]) {
    let check: Id = CHECK.to_owned().try_into().expect("a UUID");
    let it = Answer { status, content_type: Some(content_type), body };
    let _ = answer::eligibility(&it, &check);
    let _ = answer::relayed(&it, &check, 0);
    let _ = answer::acknowledged(&it);
    let _ = answer::opened(&it);
    let _ = answer::notices(&it);
    let _ = answer::terms(&it);
    let _ = answer::registered(&it);
    let _ = answer::session(&it);
}

fn good() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/answers");
    fs::read(folder.join("elderly.xml")).expect("the file can be read")
}

proptest! {
    #[test]
    fn any_bytes(
        status in 100_u16..600,
        content_type in "(application/(xml|json|problem\\+json)|.{0,20})",
        body in vec(any::<u8>(), 0..400),
    ) {
        ask(status, &content_type, &body);
    }

    #[test]
    fn a_good_answer_with_damage(damage in vec((any::<Index>(), any::<u8>(), any::<bool>()), 1..8)) {
        let mut body = good();
        for (at, byte, instead) in damage {
            let at = at.index(body.len());
            match instead {
                true => body[at] = byte,
                false => body.insert(at, byte),
            }
        }
        ask(200, "application/xml", &body);
    }

    #[test]
    fn a_round_with_damage(
        damage in vec((any::<Index>(), any::<u8>()), 0..4),
        round in prop_oneof![Just(2_u16), 0..300_u16],
        commands in vec("[A-Za-z0-9+/]{0,12}={0,2}", 0..20),
    ) {
        let commands = format!("\"{}\"", commands.join("\",\""));
        let mut body = format!(r#"{{"round":{round},"commands":[{commands}]}}"#).into_bytes();
        for (at, byte) in damage {
            let at = at.index(body.len());
            body[at] = byte;
        }
        let check: Id = CHECK.to_owned().try_into().expect("a UUID");
        let it = Answer { status: 200, content_type: Some("application/json"), body: &body };
        if let Ok(Relayed::Commands(it)) = answer::relayed(&it, &check, 1) {
            let commands = &it.commands.0;
            prop_assert!(it.round == 2 && (1..=16).contains(&commands.len()));
            prop_assert!(commands.iter().all(|one| (4..=1024).contains(&one.len())));
        }
    }

    #[test]
    fn an_answer_with_anything_in_an_item(
        item in prop::sample::select(&[
            "InsurerNumber", "Birthdate", "NameKana", "Sex1", "InsuredPartialContributionRatio",
            "ElderlyRecipientValidEndDate", "InsuredBranchNumber", "Name",
        ][..]),
        text in "\\PC{0,40}",
    ) {
        let body = String::from_utf8(good()).expect("UTF-8");
        let (before, rest) = body.split_once(&format!("<{item}>")).expect("it has the item");
        let (_, after) = rest.split_once(&format!("</{item}>")).expect("it ends");
        let text = text.replace('&', "&amp;").replace('<', "&lt;");
        let body = format!("{before}<{item}>{text}</{item}>{after}");
        ask(200, "application/xml", body.as_bytes());
    }
}
