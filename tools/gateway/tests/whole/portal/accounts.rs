//! アカウント管理（登録）, アカウント管理（更新）, パスワード変更.

use time::{Duration, macros::format_description};

use super::browser::{ADMIN, ADMIN_PASSWORD, Browser, Seen, administrator, portal};
use crate::bench::{Bench, FACILITY, PASSWORD, USER};

const PATH: &str = "/registration";
const FIRST: &str = "First-2026!";

/// Fields that are good, with some changed.
fn fields<'a>(changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let good = [
        ("authority", "medical"),
        ("user_id", "ward3"),
        ("name", "三病棟 <b>&\"'"),
        ("kana", "サンビョウトウ"),
        ("starts_on", "2026-01-01"),
        ("password", FIRST),
        ("password_again", FIRST),
    ];
    let change = |(name, value)| {
        let other = changed.iter().find(|(it, _)| *it == name);
        (name, other.map_or(value, |(_, value)| *value))
    };
    good.into_iter().map(change).collect()
}

async fn made(bench: &Bench) -> Browser {
    let mut browser = administrator(bench, FACILITY).await;
    browser.get(PATH).await;
    browser.submit(PATH, &fields(&[])).await;
    browser
}

async fn log_in(bench: &Bench, user: &str, password: &str) -> Seen {
    Browser::open(bench).await.log_in(FACILITY, user, password).await
}

/// seed 49-50, 52-53, 55
#[tokio::test]
async fn an_account_is_registered() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let seen = browser.get(PATH).await;
    for label in ["権限区分", "ユーザID", "ユーザ名", "ユーザ名（カナ）", "利用開始年月日"]
    {
        seen.shows(&[&format!(">{label} <span class=\"must\">必須</span>")]);
    }
    seen.shows(&["<span>一般利用者</span>", "<span>医療情報閲覧</span>", ">登録</button>"]);
    seen.hides(&["checked"]);
    let seen = browser.submit(PATH, &fields(&[])).await;
    seen.shows(&["アカウントを登録しました", "value=\"三病棟 &lt;b&gt;&amp;&quot;'\""]);
    seen.shows(&["<dd>ward3</dd>", "<dd>2026/01/01</dd>", "<dd>未ログイン</dd>"]);
    seen.shows(&["value=\"medical\" checked>"]);
    let kept = bench.store.member(FACILITY, "ward3").await.expect("asked").expect("kept");
    assert_eq!(kept.authority, reference_gateway::store::Authority::Medical);
    // A user id is given once.
    browser.get(PATH).await;
    let seen = browser.post(PATH, &fields(&[("name", "別の人")])).await;
    seen.is(422, &["すでに使われています", "value=\"別の人\""]);
    let seen = browser.post(PATH, &fields(&[("user_id", ADMIN)])).await;
    seen.is(422, &["すでに使われています"]);
}

/// seed 51
#[tokio::test]
async fn a_user_id_has_two_to_eight_half_width_letters_and_digits() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    for wrong in ["", "a", "123456789", "ａｂｃ", "a b", "a_b", "<b>", "' OR 1"] {
        let seen = browser.post(PATH, &fields(&[("user_id", wrong)])).await;
        seen.is(422, &["<li><a href=\"#user_id\">ユーザID"]);
    }
    for right in ["ab", "12345678"] {
        browser.submit(PATH, &fields(&[("user_id", right)])).await;
    }
}

/// seed 50, 51-54, 92-93: every wrong field at once; what was typed stays, passwords do not.
#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    let wrong = [
        ("authority", "admin"),
        ("user_id", "あ"),
        ("name", "\u{202E}abc"),
        ("kana", ""),
        ("starts_on", "2026-02-30"),
        ("password", "weak-password"),
        ("password_again", "other"),
    ];
    let seen = browser.post(PATH, &wrong).await;
    seen.is(422, &["role=\"alert\""]);
    for (field, _) in wrong {
        seen.shows(&[&format!("<li><a href=\"#{field}\">"), &format!("id=\"{field}-error\"")]);
        seen.shows(&[&format!("id=\"{field}\"")]);
    }
    seen.shows(&["value=\"あ\"", "value=\"2026-02-30\""]);
    seen.hides(&["weak-password", "checked"]);
    // Nothing at all is as wrong as everything.
    let seen = browser.post(PATH, &[]).await;
    assert_eq!((seen.status, seen.text.matches("<li><a href=\"#").count()), (422, 6));
    for weak in ["Abcde1!", "Abcdefghijklmnopqr1!x", "abcdef1!", "ABCDEF1!", "Abcdefg!", "Abcdef12"]
    {
        let seen =
            browser.post(PATH, &fields(&[("password", weak), ("password_again", weak)])).await;
        seen.is(422, &["パスワードの決まりに合っていません"]);
        seen.hides(&[weak]);
    }
    assert!(bench.store.member(FACILITY, "ward3").await.expect("asked").is_none());
}

/// seed 54: before its day an account is of no use, in Japan's time.
#[tokio::test]
async fn an_account_begins_on_its_day() {
    let bench = portal().await;
    let now = time::OffsetDateTime::from_unix_timestamp(bench.now()).expect("a time");
    let tomorrow = now.to_offset(time::macros::offset!(+9)).date() + Duration::days(1);
    let day = tomorrow.format(format_description!("[year]-[month]-[day]")).expect("a form");
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    let seen = browser.submit(PATH, &fields(&[("starts_on", &day)])).await;
    seen.shows(&["利用開始前", &day.replace('-', "/")]);
    let until = tomorrow.midnight().assume_offset(time::macros::offset!(+9)) - now;
    bench.step(until - Duration::seconds(2));
    let seen = log_in(&bench, "ward3", FIRST).await;
    seen.is(403, &[&format!("{} から利用できます", day.replace('-', "/"))]);
    bench.step(Duration::seconds(2));
    log_in(&bench, "ward3", FIRST).await.is(200, &["ログインできました"]);
}

/// seed 56, 57: the first login at the portal is what a device waits for.
#[tokio::test]
async fn an_account_logs_in_at_the_portal_first() {
    let bench = portal().await;
    made(&bench).await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let login = serde_json::json!({ "user_id": "ward3", "password": FIRST });
    line.post("/v1/sessions", None, &login).await.refused(403, "account-never-used");
    let mut ward = Browser::open(&bench).await;
    // A wrong password is no login.
    ward.log_in(FACILITY, "ward3", "Wrong-2026!").await.is(401, &["あと4回"]);
    line.post("/v1/sessions", None, &login).await.refused(403, "account-never-used");
    let seen = ward.log_in(FACILITY, "ward3", FIRST).await;
    seen.is(200, &["ログインできました", "href=\"/password\""]);
    let answer = line.post("/v1/sessions", None, &login).await;
    assert_eq!(answer.json()["account_authority"], "medical");
    // It may change its password, and that is all that it sees.
    seen.hides(&["/codes", "/accounts", "/environment", "/devices", "/audit"]);
    ward.get("/password").await;
    let change =
        [("old_password", FIRST), ("password", "Later-2026!"), ("password_again", "Later-2026!")];
    ward.submit("/password", &change).await.shows(&["パスワードを変更しました"]);
    line.post("/v1/sessions", None, &login).await.refused(401, "wrong-credentials");
    log_in(&bench, "ward3", "Later-2026!").await.is(200, &[]);
}

#[tokio::test]
async fn an_account_is_changed() {
    let bench = portal().await;
    let mut browser = made(&bench).await;
    browser.get("/accounts").await.is(200, &["href=\"/accounts/ward3\"", "医療情報閲覧", USER]);
    browser.get("/accounts/ward3").await.shows(&["<dd>ward3</dd>"]);
    let change = [("authority", "general"), ("name", "四病棟"), ("kana", "ヨンビョウトウ")];
    let seen = browser.submit("/accounts/ward3", &change).await;
    seen.shows(&["更新しました", "value=\"四病棟\"", "value=\"general\" checked>"]);
    let wrong = [("authority", ""), ("name", ""), ("kana", "ヨン")];
    let seen = browser.post("/accounts/ward3", &wrong).await;
    seen.is(422, &["#authority", "#name", "value=\"ヨン\""]);
    seen.hides(&["#kana"]);
    for path in ["/accounts/nobody", "/accounts/admin01", "/accounts/a%20b", "/accounts/%00"] {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
        assert_eq!(browser.post(path, &change).await.status, 404, "{path}");
    }
}

/// Stopped, an account's sessions and the devices that it registered are out at once.
#[tokio::test]
async fn a_stopped_account_is_out_at_once() {
    let bench = portal().await;
    let mut browser = made(&bench).await;
    let mut ward = Browser::open(&bench).await;
    ward.log_in(FACILITY, "ward3", FIRST).await.is(200, &[]);
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    for user in ["ward3", USER] {
        let path = format!("/accounts/{user}/stop");
        browser.get(&path).await.is(200, &["よろしいですか", user]);
        browser.submit(&path, &[]).await.shows(&["利用を停止しました", "利用停止"]);
        assert_eq!(browser.post(&path, &[]).await.status, 404);
    }
    ward.get("/menu").await.leads_to_login();
    log_in(&bench, "ward3", FIRST).await.is(401, &["あと4回"]);
    line.get("/v1/notices", Some(&device.session)).await.refused(403, "device-unknown");
    browser.get("/accounts/ward3").await.hides(&["更新</button>"]);
    let change = [("authority", "general"), ("name", "四"), ("kana", "ヨン")];
    assert_eq!(browser.post("/accounts/ward3", &change).await.status, 404);
}

/// seed 98: five wrong passwords lock for half an hour; the administrator lifts it.
#[tokio::test]
async fn a_lock_is_lifted_by_the_administrator() {
    let bench = portal().await;
    let mut browser = made(&bench).await;
    for tries_left in [4, 3, 2, 1] {
        let left = format!("あと{tries_left}回");
        log_in(&bench, "ward3", "wrong").await.is(401, &[&left]);
    }
    log_in(&bench, "ward3", "wrong").await.is(423, &["5回まちがえたため", "コールセンター"]);
    log_in(&bench, "ward3", FIRST).await.is(423, &["までは"]);
    browser.get("/accounts/ward3").await.shows(&["ロック中", "ロックを解除する"]);
    browser.submit("/accounts/ward3/unlock", &[]).await.hides(&["ロック中", "ロックを解除する"]);
    log_in(&bench, "ward3", FIRST).await.is(200, &["ログインできました"]);
}

#[tokio::test]
async fn a_password_is_changed_by_whoever_knows_the_old_one() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get("/password").await;
    let new = "Other-2026!";
    let mut change = async |old: &str, password: &str, again: &str| {
        let fields = [("old_password", old), ("password", password), ("password_again", again)];
        browser.post("/password", &fields).await
    };
    change("wrong", new, new).await.is(401, &["あと4回"]);
    change(ADMIN_PASSWORD, "weak", "weak").await.is(422, &["決まりに合っていません"]);
    change(ADMIN_PASSWORD, new, "Other-2026?").await.is(422, &["一致しません"]);
    change("", new, new).await.is(422, &["現在のパスワードを入力してください"]);
    assert_eq!(change(ADMIN_PASSWORD, new, new).await.status, 303);
    log_in(&bench, ADMIN, ADMIN_PASSWORD).await.is(401, &[]);
    log_in(&bench, ADMIN, new).await.is(200, &["メニュー"]);
    // Of the account that a device uses, too: both are one.
    log_in(&bench, USER, PASSWORD).await.is(200, &["ログインできました"]);
}

/// seed 56, 92-93: a forgotten password. The old one, its lock and who is logged in with it are
/// gone; what a device needs to log in is what it was.
#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_administrator() {
    let bench = portal().await;
    let mut browser = made(&bench).await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let mut ward = Browser::open(&bench).await;
    ward.log_in(FACILITY, USER, PASSWORD).await.is(200, &[]);
    for _ in 0..5 {
        log_in(&bench, USER, "forgotten").await;
    }
    browser
        .get("/accounts/kiosk01")
        .await
        .shows(&["ロック中", "href=\"/accounts/kiosk01/password\""]);
    let path = "/accounts/kiosk01/password";
    let seen = browser.get(path).await;
    seen.is(200, &["<h1>パスワードの再設定</h1>", "<dd>kiosk01</dd>", ">再設定</button>"]);
    let fields = |password, again| [("password", password), ("password_again", again)];
    let (next, weak) = ("Second-2026!", "second-2026");
    browser.post(path, &fields(weak, weak)).await.is(422, &["決まりに合っていません"]);
    let seen = browser.post(path, &fields(next, "Second-2026?")).await;
    seen.is(422, &["一致しません"]);
    seen.hides(&[next]);
    ward.get("/menu").await.is(200, &[USER]);
    browser.submit(path, &fields(next, next)).await.shows(&["再設定しました", "<dd>利用中</dd>"]);

    ward.get("/menu").await.leads_to_login();
    log_in(&bench, USER, PASSWORD).await.is(401, &["あと4回"]);
    log_in(&bench, USER, next).await.is(200, &["ログインできました"]);
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
    let login = |user, password| serde_json::json!({ "user_id": user, "password": password });
    line.post("/v1/sessions", None, &login(USER, next)).await.expect(201);
    // One that has never logged in has not done so now.
    browser.submit("/accounts/ward3/password", &fields(next, next)).await.shows(&["未ログイン"]);
    let refused = line.post("/v1/sessions", None, &login("ward3", next)).await;
    refused.refused(403, "account-never-used");

    let seen = browser.get("/audit").await;
    seen.shows(&["パスワードの再設定", "kiosk01"]);
    seen.hides(&[next]);
    browser.submit("/accounts/ward3/stop", &[]).await;
    for user in ["ward3", ADMIN, "nobody"] {
        let path = format!("/accounts/{user}/password");
        assert_eq!(browser.get(&path).await.status, 404, "{path}");
        assert_eq!(browser.post(&path, &fields(next, next)).await.status, 404, "{path}");
    }
}
