//! Checks: opened once, answered for one proof, or relayed round by round.

use std::sync::atomic::Ordering;

use sqlx::Row;

use super::{Lock, Store};

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

/// What a proof must fit.
#[derive(Clone, Debug)]
pub struct CheckRow {
    pub token_kind: String,
    /// base64 of 32 bytes.
    pub challenge: String,
}

/// What became of the claim of a proof on its check.
#[derive(Clone, Debug)]
pub enum Claim {
    /// This proof is the check's proof, since this moment.
    Yours(CheckRow, i64),
    /// The check was answered for another proof.
    Taken,
    /// 目視: it takes no proof.
    Relayed,
    /// The check is too old.
    Expired,
    /// This device has no such check.
    Unknown,
}

/// A request of a relay; its form is checked already.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    pub check: &'a str,
    pub device: &'a str,
    pub number: u8,
    /// SHA-256 of the request, hexadecimal.
    pub hash: &'a str,
    pub now: i64,
}

/// What became of the claim of a request on its round.
#[derive(Clone, Debug)]
pub enum RoundClaim {
    /// This request is the round's request, since the moment `at`.
    Yours {
        /// base64 of 32 bytes.
        challenge: String,
        at: i64,
        expires_at: i64,
    },
    /// The check waits for another round, was over before it, or is none of 目視.
    OutOfStep,
    /// The check is too old.
    Expired,
    /// This device has no such check.
    Unknown,
}

impl Store {
    /// Seconds for which an old check is kept, so that it is "expired" and not "unknown".
    const CHECKS_KEPT: i64 = 60 * 60;
    /// One in so many new checks sweeps the old ones away.
    const SWEEP_EVERY: u64 = 64;
    /// Old checks deleted at once: more than were opened meanwhile, few enough to be quick.
    const CHECKS_SWEPT: i64 = 1024;

    /// Opens a check, unless the device has `open_max` unanswered ones. `false`: it has.
    pub async fn open_check(&self, new: NewCheck<'_>, open_max: u32) -> sqlx::Result<bool> {
        if self.opened.fetch_add(1, Ordering::Relaxed).is_multiple_of(Self::SWEEP_EVERY) {
            self.sweep_checks(new.now).await?;
        }
        let mut tx = self.begin(Lock::OpenChecks(new.device)).await?;
        let done = sqlx::query(
            "INSERT INTO checks (id, device_id, method, token_kind, challenge, expires_at)
             SELECT $1, $2, $3, $4, $5, $6 WHERE
                 (SELECT COUNT(*) FROM checks
                  WHERE device_id = $2 AND expires_at > $7 AND answered_at IS NULL) < $8",
        )
        .bind(new.id)
        .bind(new.device)
        .bind(new.method)
        .bind(new.token_kind)
        .bind(new.challenge)
        .bind(new.expires_at)
        .bind(new.now)
        .bind(i64::from(open_max))
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    async fn sweep_checks(&self, now: i64) -> sqlx::Result<()> {
        let mut tx = self.begin(Lock::OldChecks).await?;
        sqlx::query(
            "DELETE FROM checks WHERE id IN
                 (SELECT id FROM checks WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        )
        .bind(now - Self::CHECKS_KEPT)
        .bind(Self::CHECKS_SWEPT)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// Binds a check to the first proof that asks; at most one ever wins, also when
    /// two arrive at once.
    pub async fn claim_check(
        &self,
        id: &str,
        device: &str,
        proof_hash: &str,
        now: i64,
    ) -> sqlx::Result<Claim> {
        // One statement, so that nobody comes between; a repeat changes nothing.
        let row = sqlx::query(
            "UPDATE checks SET proof_hash = COALESCE(proof_hash, $3),
                               answered_at = COALESCE(answered_at, $4)
             WHERE id = $1 AND device_id = $2 AND expires_at > $4 AND method <> 'visual'
             RETURNING token_kind, challenge, proof_hash, answered_at",
        )
        .bind(id)
        .bind(device)
        .bind(proof_hash)
        .bind(now)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(match self.why_no_claim(id, device, now).await? {
                WhyNot::Alive => Claim::Relayed,
                WhyNot::Expired => Claim::Expired,
                WhyNot::Unknown => Claim::Unknown,
            });
        };
        if row.try_get::<&str, _>("proof_hash")? != proof_hash {
            return Ok(Claim::Taken);
        }
        let check = CheckRow {
            token_kind: row.try_get("token_kind")?,
            challenge: row.try_get("challenge")?,
        };
        Ok(Claim::Yours(check, row.try_get("answered_at")?))
    }

    /// Binds the next round of a relay to the first request that asks for it. A repeat
    /// of the last one changes nothing.
    pub async fn claim_round(&self, round: Round<'_>) -> sqlx::Result<RoundClaim> {
        // One statement, so that nobody comes between.
        let row = sqlx::query(
            "UPDATE checks SET round = $3, round_hash = $4,
                               round_at = CASE WHEN round = $3 THEN round_at ELSE $5 END
             WHERE id = $1 AND device_id = $2 AND expires_at > $5 AND method = 'visual'
                 AND (round = $3 AND round_hash = $4
                      OR round = $3 - 1 AND answered_at IS NULL)
             RETURNING challenge, round_at, expires_at",
        )
        .bind(round.check)
        .bind(round.device)
        .bind(i64::from(round.number))
        .bind(round.hash)
        .bind(round.now)
        .fetch_optional(&self.pool)
        .await?;
        match row {
            Some(row) => Ok(RoundClaim::Yours {
                challenge: row.try_get("challenge")?,
                at: row.try_get("round_at")?,
                expires_at: row.try_get("expires_at")?,
            }),
            None => Ok(match self.why_no_claim(round.check, round.device, round.now).await? {
                WhyNot::Alive => RoundClaim::OutOfStep,
                WhyNot::Expired => RoundClaim::Expired,
                WhyNot::Unknown => RoundClaim::Unknown,
            }),
        }
    }

    /// Says that the relay of a check is over: no further round is taken.
    pub async fn end_relay(&self, check: &str, now: i64) -> sqlx::Result<()> {
        sqlx::query("UPDATE checks SET answered_at = COALESCE(answered_at, $2) WHERE id = $1")
            .bind(check)
            .bind(now)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    async fn why_no_claim(&self, id: &str, device: &str, now: i64) -> sqlx::Result<WhyNot> {
        let row = sqlx::query("SELECT expires_at FROM checks WHERE id = $1 AND device_id = $2")
            .bind(id)
            .bind(device)
            .fetch_optional(&self.pool)
            .await?;
        let expires_at: Option<i64> = row.map(|row| row.try_get("expires_at")).transpose()?;
        Ok(match expires_at {
            None => WhyNot::Unknown,
            Some(at) if at <= now => WhyNot::Expired,
            Some(_) => WhyNot::Alive,
        })
    }
}

/// How a check stands that was not claimed.
enum WhyNot {
    Unknown,
    Expired,
    Alive,
}
