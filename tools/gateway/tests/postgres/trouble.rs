//! What a server can do to a gateway, and a file cannot.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use rcgen::KeyPair;
use sqlx::Executor;

use crate::{
    bench::{Bench, FACILITY, registration},
    server::Server,
};

#[tokio::test]
async fn a_server_that_hangs_is_given_up_and_then_serves_as_before() {
    let bench = Bench::start().await;
    let database = bench.database().await;
    let mut other = database.begin().await.expect("begun");
    sqlx::query("LOCK TABLE tries").execute(&mut *other).await.expect("locked");
    let asked = registration(&bench.code().await, &KeyPair::generate().expect("a key"));
    bench.register(&asked).await.refused(503, "unavailable");
    other.rollback().await.expect("let go");
    // More often than there are connections: none was left in the middle of something.
    for _ in 0..10 {
        bench.enrol().await;
    }
}

#[tokio::test]
async fn a_server_that_hung_up_is_called_again() {
    let bench = Bench::start().await;
    let device = bench.enrol().await;
    let mut line = bench.line(&device).await;
    let hang_up = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let ended = sqlx::query(hang_up).fetch_all(&bench.database().await).await.expect("asked");
    assert!(!ended.is_empty());
    line.get("/v1/notices", Some(&device.session)).await.expect(200);
}

#[tokio::test]
async fn a_password_comes_from_the_file_that_is_named_and_goes_nowhere() {
    let bench = Bench::start().await;
    let database = bench.database().await;
    for make in
        ["CREATE ROLE guarded LOGIN PASSWORD 's3cret'", "CREATE DATABASE kept OWNER guarded"]
    {
        database.execute(make).await.expect("made");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("passwords");
    let issue = |password: &str| {
        fs::write(&file, format!("*:*:*:guarded:{password}\n")).expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("closed");
        let mut command = Command::new(env!("CARGO_BIN_EXE_reference-gateway"));
        command
            .args(["code", "--facility", FACILITY, "--folder"])
            .arg(folder.path().join("gateway"));
        command
            .arg("--database")
            .arg(Server::running().address("kept").replace("gateway@", "guarded@"));
        let output = command.env("PGPASSFILE", &file).env("RUST_LOG", "trace").output();
        let output = output.expect("ended");
        let told = String::from_utf8(output.stderr).expect("UTF-8");
        assert!(!told.contains("s3cret"), "{told}");
        (output.status.success(), told)
    };
    let (ok, told) = issue("other");
    assert!(!ok && told.contains("password authentication failed"), "{told}");
    let (ok, told) = issue("s3cret");
    assert!(ok, "{told}");
}
