//! A form is taken from a page of ours that this very browser was given, and from no other.

use super::browser::{ADMIN, ADMIN_PASSWORD, Browser, administrator, portal};
use crate::bench::FACILITY;

/// Every form of an administrator.
const FORMS: &[&str] = &[
    "/login",
    "/logout",
    "/environment",
    "/terms",
    "/codes",
    "/codes/confirm",
    "/codes/invalidate",
    "/registration",
    "/accounts/kiosk01",
    "/accounts/kiosk01/unlock",
    "/accounts/kiosk01/password",
    "/accounts/kiosk01/stop",
    "/password",
    "/devices/00000000-0000-0000-0000-000000000000/stop",
];
const TYPE: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

#[tokio::test]
async fn a_form_without_its_token_is_refused() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let mut other = administrator(&bench, FACILITY).await;
    other.get("/codes").await;
    let token = browser.token.clone();
    let wrong = [String::new(), other.token, token[1..].to_owned(), token.to_uppercase()];
    for path in FORMS {
        for wrong in &wrong {
            let seen = browser.post_with(path, wrong, &[("memo", "x"), ("function", "off")]).await;
            seen.is(403, &["この操作は受け付けられませんでした"]);
        }
        let origin = format!("https://{}", browser.host);
        let seen = browser.send("POST", path, &[TYPE, ("origin", &origin)], "memo=x").await;
        assert_eq!(seen.status, 403, "{path} without a token");
    }
    // Nothing was done, and the token still serves.
    browser.get("/codes").await.shows(&["検索結果：0件"]);
    browser.submit("/codes", &[("memo", "x")]).await.shows(&["検索結果：1件"]);
}

/// The token of the session before is none of this one.
#[tokio::test]
async fn a_token_is_for_one_session() {
    let bench = portal().await;
    let mut browser = Browser::open(&bench).await;
    browser.get("/login").await;
    let before = browser.token.clone();
    browser.log_in(FACILITY, ADMIN, ADMIN_PASSWORD).await.is(200, &[]);
    let first = browser.token.clone();
    assert_ne!(first, before);
    browser.post("/logout", &[]).await;
    browser.log_in(FACILITY, ADMIN, ADMIN_PASSWORD).await.is(200, &[]);
    for old in [before, first] {
        assert_eq!(browser.post_with("/codes", &old, &[("memo", "x")]).await.status, 403);
    }
}

/// With the right token, from another page: a browser says where a form stands.
#[tokio::test]
async fn a_form_on_a_strangers_page_is_refused() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let here = format!("https://{}", browser.host);
    let host = browser.host.clone();
    let strangers: &[&[(&str, &str)]] = &[
        &[TYPE],
        &[TYPE, ("origin", "null")],
        &[TYPE, ("origin", "https://evil.example")],
        &[TYPE, ("origin", &format!("http://{host}"))],
        &[TYPE, ("origin", "https://localhost")],
        &[TYPE, ("origin", &format!("{here}.evil.example"))],
        &[TYPE, ("origin", &here), ("sec-fetch-site", "cross-site")],
        &[TYPE, ("origin", &here), ("sec-fetch-site", "same-site")],
        &[TYPE, ("origin", &here), ("sec-fetch-site", "none")],
    ];
    let body = format!("form_token={}&memo=x", browser.token);
    for path in FORMS {
        for headers in strangers {
            let seen = browser.send("POST", path, headers, body.clone()).await;
            assert_eq!(seen.status, 403, "{path} {headers:?}");
        }
    }
    browser.get("/codes").await.shows(&["検索結果：0件"]);
    let seen = browser.send("POST", "/codes", &[TYPE, ("origin", &here)], body).await;
    assert_eq!(seen.status, 303, "a browser that says no Sec-Fetch-Site: {}", seen.text);
}

#[tokio::test]
async fn a_login_needs_the_cookie_of_its_page() {
    let bench = portal().await;
    let mut browser = Browser::open(&bench).await;
    browser.get("/login").await;
    browser.cookie = None;
    let fields = [("facility_code", FACILITY), ("user_id", ADMIN), ("password", ADMIN_PASSWORD)];
    browser.post("/login", &fields).await.is(403, &["Cookie"]);
    browser.cookie = Some("B".repeat(43));
    assert_eq!(browser.post("/login", &fields).await.status, 403);
}
