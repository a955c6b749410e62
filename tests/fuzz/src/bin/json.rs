//! The gateway's JSON: the answers to every call, and its refusals.
#![no_main]

use kiosk_gateway::{Answer, answer};
use libfuzzer_sys::fuzz_target;

/// What the first byte of an input chooses.
const STATUS: [u16; 10] = [200, 201, 401, 403, 404, 409, 410, 422, 423, 425];

const SEEDS: [(u8, &str); 10] = [
    (
        1,
        r#"{"check_id":"11111111-2222-4333-8444-555555555555","challenge":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=","expires_in":300}"#,
    ),
    (0, r#"{"version":"2026-11-01","text":"利用規約"}"#),
    (0, r#"{"notices":[{"id":"1","title":"a","body":"b","url":"https://x","date":"2026-11-20"}]}"#),
    (
        1,
        r#"{"device_id":"11111111-2222-4333-8444-555555555555","gateway_name":"reference-gateway","certificate_chain":"-----BEGIN","session":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","account_authority":"general"}"#,
    ),
    (
        1,
        r#"{"session":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","account_authority":"medical"}"#,
    ),
    (2, r#"{"type":"about:blank","status":401,"code":"wrong-credentials","tries_left":2}"#),
    (3, r#"{"code":"device-unknown"}"#),
    (8, r#"{"code":"account-locked","until":"2026-11-20T10:00:00+09:00"}"#),
    (9, r#"{"code":"code-too-young","retry_after":40}"#),
    (
        0,
        r#"{"set":"eyJnYXRld2F5IjoiZyIsInZlcnNpb24iOjMsImNlcnRpZmljYXRlcyI6WyJNQUE9IiwiTUFFPSJdfQ==","certificate":"MAA=","signature":"MAM="}"#,
    ),
];

fuzz_target!(
    init: {
        for (at, (status, text)) in SEEDS.iter().enumerate() {
            fuzz::seed(&at.to_string(), &[&[*status], text.as_bytes()].concat());
        }
    },
    |input: &[u8]| {
        let Some((first, body)) = input.split_first() else { return };
        let status = STATUS[usize::from(*first) % STATUS.len()];
        let kind = if status < 300 { "application/json" } else { "application/problem+json" };
        let it = Answer { status, content_type: Some(kind), body };
        let told = answer::opened(&it).map(|opened| {
            // A challenge that is used for an hour at most.
            assert!(opened.expires_in.as_secs() <= 3600);
        });
        short(told.err());
        short(answer::terms(&it).map(|terms| assert!(terms.version.len() <= 64)).err());
        short(answer::notices(&it).map(|notices| assert!(notices.len() <= 100)).err());
        short(answer::registered(&it).err());
        short(answer::session(&it).err());
        short(answer::renewed(&it).err());
        match answer::pins(&it) {
            Ok(signed) => {
                let message = signed.message();
                assert!(message.len() < 40_000 && message.starts_with(b"\0\0\0\x0fshikaku-pins-v1"));
                let set = signed.set().map(|set| assert!((2..=8).contains(&set.certificates.len())));
                short(set.err());
            }
            Err(reason) => short(Some(reason)),
        }
    }
);

/// A reason goes to the journal: its length does not come from outside.
fn short(reason: Option<impl ToString>) {
    let reason = reason.map(|it| it.to_string()).unwrap_or_default();
    assert!(reason.len() < 300, "{reason}");
}
