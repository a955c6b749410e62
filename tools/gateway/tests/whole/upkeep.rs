//! What keeps a device going for years: a new certificate, and the CAs that it may trust.

use std::fs;

use kiosk_gateway::{Answer as Told, PINS_PURPOSE, PinSet, SignedPins, answer};
use p256::{
    ecdsa::{Signature, VerifyingKey, signature::Verifier},
    pkcs8::DecodePublicKey,
};
use rcgen::KeyPair;
use reference_gateway::{ca::Authority, folder::Folder};
use serde_json::json;
use time::{Duration, OffsetDateTime};
use x509_parser::{pem::parse_x509_pem, prelude::FromDer, prelude::X509Certificate};

use crate::bench::{Answer, Bench, Device, request};

const RENEW: &str = "/v1/devices/current/certificate";
const NOTICES: &str = "/v1/notices";

async fn renew(bench: &Bench, device: &Device) -> Answer {
    let asked = json!({ "csr": request(&device.key) });
    bench.line(device).await.post(RENEW, None, &asked).await
}

/// The same device with the certificate of this answer.
fn renewed(device: &Device, answer: &Answer) -> Device {
    let key = KeyPair::from_pem(&device.key.serialize_pem()).expect("the same key");
    let chain = answer.json()["certificate_chain"].as_str().expect("PEM").to_owned();
    Device { id: device.id.clone(), session: device.session.clone(), chain, key }
}

/// First and last second, and the name.
fn facts(chain: &str) -> (i64, i64, String) {
    let (_, pem) = parse_x509_pem(chain.as_bytes()).expect("PEM");
    let (_, it) = X509Certificate::from_der(&pem.contents).expect("a certificate");
    let (from, until) = (it.validity().not_before, it.validity().not_after);
    (from.timestamp(), until.timestamp(), it.subject().to_string())
}

#[tokio::test]
async fn a_renewed_certificate_is_the_devices_and_its_session_goes_on() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    bench.step(Duration::days(250));
    let answer = renew(&bench, &device).await;
    answer.expect(201);
    assert_eq!(answer.json()["device_id"], device.id.as_str());
    let new = renewed(&device, &answer);
    let (before, after) = (facts(&device.chain), facts(&new.chain));
    assert_eq!((after.0 - before.0, after.1 - before.1), (250 * 86_400, 250 * 86_400));
    assert_eq!(before.2, after.2);
    assert!(after.2.ends_with(&format!("CN={}", device.id)), "{}", after.2);

    // Both are good as long as they say, with the one session.
    for device in [&device, &new] {
        bench.line(device).await.get(NOTICES, Some(&device.session)).await.expect(200);
    }
    bench.step(Duration::days(200));
    bench.line(&new).await.get(NOTICES, Some(&new.session)).await.expect(200);
    let ended = bench.line(&device).await.get(NOTICES, Some(&device.session)).await;
    ended.refused(403, "device-unknown");
    renew(&bench, &device).await.refused(403, "device-unknown");
}

#[tokio::test]
async fn asked_twice_it_gives_two_that_are_good() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    for answer in [renew(&bench, &device).await, renew(&bench, &device).await] {
        let new = renewed(&device, &answer);
        bench.line(&new).await.get(NOTICES, Some(&new.session)).await.expect(200);
    }
}

#[tokio::test]
async fn another_key_and_a_stranger_get_none() {
    let bench = Bench::start().await;
    let (device, other) = (bench.enrol().await, bench.enrol().await);
    let mut line = bench.line(&device).await;
    let fresh = KeyPair::generate().expect("a key");
    for key in [&fresh, &other.key] {
        line.post(RENEW, None, &json!({ "csr": request(key) })).await.refused(400, "bad-request");
    }
    line.post(RENEW, None, &json!({ "csr": "-----BEGIN" })).await.refused(400, "bad-request");
    let asked = json!({ "csr": request(&device.key) });
    bench.stranger().await.post(RENEW, None, &asked).await.refused(403, "device-unknown");
    bench.stranger().await.get("/v1/pins", None).await.refused(403, "device-unknown");
    assert!(bench.store.revoke_device(&device.id, bench.now()).await.expect("asked"));
    bench.line(&device).await.post(RENEW, None, &asked).await.refused(403, "device-unknown");
}

fn signed(answer: &Answer) -> SignedPins {
    let content_type = Some(&*answer.content_type);
    answer::pins(&Told { status: answer.status, content_type, body: &answer.body }).expect("pins")
}

/// Whether the holder of the certificate, which `ca` (PEM) issued for this, has signed it.
fn is_signed(signed: &SignedPins, ca: &str) -> bool {
    let (_, ca) = parse_x509_pem(ca.as_bytes()).expect("PEM");
    let (_, ca) = X509Certificate::from_der(&ca.contents).expect("a certificate");
    let (_, signer) = X509Certificate::from_der(&signed.certificate).expect("a certificate");
    let usage = signer.extended_key_usage().expect("readable").expect("there").value;
    let purposes: Vec<_> = usage.other.iter().map(|oid| oid.as_bytes()).collect();
    assert!(purposes == [PINS_PURPOSE] && !usage.any && !usage.server_auth && !usage.client_auth);
    let key = VerifyingKey::from_public_key_der(signer.public_key().raw).expect("a key");
    let signature = Signature::from_der(&signed.signature).expect("a signature");
    key.verify(&signed.message(), &signature).expect("a good signature");
    signer.verify_signature(Some(ca.public_key())).is_ok()
}

async fn pins(bench: &Bench) -> (SignedPins, PinSet) {
    let device = bench.enrol().await;
    let answer = bench.line(&device).await.get("/v1/pins", None).await;
    answer.expect(200);
    let signed = signed(&answer);
    let set = signed.set().expect("a set");
    (signed, set)
}

#[tokio::test]
async fn the_set_holds_the_ca_in_use_and_the_next_and_is_signed() {
    let bench = Bench::start().await;
    let (signed, set) = pins(&bench).await;
    assert_eq!((set.version, set.certificates.len()), (1, 2));
    let (_, ca) = parse_x509_pem(bench.ca().as_bytes()).expect("PEM");
    assert_eq!(set.certificates[0], ca.contents);
    assert!(is_signed(&signed, &bench.ca()));
}

#[test]
fn the_next_ca_is_the_one_that_was_announced() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("gateway");
    let folder = Folder::open(&path).expect("opened");
    let now = OffsetDateTime::now_utc();
    Authority::open(&folder, now).expect("made");
    let read = |name: &str| fs::read_to_string(path.join(name)).expect("there");
    let (first, second) = (read("ca.pem"), read("ca-2.pem"));
    for expected in ["ca-2.pem", "ca-3.pem"] {
        assert!(Authority::change(&folder, now).expect("changed").ends_with(expected));
        Authority::open(&folder, now).expect("opened");
    }
    assert_eq!((read("ca.pem"), read("ca-2.pem")), (first, second));

    for (name, told) in [("ca.pem", "ca.pem"), ("ca-3-key.pem", "ca-3-key.pem")] {
        let hidden = path.join("hidden");
        fs::rename(path.join(name), &hidden).expect("moved");
        let problem = Authority::open(&folder, now).expect_err("missing").to_string();
        assert!(problem.contains(told), "{problem}");
        fs::rename(&hidden, path.join(name)).expect("moved");
    }
    fs::write(path.join("ca-number"), "zero").expect("written");
    let problem = Authority::open(&folder, now).expect_err("no number").to_string();
    assert!(problem.contains("ca-number is no number"), "{problem}");
}

#[tokio::test]
async fn after_a_change_devices_of_the_first_ca_go_on_and_renew_under_the_second() {
    let first = Bench::start().await;
    let device = first.enrol().await;
    let bench = first.change_ca().await;
    let (signed, set) = pins(&bench).await;
    assert_eq!(set.version, 2);
    assert!(is_signed(&signed, &bench.ca()));
    bench.line(&device).await.get(NOTICES, Some(&device.session)).await.expect(200);
    let new = renewed(&device, &renew(&bench, &device).await);
    let issuer = |chain: &str| {
        chain.split_inclusive("-----END CERTIFICATE-----\n").nth(1).map(str::to_owned)
    };
    assert_eq!(issuer(&new.chain), Some(bench.ca()));
    assert_ne!(issuer(&device.chain), Some(bench.ca()));
    bench.line(&new).await.get(NOTICES, Some(&new.session)).await.expect(200);
}
