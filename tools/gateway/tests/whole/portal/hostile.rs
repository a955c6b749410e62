//! Texts that would like to be something else, bodies that are none, and clients that dawdle.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::browser::{ADMIN, ADMIN_PASSWORD, Browser, administrator, portal};
use crate::bench::{Bench, FACILITY, connect_to};

const FORM: &str = "application/x-www-form-urlencoded";
/// SQL and HTML, and what else breaks out of its place.
const TEXTS: &[&str] = &[
    "' OR '1'='1",
    "'; DROP TABLE accounts; --",
    "\"><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</title></textarea><b>",
    "&lt;b&gt;&amp;#39;",
    "{{7*7}} ${7*7}",
    "%00%0d%0a %27",
    "$1",
    "../../etc/passwd",
    "𠮷野 髙﨑",
];
/// What no text may hold.
const UNSEEN: &[&str] = &["a\u{0}b", "a\r\nSet-Cookie: x=1", "\u{1b}[2J", "\u{202E}x", "\t"];

/// As it has to stand in a page.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;")
}

#[tokio::test]
async fn a_memo_and_names_are_shown_as_they_were_typed() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get("/codes").await;
    for text in TEXTS {
        bench.step(time::Duration::seconds(1));
        browser.submit("/codes", &[("memo", text)]).await.shows(&[&escaped(text)]);
        browser.get("/accounts/kiosk01").await;
        let change = [("authority", "general"), ("name", text), ("kana", text)];
        let seen = browser.submit("/accounts/kiosk01", &change).await;
        assert_eq!(seen.text.matches(&format!("value=\"{}\"", escaped(text))).count(), 2, "{text}");
        browser.get("/accounts").await.shows(&[&escaped(text)]);
    }
    for text in UNSEEN {
        let text = format!("x{text}x");
        assert_eq!(browser.post("/codes", &[("memo", &text)]).await.status, 422, "{text:?}");
        let change = [("authority", "general"), ("name", &*text), ("kana", "x")];
        assert_eq!(browser.post("/accounts/kiosk01", &change).await.status, 422, "{text:?}");
    }
    // Their memos stand in the record, too.
    browser.get("/audit").await.shows(&[&escaped(TEXTS[2])]);
}

#[tokio::test]
async fn no_field_is_more_than_a_field() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get("/registration").await;
    let good = [
        ("authority", "general"),
        ("user_id", "ward9"),
        ("name", "x"),
        ("kana", "x"),
        ("starts_on", "2026-01-01"),
        ("password", "First-2026!"),
        ("password_again", "First-2026!"),
    ];
    for field in ["authority", "user_id", "starts_on"] {
        for text in TEXTS.iter().chain(UNSEEN) {
            let fields = good.map(|(name, it)| (name, if name == field { *text } else { it }));
            let seen = browser.post("/registration", &fields).await;
            assert_eq!(seen.status, 422, "{field} {text:?}");
        }
    }
    for text in TEXTS.iter().chain(UNSEEN) {
        for path in ["/codes/confirm", "/codes/invalidate"] {
            assert_eq!(browser.post(path, &[("code", text)]).await.status, 400, "{text:?}");
        }
        assert_eq!(browser.post("/environment", &[("function", text)]).await.status, 422);
        let query: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for path in ["/codes?page=", "/accounts?page=", "/devices?page=", "/audit?page=", "/codes?"]
        {
            assert_eq!(browser.get(&format!("{path}{query}")).await.status, 200, "{text:?}");
        }
        for path in ["/accounts/", "/devices/"] {
            assert_eq!(browser.get(&format!("{path}{query}")).await.status, 404, "{text:?}");
        }
    }
    // All of this left everything where it was.
    browser.get("/accounts").await.shows(&["検索結果：1件"]);
    browser.get("/codes").await.shows(&["検索結果：0件"]);
}

#[tokio::test]
async fn the_login_takes_any_text_for_a_text() {
    let bench = portal().await;
    let mut browser = Browser::open(&bench).await;
    for text in TEXTS.iter().chain(UNSEEN) {
        for (facility, user) in [(*text, ADMIN), (FACILITY, *text)] {
            let seen = browser.log_in(facility, user, ADMIN_PASSWORD).await;
            assert_eq!(seen.status, 422, "{text:?}");
        }
    }
    for text in &TEXTS[..4] {
        browser.log_in(FACILITY, ADMIN, text).await.is(401, &["違います"]);
    }
    browser.log_in(FACILITY, ADMIN, ADMIN_PASSWORD).await.is(200, &["メニュー"]);
}

#[tokio::test]
async fn bodies_are_forms_and_short() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let origin = format!("https://{}", browser.host);
    let good = format!("form_token={}&memo=x", browser.token);
    let send = async |browser: &mut Browser, kind: &str, body: Vec<u8>| {
        let headers = [("content-type", kind), ("origin", &*origin)];
        browser.send("POST", "/codes", &headers, body).await.status
    };
    for kind in [
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
        "",
        "application/x-www-form-urlencoded; charset=shift_jis",
    ] {
        assert_eq!(send(&mut browser, kind, good.clone().into()).await, 415, "{kind}");
    }
    for (body, status) in [
        (Vec::new(), 403),
        (b"&&&===".to_vec(), 403),
        ([good.as_bytes(), b"&memo=y"].concat(), 400),
        ([good.as_bytes(), b"&name=%FF"].concat(), 400),
        ([good.as_bytes(), b"&name=\xFF"].concat(), 400),
        ([good.as_bytes(), "&a&b&c&d&e&f&g&h&i&j&k&l&m&n&o".as_bytes()].concat(), 400),
        ([good.as_bytes(), "x".repeat(16 * 1024).as_bytes()].concat(), 413),
    ] {
        let mut browser = administrator(&bench, FACILITY).await;
        let token = browser.token.clone();
        let body = String::from_utf8_lossy(&body).replace(&good[11..75], &token).into_bytes();
        assert_eq!(send(&mut browser, FORM, body).await, status);
    }
    let compressed = [("content-type", FORM), ("content-encoding", "gzip"), ("origin", &*origin)];
    let mut browser = administrator(&bench, FACILITY).await;
    assert_eq!(browser.send("POST", "/codes", &compressed, good).await.status, 415);
    browser.get("/codes").await.shows(&["検索結果：0件"]);
}

#[tokio::test]
async fn other_paths_and_methods_do_not_exist() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    for path in ["/favicon.ico", "/menu/", "//menu", "/v1/terms", "/codes/123456789012", "/%00"] {
        browser.get(path).await.is(404, &["画面が見つかりません"]);
    }
    for (method, path) in [("PUT", "/codes"), ("DELETE", "/accounts/kiosk01"), ("POST", "/menu")] {
        browser.send(method, path, &[], "").await.is(405, &["この操作はできません"]);
    }
}

/// Everything until the other side closes.
async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut bytes = Vec::new();
    // A connection cut without a farewell is an end, too.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Sends the beginning of something, lets time pass, and gives the answer with the seconds.
async fn dawdle(bench: &Bench, beginning: &str) -> (String, u64) {
    let mut stream = connect_to(bench, bench.portal, None).await;
    stream.write_all(beginning.as_bytes()).await.expect("sent");
    stream.flush().await.expect("sent");
    // From here on waiting takes no time.
    tokio::time::pause();
    let started = tokio::time::Instant::now();
    let answer = rest(&mut stream).await;
    let seconds = started.elapsed().as_secs();
    tokio::time::resume();
    (answer, seconds)
}

#[tokio::test]
async fn a_head_that_does_not_arrive_ends_the_connection() {
    let bench = portal().await;
    for beginning in ["", "GET /login HTTP/1.1\r\nhost: loc"] {
        let (answer, seconds) = dawdle(&bench, beginning).await;
        assert!((20..25).contains(&seconds), "{seconds} s: {answer}");
    }
    let long = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "a".repeat(20_000));
    assert!(dawdle(&bench, &long).await.0.starts_with("HTTP/1.1 431 "));
}

#[tokio::test]
async fn a_form_that_does_not_arrive_is_told_so() {
    let bench = portal().await;
    let mut browser = Browser::open(&bench).await;
    browser.get("/login").await;
    let (host, cookie) = (&browser.host, browser.cookie.as_deref().expect("a cookie"));
    let head = format!(
        "POST /login HTTP/1.1\r\nhost: {host}\r\norigin: https://{host}\r\n\
         cookie: __Host-portal={cookie}\r\ncontent-type: {FORM}\r\ncontent-length: 100\r\n\r\nf"
    );
    let (answer, seconds) = dawdle(&bench, &head).await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("模擬環境"), "{answer}");
    assert!((10..15).contains(&seconds), "{seconds}");
}

/// Whoever fills the portal's places keeps no device out.
#[tokio::test]
async fn a_portal_that_is_full_leaves_devices_alone() {
    let bench = portal().await;
    let device = bench.enrol().await;
    let mut dawdlers = Vec::new();
    for _ in 0..128 {
        dawdlers.push(connect_to(&bench, bench.portal, None).await);
    }
    let one_more = connect_to(&bench, bench.portal, None);
    let early = tokio::time::timeout(std::time::Duration::from_millis(300), one_more).await;
    assert!(early.is_err(), "one more was served");
    bench.line(&device).await.get("/v1/notices", Some(&device.session)).await.expect(200);
    dawdlers.pop();
    Browser::open(&bench).await.get("/").await.is(200, &[]);
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_nobodys_business() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    bench.store.close().await;
    let seen = browser.get("/codes").await;
    seen.is(503, &["ただいま処理できません"]);
    let text = seen.text.to_lowercase();
    assert!(!text.contains("sql") && !text.contains("pool"), "{text}");
    browser.get("/style.css").await.is(200, &[]);
}
