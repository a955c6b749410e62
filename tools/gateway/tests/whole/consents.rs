//! What a holder consents to, and what was never asked.

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::bench::{
    Answer, Bench, Card, Check, Device, Forge, Line, PhotoCard, Plan, Visual, commands, plan, turn,
};

const FLAGS: [(&str, &str); 3] = [
    ("medication", "PharmacistsInfo"),
    ("treatment", "DiagnosisInfo"),
    ("checkup", "SpecificHealthCheckupsInfo"),
];

/// The answer to a good proof with these consents, of this person.
async fn prove(line: &mut Line, device: &Device, serial: u64, consents: &Value) -> Answer {
    let check = Check::open(line, device, "card").await;
    let mut plan = Plan::new(OffsetDateTime::now_utc());
    plan.serial = serial;
    let mut proof = Forge::office().proof(&plan, device, &check);
    proof["consents"] = consents.clone();
    line.post(&check.path(), Some(&device.session), &proof).await
}

#[track_caller]
fn says(answer: &Answer, records: usize, given: &[&str]) {
    answer.expect(200);
    let text = answer.text();
    for (word, item) in FLAGS {
        let expected = if given.contains(&word) { records } else { 0 };
        assert_eq!(text.matches(&format!("<{item}ConsFlg>1<")).count(), expected, "{text}");
        for end in ["ConsTime", "AvailableTime"] {
            assert_eq!(text.matches(&format!("<{item}{end}>20")).count(), expected, "{text}");
        }
    }
    assert!(!text.contains("LimitApplication"), "{text}");
}

#[tokio::test]
async fn only_what_was_consented_to_is_in_the_answer() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    for given in [
        &[][..],
        &["medication"],
        &["treatment"],
        &["checkup"],
        &["checkup", "medication"],
        &["medication", "treatment", "checkup"],
    ] {
        says(&prove(&mut line, &device, 5002, &json!(given)).await, 1, given);
    }
    // Nobody found, no record to say it in.
    says(&prove(&mut line, &device, 999_999, &json!(["checkup"])).await, 0, &["checkup"]);
}

#[tokio::test]
async fn a_relay_answers_to_the_consents_of_its_last_round() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(Forge::office().certificate(&plan(|_| {})));
    let mut body = turn(0, &[]);
    let answer = loop {
        // Whatever the rounds before said.
        let last = body["round"] == 3;
        body["consents"] = if last { json!(["treatment"]) } else { json!(["checkup"]) };
        let answer = visual.ask(&body).await;
        let Some((round, commands)) = commands(&answer) else { break answer };
        let answers: Vec<_> = commands.iter().map(|it| card.transmit(it)).collect();
        body = turn(round, &answers);
    };
    says(&answer, 1, &["treatment"]);
    body["consents"] = json!(["treatment", "checkup"]);
    visual.ask(&body).await.refused(409, "relay-out-of-step");
}

#[tokio::test]
async fn the_kiosk_understands_an_answer_with_consents() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let check = Check::open(&mut line, &device, "card").await;
    let mut proof = Forge::office().proof(&Plan::new(OffsetDateTime::now_utc()), &device, &check);
    proof["consents"] = json!(["medication", "treatment", "checkup"]);
    let got = line.post(&check.path(), Some(&device.session), &proof).await;
    let id = serde_json::from_value(json!(check.id)).expect("an id");
    let wire = kiosk_gateway::Answer {
        status: got.status,
        content_type: Some(&got.content_type),
        body: &got.body,
    };
    assert!(kiosk_gateway::answer::eligibility(&wire, &id).is_ok());
}

#[tokio::test]
async fn what_was_not_offered_cannot_be_consented_to() {
    for (offered, refused) in [
        ("medication,treatment,checkup", json!(["limit"])),
        ("medication,treatment,checkup", json!(["checkup", "checkup"])),
        ("medication,treatment,checkup", json!([""])),
        ("medication,treatment,checkup", json!("checkup")),
        ("medication", json!(["medication", "treatment"])),
        ("", json!(["medication"])),
    ] {
        let bench = Bench::start_offering(offered).await;
        let device = bench.enrol().await;
        let mut line = bench.line(&device).await;
        let answer = prove(&mut line, &device, 5002, &refused).await;
        answer.refused(400, "bad-request");
        let check = Check::open_visual(&mut line, &device).await;
        let asked = json!({ "round": 0, "answers": [], "consents": refused });
        let answer = line.post(&check.relay_path(), Some(&device.session), &asked).await;
        answer.refused(400, "bad-request");
    }
}

#[tokio::test]
async fn a_device_is_told_what_it_is_offered_and_keeps_it() {
    let bench = Bench::start_offering("checkup").await;
    let (device, asked) = bench.enrol_with(&bench.code().await).await;
    assert_eq!(bench.register(&asked).await.json()["consents"], json!(["checkup"]));
    // Devices from before consents were offered have none.
    let (mut line, device) = {
        let again = Device::new(&bench.register(&asked).await, device.key);
        (bench.line(&again).await, again)
    };
    says(&prove(&mut line, &device, 5002, &json!(["checkup"])).await, 1, &["checkup"]);
    let none = Bench::start_offering("").await;
    let (_, asked) = none.enrol_with(&none.code().await).await;
    assert_eq!(none.register(&asked).await.json()["consents"], json!([]));
}

#[tokio::test]
async fn other_consents_are_another_proof() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let proof = Forge::office().proof(&Plan::new(OffsetDateTime::now_utc()), &device, &check);
    let mut other = proof.clone();
    other["consents"] = json!(["medication"]);
    line.post(&check.path(), Some(&device.session), &proof).await.expect(200);
    line.post(&check.path(), Some(&device.session), &other).await.refused(409, "check-used");
}
