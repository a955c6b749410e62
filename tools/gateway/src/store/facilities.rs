//! Facilities (医療機関等): their administrators, and whether the function is turned on.

use sqlx::Row;

use super::{Act, Connection, Lock, Store, audit::keep, flag};

/// What the administrator has decided.
#[derive(Clone, Debug)]
pub struct Facility {
    pub name: String,
    /// 外来診療等（通常とは異なる動線）機能
    pub function_enabled: bool,
    /// The portal's terms that were confirmed last; empty for none.
    pub terms_version: String,
}

/// A facility and its 管理アカウント.
#[derive(Clone, Copy)]
pub struct NewAdministrator<'a> {
    pub facility_code: &'a str,
    pub facility_name: &'a str,
    pub user_id: &'a str,
    /// argon2id, PHC string.
    pub password_hash: &'a str,
}

impl std::fmt::Debug for NewAdministrator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewAdministrator(…)")
    }
}

impl Store {
    /// Makes the facility, with the function off, or changes its name; makes the
    /// administrator, or changes the password, lifts the lock and ends what is logged in.
    /// `false`: the user id belongs to an account that is no administrator.
    pub async fn put_administrator(&self, new: NewAdministrator<'_>) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Portal).await?;
        sqlx::query(
            "INSERT INTO facilities (code, name, function_enabled) VALUES ($1, $2, FALSE)
             ON CONFLICT (code) DO UPDATE SET name = excluded.name",
        )
        .bind(new.facility_code)
        .bind(new.facility_name)
        .execute(&mut *tx)
        .await?;
        let done = sqlx::query(
            "INSERT INTO accounts (facility_code, user_id, password_hash, authority, limited,
                                   has_logged_in, administrator)
             VALUES ($1, $2, $3, 'general', FALSE, FALSE, TRUE)
             ON CONFLICT (facility_code, user_id) DO UPDATE SET
                 password_hash = excluded.password_hash, revoked_at = NULL
             WHERE accounts.administrator",
        )
        .bind(new.facility_code)
        .bind(new.user_id)
        .bind(new.password_hash)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        super::accounts::clear(&mut tx, new.facility_code, new.user_id).await?;
        super::portal_sessions::end_all(&mut tx, new.facility_code, new.user_id).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The facility, unless it is unknown.
    pub async fn facility(&self, code: &str) -> sqlx::Result<Option<Facility>> {
        let row = sqlx::query(
            "SELECT name, CASE WHEN function_enabled THEN 1 ELSE 0 END AS function_enabled,
                    terms_version
             FROM facilities WHERE code = $1",
        )
        .bind(code)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Facility {
                name: row.try_get("name")?,
                function_enabled: flag(&row, "function_enabled")?,
                terms_version: row.try_get("terms_version")?,
            })
        })
        .transpose()
    }

    /// The administrator has read the terms of this version.
    pub async fn confirm_terms(&self, version: &str, act: &Act<'_>) -> sqlx::Result<()> {
        let mut tx = self.begin(Lock::Portal).await?;
        sqlx::query("UPDATE facilities SET terms_version = $2 WHERE code = $1")
            .bind(act.facility)
            .bind(version)
            .execute(&mut *tx)
            .await?;
        keep(tx, act).await
    }

    /// Turns the function on or off. Off ends the sessions of the facility's devices. `false`:
    /// the terms of this version are not confirmed yet, and it stays off.
    pub async fn set_function(
        &self,
        enabled: bool,
        terms_version: &str,
        act: &Act<'_>,
    ) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Portal).await?;
        let done = sqlx::query(
            "UPDATE facilities SET function_enabled = $2
             WHERE code = $1 AND (terms_version = $3 OR NOT $2)",
        )
        .bind(act.facility)
        .bind(enabled)
        .bind(terms_version)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        if !enabled {
            sqlx::query(
                "DELETE FROM sessions WHERE device_id IN
                     (SELECT id FROM devices WHERE facility_code = $1)",
            )
            .bind(act.facility)
            .execute(&mut *tx)
            .await?;
        }
        keep(tx, act).await?;
        Ok(true)
    }
}

/// The facility of an account or a code that is made at the command line.
pub(super) async fn ensure(connection: &mut Connection, code: &str) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO facilities (code, name, function_enabled) VALUES ($1, '', TRUE)
         ON CONFLICT (code) DO NOTHING",
    )
    .bind(code)
    .execute(connection)
    .await?;
    Ok(())
}
