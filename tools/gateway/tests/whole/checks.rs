//! A check: opened once, proven once, for five minutes.

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::bench::{Bench, Check, Forge, Plan};

fn plan() -> Plan {
    Plan::new(OffsetDateTime::now_utc())
}

#[tokio::test]
async fn a_proof_is_answered_with_the_checks_own_id() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let proof = Forge::office().proof(&plan(), &device, &check);
    let answer = line.post(&check.path(), Some(&device.session), &proof).await;
    answer.expect(200);
    assert_eq!(answer.content_type, "application/xml");
    let text = answer.text();
    let id = format!("<ArbitraryFileIdentifier>{}</ArbitraryFileIdentifier>", check.id);
    assert!(text.contains(&id), "{text}");
    assert!(text.contains("<MedicalInstitutionCode>1310000001<"), "{text}");
    assert!(text.contains("<Name>佐藤　花子<"), "{text}");
    assert!(text.contains("模擬環境"), "{text}");
}

#[tokio::test]
async fn a_check_is_told_as_the_contract_says() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let mut seen = std::collections::HashSet::new();
    for (method, kind) in
        [("pin", "card"), ("pin", "android"), ("device", "iphone"), ("visual", "card")]
    {
        let asked = json!({ "method": method, "token_kind": kind });
        let answer = line.post("/v1/checks", Some(&device.session), &asked).await;
        answer.expect(201);
        let body = answer.json();
        assert_eq!(body["expires_in"], 300);
        assert_eq!(body["challenge"].as_str().expect("base64").len(), 44);
        assert!(
            seen.insert(body["challenge"].to_string()) && seen.insert(body["check_id"].to_string())
        );
    }
    for asked in [
        json!({ "method": "visual", "token_kind": "android" }),
        json!({ "method": "visual", "token_kind": "iphone" }),
        json!({ "method": "pin", "token_kind": "iphone" }),
        json!({ "method": "device", "token_kind": "card" }),
        json!({ "method": "device", "token_kind": "android" }),
        json!({ "method": "face", "token_kind": "card" }),
        json!({ "method": "pin", "token_kind": "passport" }),
    ] {
        line.post("/v1/checks", Some(&device.session), &asked).await.refused(400, "bad-request");
    }
}

#[tokio::test]
async fn an_identical_repeat_gets_the_identical_answer_while_the_check_lives() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let forge = Forge::office();
    let proof = forge.proof(&plan(), &device, &check);
    let first = line.post(&check.path(), Some(&device.session), &proof).await;
    bench.step(Duration::seconds(299));
    let again = line.post(&check.path(), Some(&device.session), &proof).await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    bench.step(Duration::seconds(1));
    line.post(&check.path(), Some(&device.session), &proof).await.refused(410, "check-expired");
}

#[tokio::test]
async fn another_proof_is_refused_even_a_good_one() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let forge = Forge::office();
    let first = forge.proof(&plan(), &device, &check);
    let mut other = plan();
    other.serial = 5001;
    let other = forge.proof(&other, &device, &check);
    line.post(&check.path(), Some(&device.session), &first).await.expect(200);
    line.post(&check.path(), Some(&device.session), &other).await.refused(409, "check-used");
    line.post(&check.path(), Some(&device.session), &first).await.expect(200);
}

#[tokio::test]
async fn two_proofs_at_once_cannot_both_win() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let forge = Forge::office();
    let mut other = plan();
    other.serial = 5001;
    let proofs = [forge.proof(&plan(), &device, &check), forge.proof(&other, &device, &check)];
    let mut second = bench.line(&device).await;
    let (path, session) = (check.path(), Some(device.session.as_str()));
    let (one, two) = tokio::join!(
        line.post(&path, session, &proofs[0]),
        second.post(&path, session, &proofs[1])
    );
    let mut both = [one.status, two.status];
    both.sort_unstable();
    assert_eq!(both, [200, 409]);
}

#[tokio::test]
async fn a_refused_proof_uses_the_check_up_too() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let forge = Forge::office();
    let good = forge.proof(&plan(), &device, &check);
    let mut bad = good.clone();
    bad["signature"] = crate::bench::Forge::office().proof(
        &plan(),
        &device,
        &Check {
            id: check.id.clone(),
            challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".to_owned(),
        },
    )["signature"]
        .clone();
    line.post(&check.path(), Some(&device.session), &bad).await.refused(422, "proof-refused");
    line.post(&check.path(), Some(&device.session), &bad).await.refused(422, "proof-refused");
    line.post(&check.path(), Some(&device.session), &good).await.refused(409, "check-used");
}

#[tokio::test]
async fn what_is_no_proof_leaves_the_check_alone() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let good = Forge::office().proof(&plan(), &device, &check);
    let spoil = |name: &str, value: Value| {
        let mut bad = good.clone();
        bad[name] = value;
        bad
    };
    for bad in [
        spoil("consents", json!(["medicine"])),
        spoil("token_kind", json!("")),
        spoil("certificate", json!("")),
        spoil("certificate", json!("not base64!")),
        spoil("certificate", json!("A".repeat(5464))),
        spoil("signature", json!("")),
        spoil("signature", json!("AA")),
        spoil("signature", json!("A".repeat(344))),
        spoil("signature", json!(7)),
        spoil("more", json!(1)),
        json!({}),
        json!([]),
    ] {
        let answer = line.post(&check.path(), Some(&device.session), &bad).await;
        answer.refused(400, "bad-request");
    }
    line.post(&check.path(), Some(&device.session), &good).await.expect(200);
}

#[tokio::test]
async fn a_proof_must_be_of_the_kind_that_was_announced() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let forge = Forge::office();
    for (announced, sent, status) in [
        ("android", "android", 200),
        ("iphone", "iphone", 200),
        ("card", "android", 422),
        ("iphone", "card", 422),
    ] {
        let check = Check::open(&mut line, &device, announced).await;
        let mut proof = forge.proof(&plan(), &device, &check);
        proof["token_kind"] = json!(sent);
        line.post(&check.path(), Some(&device.session), &proof).await.expect(status);
    }
}

#[tokio::test]
async fn a_check_ends_after_five_minutes_and_is_forgotten_after_an_hour() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let proof = Forge::office().proof(&plan(), &device, &check);
    bench.step(Duration::seconds(300));
    line.post(&check.path(), Some(&device.session), &proof).await.refused(410, "check-expired");
    bench.step(Duration::hours(2));
    // One in 64 new checks sweeps the old ones.
    for _ in 0..64 {
        Check::open(&mut line, &device, "card").await;
    }
    line.post(&check.path(), Some(&device.session), &proof).await.refused(404, "check-unknown");
}

#[tokio::test]
async fn checks_that_nobody_opened_are_unknown() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let proof = Forge::office().proof(&plan(), &device, &check);
    for id in [
        "00000000-0000-4000-8000-000000000000",
        "x",
        "%27%20OR%201%3D1%20--",
        "%00",
        "%E6%A8%A1",
        &check.id[1..],
    ] {
        let path = format!("/v1/checks/{id}/proof");
        let answer = line.post(&path, Some(&device.session), &proof).await;
        answer.refused(404, "check-unknown");
    }
}

#[tokio::test]
async fn a_device_cannot_hoard_checks() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let asked = json!({ "method": "pin", "token_kind": "card" });
    for _ in 0..120 {
        line.post("/v1/checks", Some(&device.session), &asked).await.expect(201);
    }
    let answer = line.post("/v1/checks", Some(&device.session), &asked).await;
    answer.refused(429, "too-many-checks");
    assert_eq!(answer.json()["retry_after"], 60);
    // Another device is not kept waiting, and old ones do not count.
    let other = bench.enrol().await;
    Check::open(&mut bench.line(&other).await, &other, "card").await;
    bench.step(Duration::seconds(300));
    line.post("/v1/checks", Some(&device.session), &asked).await.expect(201);
}
