//! What the gateway remembers: facilities, accounts, activation codes, devices, sessions,
//! checks, the devices' journals; and what was done at the portal.
//!
//! SQLite in one file is the embedded default; on a PostgreSQL server several gateways
//! share one memory ([`Database`]). Both get the same SQL with `$1` placeholders and the
//! types that both have, and [`lock`] makes both decide alike. What one of them answers
//! with BOOLEAN is asked for as a number ([`flag`]), because SQLite has none. No answer and
//! no person is ever written.

mod accounts;
mod audit;
mod authority;
mod checks;
mod codes;
mod database;
mod devices;
mod facilities;
mod journal;
mod lock;
mod members;
mod portal_sessions;
mod stations;

use std::{
    borrow::Cow,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use sqlx::{
    AnyConnection, AnyPool, Connection as _, Executor, Row,
    any::{AnyPoolOptions, AnyRow},
    migrate::{Migration, MigrationType, Migrator},
};
use tokio::time::timeout;

pub use self::{
    accounts::{Account, Authority, Try},
    audit::{Act, Action, Kept},
    checks::{CheckRow, Claim, NewCheck, Round, RoundClaim},
    codes::CodeRow,
    database::{Database, WrongDatabase},
    devices::{DeviceRow, DeviceState, NewDevice, Refusal},
    facilities::{Facility, NewAdministrator},
    journal::{Entry, Health, Told},
    members::{Member, NewMember},
    portal_sessions::PortalSession,
    stations::{Station, Written},
};
use self::{database::Kind, lock::Lock};

pub(crate) use self::journal::NOTHING;

/// What the statements of a transaction run on.
type Connection = AnyConnection;
/// What a query gives.
type DatabaseRow = AnyRow;

/// How long a call waits for a connection to the database.
const PATIENCE: Duration = Duration::from_secs(5);
/// SQLite writes one at a time, and every write makes the others read their pages anew: one
/// connection answers sooner than four.
const SQLITE_CONNECTIONS: u32 = 1;
/// A call asks for a millisecond or two; a server has a hundred for all its gateways.
const POSTGRES_CONNECTIONS: u32 = 8;

/// Patience first: the others may have to wait. A power cut may cost the last answers,
/// never the file. Pages of the write-ahead log are gathered, 16 MiB of them, before they go
/// into the file: what many checks change together is written, and waited for, once.
const SQLITE_SETTINGS: &str = "PRAGMA busy_timeout = 5000;
                               PRAGMA journal_mode = WAL;
                               PRAGMA synchronous = NORMAL;
                               PRAGMA wal_autocheckpoint = 4096;
                               PRAGMA foreign_keys = ON;";
/// Nobody waits forever for a gateway that hangs; and what [`lock`] relies on does not
/// depend on the server's settings.
const POSTGRES_SETTINGS: &str = "SET statement_timeout = '5s';
                                 SET idle_in_transaction_session_timeout = '5s';
                                 SET default_transaction_isolation = 'read committed';";

/// Number, name, SQL.
type Step = (i64, &'static str, &'static str);

const MIGRATIONS: &[Step] = &[
    (1, "begin", include_str!("../migrations/0001_begin.sql")),
    (2, "relay and journal", include_str!("../migrations/0002_relay_and_journal.sql")),
    (3, "portal", include_str!("../migrations/0003_portal.sql")),
    (4, "authority", include_str!("../migrations/0004_authority.sql")),
];

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pool: AnyPool,
    kind: Kind,
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
    /// Opens the database and brings it to this version, once, whoever else does the same.
    ///
    /// Errors: there is none and none can be made, it refuses us, or it is of a later
    /// version.
    pub async fn open(database: &Database) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let Database { options, kind } = database;
        // Without the pool's settings: bringing much to a new version may take its time.
        let connected = timeout(PATIENCE, AnyConnection::connect_with(options)).await;
        let mut connection = connected.map_err(|_| sqlx::Error::PoolTimedOut)??;
        migrate(&mut connection, *kind, MIGRATIONS).await?;
        connection.close().await?;
        let (connections, settings) = match kind {
            Kind::Sqlite => (SQLITE_CONNECTIONS, SQLITE_SETTINGS),
            Kind::Postgres => (POSTGRES_CONNECTIONS, POSTGRES_SETTINGS),
        };
        let pool = AnyPoolOptions::new()
            .max_connections(connections)
            // A server may have hung up; a file does not: no question before every query.
            .test_before_acquire(*kind == Kind::Postgres)
            .acquire_timeout(PATIENCE)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    connection.execute(settings).await?;
                    Ok(())
                })
            })
            .connect_with(options.clone())
            .await?;
        Ok(Self { pool, kind: *kind, opened: Arc::default() })
    }

    /// Writes everything into its place and lets go of it.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

impl Store {
    /// A slice of what a facility has, and how much there is in all: `rows` asks with the
    /// facility, a limit and an offset.
    async fn list<T>(
        &self,
        count: &str,
        rows: &str,
        (facility, slice): (&str, Slice),
        read: impl Fn(&DatabaseRow) -> sqlx::Result<T>,
    ) -> sqlx::Result<(Vec<T>, i64)> {
        let total = sqlx::query(count).bind(facility).fetch_one(&self.pool).await?.try_get(0)?;
        let rows = sqlx::query(rows)
            .bind(facility)
            .bind(slice.limit)
            .bind(slice.offset)
            .fetch_all(&self.pool)
            .await?;
        Ok((rows.iter().map(read).collect::<sqlx::Result<_>>()?, total))
    }
}

/// A yes or no, which the query made 1 or 0.
fn flag(row: &DatabaseRow, name: &str) -> sqlx::Result<bool> {
    Ok(row.try_get::<i64, _>(name)? != 0)
}

/// Takes the steps that were not taken yet, one gateway after the other.
async fn migrate(
    connection: &mut Connection,
    kind: Kind,
    steps: &[Step],
) -> Result<(), sqlx::Error> {
    match kind {
        Kind::Sqlite => {
            let mut tx = connection.begin_with(lock::BEGIN).await?;
            migrator(steps).run(&mut *tx).await?;
            tx.commit().await
        }
        Kind::Postgres => {
            // That its table is there already is news to nobody.
            connection.execute("SET client_min_messages = warning").await?;
            // It takes a lock of its own.
            Ok(migrator(steps).run(connection).await?)
        }
    }
}

fn migrator(steps: &[Step]) -> Migrator {
    let migrations = steps.iter().map(|&(version, name, sql)| {
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

    fn database(folder: &tempfile::TempDir) -> Database {
        sqlx::any::install_default_drivers();
        Database::file(&folder.path().join("gateway.sqlite")).expect("a path")
    }

    #[tokio::test]
    async fn a_database_of_before_keeps_its_devices() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = database(&folder);
        let mut old = AnyConnection::connect_with(&database.options).await.expect("made");
        migrate(&mut old, Kind::Sqlite, &MIGRATIONS[..1]).await.expect("the first migration");
        sqlx::raw_sql(
            "INSERT INTO accounts VALUES ('f', 'u', '', 'general', FALSE, TRUE, TRUE, NULL);
             INSERT INTO accounts VALUES ('g', 'u', '', 'general', FALSE, FALSE, TRUE, NULL);
             INSERT INTO codes VALUES ('c', 'h', '', 1, NULL, NULL);
             INSERT INTO devices VALUES ('d', 'f', 'u', NULL, 'key', 's', 'attended', 1, NULL, NULL);
             INSERT INTO checks VALUES ('c', 'd', 'visual', 'card', '', 9, NULL, NULL);",
        )
        .execute(&mut old)
        .await
        .expect("filled");
        old.close().await.expect("closed");

        let store = Store::open(&database).await.expect("brought to this version");
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

    #[tokio::test]
    async fn a_file_is_opened_with_its_settings() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(&database(&folder)).await.expect("opened");
        let ask = async |setting: &str| {
            let row = sqlx::query(&format!("PRAGMA {setting}")).fetch_one(&store.pool).await;
            let row = row.expect("a row");
            row.try_get::<String, _>(0).unwrap_or_else(|_| row.get::<i64, _>(0).to_string())
        };
        let expected = [
            ("busy_timeout", "5000"),
            ("journal_mode", "wal"),
            ("synchronous", "1"),
            ("wal_autocheckpoint", "4096"),
            ("foreign_keys", "1"),
        ];
        for (setting, value) in expected {
            assert_eq!(ask(setting).await, value, "{setting}");
        }
    }

    #[tokio::test]
    async fn any_path_leads_to_its_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a b?c#d%41&e=f+受付.sqlite");
        let store = Store::open(&Database::file(&file).expect("a path")).await.expect("opened");
        store.close().await;
        assert!(file.is_file());
    }
}
