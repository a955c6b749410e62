//! Who is logged in, for how long, and under which cookie.

use time::Duration;

use super::browser::{ADMIN, ADMIN_PASSWORD, Browser, administrator, portal, put_administrator};
use crate::bench::{FACILITY, PASSWORD, USER};

#[tokio::test]
async fn a_cookie_is_for_this_host_over_https_and_no_script() {
    let bench = portal().await;
    let mut browser = Browser::open(&bench).await;
    let seen = browser.get("/login").await;
    let before = browser.cookie.clone().expect("a cookie");
    let attributes = "; Path=/; Secure; HttpOnly; SameSite=Strict";
    assert_eq!(seen.cookie(), Some(&*format!("__Host-portal={before}{attributes}")));
    assert_eq!(before.len(), 43);
    let fields = [("facility_code", FACILITY), ("user_id", ADMIN), ("password", ADMIN_PASSWORD)];
    let seen = browser.post("/login", &fields).await;
    let after = browser.cookie.clone().expect("a cookie");
    assert_eq!(seen.cookie(), Some(&*format!("__Host-portal={after}{attributes}")));
    // Neither the token nor anything that opens the door is in the database.
    let row: (String,) = sqlx::query_as("SELECT token_hash FROM portal_sessions")
        .fetch_one(&bench.database().await)
        .await
        .expect("one session");
    assert!(row.0.len() == 64 && row.0 != after, "{}", row.0);
}

/// A cookie that was planted before the login is worth nothing after it.
#[tokio::test]
async fn the_cookie_changes_at_login_and_at_a_change_of_password() {
    let bench = portal().await;
    let mut victim = Browser::open(&bench).await;
    victim.get("/login").await;
    let planted = victim.cookie.clone();
    victim.log_in(FACILITY, ADMIN, ADMIN_PASSWORD).await.is(200, &["メニュー"]);
    assert_ne!(victim.cookie, planted);
    let mut attacker = Browser::open(&bench).await;
    attacker.cookie = planted;
    attacker.get("/menu").await.leads_to_login();

    let stolen = victim.cookie.clone();
    let mut elsewhere = administrator(&bench, FACILITY).await;
    victim.get("/password").await;
    let new = "Other-2026!";
    let change = [("old_password", ADMIN_PASSWORD), ("password", new), ("password_again", new)];
    victim.submit("/password", &change).await.shows(&["パスワードを変更しました"]);
    assert_ne!(victim.cookie, stolen);
    attacker.cookie = stolen;
    attacker.get("/menu").await.leads_to_login();
    elsewhere.get("/menu").await.leads_to_login();
    victim.get("/menu").await.is(200, &[]);
    // A second login in one browser leaves nothing open, either.
    let before = victim.cookie.clone();
    let token = victim.token.clone();
    let fields = [("facility_code", FACILITY), ("user_id", ADMIN), ("password", new)];
    assert_eq!(victim.post_with("/login", &token, &fields).await.location(), "/menu");
    attacker.cookie = before;
    attacker.get("/menu").await.leads_to_login();
}

#[tokio::test]
async fn a_password_changed_at_a_kiosk_ends_the_sessions_of_the_portal() {
    let bench = portal().await;
    let mut browser = Browser::open(&bench).await;
    browser.log_in(FACILITY, USER, PASSWORD).await.is(200, &["ログインできました"]);
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let body = serde_json::json!({ "old_password": PASSWORD, "new_password": "Abcdef1!" });
    line.put("/v1/account/password", Some(&device.session), &body).await.expect(204);
    browser.get("/menu").await.leads_to_login();
}

#[tokio::test]
async fn fifteen_idle_minutes_end_a_session() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    for _ in 0..3 {
        bench.step(Duration::seconds(15 * 60 - 1));
        browser.get("/menu").await.is(200, &[]);
    }
    bench.step(Duration::minutes(15));
    let seen = browser.get("/menu").await;
    assert_eq!((seen.status, seen.location()), (303, "/login?ended"));
    browser.get("/login?ended").await.is(200, &["ログアウトしました"]);
    // A form of before says so, too, and does nothing.
    browser.post("/codes", &[("memo", "late")]).await.leads_to_login();
}

#[tokio::test]
async fn eight_hours_end_a_session_in_any_case() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    for _ in 0..47 {
        bench.step(Duration::minutes(10));
        browser.get("/menu").await.is(200, &[]);
    }
    bench.step(Duration::minutes(10));
    browser.get("/menu").await.leads_to_login();
}

#[tokio::test]
async fn logout_ends_the_session_for_good() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let cookie = browser.cookie.clone();
    assert_eq!(browser.get("/logout").await.status, 405);
    let seen = browser.post("/logout", &[]).await;
    assert_eq!((seen.status, seen.location()), (303, "/"));
    assert!(seen.cookie().expect("taken away").contains("Max-Age=0"), "{seen:?}");
    assert_eq!(browser.cookie, None);
    browser.cookie = cookie;
    browser.get("/menu").await.leads_to_login();
}

#[tokio::test]
async fn five_wrong_passwords_lock_whoever_it_is() {
    let bench = portal().await;
    for (facility, user) in [(FACILITY, ADMIN), (FACILITY, "nobody"), ("1399999999", ADMIN)] {
        let mut texts = Vec::new();
        for tries_left in [4, 3, 2, 1] {
            let mut browser = Browser::open(&bench).await;
            let seen = browser.log_in(facility, user, "Wrong-2026!").await;
            seen.is(401, &[&format!("違います。あと{tries_left}回"), &format!("value=\"{user}\"")]);
            seen.hides(&["Wrong-2026!"]);
            texts.push(seen.text);
        }
        let mut browser = Browser::open(&bench).await;
        browser.log_in(facility, user, "Wrong-2026!").await.is(423, &["5回まちがえたため"]);
        browser.log_in(facility, user, ADMIN_PASSWORD).await.is(423, &["5回まちがえたため"]);
        bench.step(Duration::minutes(30) - Duration::seconds(1));
        browser.log_in(facility, user, ADMIN_PASSWORD).await.is(423, &["5回まちがえたため"]);
    }
    bench.step(Duration::seconds(1));
    let mut browser = administrator(&bench, FACILITY).await;
    // What failed stands in the record, for accounts that there are.
    let seen = browser.get("/audit").await;
    seen.shows(&["ログイン失敗"]);
    seen.hides(&["nobody", "Wrong-2026!"]);
}

/// The try is charged before the password is compared.
#[tokio::test]
async fn guesses_at_once_are_counted_each() {
    let bench = portal().await;
    let guess = async || Browser::open(&bench).await.log_in(FACILITY, ADMIN, "wrong").await.status;
    let seen = tokio::join!(guess(), guess(), guess(), guess(), guess(), guess(), guess());
    let seen: [u16; 7] = seen.into();
    assert_eq!(seen.iter().filter(|status| **status == 401).count(), 4, "{seen:?}");
}

#[tokio::test]
async fn an_administrator_made_anew_is_unlocked_and_logged_out() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    for _ in 0..5 {
        Browser::open(&bench).await.log_in(FACILITY, ADMIN, "wrong").await;
    }
    put_administrator(&bench, FACILITY, ADMIN, "Fresh-2026!").await;
    browser.get("/menu").await.leads_to_login();
    browser.log_in(FACILITY, ADMIN, "Fresh-2026!").await.is(200, &["メニュー"]);
}

/// Every page but the first two is for whoever is logged in.
#[tokio::test]
async fn nothing_is_shown_to_strangers() {
    let bench = portal().await;
    let mut stranger = Browser::open(&bench).await;
    for path in [
        "/menu",
        "/environment",
        "/terms",
        "/codes",
        "/registration",
        "/accounts",
        "/accounts/x1",
        "/accounts/x1/password",
        "/accounts/x1/stop",
        "/password",
        "/devices",
        "/devices/x",
        "/people",
        "/notices",
        "/audit",
    ] {
        stranger.cookie = None;
        stranger.get(path).await.leads_to_login();
        stranger.cookie = Some("A".repeat(43));
        stranger.get(path).await.leads_to_login();
    }
    for path in [
        "/logout",
        "/environment",
        "/terms",
        "/codes",
        "/codes/confirm",
        "/codes/invalidate",
        "/registration",
        "/accounts/x1",
        "/accounts/x1/unlock",
        "/accounts/x1/password",
        "/accounts/x1/stop",
        "/password",
        "/devices/x/stop",
    ] {
        stranger.post(path, &[]).await.leads_to_login();
    }
}
