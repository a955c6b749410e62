//! Transactions that decide upon what they have read.
//!
//! SQLite has one writer: a transaction that begins by taking the write lock has read
//! nothing that another one changes. PostgreSQL has many, in this gateway and in others on
//! the same database, so each transaction says what it decides upon, and waits until nobody
//! else decides upon the same ([`Lock`]). SERIALIZABLE would need no names, but would have
//! every caller begin anew when two of them met; a lock lets the second one wait for what
//! takes a few milliseconds.
//!
//! A transaction holds one lock, so that no two can wait for each other. What one statement
//! decides and changes (the claim of a check, say) needs none: both databases look at the row
//! again before they change it.

use ring::digest::{SHA256, digest};
use sqlx::{Any, Transaction};

use super::{Store, database::Kind};

/// Takes SQLite's write lock at once: a transaction that reads first and writes later would
/// otherwise fail when another one writes in between. Another process may: the `code`
/// command, say.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";

/// What a transaction decides upon.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lock<'a> {
    /// Who has tried which password how often, and how many names are kept.
    Tries,
    /// Which code and which key belong to which device.
    Registrations,
    /// How many checks this device has open.
    OpenChecks(&'a str),
    /// What a facility prepares at the portal.
    Portal,
    /// Where this device's journal ends.
    Journal(&'a str),
    /// Which old checks go: two that swept would wait for each other's rows.
    OldChecks,
}

impl Lock<'_> {
    /// PostgreSQL's locks have numbers. Two that share one by chance wait needlessly.
    fn number(self) -> i64 {
        let name = match self {
            Self::Tries => "tries".to_owned(),
            Self::Registrations => "registrations".to_owned(),
            Self::Portal => "portal".to_owned(),
            Self::OpenChecks(device) => format!("open checks of {device}"),
            Self::Journal(device) => format!("journal of {device}"),
            Self::OldChecks => "old checks".to_owned(),
        };
        let hash = digest(&SHA256, name.as_bytes());
        let (number, _) = hash.as_ref().split_first_chunk().expect("32 bytes");
        i64::from_be_bytes(*number)
    }
}

impl Store {
    /// Begins a transaction in which nobody else decides upon the same.
    pub(super) async fn begin(&self, lock: Lock<'_>) -> sqlx::Result<Transaction<'static, Any>> {
        let (pool, kind, number) = (self.pool.clone(), self.kind, lock.number());
        let begin = async move {
            match kind {
                Kind::Sqlite => pool.begin_with(BEGIN).await,
                Kind::Postgres => {
                    let mut tx = pool.begin().await?;
                    sqlx::query("SELECT pg_advisory_xact_lock($1)")
                        .bind(number)
                        .execute(&mut *tx)
                        .await?;
                    Ok(tx)
                }
            }
        };
        // Sqlx loses sight of a transaction whose caller goes away while it begins (a kiosk
        // that hangs up ends its call): what the connection is asked to write next would never
        // be committed. In a task of its own it begins in any case, and is rolled back if
        // nobody waits for it.
        tokio::spawn(begin).await.map_err(|_| sqlx::Error::WorkerCrashed)?
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_decided_upon_has_a_number_of_its_own() {
        let locks = [
            Lock::Tries,
            Lock::Registrations,
            Lock::Portal,
            Lock::OpenChecks("a"),
            Lock::OpenChecks("b"),
            Lock::Journal("a"),
            Lock::Journal("b"),
            Lock::OldChecks,
        ];
        let numbers: BTreeSet<i64> = locks.map(Lock::number).into();
        assert_eq!(numbers.len(), locks.len());
        // Other instances may be of another version: a number stays what it is.
        assert_eq!(Lock::Tries.number(), -5_029_125_299_622_244_931);
    }
}
