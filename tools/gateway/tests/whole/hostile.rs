//! Requests that are none, and texts that would like to be something else.

use base64::{Engine, prelude::BASE64_STANDARD};
use rcgen::KeyPair;
use rustls::pki_types::{CertificateSigningRequestDer, pem::PemObject};
use serde_json::{Value, json};

use crate::bench::{Bench, registration};

const INJECTIONS: &[&str] = &[
    "",
    "' OR '1'='1",
    "'; DROP TABLE devices; --",
    "<script>alert(1)</script>",
    "]]><XmlMsg>",
    "&lt;&amp;",
    "%s%n",
    "../../etc/passwd",
    "a\u{0}b",
    "a\r\nSet-Cookie: x=1",
    "\u{1b}[2J",
    "\u{202E}",
    "𠮷",
    "$1",
    "-1",
    "１３１０００００１２",
];

#[tokio::test]
async fn no_text_is_anything_but_text() {
    let bench = Bench::start().await;
    let mut line = bench.stranger().await;
    let code = bench.code().await;
    let good = registration(&code, &KeyPair::generate().expect("a key"));
    for field in ["facility_code", "user_id", "activation_code", "csr", "serial", "station_mode"] {
        for text in INJECTIONS {
            let mut asked = good.clone();
            asked[field] = json!(text);
            let answer = line.post("/v1/devices", None, &asked).await;
            // A user id is looked at only when it has the form of one.
            if (field, *text) == ("user_id", "-1") || (field, *text) == ("serial", "-1") {
                continue;
            }
            answer.refused(400, "bad-request");
            assert!(text.len() < 3 || !answer.text().contains(text), "{field} is repeated");
        }
    }
    for text in INJECTIONS {
        let mut asked = good.clone();
        asked["terms_version"] = json!(text);
        line.post("/v1/devices", None, &asked).await.refused(409, "terms-outdated");
    }
    // All of this left the tables where they are.
    assert_ne!(bench.enrol().await.id, "");
}

#[tokio::test]
async fn a_password_may_hold_anything_that_can_be_typed() {
    let bench = Bench::start().await;
    for password in INJECTIONS.iter().filter(|it| !it.is_empty() && !it.contains(char::is_control))
    {
        bench
            .put_account(|it| it.password_hash = reference_gateway::accounts::hash(password))
            .await;
        let mut asked = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
        asked["password"] = json!(password);
        bench.stranger().await.post("/v1/devices", None, &asked).await.expect(201);
    }
}

#[tokio::test]
async fn fields_have_their_lengths_and_types() {
    let bench = Bench::start().await;
    let mut line = bench.stranger().await;
    let good = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
    let long = "a".repeat(129);
    let cases = [
        ("facility_code", json!("131000000")),
        ("facility_code", json!(1310000001)),
        ("user_id", json!(long)),
        ("password", json!(long)),
        ("password", json!(["x"])),
        ("activation_code", json!("12345678901")),
        ("serial", json!(long)),
        ("station_mode", json!("Attended")),
        ("csr", Value::Null),
        ("csr", json!(rsa_request())),
        ("csr", json!(p384_request())),
        ("csr", json!(tampered_request())),
        ("extra", json!(1)),
    ];
    for (field, value) in cases {
        let mut asked = good.clone();
        asked[field] = value;
        let answer = line.post("/v1/devices", None, &asked).await;
        assert_eq!(answer.code(), "bad-request", "{field}");
    }
    for missing in
        ["facility_code", "user_id", "password", "terms_version", "csr", "serial", "station_mode"]
    {
        let mut asked = good.clone();
        asked.as_object_mut().expect("an object").remove(missing);
        line.post("/v1/devices", None, &asked).await.refused(400, "bad-request");
    }
    line.post("/v1/devices", None, &good).await.expect(201);
}

fn p384_request() -> String {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).expect("a key");
    crate::bench::request(&key)
}

fn rsa_request() -> String {
    let pem = std::fs::read_to_string(crate::bench::issued().join("keys/sato-hanako-auth.pem"));
    let pem = pem.expect("a key");
    let key = KeyPair::from_pkcs8_pem_and_sign_algo(&pem, &rcgen::PKCS_RSA_SHA256).expect("RSA");
    crate::bench::request(&key)
}

/// A request for a key that the asker does not have: its signature is another's.
fn tampered_request() -> String {
    let request = |key: &KeyPair| {
        let pem = crate::bench::request(key);
        CertificateSigningRequestDer::from_pem_slice(pem.as_bytes()).expect("PEM").to_vec()
    };
    let asked = request(&KeyPair::generate().expect("a key"));
    let tampered = [&asked[..asked.len() - 1], &[asked[asked.len() - 1] ^ 1]].concat();
    let lines = BASE64_STANDARD.encode(tampered);
    format!("-----BEGIN CERTIFICATE REQUEST-----\n{lines}\n-----END CERTIFICATE REQUEST-----\n")
}

#[tokio::test]
async fn bodies_are_json_and_short() {
    let bench = Bench::start().await;
    let good = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
    let good = serde_json::to_vec(&good).expect("JSON");
    let send = async |kind: &str, body: Vec<u8>| {
        let mut line = bench.stranger().await;
        let answer = line.send("POST", "/v1/devices", None, Some((kind, body))).await;
        (answer.status, answer.code())
    };
    for kind in [
        "",
        "text/plain",
        "application/xml",
        "application/json; charset=shift_jis",
        "application/jsonx",
        "application/problem+json",
        "application/x-www-form-urlencoded",
    ] {
        assert_eq!(send(kind, good.clone()).await, (415, "unsupported-type".to_owned()), "{kind}");
    }
    for body in ["", "{", "null", "[]", "{}", "\u{FEFF}{}", "{\"a\":1}{\"b\":2}", "'"] {
        assert_eq!(send("application/json", body.into()).await, (400, "bad-request".to_owned()));
    }
    let deep = "[".repeat(60_000).into_bytes();
    assert_eq!(send("application/json", deep).await.0, 400);
    let not_utf8 = vec![b'"', 0xFF, b'"'];
    assert_eq!(send("application/json", not_utf8).await.0, 400);
    let twice = String::from_utf8(good.clone()).expect("UTF-8");
    let twice = twice.replacen('{', "{\"serial\":\"SK-000002\",", 1).into_bytes();
    assert_eq!(send("application/json", twice).await.0, 400, "a member twice");
    for length in [64 * 1024 + 1, 1024 * 1024] {
        let body = vec![b' '; length];
        assert_eq!(send("application/json", body).await, (413, "too-large".to_owned()));
    }
    let mut padded = good.clone();
    padded.resize(64 * 1024, b' ');
    assert_eq!(send("Application/JSON; charset=UTF-8", padded).await.0, 201);
}

#[tokio::test]
async fn a_compressed_body_is_not_unpacked() {
    let bench = Bench::start().await;
    let mut line = bench.stranger().await;
    let request = hyper::Request::builder()
        .method("POST")
        .uri("/v1/devices")
        .header("content-type", "application/json")
        .header("content-encoding", "gzip");
    let answer = line.raw("POST", "/v1/devices", request, vec![0x1F, 0x8B]).await;
    answer.refused(415, "unsupported-type");
}

#[tokio::test]
async fn other_paths_and_methods_do_not_exist() {
    let bench = Bench::start().await;
    let mut line = bench.stranger().await;
    for path in ["/", "/v1", "/v1/terms/", "/v2/terms", "/v1/checks/x/photo", "//v1/terms"] {
        line.get(path, None).await.refused(404, "not-found");
    }
    line.delete("/v1/terms", None).await.refused(405, "method-not-allowed");
    line.get("/v1/checks/x/relay", None).await.refused(405, "method-not-allowed");
    line.get("/v1/devices", None).await.refused(405, "method-not-allowed");
    line.send("PUT", "/v1/checks", None, None).await.refused(405, "method-not-allowed");
}
