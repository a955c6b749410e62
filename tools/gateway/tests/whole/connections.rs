//! Slow and idle clients, and what TLS lets in.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use std::time::Duration;

use reference_gateway::gateway::Limits;

use crate::bench::{Bench, connect};

/// Everything until the other side closes.
async fn rest(stream: &mut (impl AsyncReadExt + Unpin)) -> String {
    let mut bytes = Vec::new();
    // A connection cut without a farewell is an end, too.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test]
async fn a_body_that_does_not_arrive_is_told_so() {
    let bench = Bench::start().await;
    let mut stream = connect(&bench, None).await;
    let head = "POST /v1/devices HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                content-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.expect("sent");
    stream.flush().await.expect("sent");
    // From here on ten seconds pass at once.
    tokio::time::pause();
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("\"code\":\"too-slow\""), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_arrive_ends_the_connection() {
    let bench = Bench::start().await;
    for head in ["", "GET /v1/terms HTTP/1.1\r\nhost: loc"] {
        let mut stream = connect(&bench, None).await;
        stream.write_all(head.as_bytes()).await.expect("sent");
        stream.flush().await.expect("sent");
        tokio::time::pause();
        let started = tokio::time::Instant::now();
        rest(&mut stream).await;
        assert!(started.elapsed().as_secs() >= 60, "{:?}", started.elapsed());
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_head_has_a_limit() {
    let bench = Bench::start().await;
    let mut stream = connect(&bench, None).await;
    let head =
        format!("GET /v1/terms HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "a".repeat(20_000));
    stream.write_all(head.as_bytes()).await.expect("sent");
    let answer = rest(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
}

#[tokio::test]
async fn only_tls_is_spoken() {
    let bench = Bench::start().await;
    let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", bench.port)).await.expect("open");
    stream.write_all(b"GET /v1/terms HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("sent");
    let answer = rest(&mut stream).await;
    assert!(!answer.contains("HTTP"), "{answer}");
    // The gateway goes on.
    bench.stranger().await.get("/v1/terms", None).await.expect(200);
}

#[tokio::test]
async fn the_certificate_says_that_this_is_a_simulator() {
    let bench = Bench::start().await;
    let stream = connect(&bench, None).await;
    let (_, tls) = stream.get_ref();
    assert_eq!(tls.protocol_version(), Some(rustls::ProtocolVersion::TLSv1_3));
    assert_eq!(tls.alpn_protocol(), Some(&b"http/1.1"[..]));
    let chain = tls.peer_certificates().expect("a chain");
    assert_eq!(chain.len(), 2);
    let mark = [&[0x0C, 12][..], "模擬環境".as_bytes()].concat();
    for certificate in chain {
        use x509_parser::prelude::{FromDer, X509Certificate};
        let (_, certificate) = X509Certificate::from_der(certificate).expect("X.509");
        let marks: Vec<_> = certificate
            .iter_extensions()
            .filter(|it| it.oid.as_bytes() == [0x88, 0x37, 0xB9, 0x5B, 0x01])
            .map(|it| (it.critical, it.value.to_vec()))
            .collect();
        assert_eq!(marks, [(false, mark.clone())]);
    }
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let bench = Bench::start_with(Limits { connections: 2, ..Limits::default() }).await;
    let first = connect(&bench, None).await;
    let _second = connect(&bench, None).await;
    let early = tokio::time::timeout(Duration::from_millis(300), connect(&bench, None)).await;
    assert!(early.is_err(), "a third connection was served");
    drop(first);
    bench.stranger().await.get("/v1/terms", None).await.expect(200);
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_the_gateways_trouble() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    bench.store.close().await;
    let answer = line.get("/v1/notices", Some(&device.session)).await;
    answer.refused(503, "unavailable");
    assert!(!answer.text().to_lowercase().contains("pool"), "{}", answer.text());
    bench.stranger().await.get("/v1/terms", None).await.expect(200);
}
