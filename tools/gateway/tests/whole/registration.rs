//! `POST /v1/devices` and `DELETE /v1/devices/current`.

use rcgen::KeyPair;
use reference_gateway::clock::Clock;
use reference_gateway::codes;
use serde_json::{Value, json};
use time::Duration;

use crate::bench::{Bench, Device, FACILITY, PASSWORD, registration};

/// Registers with a fresh code after `change`; gives the answer's status and code.
async fn ask(bench: &Bench, change: impl FnOnce(&mut Value)) -> (u16, String) {
    let mut asked = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
    change(&mut asked);
    let answer = bench.register(&asked).await;
    (answer.status, answer.code())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_device_is_registered_and_may_ask_at_once() {
    let bench = Bench::start().await;
    let key = KeyPair::generate().expect("a key");
    let asked = registration(&bench.code().await, &key);
    let answer = bench.register(&asked).await;
    answer.expect(201);
    let body = answer.json();
    assert_eq!(body["gateway_name"], "reference-gateway");
    assert_eq!(body["account_authority"], "general");
    assert_eq!(body["consents"], json!(["medication", "treatment", "checkup"]));
    assert_eq!(body["notices"].as_array().expect("a list").len(), 2);
    assert_eq!(body["session"].as_str().expect("a token").len(), 43);
    assert_eq!(body["certificate_chain"].as_str().expect("PEM").matches("BEGIN CERT").count(), 2);
    let device = Device::new(&answer, key);
    bench.line(&device).await.get("/v1/notices", Some(&device.session)).await.expect(200);
}

#[tokio::test]
async fn the_medical_authority_is_told() {
    let bench = Bench::start().await;
    bench.put_account(|it| it.authority = reference_gateway::store::Authority::Medical).await;
    let asked = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
    let answer = bench.register(&asked).await;
    assert_eq!(answer.json()["account_authority"], "medical");
}

#[tokio::test]
async fn a_lost_answer_burns_no_code() {
    let bench = Bench::start().await;
    let key = KeyPair::generate().expect("a key");
    let asked = registration(&bench.code().await, &key);
    let mut line = bench.stranger().await;
    let first = line.post("/v1/devices", None, &asked).await.json();
    let again = line.post("/v1/devices", None, &asked).await;
    again.expect(201);
    let second = again.json();
    assert_eq!(first["device_id"], second["device_id"]);
    assert_ne!(first["session"], second["session"]);
    assert_ne!(first["certificate_chain"], second["certificate_chain"]);

    let device = Device::new(&again, key);
    let mut line = bench.line(&device).await;
    let old = first["session"].as_str().expect("a token");
    line.get("/v1/notices", Some(old)).await.refused(401, "session-ended");
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
}

#[tokio::test]
async fn a_code_registers_one_device() {
    let bench = Bench::start().await;
    let code = bench.code().await;
    let mut line = bench.stranger().await;
    let mut post = async || {
        let asked = registration(&code, &KeyPair::generate().expect("a key"));
        let answer = line.post("/v1/devices", None, &asked).await;
        (answer.status, answer.code())
    };
    assert_eq!(post().await, refused(201, ""));
    assert_eq!(post().await, refused(403, "code-used"));
}

#[tokio::test]
async fn two_at_once_cannot_share_a_code() {
    let bench = Bench::start().await;
    let code = bench.code().await;
    let post = async || {
        let asked = registration(&code, &KeyPair::generate().expect("a key"));
        bench.register(&asked).await.status
    };
    let mut both = <[u16; 2]>::from(tokio::join!(post(), post()));
    both.sort_unstable();
    assert_eq!(both, [201, 403]);
}

#[tokio::test]
async fn a_code_needs_ten_minutes() {
    let bench = Bench::start().await;
    let now = bench.clock.now();
    let code = codes::issue(&bench.store, FACILITY, "", false, now).await.expect("a code");
    let key = KeyPair::generate().expect("a key");
    let asked = registration(&code, &key);
    let mut line = bench.stranger().await;
    let answer = line.post("/v1/devices", None, &asked).await;
    answer.refused(425, "code-too-young");
    assert_eq!(answer.json()["retry_after"], 600);
    bench.step(Duration::seconds(599));
    let answer = line.post("/v1/devices", None, &asked).await;
    answer.refused(425, "code-too-young");
    assert_eq!(answer.json()["retry_after"], 1);
    bench.step(Duration::seconds(1));
    line.post("/v1/devices", None, &asked).await.expect(201);
}

#[tokio::test]
async fn other_peoples_codes_are_unknown() {
    let bench = Bench::start().await;
    bench.put_account(|it| it.facility_code = "1310000002".to_owned()).await;
    let elsewhere = |asked: &mut Value| asked["facility_code"] = json!("1310000002");
    assert_eq!(ask(&bench, elsewhere).await, refused(403, "code-unknown"));
    let guessed = |asked: &mut Value| asked["activation_code"] = json!("000000000000");
    assert_eq!(ask(&bench, guessed).await, refused(403, "code-unknown"));
    let left_out = |asked: &mut Value| {
        asked.as_object_mut().expect("an object").remove("activation_code");
    };
    assert_eq!(ask(&bench, left_out).await, refused(403, "code-unknown"));
}

#[tokio::test]
async fn the_limited_type_needs_no_code() {
    let bench = Bench::start().await;
    bench.put_account(|it| it.limited = true).await;
    let key = KeyPair::generate().expect("a key");
    let mut asked = registration("", &key);
    asked.as_object_mut().expect("an object").remove("activation_code");
    let mut line = bench.stranger().await;
    let first = line.post("/v1/devices", None, &asked).await;
    let again = line.post("/v1/devices", None, &asked).await;
    first.expect(201);
    assert_eq!(first.json()["device_id"], again.json()["device_id"]);
    // A code that is given all the same is looked at.
    asked["activation_code"] = json!("000000000000");
    line.post("/v1/devices", None, &asked).await.refused(403, "code-unknown");
}

#[tokio::test]
async fn a_key_that_moves_to_another_code_is_another_device() {
    let bench = Bench::start().await;
    let key = KeyPair::generate().expect("a key");
    let mut line = bench.stranger().await;
    let first = line.post("/v1/devices", None, &registration(&bench.code().await, &key)).await;
    let second = line.post("/v1/devices", None, &registration(&bench.code().await, &key)).await;
    assert_ne!(first.json()["device_id"], second.json()["device_id"]);
    let device = Device::new(&second, key);
    bench.line(&device).await.get("/v1/notices", Some(&device.session)).await.expect(200);
}

#[tokio::test]
async fn accounts_that_may_not_are_told_why() {
    let bench = Bench::start().await;
    bench.put_account(|it| it.has_logged_in = false).await;
    assert_eq!(ask(&bench, |_| {}).await, refused(403, "account-never-used"));
    bench.put_account(|it| it.function_enabled = false).await;
    assert_eq!(ask(&bench, |_| {}).await, refused(403, "function-not-enabled"));
}

#[tokio::test]
async fn outdated_terms_are_told_before_anything_is_charged() {
    let bench = Bench::start().await;
    for _ in 0..6 {
        let old = |asked: &mut Value| {
            asked["terms_version"] = json!("2024-01-01");
            asked["password"] = json!("wrong");
        };
        assert_eq!(ask(&bench, old).await, refused(409, "terms-outdated"));
    }
    assert_eq!(ask(&bench, |_| {}).await, refused(201, ""));
    let terms = bench.stranger().await.get("/v1/terms", None).await.json();
    assert_eq!(terms["version"], "2026-11-01");
    assert!(terms["text"].as_str().expect("a text").contains("模擬環境"));
}

#[tokio::test]
async fn whether_a_code_is_good_is_told_only_with_the_password() {
    let bench = Bench::start().await;
    let wrong = |asked: &mut Value| asked["password"] = json!("wrong");
    assert_eq!(ask(&bench, wrong).await, refused(401, "wrong-credentials"));
    let both = |asked: &mut Value| {
        asked["password"] = json!("wrong");
        asked["activation_code"] = json!("000000000000");
    };
    assert_eq!(ask(&bench, both).await, refused(401, "wrong-credentials"));
}

#[tokio::test]
async fn a_removed_device_is_gone_and_says_so_twice() {
    let bench = Bench::start().await;
    let (device, asked) = bench.enrol_with(&bench.code().await).await;
    let mut line = bench.line(&device).await;
    let removal = "/v1/devices/current";
    line.delete(removal, None).await.refused(401, "session-ended");
    line.delete(removal, Some(&device.session)).await.expect(204);
    line.delete(removal, Some(&device.session)).await.refused(404, "device-removed");
    line.get("/v1/notices", Some(&device.session)).await.refused(403, "device-unknown");
    assert!(line.is_closed().await);
    // Its code is spent.
    bench.register(&asked).await.refused(403, "code-used");
}

#[tokio::test]
async fn a_password_is_never_in_an_answer() {
    let bench = Bench::start().await;
    let asked = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
    let answer = bench.register(&asked).await;
    assert!(!answer.text().contains(PASSWORD));
}
