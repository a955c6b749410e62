//! Who is logged in at the portal: for fifteen idle minutes, and for eight hours at most.

use sqlx::Row;

use super::{Act, Connection, Lock, Store, audit::keep, flag};

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct PortalSession {
    pub facility_code: String,
    pub facility_name: String,
    pub user_id: String,
    pub user_name: String,
    pub administrator: bool,
}

impl Store {
    /// Seconds without a request after which a session is over.
    pub const PORTAL_IDLE: i64 = 15 * 60;
    /// Seconds after which it is over in any case.
    pub const PORTAL_LIFE: i64 = 8 * 60 * 60;

    /// Opens a session in the place of the one that this browser had; from now on the account
    /// has logged in once.
    pub async fn open_portal_session(
        &self,
        token_hash: &str,
        before: &str,
        act: &Act<'_>,
    ) -> sqlx::Result<()> {
        let mut tx = self.begin(Lock::Portal).await?;
        sqlx::query(
            "DELETE FROM portal_sessions
             WHERE last_at <= $1 OR opened_at <= $2 OR token_hash = $3",
        )
        .bind(act.seconds() - Self::PORTAL_IDLE)
        .bind(act.seconds() - Self::PORTAL_LIFE)
        .bind(before)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "UPDATE accounts SET has_logged_in = TRUE WHERE facility_code = $1 AND user_id = $2",
        )
        .bind(act.facility)
        .bind(act.user)
        .execute(&mut *tx)
        .await?;
        open(&mut tx, token_hash, act).await?;
        keep(tx, act).await
    }

    /// Whose session this is, and that it was used now. Nobody's if it is over, or if the
    /// account has been stopped.
    pub async fn portal_session(
        &self,
        token_hash: &str,
        now: i64,
    ) -> sqlx::Result<Option<PortalSession>> {
        let done = sqlx::query(
            "UPDATE portal_sessions SET last_at = $2
             WHERE token_hash = $1 AND last_at > $3 AND opened_at > $4",
        )
        .bind(token_hash)
        .bind(now)
        .bind(now - Self::PORTAL_IDLE)
        .bind(now - Self::PORTAL_LIFE)
        .execute(&self.pool)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(None);
        }
        let row = sqlx::query(
            "SELECT s.facility_code, f.name AS facility_name, s.user_id, a.name AS user_name,
                    CASE WHEN a.administrator THEN 1 ELSE 0 END AS administrator
             FROM portal_sessions s
             JOIN accounts a ON a.facility_code = s.facility_code AND a.user_id = s.user_id
             JOIN facilities f ON f.code = s.facility_code
             WHERE s.token_hash = $1 AND a.revoked_at IS NULL",
        )
        .bind(token_hash)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(PortalSession {
                facility_code: row.try_get("facility_code")?,
                facility_name: row.try_get("facility_name")?,
                user_id: row.try_get("user_id")?,
                user_name: row.try_get("user_name")?,
                administrator: flag(&row, "administrator")?,
            })
        })
        .transpose()
    }

    /// Ends one session.
    pub async fn end_portal_session(&self, token_hash: &str, act: &Act<'_>) -> sqlx::Result<()> {
        let mut tx = self.begin(Lock::Portal).await?;
        sqlx::query("DELETE FROM portal_sessions WHERE token_hash = $1")
            .bind(token_hash)
            .execute(&mut *tx)
            .await?;
        keep(tx, act).await
    }

    /// Another password: every session of the account ends, and one begins under a fresh
    /// token. `false`: the account has been stopped.
    pub async fn change_portal_password(
        &self,
        password_hash: &str,
        token_hash: &str,
        act: &Act<'_>,
    ) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Portal).await?;
        let done = sqlx::query(
            "UPDATE accounts SET password_hash = $3
             WHERE facility_code = $1 AND user_id = $2 AND revoked_at IS NULL",
        )
        .bind(act.facility)
        .bind(act.user)
        .bind(password_hash)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        end_all(&mut tx, act.facility, act.user).await?;
        open(&mut tx, token_hash, act).await?;
        keep(tx, act).await?;
        Ok(true)
    }

    /// Ends every session of an account whose password was changed at a kiosk.
    pub async fn end_portal_sessions(&self, facility: &str, user: &str) -> sqlx::Result<()> {
        let mut connection = self.pool.acquire().await?;
        end_all(&mut connection, facility, user).await
    }
}

async fn open(connection: &mut Connection, token_hash: &str, act: &Act<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO portal_sessions (token_hash, facility_code, user_id, opened_at, last_at)
         VALUES ($1, $2, $3, $4, $4)",
    )
    .bind(token_hash)
    .bind(act.facility)
    .bind(act.user)
    .bind(act.seconds())
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends every session of an account.
pub(super) async fn end_all(
    connection: &mut Connection,
    facility: &str,
    user: &str,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM portal_sessions WHERE facility_code = $1 AND user_id = $2")
        .bind(facility)
        .bind(user)
        .execute(connection)
        .await?;
    Ok(())
}
