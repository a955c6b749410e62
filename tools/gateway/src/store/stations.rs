//! A facility's devices as the portal shows them: how they stand, and what they told.

use sqlx::Row;

use super::{Act, DatabaseRow, DeviceState, Lock, Slice, Store, audit::keep_change};

/// A device, with what it told of itself last.
#[derive(Clone, Debug)]
pub struct Station {
    pub id: String,
    pub user_id: String,
    pub serial: String,
    pub station_mode: String,
    /// 端末識別メモ情報 of the code that registered it.
    pub memo: Option<String>,
    pub registered_at: i64,
    pub state: DeviceState,
    pub certificate_from: Option<i64>,
    pub certificate_until: Option<i64>,
    /// Whether somebody is logged in at it.
    pub session_open: bool,
    pub version: Option<String>,
    pub reader: Option<String>,
    pub uptime_s: Option<i64>,
    pub told_at: Option<i64>,
    /// How often what it told did not continue its journal.
    pub breaks: i64,
}

/// An entry of a device's journal as it is kept.
#[derive(Clone, Debug)]
pub struct Written {
    pub seq: i64,
    pub happened_at: String,
    pub who: String,
    pub method: String,
    pub check: String,
    pub outcome: String,
    pub hash: String,
}

const COLUMNS: &str = "SELECT d.id, d.user_id, d.serial, d.station_mode, c.memo, d.registered_at,
        d.removed_at, d.revoked_at, a.revoked_at AS account_revoked_at,
        c.revoked_at AS code_revoked_at, d.certificate_from, d.certificate_until,
        s.opened_at AS session_opened_at, h.version, h.reader, h.uptime_s,
        h.received_at AS told_at,
        (SELECT COUNT(*) FROM journal_breaks b WHERE b.device_id = d.id) AS breaks
     FROM devices d
     JOIN accounts a ON a.facility_code = d.facility_code AND a.user_id = d.user_id
     LEFT JOIN codes c ON c.code = d.code
     LEFT JOIN sessions s ON s.device_id = d.id
     LEFT JOIN health h ON h.device_id = d.id";

impl Store {
    /// A facility's devices, the newest first, and how many there are.
    pub async fn stations(
        &self,
        facility: &str,
        slice: Slice,
    ) -> sqlx::Result<(Vec<Station>, i64)> {
        let count = "SELECT COUNT(*) FROM devices WHERE facility_code = $1";
        let rows = format!(
            "{COLUMNS} WHERE d.facility_code = $1
             ORDER BY d.registered_at DESC, d.id LIMIT $2 OFFSET $3"
        );
        self.list(count, &rows, (facility, slice), read).await
    }

    /// One device of the facility.
    pub async fn station(&self, facility: &str, id: &str) -> sqlx::Result<Option<Station>> {
        let query = format!("{COLUMNS} WHERE d.facility_code = $1 AND d.id = $2");
        let row = sqlx::query(&query).bind(facility).bind(id).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// Stops a device of the facility. `false`: it has no such device in use.
    pub async fn stop_station(&self, id: &str, act: &Act<'_>) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Portal).await?;
        let done = sqlx::query(
            "UPDATE devices SET revoked_at = $3
             WHERE facility_code = $1 AND id = $2 AND revoked_at IS NULL AND removed_at IS NULL",
        )
        .bind(act.facility)
        .bind(id)
        .bind(act.seconds())
        .execute(&mut *tx)
        .await?;
        keep_change(tx, &done, act).await
    }

    /// Remembers from when until when the certificate is good that a device was given.
    pub async fn note_certificate(&self, device: &str, from: i64, until: i64) -> sqlx::Result<()> {
        sqlx::query(
            "UPDATE devices SET certificate_from = $2, certificate_until = $3 WHERE id = $1",
        )
        .bind(device)
        .bind(from)
        .bind(until)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The number of the last entry of a device's journal; 0 without any.
    pub async fn journal_length(&self, device: &str) -> sqlx::Result<i64> {
        sqlx::query("SELECT COALESCE(MAX(seq), 0) FROM journal WHERE device_id = $1")
            .bind(device)
            .fetch_one(&self.pool)
            .await?
            .try_get(0)
    }

    /// The entries of a device's journal from `first` on, in their order.
    pub async fn journal(
        &self,
        device: &str,
        first: i64,
        limit: i64,
    ) -> sqlx::Result<Vec<Written>> {
        let rows = sqlx::query(
            "SELECT seq, happened_at, who, method, check_id, outcome, hash FROM journal
             WHERE device_id = $1 AND seq >= $2 ORDER BY seq LIMIT $3",
        )
        .bind(device)
        .bind(first)
        .bind(limit)
        .fetch_all(&self.pool)
        .await?;
        let written = rows.iter().map(|row| {
            Ok(Written {
                seq: row.try_get("seq")?,
                happened_at: row.try_get("happened_at")?,
                who: row.try_get("who")?,
                method: row.try_get("method")?,
                check: row.try_get("check_id")?,
                outcome: row.try_get("outcome")?,
                hash: row.try_get("hash")?,
            })
        });
        written.collect()
    }
}

fn read(row: &DatabaseRow) -> sqlx::Result<Station> {
    let is_there = |column| row.try_get::<Option<i64>, _>(column).map(|at| at.is_some());
    let revoked =
        is_there("revoked_at")? || is_there("account_revoked_at")? || is_there("code_revoked_at")?;
    let state = match (is_there("removed_at")?, revoked) {
        (true, _) => DeviceState::Removed,
        (false, true) => DeviceState::Revoked,
        (false, false) => DeviceState::InUse,
    };
    Ok(Station {
        id: row.try_get("id")?,
        user_id: row.try_get("user_id")?,
        serial: row.try_get("serial")?,
        station_mode: row.try_get("station_mode")?,
        memo: row.try_get("memo")?,
        registered_at: row.try_get("registered_at")?,
        state,
        certificate_from: row.try_get("certificate_from")?,
        certificate_until: row.try_get("certificate_until")?,
        session_open: is_there("session_opened_at")?,
        version: row.try_get("version")?,
        reader: row.try_get("reader")?,
        uptime_s: row.try_get("uptime_s")?,
        told_at: row.try_get("told_at")?,
        breaks: row.try_get("breaks")?,
    })
}
