//! Whose certificates are believed, what for, and until when.

use rcgen::{CustomExtension, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose};
use time::{Duration, OffsetDateTime};

use crate::bench::{Bench, Forge, Plan, TEST_POLICY, ca, message, proof};

/// 1.2.392.200149.8.5.1.3.30
const PRODUCTION: &[u64] = &[1, 2, 392, 200149, 8, 5, 1, 3, 30];
/// 1.2.392.200149.8.5.1.0.20, of the signature (署名用) certificate.
const SIGNATURE: &[u64] = &[1, 2, 392, 200149, 8, 5, 1, 0, 20];

/// What the gateway says to the good card's signature with this certificate.
async fn judge(certificate: &[u8]) -> String {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    let signature = Forge::office().sign(&message(&device, &check));
    let sent = proof(certificate, &signature);
    let answer = line.post(&check.path(), Some(&device.session), &sent).await;
    match (answer.status, answer.code().as_str()) {
        (200, _) => "believed".to_owned(),
        (422, "certificate-refused") => {
            answer.json()["reason"].as_str().expect("a word").to_owned()
        }
        (status, code) => format!("{status} {code}"),
    }
}

fn plan(change: impl FnOnce(&mut Plan)) -> Plan {
    let mut plan = Plan::new(OffsetDateTime::now_utc());
    change(&mut plan);
    plan
}

#[track_caller]
fn check(judged: String, expected: &str) {
    assert_eq!(judged, expected);
}

async fn judge_plan(change: impl FnOnce(&mut Plan)) -> String {
    judge(&Forge::office().certificate(&plan(change))).await
}

#[tokio::test]
async fn the_profile_is_believed() {
    check(judge_plan(|_| {}).await, "believed");
    check(judge_plan(|it| it.names_authority = false).await, "believed");
    let first = Forge::authority("first-ca");
    check(judge(&first.certificate(&plan(|_| {}))).await, "believed");
}

#[tokio::test]
async fn only_the_test_policy_is_believed() {
    check(judge_plan(|it| it.policies = vec![PRODUCTION]).await, "policy");
    check(judge_plan(|it| it.policies = vec![SIGNATURE]).await, "policy");
    check(judge_plan(|it| it.policies = vec![TEST_POLICY, PRODUCTION]).await, "policy");
    check(judge_plan(|it| it.policies = vec![]).await, "policy");
    check(judge_plan(|it| it.policy_critical = false).await, "policy");
    // Above all, whoever issued it.
    let production = plan(|it| it.policies = vec![PRODUCTION]);
    check(judge(&Forge::impostor().certificate(&production)).await, "policy");
}

#[tokio::test]
async fn only_user_authentication_is_believed() {
    use KeyUsagePurpose as Usage;
    let with = |usages: Vec<Usage>| judge_plan(move |it| it.usages = usages);
    check(with(vec![]).await, "key-usage");
    check(with(vec![Usage::KeyEncipherment]).await, "key-usage");
    check(with(vec![Usage::ContentCommitment]).await, "key-usage");
    check(with(vec![Usage::DigitalSignature, Usage::ContentCommitment]).await, "key-usage");
    check(with(vec![Usage::DigitalSignature, Usage::KeyCertSign]).await, "key-usage");
    check(judge_plan(|it| it.extended = vec![]).await, "key-usage");
    let server = vec![ExtendedKeyUsagePurpose::ServerAuth];
    check(judge_plan(|it| it.extended = server).await, "key-usage");
    check(judge_plan(|it| it.is_ca = ca()).await, "key-usage");
}

#[tokio::test]
async fn a_ca_is_known_by_its_key_and_never_by_its_name() {
    let good = plan(|_| {});
    check(judge(&Forge::impostor().certificate(&good)).await, "not-trusted");
    let nameless = plan(|it| it.names_authority = false);
    check(judge(&Forge::impostor().certificate(&nameless)).await, "not-trusted");
    // Its name and its key identifier are the known CA's; only the signature is not.
    let blaming = Forge::impostor().blaming("second-ca");
    check(judge(&blaming.certificate(&good)).await, "not-trusted");
}

#[tokio::test]
async fn what_cannot_be_understood_is_not_believed() {
    let mut unknown = CustomExtension::from_oid_content(&[2, 999, 1], vec![0x05, 0x00]);
    let harmless = unknown.clone();
    check(judge_plan(|it| it.others = vec![harmless]).await, "believed");
    unknown.set_criticality(true);
    check(judge_plan(|it| it.others = vec![unknown]).await, "not-trusted");

    let certificate = Forge::office().certificate(&plan(|_| {}));
    let longer = [&certificate[..], &[0]].concat();
    check(judge(&longer).await, "not-trusted");
    check(judge(&certificate[..certificate.len() - 1]).await, "not-trusted");
    check(judge(b"\x30\x00").await, "not-trusted");
    check(judge(&[0xFF; 64]).await, "not-trusted");
    let mut forged = certificate.clone();
    *forged.last_mut().expect("a byte") ^= 1;
    check(judge(&forged).await, "not-trusted");
}

#[tokio::test]
async fn only_rsa_2048_is_believed() {
    let key = KeyPair::generate().expect("an ECDSA key");
    let certificate = Forge::office().certificate_for(&plan(|_| {}), &key);
    check(judge(&certificate).await, "not-trusted");
}

#[tokio::test]
async fn a_certificate_that_ended_shows_eligibility_for_three_months() {
    let now = OffsetDateTime::now_utc();
    let ended = |days: i64| judge_plan(move |it| it.not_after = now - Duration::days(days));
    check(ended(0).await, "believed");
    check(ended(1).await, "believed");
    // Three months have 89 to 92 days.
    check(ended(88).await, "believed");
    check(ended(93).await, "expired");
    check(ended(200).await, "expired");
    check(judge_plan(|it| it.not_before = now + Duration::hours(1)).await, "not-trusted");
}

#[tokio::test]
async fn the_answer_speaks_of_a_certificate_that_ends() {
    let now = OffsetDateTime::now_utc();
    for (days, says) in [(800, None), (60, Some("近づいています")), (-30, Some("切れています"))]
    {
        let bench = Bench::start().await;
        let (device, mut line, check) = bench.opened().await;
        let plan = plan(|it| it.not_after = now + Duration::days(days));
        let proof = Forge::office().proof(&plan, &device, &check);
        let text = line.post(&check.path(), Some(&device.session), &proof).await.text();
        assert_eq!(text.contains("<ProcessingResultMessage>"), says.is_some(), "{text}");
        assert!(text.contains(says.unwrap_or("")), "{text}");
    }
}

#[tokio::test]
async fn the_gateway_knows_whose_certificate_was_revoked() {
    check(judge_plan(|it| it.serial = 5029).await, "revoked");
}

#[tokio::test]
async fn a_signature_must_be_the_cards_over_this_check() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let forge = Forge::office();
    let certificate = forge.certificate(&plan(|_| {}));
    let old = crate::bench::Check::open(&mut line, &device, "card").await;
    let replayed = forge.sign(&message(&device, &old));
    for spoil in 0..4 {
        let check = crate::bench::Check::open(&mut line, &device, "card").await;
        let mut signature = forge.sign(&message(&device, &check));
        match spoil {
            0 => signature = replayed.clone(),
            1 => signature[0] ^= 1,
            2 => signature.truncate(255),
            _ => signature = vec![0; 256],
        }
        let sent = proof(&certificate, &signature);
        let answer = line.post(&check.path(), Some(&device.session), &sent).await;
        answer.refused(422, "proof-refused");
    }
}
