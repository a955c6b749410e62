//! What a server can do to a gateway, and a file cannot.

use rcgen::KeyPair;

use crate::bench::{Bench, registration};

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
