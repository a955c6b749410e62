//! The three preparations, one after the other, and the device that registers with them.

use rcgen::KeyPair;
use serde_json::json;
use time::Duration;

use super::browser::{ADMIN, ADMIN_PASSWORD, Browser, ELSEWHERE, NAME, administrator, portal};
use crate::bench::{Bench, FACILITY, registration};

const NEW_PASSWORD: &str = "Kiosk-2026?";

/// The code that stands in the list first.
fn first_code(text: &str) -> String {
    let (_, after) = text.split_once("<td class=\"code\"").expect("a list of codes");
    let (_, after) = after.split_once('>').expect("a cell");
    after.split('<').next().expect("a code").to_owned()
}

/// Registers a device of the other facility; gives status and code of the answer.
async fn register(bench: &Bench, user: &str, code: &str) -> (u16, String) {
    let mut asked = registration(code, &KeyPair::generate().expect("a key"));
    asked["facility_code"] = json!(ELSEWHERE);
    asked["user_id"] = json!(user);
    asked["password"] = json!(NEW_PASSWORD);
    let answer = bench.register(&asked).await;
    (answer.status, answer.code())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// seed 7, 10, 26-30, 35, 55-57: nothing of it may be left out, and with all of it the device
/// is registered.
#[tokio::test]
async fn three_preparations_let_a_device_register() {
    let bench = portal().await;
    let mut browser = administrator(&bench, ELSEWHERE).await;

    browser.get("/registration").await;
    let fields = [
        ("authority", "general"),
        ("user_id", "ward3"),
        ("name", "三病棟"),
        ("kana", "サンビョウトウ"),
        ("starts_on", "2026-01-01"),
        ("password", NEW_PASSWORD),
        ("password_again", NEW_PASSWORD),
    ];
    browser.submit("/registration", &fields).await.shows(&["一度ログインしてください"]);
    browser.get("/codes").await;
    let seen = browser.submit("/codes", &[("memo", "Aのスマホ1")]).await;
    let code = first_code(&seen.text);

    assert_eq!(register(&bench, "ward3", &code).await, refused(403, "account-never-used"));
    let mut ward = Browser::open(&bench).await;
    ward.log_in(ELSEWHERE, "ward3", NEW_PASSWORD).await.is(200, &["ログインできました"]);
    assert_eq!(register(&bench, "ward3", &code).await, refused(403, "function-not-enabled"));
    browser.get("/terms").await;
    browser.submit("/terms", &[]).await.shows(&["利用規約を確認しました"]);
    browser.submit("/environment", &[("function", "on")]).await.shows(&["更新しました"]);
    assert_eq!(register(&bench, "ward3", &code).await, refused(425, "code-too-young"));
    bench.step(Duration::minutes(10));
    assert_eq!(register(&bench, "ward3", &code).await, refused(201, ""));
    assert_eq!(register(&bench, "ward3", &code).await, refused(403, "code-used"));

    browser.get("/codes").await.shows(&["登録済", "Aのスマホ1"]);
    browser.get("/devices").await.shows(&["SK-000001", "Aのスマホ1", "利用中"]);
    assert_eq!(register(&bench, ADMIN, &code).await.0, 401, "administrators register nothing");
}

/// seed 26
#[tokio::test]
async fn the_start_page_leads_to_the_login() {
    let bench = portal().await;
    let mut browser = Browser::open(&bench).await;
    let seen = browser.get("/").await;
    seen.is(
        200,
        &["href=\"/login\">システムの利用を始める</a>", "<h1>オンライン資格確認等システム"],
    );
    assert_eq!(seen.cookie(), None);
    browser.get("/style.css").await.is(200, &[":root"]);
}

/// seed 27
#[tokio::test]
async fn the_administrator_logs_in_with_user_id_and_password() {
    let bench = portal().await;
    let mut browser = Browser::open(&bench).await;
    let seen = browser.get("/login").await;
    seen.is(200, &["<h1>管理ログイン</h1>", ">ユーザID ", ">パスワード ", ">ログイン</button>"]);
    let seen = browser.log_in(FACILITY, ADMIN, ADMIN_PASSWORD).await;
    seen.is(200, &["<h1>メニュー</h1>", NAME, FACILITY, ADMIN]);
    // Whoever is logged in is not asked again.
    let seen = browser.get("/login").await;
    assert_eq!((seen.status, seen.location()), (303, "/menu"));
}

/// seed 28, 31, 48
#[tokio::test]
async fn the_menu_leads_to_the_preparations() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let seen = browser.get("/menu").await;
    for (group, path, name) in [
        ("環境設定情報管理", "/environment", "環境設定情報更新"),
        ("マイナ資格確認アプリ管理", "/codes", "アクティベーションコード管理"),
        ("アカウント情報管理", "/registration", "アカウント管理（登録）"),
        ("アカウント情報管理", "/accounts", "アカウント管理（更新）"),
        ("アカウント情報管理", "/password", "パスワード変更"),
    ] {
        seen.shows(&[&format!("<h2>{group}</h2>"), &format!("href=\"{path}\">{name}</a>")]);
        // seed 37: and back again.
        browser.get(path).await.is(
            200,
            &[
                &format!("<h1>{name}</h1>"),
                "href=\"/menu\">メニュー</a>",
                "href=\"/menu\">戻る</a>",
            ],
        );
    }
}

/// seed 29
#[tokio::test]
async fn the_terms_are_read_before_the_function_is_turned_on() {
    let bench = portal().await;
    let mut browser = administrator(&bench, ELSEWHERE).await;
    browser.get("/environment").await.shows(&["利用規約を確認してください"]);
    let seen = browser.post("/environment", &[("function", "on")]).await;
    seen.is(422, &["「利用する」にする前に、利用規約を確認してください。"]);
    let facility = async || bench.store.facility(ELSEWHERE).await.expect("asked").expect("there");
    assert!(!facility().await.function_enabled);
    browser
        .get("/terms")
        .await
        .is(200, &["<h1>オンライン資格確認等システム利用規約</h1>", "【模擬環境】", "第6条"]);
    // To look at them is not enough.
    assert_eq!(browser.post("/environment", &[("function", "on")]).await.status, 422);
    browser.submit("/terms", &[]).await.shows(&["確認済みです。"]);
    browser.submit("/environment", &[("function", "on")]).await;
    assert!(facility().await.function_enabled);
}

/// seed 30
#[tokio::test]
async fn the_function_is_used_or_not() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let seen = browser.get("/environment").await;
    seen.is(200, &["外来診療等（通常とは異なる動線）機能", "利用する", "利用しない"]);
    seen.shows(&["value=\"on\" checked>"]);
    browser.submit("/environment", &[("function", "off")]).await.shows(&["value=\"off\" checked>"]);
    for wrong in ["", "yes", "on' OR '1'='1"] {
        let seen = browser.post("/environment", &[("function", wrong)]).await;
        seen.is(422, &["選択してください"]);
    }
    assert_eq!(browser.post("/environment", &[]).await.status, 422);
}

/// seed 9: turned off, the facility's devices are out at their next call, also on lines that
/// are open; turned on again, a login is all they need. Others do not notice.
#[tokio::test]
async fn without_the_function_devices_are_logged_out() {
    let bench = portal().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
    let mut elsewhere = administrator(&bench, ELSEWHERE).await;
    elsewhere.get("/environment").await;
    elsewhere.submit("/environment", &[("function", "off")]).await;
    line.get("/v1/notices", Some(&device.session)).await.expect(200);

    let mut browser = administrator(&bench, FACILITY).await;
    browser.get("/environment").await;
    browser.submit("/environment", &[("function", "off")]).await;
    line.get("/v1/notices", Some(&device.session)).await.refused(401, "session-ended");
    let login = json!({ "user_id": crate::bench::USER, "password": crate::bench::PASSWORD });
    line.post("/v1/sessions", None, &login).await.refused(403, "function-not-enabled");
    browser.get("/terms").await;
    browser.submit("/terms", &[]).await;
    browser.submit("/environment", &[("function", "on")]).await;
    line.get("/v1/notices", Some(&device.session)).await.refused(401, "session-ended");
    let session = line.post("/v1/sessions", None, &login).await.json()["session"].clone();
    line.get("/v1/notices", session.as_str()).await.expect(200);
}
