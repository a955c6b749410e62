//! 端末の状態, テスト用の患者, お知らせ.

use serde_json::{Value, json};
use sqlx::Executor;

use super::browser::{administrator, portal};
use crate::bench::{Bench, Device, FACILITY};

const JOURNAL: &str = "/v1/devices/current/journal";

/// Sends what the device's journal begins with; gives the hash of its end.
async fn tell(bench: &Bench, device: &Device, outcomes: &[&str]) -> u16 {
    let mut prev = "0".repeat(64);
    let mut entries = Vec::new();
    for (outcome, seq) in outcomes.iter().zip(1..) {
        let (entry, hash) = entry(&prev, seq, outcome);
        entries.push(entry);
        prev = hash;
    }
    let health = json!({ "version": "0.1.0", "reader": "<b>Reader & Co</b>", "uptime_s": 7200 });
    let told = json!({ "entries": entries, "health": health });
    bench.line(device).await.post(JOURNAL, None, &told).await.status
}

/// An entry that continues `prev`, and its hash.
fn entry(prev: &str, seq: u64, outcome: &str) -> (Value, String) {
    use ring::digest::{SHA256, digest};
    let time = "2026-11-20T01:02:03Z";
    let hex = |bytes: &[u8]| bytes.iter().map(|it| format!("{it:02x}")).collect::<String>();
    let bytes: Vec<u8> = (0..32)
        .map(|at| u8::from_str_radix(&prev[2 * at..2 * at + 2], 16).expect("hexadecimal"))
        .collect();
    let text = format!(
        "{{\"seq\":{seq},\"time\":\"{time}\",\"who\":\"staff-code\",\"method\":\"visual\",\
         \"check\":\"\",\"outcome\":\"{outcome}\"}}"
    );
    let hash = hex(digest(&SHA256, &[&bytes, text.as_bytes()].concat()).as_ref());
    let mut entry: Value = serde_json::from_str(&text).expect("JSON");
    entry["prev"] = json!(prev);
    entry["hash"] = json!(hash);
    (entry, hash)
}

#[tokio::test]
async fn a_device_is_shown_with_what_it_told() {
    let bench = portal().await;
    let device = bench.enrol().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let path = format!("/devices/{}", device.id);
    browser
        .get("/devices")
        .await
        .is(200, &["検索結果：1件", "SK-000001", "bed 3", "利用中", &path]);
    browser.get(&path).await.is(200, &["まだ記録がありません", "証明書の期限", "窓口"]);
    assert_eq!(tell(&bench, &device, &["done", "wrong-pin"]).await, 200);
    let seen = browser.get(&path).await;
    seen.is(200, &["0.1.0", "&lt;b&gt;Reader &amp; Co&lt;/b&gt;", "2時間", "ログイン中"]);
    seen.shows(&[
        "記録のつながりを確認しました",
        "wrong-pin",
        "2026/11/20 10:02",
        "目視確認",
        "職員",
    ]);
    let newest = seen.text.find("wrong-pin").expect("the second entry");
    assert!(newest < seen.text.find(">done<").expect("the first entry"), "the newest first");
}

#[tokio::test]
async fn a_journal_that_does_not_hold_says_so() {
    let bench = portal().await;
    let device = bench.enrol().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let path = format!("/devices/{}", device.id);
    assert_eq!(tell(&bench, &device, &["done", "wrong-pin", "done"]).await, 200);
    browser.get(&path).await.hides(&["合いません", "つながらない"]);
    // The device tells another story.
    assert_eq!(tell(&bench, &device, &["done", "done"]).await, 409);
    let seen = browser.get(&path).await;
    seen.shows(&["つながらない記録が端末から1回"]);
    seen.hides(&["合いません"]);
    // Somebody has been at the database.
    let change = "UPDATE journal SET outcome = 'done' WHERE seq = 2";
    bench.database().await.execute(change).await.expect("changed");
    browser.get(&path).await.shows(&["保存された記録のつながりが合いません"]);
}

#[tokio::test]
async fn a_stopped_device_is_out_at_once() {
    let bench = portal().await;
    let (device, other) = (bench.enrol().await, bench.enrol().await);
    let (mut line, mut others) = (bench.line(&device).await, bench.line(&other).await);
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
    let mut browser = administrator(&bench, FACILITY).await;
    let path = format!("/devices/{}/stop", device.id);
    browser.get(&path).await.is(200, &["よろしいですか", "SK-000001"]);
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
    browser.submit(&path, &[]).await.shows(&["利用を停止しました", ">利用停止<"]);
    line.get("/v1/notices", Some(&device.session)).await.refused(403, "device-unknown");
    assert!(line.is_closed().await);
    others.get("/v1/notices", Some(&other.session)).await.expect(200);
    assert_eq!(browser.post(&path, &[]).await.status, 404);
    browser.get("/audit").await.shows(&["端末の利用停止"]);
}

#[tokio::test]
async fn test_people_and_notices_are_listed() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get("/people").await.is(200, &["<h1>テスト用の患者</h1>", "5001", "shikaku-taro"]);
    browser.get("/notices").await.is(200, &["模擬環境のご案内", "2026/11/20"]);
}
