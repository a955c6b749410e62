//! What was revoked lately, whoever did it.

use sqlx::Row;

use super::Store;

/// The key of a device that was revoked by itself, with its account or with its code.
#[derive(Clone)]
pub(crate) struct Revoked {
    pub(crate) key_hash: String,
    pub(crate) at: i64,
}

impl std::fmt::Debug for Revoked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Revoked(at {})", self.at)
    }
}

impl Store {
    /// Everything that was revoked since then.
    pub(crate) async fn revoked_since(&self, since: i64) -> sqlx::Result<Vec<Revoked>> {
        let rows = sqlx::query(
            "SELECT key_hash, revoked_at FROM devices WHERE revoked_at >= $1
             UNION ALL
             SELECT d.key_hash, a.revoked_at FROM accounts a
             JOIN devices d ON d.facility_code = a.facility_code AND d.user_id = a.user_id
             WHERE a.revoked_at >= $1
             UNION ALL
             SELECT d.key_hash, c.revoked_at FROM codes c
             JOIN devices d ON d.code = c.code
             WHERE c.revoked_at >= $1",
        )
        .bind(since)
        .fetch_all(&self.pool)
        .await?;
        let read = |row| {
            let row: &super::DatabaseRow = row;
            Ok(Revoked { key_hash: row.try_get("key_hash")?, at: row.try_get("revoked_at")? })
        };
        rows.iter().map(read).collect()
    }
}
