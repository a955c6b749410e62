//! Login, logout, and what a token is worth elsewhere.

use serde_json::json;

use crate::bench::{Bench, PASSWORD, USER};

const LOGIN: &str = "/v1/sessions";
const LOGOUT: &str = "/v1/sessions/current";

#[tokio::test]
async fn logout_ends_the_session_and_login_opens_another() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    line.delete(LOGOUT, Some(&device.session)).await.expect(204);
    line.get("/v1/notices", Some(&device.session)).await.refused(401, "session-ended");
    line.delete(LOGOUT, Some(&device.session)).await.refused(401, "session-ended");

    let login = json!({ "user_id": USER, "password": PASSWORD });
    let answer = line.post(LOGIN, None, &login).await;
    answer.expect(201);
    assert_eq!(answer.json()["account_authority"], "general");
    let session = answer.json()["session"].as_str().expect("a token").to_owned();
    line.get("/v1/notices", Some(&session)).await.expect(200);

    // One session a device.
    let next = line.post(LOGIN, None, &login).await.json()["session"].clone();
    line.get("/v1/notices", Some(&session)).await.refused(401, "session-ended");
    line.get("/v1/notices", Some(next.as_str().expect("a token"))).await.expect(200);
}

#[tokio::test]
async fn another_account_of_the_facility_may_log_in() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    bench.put_account(|it| it.user_id = "night-shift".to_owned()).await;
    bench
        .put_account(|it| {
            it.user_id = "neighbour".to_owned();
            it.facility_code = "1310000002".to_owned();
        })
        .await;
    let mut line = bench.line(&device).await;
    let login = |user: &str| json!({ "user_id": user, "password": PASSWORD });
    line.post(LOGIN, None, &login("night-shift")).await.expect(201);
    line.post(LOGIN, None, &login("neighbour")).await.refused(401, "wrong-credentials");
}

#[tokio::test]
async fn login_refusals_are_those_of_the_account() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let login = json!({ "user_id": USER, "password": "wrong" });
    let answer = line.post(LOGIN, None, &login).await;
    answer.refused(401, "wrong-credentials");
    assert_eq!(answer.json()["tries_left"], 4);
    for _ in 0..4 {
        line.post(LOGIN, None, &login).await;
    }
    line.post(LOGIN, None, &login).await.refused(423, "account-locked");
    bench.put_account(|it| it.has_logged_in = false).await;
    let login = json!({ "user_id": USER, "password": PASSWORD });
    line.post(LOGIN, None, &login).await.refused(403, "account-never-used");
}

#[tokio::test]
async fn a_token_is_worth_nothing_on_another_device() {
    let bench = Bench::start().await;
    let (first, second) = (bench.enrol().await, bench.enrol().await);
    let mut line = bench.line(&second).await;
    line.get("/v1/notices", Some(&first.session)).await.refused(401, "session-ended");
    line.get("/v1/notices", Some(&second.session)).await.expect(200);
    let mut line = bench.stranger().await;
    line.get("/v1/notices", Some(&first.session)).await.refused(403, "device-unknown");
}

#[tokio::test]
async fn tokens_that_are_none_open_nothing() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    line.get("/v1/notices", None).await.refused(401, "session-ended");
    for token in ["", " ", "x", "' OR '1'='1", &device.session[1..], &"A".repeat(4000)] {
        line.get("/v1/notices", Some(token)).await.refused(401, "session-ended");
    }
    let request = || hyper::Request::builder().uri("/v1/notices");
    let good = format!("Bearer {}", device.session);
    let twice = request().header("authorization", &good).header("authorization", &good);
    line.raw("GET", "/v1/notices", twice, vec![]).await.refused(401, "session-ended");
    let basic = request().header("authorization", good.replace("Bearer", "Basic"));
    line.raw("GET", "/v1/notices", basic, vec![]).await.refused(401, "session-ended");
    line.raw("GET", "/v1/notices", request().header("authorization", good), vec![])
        .await
        .expect(200);
}
