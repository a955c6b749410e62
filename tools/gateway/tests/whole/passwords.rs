//! Five tries, half an hour.

use rcgen::KeyPair;
use serde_json::json;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::bench::{Answer, Bench, PASSWORD, USER, registration};

async fn log_in(bench: &Bench, facility: &str, user: &str, password: &str) -> Answer {
    let mut asked = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
    asked["facility_code"] = json!(facility);
    asked["user_id"] = json!(user);
    asked["password"] = json!(password);
    bench.stranger().await.post("/v1/devices", None, &asked).await
}

#[tokio::test]
async fn five_wrong_passwords_lock_for_half_an_hour() {
    let bench = Bench::start().await;
    let facility = crate::bench::FACILITY;
    for tries_left in [4, 3, 2, 1] {
        let answer = log_in(&bench, facility, USER, "wrong").await;
        answer.refused(401, "wrong-credentials");
        assert_eq!(answer.json()["tries_left"], tries_left);
    }
    let answer = log_in(&bench, facility, USER, "wrong").await;
    answer.refused(423, "account-locked");
    let until = answer.json()["until"].as_str().expect("a time").to_owned();
    assert!(until.ends_with("+09:00"), "{until}");
    let until = OffsetDateTime::parse(&until, &Rfc3339).expect("RFC 3339");
    assert_eq!(until.unix_timestamp(), bench.now() + 1800);

    log_in(&bench, facility, USER, PASSWORD).await.refused(423, "account-locked");
    bench.step(Duration::seconds(1799));
    log_in(&bench, facility, USER, PASSWORD).await.refused(423, "account-locked");
    bench.step(Duration::seconds(1));
    log_in(&bench, facility, USER, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn a_lock_that_ended_gives_five_tries_again() {
    let bench = Bench::start().await;
    for _ in 0..5 {
        log_in(&bench, crate::bench::FACILITY, USER, "wrong").await;
    }
    bench.step(Duration::minutes(30));
    let answer = log_in(&bench, crate::bench::FACILITY, USER, "wrong").await;
    answer.refused(401, "wrong-credentials");
    assert_eq!(answer.json()["tries_left"], 4);
}

#[tokio::test]
async fn a_right_password_takes_the_wrong_ones_back() {
    let bench = Bench::start().await;
    for round in 0..3 {
        for _ in 0..4 {
            log_in(&bench, crate::bench::FACILITY, USER, "wrong")
                .await
                .refused(401, "wrong-credentials");
        }
        let answer = log_in(&bench, crate::bench::FACILITY, USER, PASSWORD).await;
        assert_eq!(answer.status, 201, "round {round}");
    }
}

#[tokio::test]
async fn an_account_that_does_not_exist_looks_like_any_other() {
    let bench = Bench::start().await;
    for (facility, user) in [("1399999999", USER), (crate::bench::FACILITY, "nobody")] {
        for tries_left in [4, 3, 2, 1] {
            let answer = log_in(&bench, facility, user, "wrong").await;
            answer.refused(401, "wrong-credentials");
            assert_eq!(answer.json()["tries_left"], tries_left);
        }
        log_in(&bench, facility, user, "wrong").await.refused(423, "account-locked");
    }
    // Nobody else is locked out by it.
    log_in(&bench, crate::bench::FACILITY, USER, PASSWORD).await.expect(201);
}

#[tokio::test]
async fn guesses_at_once_are_counted_each() {
    let bench = Bench::start().await;
    let guess = || log_in(&bench, crate::bench::FACILITY, USER, "wrong");
    let answers = tokio::join!(guess(), guess(), guess(), guess(), guess(), guess(), guess());
    let answers: [Answer; 7] = answers.into();
    let wrong = answers.iter().filter(|answer| answer.status == 401).count();
    assert_eq!(wrong, 4, "the fifth locks");
}

// seed 92-93, 95-97
#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_the_old_one() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let mut change = async |old: &str, new: &str| {
        let body = json!({ "old_password": old, "new_password": new });
        line.put("/v1/account/password", Some(&device.session), &body).await
    };
    change("wrong", "Abcdef1!").await.refused(401, "wrong-credentials");
    for new in ["Abcde1!", "Abcdefghijklmnopqr1!x", "abcdef1!", "ABCDEF1!", "Abcdefg!", "Abcdef12"]
    {
        change(PASSWORD, new).await.refused(422, "password-refused");
    }
    change(PASSWORD, "Abcdef1+").await.refused(422, "password-refused");
    change(PASSWORD, "Abcdef1!").await.expect(204);
    change(PASSWORD, "Abcdef1!").await.refused(401, "wrong-credentials");
    line.get("/v1/notices", Some(&device.session)).await.expect(200);

    let login = |password: &str| json!({ "user_id": USER, "password": password });
    line.post("/v1/sessions", None, &login("Abcdef1!")).await.expect(201);
    line.post("/v1/sessions", None, &login(PASSWORD)).await.refused(401, "wrong-credentials");
}
