//! What the gateway remembers: facilities, accounts, activation codes, devices, sessions,
//! checks, the devices' journals; and what was done at the portal.
//!
//! SQLite in one file is the embedded default. Every query is plain SQL with `$1`
//! placeholders and every type is one that PostgreSQL has too, so that another
//! database changes this folder alone. What a page does to a facility is one statement that
//! decides, with what follows from it in one transaction. No answer and no person is ever
//! written.

mod accounts;
mod audit;
mod checks;
mod codes;
mod devices;
mod facilities;
mod journal;
mod members;
mod portal_sessions;
mod stations;

use std::{
    borrow::Cow,
    path::Path,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use sqlx::{
    Row, SqlitePool,
    migrate::{Migration, MigrationType, Migrator},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

pub use self::{
    accounts::{Account, Authority, Try},
    audit::{Act, Action, Kept},
    checks::{CheckRow, Claim, NewCheck, Round, RoundClaim},
    codes::CodeRow,
    devices::{DeviceRow, DeviceState, NewDevice, Refusal},
    facilities::{Facility, NewAdministrator},
    journal::{Entry, Health, Told},
    members::{Member, NewMember},
    portal_sessions::PortalSession,
    stations::{Station, Written},
};

pub(crate) use self::journal::NOTHING;

/// What the statements of a transaction run on.
type Connection = sqlx::SqliteConnection;
/// What a query gives.
type DatabaseRow = sqlx::sqlite::SqliteRow;

/// Takes the write lock at once: a transaction that reads first and writes later
/// would otherwise fail when another one writes in between.
const BEGIN: &str = "BEGIN IMMEDIATE";
/// How long a query waits for another process's write (the `code` command, say).
const BUSY_PATIENCE: Duration = Duration::from_secs(5);
/// SQLite writes one at a time, and every write makes the others read their pages anew: one
/// connection answers sooner than four.
const CONNECTIONS: u32 = 1;

/// Pages of the write-ahead log that are gathered before they go into the file: what many
/// checks change together is then written, and waited for, once. 16 MiB.
const CHECKPOINT_PAGES: &str = "4096";

const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "begin", include_str!("../migrations/0001_begin.sql")),
    (2, "relay and journal", include_str!("../migrations/0002_relay_and_journal.sql")),
    (3, "portal", include_str!("../migrations/0003_portal.sql")),
];

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: SqlitePool,
    /// Checks opened since the start.
    opened: Arc<AtomicU64>,
}

/// So many rows of a list, after so many others.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    pub limit: i64,
    pub offset: i64,
}

/// The database could not be opened or brought to this version.
#[derive(Debug, thiserror::Error)]
#[error("the gateway's database cannot be opened: {0}")]
pub struct OpenError(#[from] sqlx::Error);

impl Store {
    /// Opens or makes the database in `file`, and brings it to this version.
    ///
    /// Errors: the file cannot be written, is no database, or is of a later version.
    pub async fn open(file: &Path) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A power cut may cost the last answers, never the file.
            .synchronous(SqliteSynchronous::Normal)
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .foreign_keys(true)
            .busy_timeout(BUSY_PATIENCE);
        let pool = SqlitePoolOptions::new()
            .max_connections(CONNECTIONS)
            // A file does not hang up: no question before every query.
            .test_before_acquire(false)
            .acquire_timeout(BUSY_PATIENCE)
            .connect_with(options)
            .await?;
        migrator(MIGRATIONS).run(&pool).await.map_err(sqlx::Error::from)?;
        Ok(Self { pool, opened: Arc::default() })
    }

    /// Writes everything into the one file and lets go of it.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A yes or no, which the query made 1 or 0.
fn flag(row: &DatabaseRow, name: &str) -> sqlx::Result<bool> {
    Ok(row.try_get::<i64, _>(name)? != 0)
}

fn migrator(migrations: &[(i64, &'static str, &'static str)]) -> Migrator {
    let migrations = migrations.iter().map(|&(version, name, sql)| {
        Migration::new(
            version,
            Cow::Borrowed(name),
            MigrationType::Simple,
            Cow::Borrowed(sql),
            false,
        )
    });
    Migrator { migrations: Cow::Owned(migrations.collect()), ..Migrator::DEFAULT }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consents::Consents;

    #[tokio::test]
    async fn a_database_of_before_keeps_its_devices() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("gateway.sqlite");
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
        let pool = SqlitePool::connect_with(options).await.expect("opened");
        migrator(&MIGRATIONS[..1]).run(&pool).await.expect("the first migration");
        sqlx::raw_sql(
            "INSERT INTO accounts VALUES ('f', 'u', '', 'general', FALSE, TRUE, TRUE, NULL);
             INSERT INTO accounts VALUES ('g', 'u', '', 'general', FALSE, FALSE, TRUE, NULL);
             INSERT INTO codes VALUES ('c', 'h', '', 1, NULL, NULL);
             INSERT INTO devices VALUES ('d', 'f', 'u', NULL, 'key', 's', 'attended', 1, NULL, NULL);
             INSERT INTO checks VALUES ('c', 'd', 'visual', 'card', '', 9, NULL, NULL);",
        )
        .execute(&pool)
        .await
        .expect("filled");
        pool.close().await;

        let store = Store::open(&file).await.expect("brought to this version");
        let device = store.device_by_key("key").await.expect("asked").expect("kept");
        // It was offered nothing, and opens its check anew.
        assert_eq!((device.state, device.consents), (DeviceState::InUse, Consents::default()));
        let claim = store.claim_check("c", "d", "hash", 1).await.expect("asked");
        assert!(matches!(claim, Claim::Unknown));
        // What its account was allowed, its facility is.
        for (code, enabled) in [("f", true), ("g", false), ("h", false)] {
            let facility = store.facility(code).await.expect("asked").expect("made");
            assert_eq!((facility.function_enabled, facility.terms_version.as_str()), (enabled, ""));
        }
    }
}
