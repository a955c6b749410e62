//! Checks: opened once, answered for one proof.

use sqlx::Row;

use super::Store;

/// A check as it is opened.
#[derive(Clone, Copy, Debug)]
pub struct NewCheck<'a> {
    pub id: &'a str,
    pub device: &'a str,
    pub method: &'a str,
    pub token_kind: &'a str,
    /// base64 of 32 bytes.
    pub challenge: &'a str,
    pub now: i64,
    pub expires_at: i64,
}

/// A check of this device.
#[derive(Clone, Debug)]
pub struct CheckRow {
    pub method: String,
    pub token_kind: String,
    /// base64 of 32 bytes.
    pub challenge: String,
    pub expires_at: i64,
}

/// What became of the claim of a proof on its check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This proof is the check's proof, since this moment.
    Yours(i64),
    /// The check was answered for another proof.
    Taken,
}

impl Store {
    /// Seconds for which an old check is kept, so that it is "expired" and not "unknown".
    const CHECKS_KEPT: i64 = 60 * 60;
    /// Old checks deleted with each new one: more than one, so that they get fewer.
    const CHECKS_SWEPT: i64 = 8;

    /// Opens a check, unless the device has `open_max` unanswered ones. `false`: it has.
    pub async fn open_check(&self, new: NewCheck<'_>, open_max: u32) -> sqlx::Result<bool> {
        let mut tx = self.pool.begin_with(super::BEGIN).await?;
        sqlx::query(
            "DELETE FROM checks WHERE id IN
                 (SELECT id FROM checks WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind(new.now - Self::CHECKS_KEPT)
        .bind(Self::CHECKS_SWEPT)
        .execute(&mut *tx)
        .await?;
        let open: i64 = sqlx::query(
            "SELECT COUNT(*) FROM checks
             WHERE device_id = $1 AND expires_at > $2 AND answered_at IS NULL",
        )
        .bind(new.device)
        .bind(new.now)
        .fetch_one(&mut *tx)
        .await?
        .try_get(0)?;
        if open >= i64::from(open_max) {
            return Ok(false);
        }
        sqlx::query(
            "INSERT INTO checks (id, device_id, method, token_kind, challenge, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
        )
        .bind(new.id)
        .bind(new.device)
        .bind(new.method)
        .bind(new.token_kind)
        .bind(new.challenge)
        .bind(new.expires_at)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(true)
    }

    /// This device's check of this id.
    pub async fn check(&self, id: &str, device: &str) -> sqlx::Result<Option<CheckRow>> {
        let row = sqlx::query(
            "SELECT method, token_kind, challenge, expires_at FROM checks
             WHERE id = $1 AND device_id = $2",
        )
        .bind(id)
        .bind(device)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(CheckRow {
                method: row.try_get("method")?,
                token_kind: row.try_get("token_kind")?,
                challenge: row.try_get("challenge")?,
                expires_at: row.try_get("expires_at")?,
            })
        })
        .transpose()
    }

    /// Binds a check to the first proof that asks; at most one ever wins, also when
    /// two arrive at once.
    pub async fn claim_check(&self, id: &str, proof_hash: &str, now: i64) -> sqlx::Result<Claim> {
        sqlx::query(
            "UPDATE checks SET proof_hash = $2, answered_at = $3
             WHERE id = $1 AND proof_hash IS NULL",
        )
        .bind(id)
        .bind(proof_hash)
        .bind(now)
        .execute(&self.pool)
        .await?;
        let row = sqlx::query("SELECT proof_hash, answered_at FROM checks WHERE id = $1")
            .bind(id)
            .fetch_one(&self.pool)
            .await?;
        let taken: String = row.try_get("proof_hash")?;
        let at = row.try_get("answered_at")?;
        Ok(if taken == proof_hash { Claim::Yours(at) } else { Claim::Taken })
    }
}
