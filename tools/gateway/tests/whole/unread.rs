//! An answer comes after the whole request, whatever it says: a connection that ends over
//! unread bytes may take the answer with it.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::client::TlsStream;

use crate::bench::{Bench, connect, connect_to};

/// In which an answer that waits for nothing would be there.
const EARLY: Duration = Duration::from_millis(200);
/// More than one record of TLS, less than any limit of the contract.
const LENGTH: usize = 60_000;

/// What is answered to a request of which first the half comes and then the rest.
async fn answer(stream: &mut TlsStream<TcpStream>, asked: &str, kind: &str, length: usize) -> u16 {
    begin(stream, asked, kind, length).await;
    end(stream, asked, length).await
}

async fn begin(stream: &mut TlsStream<TcpStream>, asked: &str, kind: &str, length: usize) {
    let head = format!(
        "{asked} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {kind}\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\n"
    );
    let half = vec![b' '; length / 2];
    stream.write_all(&[head.as_bytes(), &half].concat()).await.expect("sent");
    stream.flush().await.expect("sent");
    let early = timeout(EARLY, stream.read(&mut [0])).await;
    assert!(early.is_err(), "{asked}: an answer to half a request");
}

async fn end(stream: &mut TlsStream<TcpStream>, asked: &str, length: usize) -> u16 {
    stream.write_all(&vec![b' '; length - length / 2]).await.expect("sent");
    stream.flush().await.expect("sent");
    status(stream, asked).await
}

/// Of the answer, after which the connection ends as it should.
async fn status(stream: &mut TlsStream<TcpStream>, asked: &str) -> u16 {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    let text = String::from_utf8_lossy(&bytes);
    assert!(end.is_ok(), "{asked}: {end:?} after {text:?}");
    let status = text.split(' ').nth(1).and_then(|it| it.parse().ok());
    status.unwrap_or_else(|| panic!("{asked}: {text:?}"))
}

#[tokio::test]
async fn who_is_refused_was_heard_to_the_end() {
    let bench = Bench::start().await;
    const JSON: &str = "application/json";
    for (asked, kind, length, expected) in [
        ("POST /v1/devices/current/journal", JSON, LENGTH, 403),
        ("POST /v1/devices/current/journal", JSON, 4 * LENGTH, 403),
        ("POST /v1/devices", "text/plain", LENGTH, 415),
        ("POST /v1/devices", JSON, LENGTH, 400),
        ("POST /v1/devices", JSON, 4 * LENGTH, 413),
        ("POST /v1/nothing", JSON, LENGTH, 404),
        ("POST /v1/terms", JSON, LENGTH, 405),
        ("GET /v1/notices", JSON, LENGTH, 403),
    ] {
        let mut stream = connect(&bench, None).await;
        assert_eq!(answer(&mut stream, asked, kind, length).await, expected, "{asked} {kind}");
    }
    let device = bench.enrol().await;
    let mut stream = connect(&bench, Some((&device.chain, &device.key))).await;
    let asked = "POST /v1/checks";
    assert_eq!(answer(&mut stream, asked, JSON, LENGTH).await, 401, "{asked}");
}

/// Who asks is looked at when all is there.
#[tokio::test]
async fn a_device_that_is_revoked_meanwhile_is_refused() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut stream = connect(&bench, Some((&device.chain, &device.key))).await;
    let asked = "POST /v1/devices/current/journal";
    begin(&mut stream, asked, "application/json", LENGTH).await;
    assert!(bench.store.revoke_device(&device.id, bench.now()).await.expect("asked"));
    assert_eq!(end(&mut stream, asked, LENGTH).await, 403);
}

#[tokio::test]
async fn a_form_that_is_refused_was_heard_to_the_end() {
    let bench = Bench::start().await;
    const FORM: &str = "application/x-www-form-urlencoded";
    for (asked, kind, length, expected) in [
        ("POST /login", FORM, 10_000, 403),
        ("POST /login", "text/plain", LENGTH, 415),
        ("POST /login", FORM, 4 * LENGTH, 403),
        ("POST /menu", FORM, LENGTH, 405),
        ("POST /nothing", FORM, LENGTH, 404),
    ] {
        let mut stream = connect_to(&bench, bench.portal, None).await;
        assert_eq!(answer(&mut stream, asked, kind, length).await, expected, "{asked} {kind}");
    }
}

#[tokio::test]
async fn nobody_is_heard_forever() {
    let bench = Bench::start().await;
    let mut stream = connect(&bench, None).await;
    let head = "POST /v1/devices HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000000\r\n\
                content-type: application/json\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.write_all(&vec![b' '; 1024 * 1024 + 1]).await.expect("sent");
    stream.flush().await.expect("sent");
    assert_eq!(status(&mut stream, "without an end").await, 413);
}
