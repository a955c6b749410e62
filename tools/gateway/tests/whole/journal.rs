//! The devices' journals: chains that only grow.

use ring::digest::{Context, SHA256};
use serde_json::{Value, json};
use sqlx::Row;

use crate::bench::{Answer, Bench, Device, Line};

const PATH: &str = "/v1/devices/current/journal";
const NOTHING: [u8; 32] = [0; 32];

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// An entry after `prev`, and its hash; after the words of the contract.
fn entry(seq: u64, outcome: &str, prev: [u8; 32]) -> (Value, [u8; 32]) {
    let check = "0b8f3c4e-5d1a-4b7e-9c2f-6a1d2e3f4a5b";
    let hashed = format!(
        r#"{{"seq":{seq},"time":"2026-11-22T01:02:03Z","who":"staff-code","method":"visual","check":"{check}","outcome":"{outcome}"}}"#
    );
    let mut context = Context::new(&SHA256);
    context.update(&prev);
    context.update(hashed.as_bytes());
    let hash: [u8; 32] = context.finish().as_ref().try_into().expect("32 bytes");
    let mut entry: Value = serde_json::from_str(&hashed).expect("JSON");
    entry["prev"] = json!(hex(&prev));
    entry["hash"] = json!(hex(&hash));
    (entry, hash)
}

/// Entries from 1 on.
fn chain(count: u64) -> Vec<Value> {
    let mut prev = NOTHING;
    (1..=count)
        .map(|seq| {
            let (entry, hash) = entry(seq, "valid", prev);
            prev = hash;
            entry
        })
        .collect()
}

fn body(entries: &[Value]) -> Value {
    let health = json!({ "version": "0.1.0", "reader": "見本リーダー 00 00", "uptime_s": 123 });
    json!({ "entries": entries, "health": health })
}

async fn started() -> (Bench, Device, Line) {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let line = bench.line(&device).await;
    (bench, device, line)
}

#[track_caller]
fn acknowledged(answer: &Answer, seq: u64) {
    answer.expect(200);
    assert_eq!(answer.json(), json!({ "acknowledged": seq }));
}

#[tokio::test]
async fn a_journal_grows_call_by_call_and_repeats_are_ignored() {
    let (bench, device, mut line) = started().await;
    let all = chain(9);
    acknowledged(&line.post(PATH, None, &body(&[])).await, 0);
    acknowledged(&line.post(PATH, None, &body(&all[..3])).await, 3);
    acknowledged(&line.post(PATH, None, &body(&all[..3])).await, 3);
    acknowledged(&line.post(PATH, None, &body(&all[1..2])).await, 3);
    acknowledged(&line.post(PATH, None, &body(&all[2..6])).await, 6);
    acknowledged(&line.post(PATH, None, &body(&[])).await, 6);
    // A gap: from where to go on.
    acknowledged(&line.post(PATH, None, &body(&all[7..])).await, 6);
    acknowledged(&line.post(PATH, None, &body(&all[6..])).await, 9);
    // No session is asked for: a logged-out device has something to tell, too.
    line.delete("/v1/sessions/current", Some(&device.session)).await.expect(204);
    acknowledged(&line.post(PATH, None, &body(&all)).await, 9);
    // Another device has a journal of its own.
    let other = bench.enrol().await;
    let mut line = bench.line(&other).await;
    acknowledged(&line.post(PATH, None, &body(&all[3..5])).await, 0);
    acknowledged(&line.post(PATH, None, &body(&all[..2])).await, 2);
}

#[tokio::test]
async fn a_break_anywhere_is_seen_and_what_went_before_is_kept() {
    let all = chain(6);
    let other = |seq: usize| {
        let prev = if seq == 1 { NOTHING } else { [7; 32] };
        entry(seq as u64, "invalid", prev).0
    };
    let changed = |at: usize, member: &str, value: Value| {
        let mut all = all.clone();
        all[at][member] = value;
        all
    };
    let left_out = |at: usize| {
        let mut all = all.clone();
        all.remove(at);
        all
    };
    for (told, kept) in [
        (changed(3, "outcome", json!("invalid")), 3),
        (changed(3, "who", json!("nobody")), 3),
        (changed(3, "method", json!("pin")), 3),
        (changed(3, "check", json!("")), 3),
        (changed(3, "time", json!("2026-11-22T01:02:04Z")), 3),
        (changed(3, "seq", json!(40)), 3),
        (changed(3, "prev", json!("0".repeat(64))), 3),
        (changed(3, "hash", json!("0".repeat(64))), 3),
        (changed(0, "prev", json!(hex(&[7; 32]))), 0),
        (left_out(3), 3),
        (vec![all[0].clone(), all[1].clone(), other(3)], 2),
        (vec![all[0].clone(), all[0].clone()], 1),
        (vec![all[1].clone(), all[0].clone()], 0),
    ] {
        let (_bench, _device, mut line) = started().await;
        let answer = line.post(PATH, None, &body(&told)).await;
        if told[0]["seq"] == 2 {
            // What begins with a gap is not looked at.
            acknowledged(&answer, 0);
        } else {
            answer.refused(409, "journal-broken");
        }
        acknowledged(&line.post(PATH, None, &body(&[])).await, kept);
        // The true chain is taken where it was broken.
        acknowledged(&line.post(PATH, None, &body(&all)).await, 6);
    }
}

#[tokio::test]
async fn what_was_acknowledged_cannot_be_told_otherwise() {
    let (_bench, _device, mut line) = started().await;
    let all = chain(3);
    acknowledged(&line.post(PATH, None, &body(&all)).await, 3);
    // A chain that is right in itself, from another beginning.
    let (first, hash) = entry(1, "invalid", NOTHING);
    let (second, _) = entry(2, "valid", hash);
    line.post(PATH, None, &body(&[first.clone(), second])).await.refused(409, "journal-broken");
    line.post(PATH, None, &body(&[first])).await.refused(409, "journal-broken");
    acknowledged(&line.post(PATH, None, &body(&all)).await, 3);
}

#[tokio::test]
async fn a_call_has_two_hundred_entries_at_most() {
    let (_bench, _device, mut line) = started().await;
    let all = chain(401);
    line.post(PATH, None, &body(&all[..201])).await.refused(400, "bad-request");
    acknowledged(&line.post(PATH, None, &body(&all[..200])).await, 200);
    acknowledged(&line.post(PATH, None, &body(&all[200..400])).await, 400);
    acknowledged(&line.post(PATH, None, &body(&all[399..])).await, 401);
}

#[tokio::test]
async fn only_what_has_the_contracts_form_is_taken() {
    let (_bench, _device, mut line) = started().await;
    let good = body(&chain(1));
    let long = "a".repeat(129);
    for (member, value) in [
        ("seq", json!(0)),
        ("seq", json!(-1)),
        ("seq", json!(u64::MAX)),
        ("seq", json!("1")),
        ("time", json!("2026-11-22")),
        ("time", json!("")),
        ("who", json!("patient")),
        ("method", json!("face")),
        ("check", json!("資格　太郎")),
        ("check", json!(long)),
        ("outcome", json!("")),
        ("outcome", json!("two words")),
        ("outcome", json!(long)),
        ("prev", json!("0")),
        ("prev", json!("G".repeat(64))),
        ("hash", json!("A".repeat(64))),
        ("name", json!("x")),
    ] {
        let mut bad = good.clone();
        bad["entries"][0][member] = value;
        line.post(PATH, None, &bad).await.refused(400, "bad-request");
    }
    for (member, value) in [
        ("version", json!("")),
        ("version", json!("0.1.0 <b>")),
        ("reader", json!(long)),
        ("reader", json!("a\nb")),
        ("uptime_s", json!(-1)),
        ("uptime_s", json!(u64::MAX)),
        ("more", json!(1)),
    ] {
        let mut bad = good.clone();
        bad["health"][member] = value;
        line.post(PATH, None, &bad).await.refused(400, "bad-request");
    }
    line.post(PATH, None, &json!({ "entries": [] })).await.refused(400, "bad-request");
    acknowledged(&line.post(PATH, None, &good).await, 1);
}

#[tokio::test]
async fn only_registered_devices_tell() {
    let (bench, device, mut line) = started().await;
    bench.stranger().await.post(PATH, None, &body(&[])).await.refused(403, "device-unknown");
    bench.store.revoke_device(&device.id, bench.now()).await.expect("asked");
    line.post(PATH, None, &body(&[])).await.refused(403, "device-unknown");
}

#[tokio::test]
async fn breaks_are_noted_once_and_the_last_health_is_kept() {
    let (bench, device, mut line) = started().await;
    let all = chain(4);
    acknowledged(&line.post(PATH, None, &body(&all[..2])).await, 2);
    let mut broken = body(&[all[0].clone(), all[1].clone(), all[3].clone()]);
    broken["health"]["reader"] = json!("");
    broken["health"]["uptime_s"] = json!(456);
    for _ in 0..2 {
        line.post(PATH, None, &broken).await.refused(409, "journal-broken");
    }
    let database = bench.database().await;
    let breaks = sqlx::query("SELECT device_id, seq, received_at FROM journal_breaks")
        .fetch_all(&database)
        .await
        .expect("asked");
    let breaks: Vec<(String, i64, i64)> =
        breaks.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert_eq!(breaks, [(device.id.clone(), 3, bench.now())]);
    let health =
        sqlx::query("SELECT device_id, version, reader, uptime_s, received_at FROM health")
            .fetch_one(&database)
            .await
            .expect("one row");
    let health: (String, String, String, i64, i64) =
        (health.get(0), health.get(1), health.get(2), health.get(3), health.get(4));
    assert_eq!(health, (device.id, "0.1.0".to_owned(), String::new(), 456, bench.now()));
}

#[tokio::test]
async fn two_calls_at_once_do_not_tear_the_chain() {
    let (bench, device, mut line) = started().await;
    let mut second = bench.line(&device).await;
    let all = chain(40);
    let (one, two) = (body(&all[..30]), body(&all));
    let (one, two) = tokio::join!(line.post(PATH, None, &one), second.post(PATH, None, &two));
    one.expect(200);
    acknowledged(&two, 40);
    acknowledged(&line.post(PATH, None, &body(&all[20..])).await, 40);
}
