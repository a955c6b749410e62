//! A facility's activation codes, as the portal lists them.

use sqlx::Row;

use super::{Act, DatabaseRow, Lock, Slice, Store, audit::keep_change};

/// An activation code.
#[derive(Clone)]
pub struct CodeRow {
    pub code: String,
    /// 端末識別メモ情報
    pub memo: String,
    pub usable_from: i64,
    pub used_at: Option<i64>,
    pub revoked_at: Option<i64>,
}

impl std::fmt::Debug for CodeRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeRow(…)")
    }
}

impl Store {
    /// A facility's codes, the newest first, and how many there are.
    pub async fn codes(&self, facility: &str, slice: Slice) -> sqlx::Result<(Vec<CodeRow>, i64)> {
        let count = "SELECT COUNT(*) FROM codes WHERE facility_code = $1";
        let rows = "SELECT code, memo, usable_from, used_at, revoked_at FROM codes
             WHERE facility_code = $1 ORDER BY issue_number DESC, code LIMIT $2 OFFSET $3";
        self.list(count, rows, (facility, slice), read).await
    }

    /// One code of the facility.
    pub async fn code(&self, facility: &str, code: &str) -> sqlx::Result<Option<CodeRow>> {
        let row = sqlx::query(
            "SELECT code, memo, usable_from, used_at, revoked_at FROM codes
             WHERE facility_code = $1 AND code = $2",
        )
        .bind(facility)
        .bind(code)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(read).transpose()
    }

    /// Invalidates a code, and with it the device that it registered. `false`: the facility
    /// has no such code that is valid.
    pub async fn invalidate_code(&self, code: &str, act: &Act<'_>) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Portal).await?;
        let done = sqlx::query(
            "UPDATE codes SET revoked_at = $3
             WHERE facility_code = $1 AND code = $2 AND revoked_at IS NULL",
        )
        .bind(act.facility)
        .bind(code)
        .bind(act.seconds())
        .execute(&mut *tx)
        .await?;
        keep_change(tx, &done, act).await
    }
}

fn read(row: &DatabaseRow) -> sqlx::Result<CodeRow> {
    Ok(CodeRow {
        code: row.try_get("code")?,
        memo: row.try_get("memo")?,
        usable_from: row.try_get("usable_from")?,
        used_at: row.try_get("used_at")?,
        revoked_at: row.try_get("revoked_at")?,
    })
}
