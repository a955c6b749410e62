//! Devices and their sessions.

use sqlx::Row;

use super::{Connection, Lock, Store, flag};
use crate::consents::Consents;

/// A device that asks to be registered; its account is checked already.
#[derive(Clone, Copy, Debug)]
pub struct NewDevice<'a> {
    /// The id it gets if it is new.
    pub id: &'a str,
    pub facility_code: &'a str,
    pub user_id: &'a str,
    pub code: Option<&'a str>,
    pub key_hash: &'a str,
    pub serial: &'a str,
    pub station_mode: &'a str,
    /// What it is offered.
    pub consents: Consents,
    pub token_hash: &'a str,
    pub now: i64,
}

/// Why an activation code does not register this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Unknown,
    Used,
    Revoked,
    /// Seconds until it is usable.
    TooYoung(u64),
}

/// The device that has this key.
#[derive(Clone)]
pub struct DeviceRow {
    pub id: String,
    pub facility_code: String,
    pub state: DeviceState,
    /// What it was offered when it registered.
    pub consents: Consents,
    /// SHA-256 of its session's token, hexadecimal, if a session is open, the account that
    /// opened it still stands, and the facility's function is on.
    pub token_hash: Option<String>,
    /// The account that opened it.
    pub session_user: Option<String>,
}

/// Whether a device may still ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    InUse,
    /// It removed itself, or its key was registered anew.
    Removed,
    /// Its device, its account or its code was revoked.
    Revoked,
}

/// Not even its session's hash.
impl std::fmt::Debug for DeviceRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DeviceRow({:?})", self.state)
    }
}

impl Store {
    /// Registers a device and opens its session, all or nothing; gives its id. The
    /// same key with the same code is the same device (D21).
    pub async fn register(&self, new: NewDevice<'_>) -> sqlx::Result<Result<String, Refusal>> {
        let mut tx = self.begin(Lock::Registrations).await?;
        let before = device_in_use(&mut tx, new.key_hash).await?;
        let same = before
            .as_ref()
            .filter(|(_, facility, code)| {
                facility == new.facility_code && code.as_deref() == new.code
            })
            .map(|(id, ..)| id.clone());
        if let Some(code) = new.code
            && let Some(refusal) = refuse_code(&mut tx, code, &new, same.is_some()).await?
        {
            return Ok(Err(refusal));
        }
        let id = match same {
            Some(id) => {
                sqlx::query(
                    "UPDATE devices SET user_id = $2, serial = $3, station_mode = $4, consents = $5
                     WHERE id = $1",
                )
                .bind(&id)
                .bind(new.user_id)
                .bind(new.serial)
                .bind(new.station_mode)
                .bind(new.consents.to_string())
                .execute(&mut *tx)
                .await?;
                id
            }
            None => {
                if let Some((old, ..)) = before {
                    remove(&mut tx, &old, new.now).await?;
                }
                insert(&mut tx, &new).await?;
                new.id.to_owned()
            }
        };
        put_session(&mut tx, &id, new.user_id, new.token_hash, new.now).await?;
        tx.commit().await?;
        Ok(Ok(id))
    }

    /// The newest device of this key, whatever became of it, with its session.
    pub async fn device_by_key(&self, key_hash: &str) -> sqlx::Result<Option<DeviceRow>> {
        let row = sqlx::query(
            "SELECT d.id, d.facility_code, d.consents,
                    CASE WHEN d.removed_at IS NULL THEN 0 ELSE 1 END AS removed,
                    CASE WHEN d.revoked_at IS NULL AND a.revoked_at IS NULL
                              AND c.revoked_at IS NULL THEN 0 ELSE 1 END AS revoked,
                    CASE WHEN b.revoked_at IS NULL AND f.function_enabled
                         THEN s.token_hash END AS token_hash,
                    s.user_id AS session_user
             FROM devices d
             JOIN accounts a ON a.facility_code = d.facility_code AND a.user_id = d.user_id
             JOIN facilities f ON f.code = d.facility_code
             LEFT JOIN codes c ON c.code = d.code
             LEFT JOIN sessions s ON s.device_id = d.id
             LEFT JOIN accounts b ON b.facility_code = d.facility_code AND b.user_id = s.user_id
             WHERE d.key_hash = $1
             ORDER BY d.removed_at IS NOT NULL, d.revoked_at IS NOT NULL, d.registered_at DESC
             LIMIT 1",
        )
        .bind(key_hash)
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            let state = match (flag(&row, "removed")?, flag(&row, "revoked")?) {
                (true, _) => DeviceState::Removed,
                (false, true) => DeviceState::Revoked,
                (false, false) => DeviceState::InUse,
            };
            Ok(DeviceRow {
                id: row.try_get("id")?,
                facility_code: row.try_get("facility_code")?,
                state,
                // A word of a later version is none that this one offered.
                consents: row.try_get::<&str, _>("consents")?.parse().unwrap_or_default(),
                token_hash: row.try_get("token_hash")?,
                session_user: row.try_get("session_user")?,
            })
        })
        .transpose()
    }

    /// Removes a device and ends its session.
    pub async fn remove_device(&self, id: &str, now: i64) -> sqlx::Result<()> {
        let mut tx = self.begin(Lock::Registrations).await?;
        remove(&mut tx, id, now).await?;
        tx.commit().await
    }

    /// Revokes a device. `false`: no such device.
    pub async fn revoke_device(&self, id: &str, now: i64) -> sqlx::Result<bool> {
        let done =
            sqlx::query("UPDATE devices SET revoked_at = COALESCE(revoked_at, $2) WHERE id = $1")
                .bind(id)
                .bind(now)
                .execute(&self.pool)
                .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Opens the device's session; the one before it ends.
    pub async fn open_session(
        &self,
        device: &str,
        user: &str,
        token_hash: &str,
        now: i64,
    ) -> sqlx::Result<()> {
        let mut connection = self.pool.acquire().await?;
        put_session(&mut connection, device, user, token_hash, now).await
    }

    /// Ends the device's session.
    pub async fn end_session(&self, device: &str) -> sqlx::Result<()> {
        sqlx::query("DELETE FROM sessions WHERE device_id = $1")
            .bind(device)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Id, facility and code of the device in use with this key.
async fn device_in_use(
    connection: &mut Connection,
    key_hash: &str,
) -> sqlx::Result<Option<(String, String, Option<String>)>> {
    let row = sqlx::query(
        "SELECT id, facility_code, code FROM devices
         WHERE key_hash = $1 AND removed_at IS NULL AND revoked_at IS NULL",
    )
    .bind(key_hash)
    .fetch_optional(connection)
    .await?;
    row.map(|row| Ok((row.try_get("id")?, row.try_get("facility_code")?, row.try_get("code")?)))
        .transpose()
}

/// Takes the code for this device, or says why not. `same`: it registered this very
/// device already.
async fn refuse_code(
    connection: &mut Connection,
    code: &str,
    new: &NewDevice<'_>,
    same: bool,
) -> sqlx::Result<Option<Refusal>> {
    let row = sqlx::query(
        "SELECT usable_from, used_at, revoked_at FROM codes WHERE code = $1 AND facility_code = $2",
    )
    .bind(code)
    .bind(new.facility_code)
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(Some(Refusal::Unknown)) };
    let usable_from: i64 = row.try_get("usable_from")?;
    if row.try_get::<Option<i64>, _>("revoked_at")?.is_some() {
        return Ok(Some(Refusal::Revoked));
    }
    if same {
        return Ok(None);
    }
    if row.try_get::<Option<i64>, _>("used_at")?.is_some() {
        return Ok(Some(Refusal::Used));
    }
    if let Ok(seconds @ 1..) = u64::try_from(usable_from - new.now) {
        return Ok(Some(Refusal::TooYoung(seconds)));
    }
    sqlx::query("UPDATE codes SET used_at = $2 WHERE code = $1")
        .bind(code)
        .bind(new.now)
        .execute(connection)
        .await?;
    Ok(None)
}

async fn insert(connection: &mut Connection, new: &NewDevice<'_>) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO devices (id, facility_code, user_id, code, key_hash, serial, station_mode,
                              consents, registered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.id)
    .bind(new.facility_code)
    .bind(new.user_id)
    .bind(new.code)
    .bind(new.key_hash)
    .bind(new.serial)
    .bind(new.station_mode)
    .bind(new.consents.to_string())
    .bind(new.now)
    .execute(connection)
    .await?;
    Ok(())
}

async fn remove(connection: &mut Connection, id: &str, now: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE devices SET removed_at = COALESCE(removed_at, $2) WHERE id = $1")
        .bind(id)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    sqlx::query("DELETE FROM sessions WHERE device_id = $1").bind(id).execute(connection).await?;
    Ok(())
}

async fn put_session(
    connection: &mut Connection,
    device: &str,
    user: &str,
    token_hash: &str,
    now: i64,
) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO sessions (device_id, token_hash, user_id, opened_at) VALUES ($1, $2, $3, $4)
         ON CONFLICT (device_id) DO UPDATE SET
             token_hash = excluded.token_hash, user_id = excluded.user_id,
             opened_at = excluded.opened_at",
    )
    .bind(device)
    .bind(token_hash)
    .bind(user)
    .bind(now)
    .execute(connection)
    .await?;
    Ok(())
}
