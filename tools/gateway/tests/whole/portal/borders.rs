//! Several facilities in one gateway never see each other, and accounts that are no
//! administrators see nothing but their own.

use super::browser::{Browser, ELSEWHERE, administrator, portal};
use crate::bench::{Bench, FACILITY, PASSWORD, USER};

/// What the first facility has: a code, an account, a device.
struct Owned {
    code: String,
    device: String,
}

async fn owned(bench: &Bench) -> Owned {
    let code = bench.code().await;
    let (device, _) = bench.enrol_with(&code).await;
    Owned { code, device: device.id }
}

/// Everything in the database that the first facility has.
async fn snapshot(bench: &Bench) -> Vec<String> {
    let database = bench.database().await;
    let mut all = Vec::new();
    for query in [
        "SELECT code || memo || COALESCE(revoked_at, 0) FROM codes WHERE facility_code = $1",
        "SELECT user_id || name || password_hash || COALESCE(revoked_at, 0) FROM accounts
         WHERE facility_code = $1",
        "SELECT id || COALESCE(revoked_at, 0) FROM devices WHERE facility_code = $1",
        "SELECT function_enabled || terms_version FROM facilities WHERE code = $1",
        "SELECT action || target FROM audit WHERE facility_code = $1",
    ] {
        let rows: Vec<(String,)> =
            sqlx::query_as(query).bind(FACILITY).fetch_all(&database).await.expect("rows");
        all.extend(rows.into_iter().map(|row| row.0));
    }
    all
}

#[tokio::test]
async fn another_facilitys_pages_show_nothing_of_this_one() {
    let bench = portal().await;
    let Owned { code, device } = owned(&bench).await;
    let mut other = administrator(&bench, ELSEWHERE).await;
    let stop = format!("/devices/{device}/stop");
    for path in ["/menu", "/environment", "/codes", "/accounts", "/devices", "/audit"] {
        let seen = other.get(path).await;
        seen.is(200, &[ELSEWHERE]);
        seen.hides(&[FACILITY, &code, USER, &device, "bed 3", "SK-000001"]);
    }
    for path in [
        "/accounts/kiosk01",
        "/accounts/kiosk01/password",
        "/accounts/kiosk01/stop",
        &format!("/devices/{device}"),
        &stop,
    ] {
        let seen = other.get(path).await;
        assert_eq!(seen.status, 404, "{path}");
        seen.hides(&[FACILITY, USER, &device, "SK-000001"]);
    }
    // There they are for the one whose they are.
    let mut own = administrator(&bench, FACILITY).await;
    own.get("/codes").await.shows(&[&code, "bed 3"]);
    own.get(&format!("/devices/{device}")).await.is(200, &["SK-000001"]);
    own.get("/accounts/kiosk01").await.is(200, &[USER]);
}

#[tokio::test]
async fn another_facilitys_forms_change_nothing_of_this_one() {
    let bench = portal().await;
    let Owned { code, device } = owned(&bench).await;
    let before = snapshot(&bench).await;
    let mut other = administrator(&bench, ELSEWHERE).await;
    other.get("/codes").await;
    let account = [("authority", "medical"), ("name", "x"), ("kana", "x")];
    let password = [("password", "Other-2026!"), ("password_again", "Other-2026!")];
    let stop = format!("/devices/{device}/stop");
    for (path, fields) in [
        ("/codes/confirm", &[("code", &*code)][..]),
        ("/codes/invalidate", &[("code", &*code)]),
        ("/accounts/kiosk01", &account),
        ("/accounts/kiosk01/unlock", &[]),
        ("/accounts/kiosk01/password", &password),
        ("/accounts/kiosk01/stop", &[]),
        (&stop, &[]),
    ] {
        assert_eq!(other.post(path, fields).await.status, 404, "{path}");
    }
    // A facility that a form names is not asked.
    other.submit("/environment", &[("function", "off"), ("facility_code", FACILITY)]).await;
    other.submit("/terms", &[("facility_code", FACILITY), ("code", FACILITY)]).await;
    other.submit("/codes", &[("memo", "mine"), ("facility_code", FACILITY)]).await;
    // The same user id in both is two accounts.
    let fields = [
        ("authority", "medical"),
        ("user_id", USER),
        ("name", "x"),
        ("kana", "x"),
        ("starts_on", "2026-01-01"),
        ("password", "Other-2026!"),
        ("password_again", "Other-2026!"),
    ];
    other.submit("/registration", &fields).await.shows(&["登録しました"]);
    other.submit("/accounts/kiosk01/stop", &[]).await;
    assert_eq!(snapshot(&bench).await, before);
}

#[tokio::test]
async fn accounts_see_nothing_but_their_own() {
    let bench = portal().await;
    let Owned { code, device } = owned(&bench).await;
    let mut account = Browser::open(&bench).await;
    let seen = account.log_in(FACILITY, USER, PASSWORD).await;
    seen.is(200, &["ログインできました", USER]);
    let before = snapshot(&bench).await;
    let (of_device, stop) = (format!("/devices/{device}"), format!("/devices/{device}/stop"));
    for path in [
        "/environment",
        "/terms",
        "/codes",
        "/registration",
        "/accounts",
        "/accounts/kiosk01",
        "/accounts/kiosk01/password",
        "/accounts/kiosk01/stop",
        "/devices",
        &of_device,
        &stop,
        "/people",
        "/notices",
        "/audit",
    ] {
        let seen = account.get(path).await;
        seen.is(403, &["管理アカウント用です"]);
        seen.hides(&[&code, &device, "bed 3"]);
    }
    account.get("/menu").await;
    for path in [
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
        &stop,
    ] {
        let fields = [("code", &*code), ("memo", "x"), ("function", "off")];
        assert_eq!(account.post(path, &fields).await.status, 403, "{path}");
    }
    assert_eq!(snapshot(&bench).await, before);
}
