//! 目視: the gateway asks a card through a kiosk, which here is this test.

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::CustomExtension;
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::bench::{Answer, Bench, Check, Device, Forge, Line, PhotoCard, Plan, TEST_POLICY};

const REAL_LENGTH: usize = 1590;

/// A registered device with an open check by 目視.
struct Visual {
    bench: Bench,
    device: Device,
    line: Line,
    check: Check,
}

impl Visual {
    async fn open() -> Self {
        let bench = Bench::start().await;
        let device = bench.enrol().await;
        let mut line = bench.line(&device).await;
        let check = Check::open_visual(&mut line, &device).await;
        Self { bench, device, line, check }
    }

    async fn ask(&mut self, body: &Value) -> Answer {
        self.line.post(&self.check.relay_path(), Some(&self.device.session), body).await
    }

    /// All rounds: every request with its answer; `spoil` changes what the card says to
    /// the command of this number, counted from 0.
    async fn talk(
        &mut self,
        card: &mut PhotoCard,
        mut spoil: impl FnMut(usize, &mut Vec<u8>),
    ) -> Vec<(Value, Answer)> {
        let mut talk: Vec<(Value, Answer)> = Vec::new();
        let mut body = request(0, &[]);
        let mut count = 0;
        loop {
            let answer = self.ask(&body).await;
            let commands = commands(&answer);
            talk.push((body, answer));
            let Some((round, commands)) = commands else { return talk };
            let mut answers = Vec::new();
            for command in commands {
                let mut answer = card.transmit(&command);
                spoil(count, &mut answer);
                answers.push(answer);
                count += 1;
            }
            body = request(round, &answers);
        }
    }
}

fn request(round: u64, answers: &[Vec<u8>]) -> Value {
    let answers: Vec<String> = answers.iter().map(|it| BASE64_STANDARD.encode(it)).collect();
    json!({ "round": round, "answers": answers, "consents": [] })
}

/// The next round and its commands, unless this is the end.
fn commands(answer: &Answer) -> Option<(u64, Vec<Vec<u8>>)> {
    if (answer.status, answer.content_type.as_str()) != (200, "application/json") {
        return None;
    }
    let body = answer.json();
    let commands = body["commands"].as_array().expect("a list").iter();
    let decode = |it: &Value| BASE64_STANDARD.decode(it.as_str().expect("text")).expect("base64");
    Some((body["round"].as_u64().expect("a number"), commands.map(decode).collect()))
}

fn plan(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = Plan::new(OffsetDateTime::now_utc());
    change(&mut plan);
    plan
}

/// A good certificate of exactly this length.
fn certificate(length: usize) -> Vec<u8> {
    let padded = |by: usize| {
        let padding = CustomExtension::from_oid_content(&[2, 999, 1], vec![0x05; by]);
        Forge::office().certificate(&plan(|it| it.others = vec![padding]))
    };
    // Lengths of lengths stay as they are from here on.
    let begin = 600;
    let certificate = padded(begin + length - padded(begin).len());
    assert_eq!(certificate.len(), length);
    certificate
}

fn last(talk: &[(Value, Answer)]) -> &Answer {
    &talk.last().expect("one at least").1
}

/// What the relay of this card ends with.
async fn judge(mut card: PhotoCard, spoil: impl FnMut(usize, &mut Vec<u8>)) -> String {
    let mut visual = Visual::open().await;
    let talk = visual.talk(&mut card, spoil).await;
    let (body, answer) = talk.last().expect("one at least");
    // The end is an end: its repeat says the same, and no other round is taken.
    assert_eq!(visual.ask(body).await.body, answer.body);
    let next = request(talk.len() as u64, &[]);
    visual.ask(&next).await.refused(409, "relay-out-of-step");
    match (answer.status, answer.code().as_str()) {
        (200, _) => "believed".to_owned(),
        (422, "certificate-refused") => {
            answer.json()["reason"].as_str().expect("a word").to_owned()
        }
        (status, code) => format!("{status} {code}"),
    }
}

#[tokio::test]
async fn a_card_is_asked_nineteen_times_and_believed() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let talk = visual.talk(&mut card, |_, _| {}).await;
    let rounds: Vec<usize> =
        talk.iter().filter_map(|(_, answer)| Some(commands(answer)?.1.len())).collect();
    assert_eq!(rounds, [5, 11, 3]);
    let headers: Vec<String> = card
        .asked
        .iter()
        .map(|it| it.iter().take(7).map(|byte| format!("{byte:02X}")).collect::<String>())
        .collect();
    let expected = [
        "00A4040C0AD392",
        "00A4020C020006",
        "00B0000020",
        "00A4020C02000A",
        "00B0000004",
        "00B0000000",
        "00B0010000",
        "00B0020000",
        "00B0030000",
        "00B0040000",
        "00B0050000",
        "00B0060036",
        "00A4020C020016",
        "80A206C1000133",
        "80A200C1405349",
        "0084000010",
        "0082000060",
        "00A4020C020017",
        "802A0080333031",
    ];
    for (asked, expected) in headers.iter().zip(expected) {
        // Of signatures and digests only the header is known.
        assert_eq!(asked[..10], expected[..10]);
    }
    assert_eq!(headers.len(), expected.len());
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
    let mut body = request(0, &[]);
    let last = loop {
        let first = visual.ask(&body).await;
        visual.bench.step(Duration::seconds(3));
        assert_eq!(visual.ask(&body).await.body, first.body);
        let Some((round, commands)) = commands(&first) else { break first };
        let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
        body = request(round, &answers);
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
    let mut body = request(0, &[]);
    loop {
        let round = body["round"].as_u64().expect("a number");
        for number in (0..40).chain([255, 256, u64::MAX]).filter(|number| *number != round) {
            let mut wrong = body.clone();
            wrong["round"] = json!(number);
            visual.ask(&wrong).await.refused(409, "relay-out-of-step");
        }
        for spoil in
            [&mut Vec::pop as &mut dyn FnMut(&mut Vec<Value>) -> Option<Value>, &mut |it| {
                it.push(json!("kAA="));
                None
            }]
        {
            let mut wrong = body.clone();
            let answers = wrong["answers"].as_array_mut().expect("a list");
            if !answers.is_empty() || round > 0 {
                spoil(answers);
            } else {
                answers.push(json!("kAA="));
            }
            visual.ask(&wrong).await.refused(409, "relay-out-of-step");
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
        body = request(round, &answers);
    }
}

#[tokio::test]
async fn a_long_certificate_takes_a_round_of_its_own() {
    for (length, expected) in
        [(3072, &[5, 16, 3][..]), (3073, &[5, 13, 4, 3]), (4096, &[5, 16, 4, 3])]
    {
        let mut visual = Visual::open().await;
        let mut card = PhotoCard::new(certificate(length));
        let talk = visual.talk(&mut card, |_, _| {}).await;
        let rounds: Vec<usize> =
            talk.iter().filter_map(|(_, answer)| Some(commands(answer)?.1.len())).collect();
        assert_eq!(rounds, expected);
        last(&talk).expect(200);
    }
    assert_eq!(judge(PhotoCard::new(certificate(4097)), |_, _| {}).await, "not-trusted");
}

#[tokio::test]
async fn a_card_that_does_not_do_everything_is_refused() {
    for at in 0..19 {
        let card = PhotoCard::new(certificate(REAL_LENGTH));
        let judged = judge(card, |number, answer| {
            if number == at {
                *answer = vec![0x69, 0x82];
            }
        });
        assert_eq!(judged.await, "422 proof-refused", "{at}");
    }
}

#[tokio::test]
async fn only_my_number_cards_have_a_photo() {
    for label in [&b"JPKIAPICCTOKEN"[..], b"JPKIAPGPSETOKEN", b"JPKIAPIOSTOKEN", b"\xFF", b""] {
        let mut card = PhotoCard::new(certificate(REAL_LENGTH));
        card.label = label;
        assert_eq!(judge(card, |_, _| {}).await, "422 proof-refused");
    }
}

#[tokio::test]
async fn a_certificate_is_judged_as_in_a_proof() {
    let now = OffsetDateTime::now_utc();
    let judge_plan = async |change: &dyn Fn(&mut Plan)| {
        let certificate = Forge::office().certificate(&plan(change));
        judge(PhotoCard::new(certificate), |_, _| {}).await
    };
    assert_eq!(judge_plan(&|_| {}).await, "believed");
    let production: &[u64] = &[1, 2, 392, 200149, 8, 5, 1, 3, 30];
    assert_eq!(judge_plan(&|it| it.policies = vec![production]).await, "policy");
    assert_eq!(judge_plan(&|it| it.policies = vec![TEST_POLICY, production]).await, "policy");
    assert_eq!(judge_plan(&|it| it.extended = vec![]).await, "key-usage");
    assert_eq!(judge_plan(&|it| it.serial = 5029).await, "revoked");
    assert_eq!(judge_plan(&|it| it.not_after = now - Duration::days(93)).await, "expired");
    assert_eq!(judge_plan(&|it| it.not_after = now - Duration::days(30)).await, "believed");
    let foreign = Forge::impostor().certificate(&plan(|_| {}));
    assert_eq!(judge(PhotoCard::new(foreign), |_, _| {}).await, "not-trusted");
}

#[tokio::test]
async fn what_is_no_certificate_is_refused() {
    for garbage in
        [vec![0xFF; 900], vec![], vec![0x30, 0x82], [&[0x30, 0x82, 3, 0][..], &[0; 800]].concat()]
    {
        assert_eq!(judge(PhotoCard::new(garbage), |_, _| {}).await, "not-trusted");
    }
    // A piece that is cut short, too long, or of another certificate.
    for spoil in [
        &(|it: &mut Vec<u8>| _ = it.remove(0)) as &dyn Fn(&mut Vec<u8>),
        &|it| it.truncate(2),
        &|it| it[0] ^= 1,
    ] {
        let card = PhotoCard::new(certificate(REAL_LENGTH));
        let judged = judge(card, |at, it| {
            if at == 6 {
                spoil(it);
            }
            // The status word stays.
            if at == 6 && it.len() == 2 {
                *it = vec![0x90, 0x00];
            }
        });
        assert_eq!(judged.await, "not-trusted");
    }
}

#[tokio::test]
async fn a_signature_must_be_the_cards_over_this_check() {
    for spoil in 0..3 {
        let card = PhotoCard::new(certificate(REAL_LENGTH));
        let judged = judge(card, |at, it| match (at, spoil) {
            (18, 0) => it[0] ^= 1,
            (18, 1) => _ = it.remove(0),
            (18, 2) => *it = vec![0x90, 0x00],
            _ => {}
        });
        assert_eq!(judged.await, "422 proof-refused");
    }
    // Of another check of the same device, and of another card.
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let mut old = Vec::new();
    visual
        .talk(&mut card, |at, it| {
            if at == 18 {
                old.clone_from(it)
            }
        })
        .await;
    let replayed = judge(PhotoCard::new(certificate(REAL_LENGTH)), |at, it| {
        if at == 18 {
            it.clone_from(&old);
        }
    });
    assert_eq!(replayed.await, "422 proof-refused");
}

#[tokio::test]
async fn what_is_no_request_leaves_the_relay_alone() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let (round, commands) = commands(&visual.ask(&request(0, &[])).await).expect("commands");
    let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
    let good = request(round, &answers);
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
    let begun = visual.ask(&request(0, &[])).await;
    let (round, commands) = commands(&begun).expect("commands");
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
    let other = visual.bench.enrol().await;
    let mut line = visual.bench.line(&other).await;
    let path = visual.check.relay_path();
    for body in [request(0, &[]), request(round, &answers), request(round, &[])] {
        let answer = line.post(&path, Some(&other.session), &body).await;
        answer.refused(404, "check-unknown");
        // Its session is worth nothing without its key.
        let answer = line.post(&path, Some(&visual.device.session), &body).await;
        answer.refused(401, "session-ended");
    }
    assert!(self::commands(&visual.ask(&request(round, &answers)).await).is_some());
    for id in ["00000000-0000-4000-8000-000000000000", "x", "%27"] {
        let path = format!("/v1/checks/{id}/relay");
        let answer = visual.line.post(&path, Some(&visual.device.session), &request(0, &[])).await;
        answer.refused(404, "check-unknown");
    }
}

#[tokio::test]
async fn a_device_revoked_between_two_rounds_gets_no_further() {
    let mut visual = Visual::open().await;
    visual.ask(&request(0, &[])).await.expect(200);
    let id = visual.device.id.clone();
    visual.bench.store.revoke_device(&id, visual.bench.now()).await.expect("asked");
    let mut line = visual.bench.line(&visual.device).await;
    let path = visual.check.relay_path();
    let answer = line.post(&path, Some(&visual.device.session), &request(0, &[])).await;
    answer.refused(403, "device-unknown");
}

#[tokio::test]
async fn a_relay_ends_with_its_check() {
    let mut visual = Visual::open().await;
    let (round, commands) = commands(&visual.ask(&request(0, &[])).await).expect("commands");
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
    visual.bench.step(Duration::seconds(300));
    visual.ask(&request(round, &answers)).await.refused(410, "check-expired");
    visual.ask(&request(0, &[])).await.refused(410, "check-expired");
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
        visual.ask(&request(0, &[])).await.refused(409, "relay-out-of-step");
    }
}

#[tokio::test]
async fn relays_under_way_count_as_open_and_ended_ones_do_not() {
    let mut visual = Visual::open().await;
    for _ in 1..120 {
        Check::open_visual(&mut visual.line, &visual.device).await;
    }
    visual.ask(&request(0, &[])).await.expect(200);
    let asked = json!({ "method": "visual", "token_kind": "card" });
    let session = Some(visual.device.session.as_str());
    let answer = visual.line.post("/v1/checks", session, &asked).await;
    answer.refused(429, "too-many-checks");
    let refused = request(1, &vec![vec![0x6A, 0x82]; 5]);
    visual.ask(&refused).await.refused(422, "proof-refused");
    Check::open_visual(&mut visual.line, &visual.device).await;
}

#[tokio::test]
async fn without_the_simulated_terminal_nobody_is_checked_by_photo() {
    let office = tempfile::tempdir().expect("a folder");
    let copy = |name: &str| {
        std::fs::copy(crate::bench::office().join(name), office.path().join(name)).expect("copied")
    };
    copy("user-auth-ca.pem");
    let folder = office.path().join("simulated-terminal");
    let refused = async || {
        let bench = Bench::start_at(office.path()).await;
        let device = bench.enrol().await;
        let mut line = bench.line(&device).await;
        let asked = json!({ "method": "visual", "token_kind": "card" });
        let answer = line.post("/v1/checks", Some(&device.session), &asked).await;
        answer.refused(503, "unavailable");
        // Everybody else is.
        let check = Check::open(&mut line, &device, "card").await;
        let proof = Forge::office().proof(&plan(|_| {}), &device, &check);
        line.post(&check.path(), Some(&device.session), &proof).await.expect(200);
    };
    refused().await;
    std::fs::create_dir(&folder).expect("made");
    for missing in ["terminal-key.pem", "certificate.bin", "signature.bin"] {
        for name in ["terminal-key.pem", "certificate.bin", "signature.bin"] {
            copy(&format!("simulated-terminal/{name}"));
        }
        std::fs::remove_file(folder.join(missing)).expect("removed");
        refused().await;
        std::fs::write(folder.join(missing), [0x30; 307]).expect("written");
        refused().await;
    }
}
