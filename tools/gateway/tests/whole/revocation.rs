//! What is revoked ends at the next call, also on a connection that is open.

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, Issuer, KeyPair};
use time::Duration;

use crate::bench::{Bench, Check, Device, FACILITY, Line, USER, registration};

const NOTICES: &str = "/v1/notices";

async fn works_then_not(
    bench: &Bench,
    device: &Device,
    mut line: Line,
    revoke: impl AsyncFnOnce(),
) {
    line.get(NOTICES, Some(&device.session)).await.expect(200);
    revoke().await;
    line.get(NOTICES, Some(&device.session)).await.refused(403, "device-unknown");
    assert!(line.is_closed().await, "a revoked device's connection ends");
    let mut line = bench.line(device).await;
    line.get(NOTICES, Some(&device.session)).await.refused(403, "device-unknown");
}

#[tokio::test]
async fn a_revoked_device_is_unknown() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let line = bench.line(&device).await;
    works_then_not(&bench, &device, line, async || {
        assert!(bench.store.revoke_device(&device.id, bench.now()).await.expect("asked"));
    })
    .await;
    assert!(!bench.store.revoke_device("nothing", 0).await.expect("asked"));
}

#[tokio::test]
async fn a_revoked_account_takes_its_devices_along() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let line = bench.line(&device).await;
    works_then_not(&bench, &device, line, async || {
        assert!(bench.store.revoke_account(FACILITY, USER, bench.now()).await.expect("asked"));
    })
    .await;
    let asked = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
    let answer = bench.register(&asked).await;
    answer.refused(401, "wrong-credentials");
}

#[tokio::test]
async fn a_revoked_code_takes_its_device_along() {
    let bench = Bench::start().await;
    let code = bench.code().await;
    let (device, asked) = bench.enrol_with(&code).await;
    let line = bench.line(&device).await;
    works_then_not(&bench, &device, line, async || {
        assert!(bench.store.revoke_code(&code, bench.now()).await.expect("asked"));
    })
    .await;
    bench.register(&asked).await.refused(403, "code-revoked");
}

#[tokio::test]
async fn a_revoked_code_registers_nothing() {
    let bench = Bench::start().await;
    let code = bench.code().await;
    assert!(bench.store.revoke_code(&code, bench.now()).await.expect("asked"));
    let asked = registration(&code, &KeyPair::generate().expect("a key"));
    bench.register(&asked).await.refused(403, "code-revoked");
}

#[tokio::test]
async fn a_device_revoked_between_check_and_proof_gets_no_answer() {
    let bench = Bench::start().await;
    let (device, mut line, check) = bench.opened().await;
    bench.store.revoke_device(&device.id, bench.now()).await.expect("asked");
    let forge = crate::bench::Forge::office();
    let plan = crate::bench::Plan::new(time::OffsetDateTime::now_utc());
    let proof = forge.proof(&plan, &device, &check);
    line.post(&check.path(), Some(&device.session), &proof).await.refused(403, "device-unknown");
}

#[tokio::test]
async fn a_revoked_key_may_be_registered_anew() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    bench.store.revoke_device(&device.id, bench.now()).await.expect("asked");
    let asked = registration(&bench.code().await, &device.key);
    let answer = bench.register(&asked).await;
    answer.expect(201);
    let device = Device::new(&answer, device.key);
    bench.line(&device).await.get(NOTICES, Some(&device.session)).await.expect(200);
}

#[tokio::test]
async fn certificates_of_others_and_old_ones_are_unknown() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut params = CertificateParams::default();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    // The right key, vouched for by itself and by a CA of the same name.
    let own = params.self_signed(&device.key).expect("signed").pem();
    let pem = bench.ca();
    let false_ca = Issuer::from_ca_cert_pem(&pem, KeyPair::generate().expect("a key"));
    let false_ca = false_ca.expect("an issuer");
    let foreign = params.signed_by(&device.key, &false_ca).expect("signed").pem();
    for chain in [own, foreign.clone(), foreign + &pem] {
        let mut line = Line::open(&bench, Some((&chain, &device.key))).await;
        line.get(NOTICES, Some(&device.session)).await.refused(403, "device-unknown");
    }
    let mut line = bench.line(&device).await;
    line.get(NOTICES, Some(&device.session)).await.expect(200);
    bench.step(Duration::days(366));
    line.get(NOTICES, Some(&device.session)).await.refused(403, "device-unknown");
}

#[tokio::test]
async fn another_devices_check_is_unknown() {
    let bench = Bench::start().await;
    let (device, _line, check) = bench.opened().await;
    let other = bench.enrol().await;
    let mut line = bench.line(&other).await;
    let plan = crate::bench::Plan::new(time::OffsetDateTime::now_utc());
    let forge = crate::bench::Forge::office();
    let proof = forge.proof(&plan, &device, &check);
    line.post(&check.path(), Some(&other.session), &proof).await.refused(404, "check-unknown");
    // It is still there for the one whose it is.
    let mut line = bench.line(&device).await;
    line.post(&check.path(), Some(&device.session), &proof).await.expect(200);
    // A proof for one device is worth nothing on the other.
    let mut line = bench.line(&other).await;
    let own = Check::open(&mut line, &other, "card").await;
    line.post(&own.path(), Some(&other.session), &proof).await.refused(422, "proof-refused");
}
