//! アクティベーションコード管理.

use rcgen::KeyPair;
use time::Duration;

use super::browser::{Browser, Seen, administrator, portal};
use crate::bench::{FACILITY, registration};

const PATH: &str = "/codes";

/// The cells of every row of the list: state, code, memo, what can be done, time.
fn rows(seen: &Seen) -> Vec<[String; 5]> {
    let (_, body) = seen.text.split_once("<tbody>").unwrap_or_default();
    let rows = body.split("<tr>").skip(1).map(|row| {
        let cells: Vec<String> = row.split("<td").skip(1).map(words).collect();
        cells.try_into().expect("five columns")
    });
    rows.collect()
}

/// What a cell says, without its elements.
fn words(cell: &str) -> String {
    let (_, inside) = cell.split_once('>').expect("a cell");
    let inside = inside.split("</td>").next().expect("an end");
    inside.split('<').map(|it| it.rsplit('>').next().unwrap_or_default()).collect()
}

async fn issue(browser: &mut Browser, memo: &str) -> Seen {
    browser.submit(PATH, &[("memo", memo)]).await
}

/// seed 32-35, 39, 41: the code is numbered by itself, the memo is typed first.
#[tokio::test]
async fn a_code_is_issued_for_a_memo() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    let seen = browser.get(PATH).await;
    seen.is(
        200,
        &["<h2>アクティベーションコード発行</h2>", "<dd>自動付番</dd>", ">端末識別メモ情報 "],
    );
    seen.shows(&[">発行</button>", "検索結果：0件", "端末単位に設定する必要があります"]);
    let seen = browser.post(PATH, &[("memo", "  　")]).await;
    seen.is(422, &["端末識別メモ情報を入力してください。"]);
    let long = "病".repeat(51);
    browser.post(PATH, &[("memo", &long)]).await.is(422, &[&long, "50文字まで"]);
    assert!(rows(&browser.get(PATH).await).is_empty());

    let seen = issue(&mut browser, "Bのタブレット").await;
    let [[state, code, memo, action, _]] = &rows(&seen)[..] else { panic!("{}", seen.text) };
    assert!(code.len() == 12 && code.bytes().all(|it| it.is_ascii_digit()), "{code}");
    assert_eq!((memo.as_str(), action.as_str()), ("Bのタブレット", "無効化する"));
    assert!(state.starts_with("未登録"), "{state}");
    seen.shows(&[&format!("<strong class=\"code\">{code}</strong>")]);
}

/// seed 42-46: one press, one code; the newest first; times of Japan to the minute.
#[tokio::test]
async fn codes_are_listed_newest_first() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    for memo in ["Aのスマホ1", "Aのスマホ2", "Bのタブレット"] {
        bench.step(Duration::minutes(1));
        issue(&mut browser, memo).await;
    }
    let seen = browser.get(PATH).await;
    seen.shows(&["検索結果：3件　1-3件表示", "&lt;&lt;前へ", "次へ&gt;&gt;"]);
    let rows = rows(&seen);
    let memos: Vec<&str> = rows.iter().map(|row| row[2].as_str()).collect();
    assert_eq!(memos, ["Bのタブレット", "Aのスマホ2", "Aのスマホ1"]);
    let now = time::OffsetDateTime::from_unix_timestamp(bench.now()).expect("a time");
    let now = now.to_offset(time::macros::offset!(+9));
    let form = time::macros::format_description!("[year]/[month]/[day] [hour]:[minute]");
    assert_eq!(rows[0][4], now.format(form).expect("a form"));
    assert_eq!(rows[2][4], (now - Duration::minutes(2)).format(form).expect("a form"));
    // Also those of one second, as the one that is shown first.
    for number in 1..=8 {
        let memo = format!("Cの端末{number}");
        let seen = issue(&mut browser, &memo).await;
        seen.shows(&[&format!("</strong>　{memo}</p>"), &format!("検索結果：{}件", number + 3)]);
    }
    let rows = self::rows(&browser.get(PATH).await);
    let memos: Vec<&str> = rows.iter().map(|row| row[2].as_str()).take(8).collect();
    let expected: Vec<String> = (1..=8).rev().map(|it| format!("Cの端末{it}")).collect();
    assert_eq!(memos, expected);
}

#[tokio::test]
async fn a_reload_issues_nothing() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    let seen = issue(&mut browser, "Aのスマホ1").await;
    assert_eq!(browser.get("/codes?issued").await.text, seen.text);
}

/// seed 42: <<前へ 1 次へ>>
#[tokio::test]
async fn long_lists_are_turned_page_by_page() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    for number in 1..=41 {
        bench.step(Duration::seconds(1));
        issue(&mut browser, &format!("端末{number}")).await;
    }
    let first = browser.get(PATH).await;
    first.shows(&[
        "検索結果：41件　1-20件表示",
        "href=\"/codes?page=2\">次へ&gt;&gt;</a>",
        "端末41",
    ]);
    first.shows(&["<span class=\"off\">&lt;&lt;前へ</span>", "aria-current=\"page\">1</span>"]);
    let middle = browser.get("/codes?page=2").await;
    middle.shows(&["21-40件表示", "href=\"/codes?page=1\"", "href=\"/codes?page=3\"", "端末2<"]);
    let last = browser.get("/codes?page=3").await;
    last.shows(&["41-41件表示", "<span class=\"off\">次へ&gt;&gt;</span>", "端末1<"]);
    browser.get("/codes?page=4").await.is(200, &["検索結果：41件　<"]);
    browser.get("/codes?page=x").await.is(200, &["1-20件表示"]);
}

/// seed 47
#[tokio::test]
async fn the_page_says_from_when_on_a_code_is_usable() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    let seen = issue(&mut browser, "Aのスマホ1").await;
    seen.shows(&["10分程度経過してから利用してください", "から利用可"]);
    let row = rows(&seen).remove(0);
    let key = KeyPair::generate().expect("a key");
    let asked = registration(&row[1], &key);
    bench.register(&asked).await.refused(425, "code-too-young");
    bench.step(Duration::minutes(10));
    assert_eq!(rows(&browser.get(PATH).await)[0][0], "未登録");
    bench.register(&asked).await.expect(201);
    assert_eq!(rows(&browser.get(PATH).await)[0][0], "登録済");
}

/// seed 36, 40: after one more question the code is void, and the device that it registered is
/// out at its next call, also on a line that is open.
#[tokio::test]
async fn an_invalidated_code_ends_its_devices_access_at_once() {
    let bench = portal().await;
    let code = bench.code().await;
    let (device, asked) = bench.enrol_with(&code).await;
    let other = bench.enrol().await;
    let (mut line, mut others) = (bench.line(&device).await, bench.line(&other).await);
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
    others.get("/v1/notices", Some(&other.session)).await.expect(200);

    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    let seen = browser.post("/codes/confirm", &[("code", &code)]).await;
    seen.is(200, &[&code, "bed 3", "よろしいですか", "登録済", "href=\"/codes\">戻る</a>"]);
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
    let seen = browser.submit("/codes/invalidate", &[("code", &code)]).await;
    seen.shows(&["無効化しました"]);
    let row = rows(&seen).into_iter().find(|row| row[1] == code).expect("still listed");
    assert_eq!((row[0].as_str(), row[3].as_str()), ("無効", ""));

    line.get("/v1/notices", Some(&device.session)).await.refused(403, "device-unknown");
    assert!(line.is_closed().await);
    bench.register(&asked).await.refused(403, "code-revoked");
    others.get("/v1/notices", Some(&other.session)).await.expect(200);
    // Twice is once.
    browser.submit("/codes/invalidate", &[("code", &code)]).await.shows(&["すでに無効です"]);
    // The record names the code by its end alone.
    let seen = browser.get("/audit").await;
    seen.shows(&["アクティベーションコードの無効化", &format!("…{} bed 3", &code[8..])]);
    seen.hides(&[&code]);
}

/// seed 36
#[tokio::test]
async fn a_code_that_is_none_is_not_found() {
    let bench = portal().await;
    let mut browser = administrator(&bench, FACILITY).await;
    browser.get(PATH).await;
    for path in ["/codes/confirm", "/codes/invalidate"] {
        for (code, status) in [
            ("", 400),
            ("12345678901", 400),
            ("１２３４５６７８９０１２", 400),
            ("000000000000", 404),
        ] {
            assert_eq!(browser.post(path, &[("code", code)]).await.status, status, "{path} {code}");
        }
        // No code in an address, so no page by address.
        assert_eq!(browser.get(path).await.status, 405);
    }
}
