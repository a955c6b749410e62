//! Whose card is believed in a relay, and what becomes of what it tells.

use serde_json::json;
use sqlx::{Column, Row};
use time::{Duration, OffsetDateTime};

use crate::bench::{
    Bench, Check, Forge, PhotoCard, Plan, REAL_LENGTH, TEST_POLICY, Visual, certificate, commands,
    last, plan,
};

#[tokio::test]
async fn a_long_certificate_takes_a_round_of_its_own() {
    let mut visual = Visual::open().await;
    for (length, expected) in
        [(3072, &[5, 16, 3][..]), (3073, &[5, 13, 4, 3]), (4096, &[5, 16, 4, 3])]
    {
        visual.check = Check::open_visual(&mut visual.line, &visual.device).await;
        let mut card = PhotoCard::new(certificate(length));
        let talk = visual.talk(&mut card, |_, _| {}).await;
        let rounds: Vec<usize> =
            talk.iter().filter_map(|(_, answer)| Some(commands(answer)?.1.len())).collect();
        assert_eq!(rounds, expected);
        last(&talk).expect(200);
    }
    assert_eq!(visual.judge(PhotoCard::new(certificate(4097)), |_, _| {}).await, "not-trusted");
}

#[tokio::test]
async fn a_card_that_does_not_do_everything_is_refused() {
    let mut visual = Visual::open().await;
    for at in 0..19 {
        let card = PhotoCard::new(certificate(REAL_LENGTH));
        let judged = visual.judge(card, |number, answer| {
            if number == at {
                *answer = vec![0x69, 0x82];
            }
        });
        assert_eq!(judged.await, "422 proof-refused", "{at}");
    }
}

#[tokio::test]
async fn only_my_number_cards_have_a_photo() {
    let mut visual = Visual::open().await;
    for label in [&b"JPKIAPICCTOKEN"[..], b"JPKIAPGPSETOKEN", b"JPKIAPIOSTOKEN", b"\xFF", b""] {
        let mut card = PhotoCard::new(certificate(REAL_LENGTH));
        card.label = label;
        assert_eq!(visual.judge(card, |_, _| {}).await, "422 proof-refused");
    }
}

#[tokio::test]
async fn a_certificate_is_judged_as_in_a_proof() {
    let mut visual = Visual::open().await;
    let now = OffsetDateTime::now_utc();
    let mut judge_plan = async |change: &dyn Fn(&mut Plan)| {
        let certificate = Forge::office().certificate(&plan(change));
        visual.judge(PhotoCard::new(certificate), |_, _| {}).await
    };
    assert_eq!(judge_plan(&|_| {}).await, "believed");
    let production: &[u64] = &[1, 2, 392, 200149, 8, 5, 1, 3, 30];
    assert_eq!(judge_plan(&|it| it.policies = vec![production]).await, "policy");
    assert_eq!(judge_plan(&|it| it.policies = vec![TEST_POLICY, production]).await, "policy");
    assert_eq!(judge_plan(&|it| it.extended = vec![]).await, "key-usage");
    assert_eq!(judge_plan(&|it| it.serial = 5029).await, "revoked");
    assert_eq!(judge_plan(&|it| it.not_after = now - Duration::days(93)).await, "expired");
    assert_eq!(judge_plan(&|it| it.not_after = now - Duration::days(30)).await, "believed");
    let foreign = Forge::impostor().certificate(&plan(|_| {}));
    assert_eq!(visual.judge(PhotoCard::new(foreign), |_, _| {}).await, "not-trusted");
}

#[tokio::test]
async fn what_is_no_certificate_is_refused() {
    let mut visual = Visual::open().await;
    for garbage in
        [vec![0xFF; 900], vec![], vec![0x30, 0x82], [&[0x30, 0x82, 3, 0][..], &[0; 800]].concat()]
    {
        assert_eq!(visual.judge(PhotoCard::new(garbage), |_, _| {}).await, "not-trusted");
    }
    // A piece that is cut short, too long, or of another certificate.
    for spoil in [
        &(|it: &mut Vec<u8>| _ = it.remove(0)) as &dyn Fn(&mut Vec<u8>),
        &|it| it.truncate(2),
        &|it| it[0] ^= 1,
    ] {
        let card = PhotoCard::new(certificate(REAL_LENGTH));
        let judged = visual.judge(card, |at, it| {
            if at == 6 {
                spoil(it);
            }
            // The status word stays.
            if at == 6 && it.len() == 2 {
                *it = vec![0x90, 0x00];
            }
        });
        assert_eq!(judged.await, "not-trusted");
    }
}

#[tokio::test]
async fn a_signature_must_be_the_cards_over_this_check() {
    let mut visual = Visual::open().await;
    for spoil in 0..3 {
        let card = PhotoCard::new(certificate(REAL_LENGTH));
        let judged = visual.judge(card, |at, it| match (at, spoil) {
            (18, 0) => it[0] ^= 1,
            (18, 1) => _ = it.remove(0),
            (18, 2) => *it = vec![0x90, 0x00],
            _ => {}
        });
        assert_eq!(judged.await, "422 proof-refused");
    }
    // Of another check of the same device.
    visual.check = Check::open_visual(&mut visual.line, &visual.device).await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    let mut old = Vec::new();
    visual
        .talk(&mut card, |at, it| {
            if at == 18 {
                old.clone_from(it)
            }
        })
        .await;
    let replayed = visual.judge(PhotoCard::new(certificate(REAL_LENGTH)), |at, it| {
        if at == 18 {
            it.clone_from(&old);
        }
    });
    assert_eq!(replayed.await, "422 proof-refused");
}

#[tokio::test]
async fn nothing_that_a_card_told_is_on_the_disk() {
    let mut visual = Visual::open().await;
    let mut card = PhotoCard::new(certificate(REAL_LENGTH));
    last(&visual.talk(&mut card, |_, _| {}).await).expect(200);
    let row = sqlx::query("SELECT * FROM checks WHERE id = $1")
        .bind(&visual.check.id)
        .fetch_one(&visual.bench.database().await)
        .await
        .expect("one row");
    let columns: Vec<&str> = row.columns().iter().map(Column::name).collect();
    let known = [
        "id",
        "device_id",
        "method",
        "token_kind",
        "challenge",
        "expires_at",
        "proof_hash",
        "round",
        "round_hash",
        "round_at",
        "answered_at",
    ];
    assert_eq!(columns, known);
    assert_eq!(row.get::<i64, _>("round"), 3);
    assert_eq!(row.get::<String, _>("round_hash").len(), 64);
    assert_eq!(row.get::<Option<String>, _>("proof_hash"), None);
}

#[tokio::test]
async fn without_the_simulated_terminal_nobody_is_checked_by_photo() {
    let office = tempfile::tempdir().expect("a folder");
    let copy = |name: &str| {
        std::fs::copy(crate::bench::office().join(name), office.path().join(name)).expect("copied")
    };
    copy("user-auth-ca.pem");
    let folder = office.path().join("simulated-terminal");
    let refused = async || {
        let bench = Bench::start_at(office.path()).await;
        let device = bench.enrol().await;
        let mut line = bench.line(&device).await;
        let asked = json!({ "method": "visual", "token_kind": "card" });
        let answer = line.post("/v1/checks", Some(&device.session), &asked).await;
        answer.refused(503, "unavailable");
        // Everybody else is.
        let check = Check::open(&mut line, &device, "card").await;
        let proof = Forge::office().proof(&plan(|_| {}), &device, &check);
        line.post(&check.path(), Some(&device.session), &proof).await.expect(200);
    };
    refused().await;
    std::fs::create_dir(&folder).expect("made");
    for missing in ["terminal-key.pem", "certificate.bin", "signature.bin"] {
        for name in ["terminal-key.pem", "certificate.bin", "signature.bin"] {
            copy(&format!("simulated-terminal/{name}"));
        }
        std::fs::remove_file(folder.join(missing)).expect("removed");
        refused().await;
        std::fs::write(folder.join(missing), [0x30; 307]).expect("written");
        refused().await;
    }
}
