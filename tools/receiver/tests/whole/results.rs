//! Results that come, and what may be wrong with them or with the folder.

use std::{fs, process::Command, time::Duration};

use http_body_util::Full;
use hyper::{Request, body::Bytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::bench::{Answer, Bench, NAME, answer, post, result};

#[tokio::test]
async fn a_result_becomes_one_file_that_says_where_it_comes_from() {
    let bench = Bench::new("utf-8");
    let kiosk = bench.kiosk();
    assert_eq!(bench.send(&kiosk, result()).await, answer(201, NAME));
    let files = bench.files();
    let [(name, bytes)] = &files[..] else { panic!("{files:?}") };
    assert_eq!(name, NAME);
    let mark = bytes.strip_prefix(result().as_bytes()).expect("as it came");
    assert!(std::str::from_utf8(mark).expect("UTF-8").contains("模擬環境"));

    assert_eq!(bench.send(&kiosk, result()).await, answer(200, NAME));
    let other = result().replace("髙橋", "高橋");
    assert_eq!(bench.send(&kiosk, other).await, answer(409, "other-result"));
    assert_eq!(bench.files(), files);

    let log = bench.log();
    assert!(log.contains(NAME) && log.contains("409 other-result"), "{log}");
    for text in ["髙橋", "高橋", "XmlMsg"] {
        assert!(!log.contains(text), "{log}");
    }
}

#[tokio::test]
async fn a_receipt_computer_may_want_shift_jis() {
    let bench = Bench::new("shift_jis");
    let kiosk = bench.kiosk();
    let request = Request::post("/v1/results?simulator=false")
        .header("Host", "localhost")
        .header("Content-Type", "application/xml; charset=utf-8")
        .body(Full::new(Bytes::from(result())))
        .expect("a request");
    assert_eq!(bench.ask(&kiosk, request).await, answer(201, NAME));
    let (_, bytes) = &bench.files()[0];
    let has = |part: &[u8]| bytes.windows(part.len()).any(|it| it == part);
    assert!(has(b"encoding=\"Shift_JIS\"") && has(b"\xFB\xFC\x8B\xB4\x81\x40&#134071;"));
    assert!(bytes.ends_with(b"<!-- Shikaku Kiosk -->\n"));
}

#[tokio::test]
async fn what_is_not_asked_for_is_refused() {
    let bench = Bench::new("utf-8");
    let kiosk = bench.kiosk();
    let body = || Full::new(Bytes::from(result()));
    let ask = async |request: Result<Request<_>, _>| bench.ask(&kiosk, request.expect("one")).await;
    let xml = "application/xml";
    let builder = |request: hyper::http::request::Builder, kind| {
        request.header("Host", "localhost").header("Content-Type", kind).body(body())
    };
    let path = "/v1/results?simulator=true";
    for (request, expected) in [
        (builder(Request::post("/v1/other"), xml), answer(404, "not-found")),
        (builder(Request::put(path), xml), answer(405, "method-not-allowed")),
        (builder(Request::post("/v1/results"), xml), answer(400, "bad-request")),
        (builder(Request::post("/v1/results?simulator=1"), xml), answer(400, "bad-request")),
        (builder(Request::post(path), "text/plain"), answer(415, "unsupported-type")),
    ] {
        assert_eq!(ask(request).await, expected);
    }
    let refused = answer(422, "not-a-result");
    assert_eq!(bench.send(&kiosk, "").await, refused);
    assert_eq!(bench.send(&kiosk, result().replace("99999999", "../")).await, refused);
    assert_eq!(bench.send(&kiosk, "<!DOCTYPE a>".to_owned() + &result()).await, refused);
    let long = result() + &" ".repeat(256 * 1024);
    assert_eq!(bench.send(&kiosk, long).await, answer(413, "too-large"));
    assert!(bench.files().is_empty());
}

#[tokio::test]
async fn a_folder_that_is_missing_is_told_and_nothing_else_is_needed_once_it_is_there() {
    let bench = Bench::new("utf-8");
    let kiosk = bench.kiosk();
    fs::remove_dir(bench.watched()).expect("removed");
    assert_eq!(bench.send(&kiosk, result()).await, answer(503, "folder-missing"));
    assert!(!bench.watched().exists());
    fs::create_dir(bench.watched()).expect("a folder");
    assert_eq!(bench.send(&kiosk, result()).await, answer(201, NAME));
}

/// A file of no bytes can be made, but nothing can be written into it: as on a full disk.
#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_left_on_it() {
    let bench = Bench::start("utf-8", |program| {
        let mut shell = Command::new("sh");
        shell.args(["-c", "ulimit -f 0; trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program);
        shell
    });
    let kiosk = bench.kiosk();
    for _ in 0..2 {
        assert_eq!(bench.send(&kiosk, result()).await, answer(507, "disk-full"));
        assert!(bench.files().is_empty());
    }
}

#[tokio::test]
async fn a_client_that_is_too_slow_is_cut_off_and_others_do_not_notice() {
    let bench = Bench::new("utf-8");
    let kiosk = bench.kiosk();
    let mut silent = bench.connect(Some(&kiosk)).await.expect("TLS");
    let mut slow = bench.connect(Some(&kiosk)).await.expect("TLS");
    slow.write_all(
        b"POST /v1/results?simulator=true HTTP/1.1\r\nHost: localhost\r\n\
          Content-Type: application/xml\r\nContent-Length: 1000\r\n\r\n<XmlMsg>",
    )
    .await
    .expect("written");
    assert_eq!(bench.send(&kiosk, result()).await, answer(201, NAME));
    let within = Duration::from_secs(30);
    let mut said = String::new();
    let told = tokio::time::timeout(within, slow.read_to_string(&mut said)).await;
    told.expect("it is cut off").expect("an answer");
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("too-slow"), "{said}");
    // Without a word, and so without an end of TLS.
    let told = tokio::time::timeout(within, silent.read_to_end(&mut Vec::new())).await;
    assert!(told.expect("it is cut off").is_err());
    assert_eq!(bench.files().len(), 1);
}

#[tokio::test]
async fn forty_kiosks_send_at_once() {
    let bench = Bench::new("utf-8");
    let kiosk = bench.kiosk();
    let (bench, kiosk) = (&bench, &kiosk);
    let number = |number: u32| result().replace("99999999", &format!("{number:08}"));
    let sending = (0..40).map(|it| bench.send(kiosk, number(it)));
    let mut answers = Vec::new();
    for sent in futures(sending).await {
        answers.push(sent);
    }
    assert!(answers.iter().all(|Answer(status, _)| *status == 201), "{answers:?}");
    assert_eq!(bench.files().len(), 40);
}

/// All of them at once, in one task.
async fn futures<F: Future>(all: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<_> = all.map(Box::pin).collect();
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        waiting.retain_mut(|it| match it.as_mut().poll(context) {
            std::task::Poll::Ready(output) => {
                done.push(output);
                false
            }
            std::task::Poll::Pending => true,
        });
        if waiting.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}

#[tokio::test]
async fn one_connection_serves_one_result_after_the_other() {
    let bench = Bench::new("utf-8");
    let kiosk = bench.kiosk();
    let stream = bench.connect(Some(&kiosk)).await.expect("TLS");
    let (mut sender, connection) = hyper::client::conn::http1::handshake::<_, Full<Bytes>>(
        hyper_util::rt::TokioIo::new(stream),
    )
    .await
    .expect("HTTP");
    tokio::spawn(async move { drop(connection.await) });
    for number in 0..3 {
        let body = result().replace("99999999", &format!("{number:08}"));
        let request = post().body(Full::new(body.into())).expect("a request");
        let response = sender.send_request(request).await.expect("an answer");
        assert_eq!(response.status(), 201);
        sender.ready().await.expect("still open");
    }
    assert_eq!(bench.files().len(), 3);
}
