//! Accounts, their wrong passwords, and activation codes.

use sqlx::Row;

use super::{Connection, Lock, Store, flag};

/// An account of a facility.
#[derive(Clone)]
pub struct Account {
    pub facility_code: String,
    pub user_id: String,
    /// argon2id, PHC string.
    pub password_hash: String,
    pub authority: Authority,
    /// 資格確認限定型: registers without an activation code.
    pub limited: bool,
    /// Of its facility: 外来診療等（通常とは異なる動線）機能.
    pub function_enabled: bool,
    pub has_logged_in: bool,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({:?})", self.authority)
    }
}

/// What an account may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authority {
    /// 一般利用者
    General,
    /// 医療情報閲覧
    Medical,
}

impl Authority {
    pub fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Medical => "medical",
        }
    }
}

/// A try at a password, charged before the password is compared (D25).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Try {
    /// So many since the last right one, this one included.
    Charged { wrong: u32, locked_until: Option<i64> },
    /// Locked before this try.
    Locked { until: i64 },
    /// Too many different names are being tried.
    NoRoom,
}

impl Store {
    /// Wrong passwords until the lock (seed: 5回間違えると).
    pub const TRIES_MAX: u32 = 5;
    /// Seconds (seed: 30分間).
    pub const LOCK: i64 = 30 * 60;
    /// Seconds after which wrong passwords are forgotten.
    const TRIES_KEPT: i64 = 24 * 60 * 60;
    /// Different names kept in mind; whoever tries more is not served.
    const TRIES_ROWS_MAX: i64 = 10_000;

    /// Makes the account, or changes it and lifts its lock; and turns its facility's function
    /// on or off. An administrator becomes an account.
    pub async fn put_account(&self, account: &Account) -> sqlx::Result<()> {
        let mut tx = self.begin(Lock::Tries).await?;
        super::facilities::ensure(&mut tx, &account.facility_code).await?;
        sqlx::query("UPDATE facilities SET function_enabled = $2 WHERE code = $1")
            .bind(&account.facility_code)
            .bind(account.function_enabled)
            .execute(&mut *tx)
            .await?;
        sqlx::query(
            "INSERT INTO accounts (facility_code, user_id, password_hash, authority, limited,
                                   has_logged_in)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (facility_code, user_id) DO UPDATE SET
                 password_hash = excluded.password_hash, authority = excluded.authority,
                 limited = excluded.limited, has_logged_in = excluded.has_logged_in,
                 administrator = FALSE, revoked_at = NULL",
        )
        .bind(&account.facility_code)
        .bind(&account.user_id)
        .bind(&account.password_hash)
        .bind(account.authority.name())
        .bind(account.limited)
        .bind(account.has_logged_in)
        .execute(&mut *tx)
        .await?;
        clear(&mut tx, &account.facility_code, &account.user_id).await?;
        tx.commit().await
    }

    /// The account, unless it is unknown or revoked, or an administrator, who has nothing to
    /// do at a device.
    pub async fn account(&self, facility: &str, user: &str) -> sqlx::Result<Option<Account>> {
        let row = sqlx::query(
            "SELECT a.password_hash, a.authority,
                    CASE WHEN a.limited THEN 1 ELSE 0 END AS limited,
                    CASE WHEN f.function_enabled THEN 1 ELSE 0 END AS function_enabled,
                    CASE WHEN a.has_logged_in THEN 1 ELSE 0 END AS has_logged_in
             FROM accounts a JOIN facilities f ON f.code = a.facility_code
             WHERE a.facility_code = $1 AND a.user_id = $2 AND a.revoked_at IS NULL
                 AND NOT a.administrator",
        )
        .bind(facility)
        .bind(user)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Account {
                facility_code: facility.to_owned(),
                user_id: user.to_owned(),
                password_hash: row.try_get("password_hash")?,
                authority: match row.try_get::<&str, _>("authority")? {
                    "medical" => Authority::Medical,
                    _ => Authority::General,
                },
                limited: flag(&row, "limited")?,
                function_enabled: flag(&row, "function_enabled")?,
                has_logged_in: flag(&row, "has_logged_in")?,
            })
        })
        .transpose()
    }

    /// Counts a try at this name before anybody knows whether it is right. The fifth
    /// locks; a right one is taken back by [`Store::forgive`].
    pub async fn charge(&self, facility: &str, user: &str, now: i64) -> sqlx::Result<Try> {
        let mut tx = self.begin(Lock::Tries).await?;
        sqlx::query("DELETE FROM tries WHERE last_at < $1")
            .bind(now - Self::TRIES_KEPT)
            .execute(&mut *tx)
            .await?;
        let row = sqlx::query(
            "SELECT wrong, locked_until FROM tries WHERE facility_code = $1 AND user_id = $2",
        )
        .bind(facility)
        .bind(user)
        .fetch_optional(&mut *tx)
        .await?;
        let before = match row {
            Some(row) => (row.try_get::<i64, _>("wrong")?, row.try_get("locked_until")?),
            None => {
                let rows: i64 = sqlx::query("SELECT COUNT(*) FROM tries")
                    .fetch_one(&mut *tx)
                    .await?
                    .try_get(0)?;
                if rows >= Self::TRIES_ROWS_MAX {
                    return Ok(Try::NoRoom);
                }
                (0, None)
            }
        };
        let wrong = match before {
            (_, Some(until)) if until > now => return Ok(Try::Locked { until }),
            (_, Some(_)) => 1,
            (wrong, None) => wrong + 1,
        };
        let locked_until = (wrong >= i64::from(Self::TRIES_MAX)).then_some(now + Self::LOCK);
        sqlx::query(
            "INSERT INTO tries (facility_code, user_id, wrong, locked_until, last_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (facility_code, user_id) DO UPDATE SET
                 wrong = excluded.wrong, locked_until = excluded.locked_until,
                 last_at = excluded.last_at",
        )
        .bind(facility)
        .bind(user)
        .bind(wrong)
        .bind(locked_until)
        .bind(now)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(Try::Charged { wrong: u32::try_from(wrong).unwrap_or(u32::MAX), locked_until })
    }

    /// The password was right: the tries begin anew.
    pub async fn forgive(&self, facility: &str, user: &str) -> sqlx::Result<()> {
        let mut tx = self.begin(Lock::Tries).await?;
        clear(&mut tx, facility, user).await?;
        tx.commit().await
    }

    /// Another password for an account that stands; its sessions stay.
    pub async fn set_password(&self, facility: &str, user: &str, hash: &str) -> sqlx::Result<()> {
        sqlx::query(
            "UPDATE accounts SET password_hash = $3
             WHERE facility_code = $1 AND user_id = $2 AND revoked_at IS NULL",
        )
        .bind(facility)
        .bind(user)
        .bind(hash)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Revokes an account. `false`: no such account.
    pub async fn revoke_account(&self, facility: &str, user: &str, now: i64) -> sqlx::Result<bool> {
        let done = sqlx::query(
            "UPDATE accounts SET revoked_at = COALESCE(revoked_at, $3)
             WHERE facility_code = $1 AND user_id = $2",
        )
        .bind(facility)
        .bind(user)
        .bind(now)
        .execute(&self.pool)
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Keeps a new activation code. `false`: there is such a code already.
    pub async fn put_code(
        &self,
        code: &str,
        facility: &str,
        memo: &str,
        usable_from: i64,
    ) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Registrations).await?;
        super::facilities::ensure(&mut tx, facility).await?;
        let done = sqlx::query(
            "INSERT INTO codes (code, facility_code, memo, usable_from, issue_number)
             SELECT $1, $2, $3, $4, COALESCE(MAX(issue_number), 0) + 1
             FROM codes WHERE facility_code = $2
             ON CONFLICT (code) DO NOTHING",
        )
        .bind(code)
        .bind(facility)
        .bind(memo)
        .bind(usable_from)
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(done.rows_affected() == 1)
    }

    /// Revokes a code and with it the device that it registered. `false`: no such code.
    pub async fn revoke_code(&self, code: &str, now: i64) -> sqlx::Result<bool> {
        let done =
            sqlx::query("UPDATE codes SET revoked_at = COALESCE(revoked_at, $2) WHERE code = $1")
                .bind(code)
                .bind(now)
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected() == 1)
    }
}

pub(super) async fn clear(
    connection: &mut Connection,
    facility: &str,
    user: &str,
) -> sqlx::Result<()> {
    sqlx::query("DELETE FROM tries WHERE facility_code = $1 AND user_id = $2")
        .bind(facility)
        .bind(user)
        .execute(connection)
        .await?;
    Ok(())
}
