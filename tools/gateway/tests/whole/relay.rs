//! 目視: the gateway asks a card through a kiosk, which here is this test.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use time::Duration;

use crate::bench::{
    Card, Check, Forge, PhotoCard, REAL_LENGTH, Visual, certificate, commands, last, plan, turn,
};

#[tokio::test]
async fn a_card_is_asked_nineteen_times_and_believed() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let talk = visual.talk(&mut card, |_, _| {}).await;
    let rounds: Vec<usize> =
        talk.iter().filter_map(|(_, answer)| Some(commands(answer)?.1.len())).collect();
    assert_eq!(rounds, [5, 11, 3]);
    // How each command begins, and how long it is: signatures and digests differ.
    let expected = [
        ("00A4040C0AD392F000260100000001", 15),
        ("00A4020C020006", 7),
        ("00B0000020", 5),
        ("00A4020C02000A", 7),
        ("00B0000004", 5),
        ("00B0000000", 5),
        ("00B0010000", 5),
        ("00B0020000", 5),
        ("00B0030000", 5),
        ("00B0040000", 5),
        ("00B0050000", 5),
        ("00B0060036", 5),
        ("00A4020C020016", 7),
        // "SIMULATED TERMINAL 1", with extended Lc and no Le.
        ("80A206C100013353494D554C41544544205445524D494E414C203100", 314),
        ("80A200C140", 69),
        ("0084000010", 5),
        ("0082000060", 101),
        ("00A4020C020017", 7),
        ("802A0080333031300D060960864801650304020105000420", 57),
    ];
    assert_eq!(card.asked.len(), expected.len());
    for (asked, (begin, length)) in card.asked.iter().zip(expected) {
        let hex: String = asked.iter().map(|byte| format!("{byte:02X}")).collect();
        assert!(hex.starts_with(begin) && asked.len() == length, "{hex}");
    }
    let answer = last(&talk);
    answer.expect(200);
    assert_eq!(answer.content_type, "application/xml");
    let text = answer.text();
    let id = format!("<ArbitraryFileIdentifier>{}</ArbitraryFileIdentifier>", visual.check.id);
    assert!(text.contains(&id) && text.contains("<Name>佐藤　花子</Name>"), "{text}");
    assert!(text.contains("模擬環境"), "{text}");
}

#[tokio::test]
async fn an_identical_repeat_gets_the_identical_answer_in_every_round() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let mut body = turn(0, &[]);
    let last = loop {
        let first = visual.ask(&body).await;
        visual.bench.step(Duration::seconds(3));
        assert_eq!(visual.ask(&body).await.body, first.body);
        let Some((round, commands)) = commands(&first) else { break first };
        let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
        body = turn(round, &answers);
    };
    last.expect(200);
    visual.bench.step(Duration::seconds(299 - 12));
    assert_eq!(visual.ask(&body).await.body, last.body);
    visual.bench.step(Duration::seconds(1));
    visual.ask(&body).await.refused(410, "check-expired");
}

#[tokio::test]
async fn only_the_next_round_and_the_last_requests_repeat_are_in_step() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let mut before: Option<Value> = None;
    let mut body = turn(0, &[]);
    loop {
        let round = body["round"].as_u64().expect("a number");
        for number in (0..40).chain([255, 256, u64::MAX]).filter(|number| *number != round) {
            let mut wrong = body.clone();
            wrong["round"] = json!(number);
            visual.ask(&wrong).await.refused(409, "relay-out-of-step");
        }
        // One answer too many, and one too few.
        let answers = body["answers"].as_array().expect("a list");
        for count in [answers.len() + 1, answers.len().saturating_sub(1)] {
            let mut wrong = body.clone();
            let mut answers = answers.clone();
            answers.resize(count, json!("kAA="));
            wrong["answers"] = json!(answers);
            if wrong != body {
                visual.ask(&wrong).await.refused(409, "relay-out-of-step");
            }
        }
        let answer = visual.ask(&body).await;
        // Another request for the same round comes too late.
        let mut other = body.clone();
        match other["answers"].as_array_mut().expect("a list").last_mut() {
            Some(answer) => *answer = json!("aoI="),
            None => other["consents"] = json!(["checkup"]),
        }
        visual.ask(&other).await.refused(409, "relay-out-of-step");
        if let Some(before) = before.replace(body) {
            visual.ask(&before).await.refused(409, "relay-out-of-step");
        }
        let Some((round, commands)) = commands(&answer) else {
            return answer.expect(200);
        };
        let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
        body = turn(round, &answers);
    }
}

#[tokio::test]
async fn of_two_requests_at_once_one_has_the_round_and_its_repeat_the_same() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let mut second = visual.bench.line(&visual.device).await;
    let path = visual.check.relay_path();
    let session = visual.device.session.clone();
    let mut body = turn(0, &[]);
    loop {
        let (one, two) = tokio::join!(visual.ask(&body), second.post(&path, Some(&session), &body));
        assert_eq!((one.status, &one.body), (200, &two.body));
        let Some((round, commands)) = commands(&one) else { break };
        let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
        body = turn(round, &answers);
    }
    visual.check = Check::open_visual(&mut visual.line, &visual.device).await;
    let path = visual.check.relay_path();
    let mut other = turn(0, &[]);
    other["consents"] = json!(["checkup"]);
    let body = turn(0, &[]);
    let (one, two) = tokio::join!(visual.ask(&body), second.post(&path, Some(&session), &other));
    let mut both = [one.status, two.status];
    both.sort_unstable();
    assert_eq!(both, [200, 409]);
}

#[tokio::test]
async fn what_is_no_request_leaves_the_relay_alone() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let (round, commands) = commands(&visual.ask(&turn(0, &[])).await).expect("commands");
    let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
    let good = turn(round, &answers);
    let spoil = |name: &str, value: Value| {
        let mut bad = good.clone();
        bad[name] = value;
        bad
    };
    let with = |answer: &str| {
        let mut bad = good.clone();
        bad["answers"][2] = json!(answer);
        bad
    };
    for bad in [
        spoil("round", json!(-1)),
        spoil("round", json!(1.5)),
        spoil("round", json!("1")),
        spoil("answers", json!("kAA=")),
        spoil("answers", json!(vec!["kAA="; 17])),
        spoil("consents", json!(["limit"])),
        spoil("more", json!(1)),
        with(""),
        with("kA=="),
        with("not base64!"),
        with(&BASE64_STANDARD.encode([0; 259])),
        json!({}),
        json!([]),
    ] {
        visual.ask(&bad).await.refused(400, "bad-request");
    }
    let long = with(&"A".repeat(64 * 1024));
    visual.ask(&long).await.refused(413, "too-large");
    assert!(self::commands(&visual.ask(&good).await).is_some());
}

#[tokio::test]
async fn nobody_elses_relay_can_be_touched() {
    let mut visual = Visual::open().await;
    let begun = visual.ask(&turn(0, &[])).await;
    let (round, commands) = commands(&begun).expect("commands");
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
    let other = visual.bench.enrol().await;
    let mut line = visual.bench.line(&other).await;
    let path = visual.check.relay_path();
    for body in [turn(0, &[]), turn(round, &answers), turn(round, &[])] {
        let answer = line.post(&path, Some(&other.session), &body).await;
        answer.refused(404, "check-unknown");
        // Its session is worth nothing without its key.
        let answer = line.post(&path, Some(&visual.device.session), &body).await;
        answer.refused(401, "session-ended");
    }
    assert!(self::commands(&visual.ask(&turn(round, &answers)).await).is_some());
    for id in ["00000000-0000-4000-8000-000000000000", "x", "%27"] {
        let path = format!("/v1/checks/{id}/relay");
        let answer = visual.line.post(&path, Some(&visual.device.session), &turn(0, &[])).await;
        answer.refused(404, "check-unknown");
    }
}

#[tokio::test]
async fn for_one_holder_the_gateway_asks_what_no_check_needs() {
    let hostile = Forge::office().certificate(&plan(|it| it.serial = 5040));
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(hostile);
    let talk = visual.talk(&mut card, |_, _| {}).await;
    let rounds: Vec<_> = talk.iter().filter_map(|(_, answer)| commands(answer)).collect();
    let (_, asked) = rounds.last().expect("three rounds");
    assert_eq!(
        asked[3..],
        [&[0x00, 0xA4, 0x02, 0x0C, 0x02, 0x00, 0x18][..], &[0x00, 0x20, 0x00, 0x80]]
    );
    // Nothing is given for it.
    last(&talk).refused(409, "relay-out-of-step");
}

#[tokio::test]
async fn a_device_revoked_between_two_rounds_gets_no_further() {
    let mut visual = Visual::open().await;
    visual.ask(&turn(0, &[])).await.expect(200);
    let id = visual.device.id.clone();
    visual.bench.store.revoke_device(&id, visual.bench.now()).await.expect("asked");
    let mut line = visual.bench.line(&visual.device).await;
    let path = visual.check.relay_path();
    let answer = line.post(&path, Some(&visual.device.session), &turn(0, &[])).await;
    answer.refused(403, "device-unknown");
}

#[tokio::test]
async fn a_relay_ends_with_its_check() {
    let mut visual = Visual::open().await;
    let (round, commands) = commands(&visual.ask(&turn(0, &[])).await).expect("commands");
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
    visual.bench.step(Duration::seconds(300));
    visual.ask(&turn(round, &answers)).await.refused(410, "check-expired");
    visual.ask(&turn(0, &[])).await.refused(410, "check-expired");
}

#[tokio::test]
async fn a_check_is_either_proven_or_relayed() {
    let mut visual = Visual::open().await;
    let proof = Forge::office().proof(&plan(|_| {}), &visual.device, &visual.check);
    let session = Some(visual.device.session.as_str());
    let answer = visual.line.post(&visual.check.path(), session, &proof).await;
    answer.refused(422, "proof-refused");
    // It still takes a relay.
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    last(&visual.talk(&mut card, |_, _| {}).await).expect(200);
    let answer = visual.line.post(&visual.check.path(), Some(&visual.device.session), &proof).await;
    answer.refused(422, "proof-refused");
    for kind in ["card", "android", "iphone"] {
        visual.check = Check::open(&mut visual.line, &visual.device, kind).await;
        visual.ask(&turn(0, &[])).await.refused(409, "relay-out-of-step");
    }
}

#[tokio::test]
async fn relays_under_way_count_as_open_and_ended_ones_do_not() {
    let mut visual = Visual::open().await;
    for _ in 1..120 {
        Check::open_visual(&mut visual.line, &visual.device).await;
    }
    visual.ask(&turn(0, &[])).await.expect(200);
    let asked = json!({ "method": "visual", "token_kind": "card" });
    let session = Some(visual.device.session.as_str());
    let answer = visual.line.post("/v1/checks", session, &asked).await;
    answer.refused(429, "too-many-checks");
    let refused = turn(1, &vec![vec![0x6A, 0x82]; 5]);
    visual.ask(&refused).await.refused(422, "proof-refused");
    Check::open_visual(&mut visual.line, &visual.device).await;
}
