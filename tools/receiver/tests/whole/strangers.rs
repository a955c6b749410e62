//! Who may send, and how an administrator decides it.

use tokio::io::AsyncReadExt;

use crate::bench::{Authority, Bench, ID, NAME, answer, result};

#[tokio::test]
async fn a_kiosk_is_let_in_and_shut_out_without_a_start() {
    let bench = Bench::new("utf-8");
    let kiosk = bench.gateway.device(ID);
    assert_eq!(bench.send(&kiosk, result()).await, answer(403, "device-unknown"));
    assert!(bench.files().is_empty());
    bench.admit(ID);
    assert_eq!(bench.send(&kiosk, result()).await, answer(201, NAME));
    let other = bench.gateway.device("22222222-2222-4333-8444-555555555555");
    assert_eq!(bench.send(&other, result()).await, answer(403, "device-unknown"));
    let log = bench.log();
    assert!(log.contains("22222222-2222-4333-8444-555555555555: 403 device-unknown"), "{log}");
}

#[tokio::test]
async fn whom_the_gateway_does_not_vouch_for_is_a_stranger_whatever_he_says() {
    let bench = Bench::new("utf-8");
    bench.admit(ID);
    let stranger = Authority::new().device(ID);
    assert_eq!(bench.send(&stranger, result()).await, answer(403, "certificate-refused"));
    // Whoever shows nothing is not even heard.
    let refused = match bench.connect(None).await {
        Err(_) => true,
        Ok(mut stream) => stream.read_to_end(&mut Vec::new()).await.is_err(),
    };
    assert!(refused && bench.files().is_empty());
}

#[test]
fn keys_are_made_once_and_wrong_calls_are_told() {
    let bench = Bench::new("utf-8");
    let ca = || bench.run(&["keys", "--folder", "own", "--name", "pc", "--gateway-ca", "ca.pem"]);
    let before = ca();
    let path = String::from_utf8(before.stdout).expect("a path");
    assert!(path.trim().ends_with("receiver-ca.pem"), "{path}");
    let place = bench.watched().with_file_name(path.trim());
    let made = std::fs::read(&place).expect("a CA");
    assert!(ca().status.success());
    assert_eq!(std::fs::read(&place).expect("a CA"), made, "kiosks would have to be told");

    let missing = bench.run(&["keys", "--folder", "x", "--name", "pc", "--gateway-ca", "none"]);
    let wrong =
        bench.run(&["keys", "--folder", "x", "--name", "a b\u{7f}名", "--gateway-ca", "ca.pem"]);
    let no_id = bench.run(&["admit", "--folder", "own", "not an id"]);
    let no_keys = bench.run(&[
        "serve",
        "--folder",
        "x",
        "--listen",
        "127.0.0.1:0",
        "--into",
        ".",
        "--encoding",
        "utf-8",
    ]);
    for (outcome, expected) in [
        (missing, "none: "),
        (wrong, "no name"),
        (no_id, "letters, digits or -"),
        (no_keys, "run `keys` again"),
    ] {
        let said = String::from_utf8(outcome.stderr).expect("UTF-8");
        assert!(!outcome.status.success() && said.contains(expected), "{said}");
    }
}
