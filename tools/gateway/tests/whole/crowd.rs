//! Many devices at once: nobody gets another's answer, and nobody is turned away.

use time::OffsetDateTime;

use crate::bench::{Bench, Check, Forge, Plan, message, proof};

const DEVICES: usize = 8;
const CHECKS_EACH: usize = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_gets_the_answer_to_their_own_check() {
    let bench = Bench::start().await;
    let mut devices = Vec::new();
    for _ in 0..DEVICES {
        let device = bench.enrol().await;
        devices.push((bench.line(&device).await, device));
    }
    let mut crowd = tokio::task::JoinSet::new();
    for (at, (mut line, device)) in devices.into_iter().enumerate() {
        crowd.spawn(async move {
            let forge = Forge::office();
            let mut plan = Plan::new(OffsetDateTime::now_utc());
            // Half are one person, half another.
            plan.serial = [5001, 5002][at % 2];
            let name = ["資格　太郎", "佐藤　花子"][at % 2];
            let certificate = forge.certificate(&plan);
            for _ in 0..CHECKS_EACH {
                let check = Check::open(&mut line, &device, "card").await;
                let proof = proof(&certificate, &forge.sign(&message(&device, &check)));
                let answer = line.post(&check.path(), Some(&device.session), &proof).await;
                answer.expect(200);
                let text = answer.text();
                assert!(text.contains(&check.id) && text.contains(name), "{text}");
            }
        });
    }
    while let Some(done) = crowd.join_next().await {
        done.expect("every check was answered");
    }
}
