//! 操作記録: what was done at the portal, by whom, to what, and when. No password is ever
//! in it, and of an activation code only its end.

use sqlx::{Any, Row, Transaction, any::AnyQueryResult};
use time::OffsetDateTime;

use super::{Connection, DatabaseRow, Slice, Store};

/// Something that an account did.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    pub facility: &'a str,
    pub user: &'a str,
    pub action: Action,
    /// What it was done to: a user id, the end of a code, a device.
    pub target: &'a str,
    pub at: OffsetDateTime,
}

impl Act<'_> {
    pub(super) fn seconds(&self) -> i64 {
        self.at.unix_timestamp()
    }
}

/// What can be done at the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    LoggedIn,
    LoginRefused,
    LoggedOut,
    PasswordChanged,
    TermsConfirmed,
    FunctionOn,
    FunctionOff,
    CodeIssued,
    CodeInvalidated,
    AccountMade,
    AccountChanged,
    AccountStopped,
    AccountUnlocked,
    DeviceStopped,
}

impl Action {
    pub const ALL: [Self; 14] = [
        Self::LoggedIn,
        Self::LoginRefused,
        Self::LoggedOut,
        Self::PasswordChanged,
        Self::TermsConfirmed,
        Self::FunctionOn,
        Self::FunctionOff,
        Self::CodeIssued,
        Self::CodeInvalidated,
        Self::AccountMade,
        Self::AccountChanged,
        Self::AccountStopped,
        Self::AccountUnlocked,
        Self::DeviceStopped,
    ];

    /// The database's word.
    pub fn name(self) -> &'static str {
        match self {
            Self::LoggedIn => "logged-in",
            Self::LoginRefused => "login-refused",
            Self::LoggedOut => "logged-out",
            Self::PasswordChanged => "password-changed",
            Self::TermsConfirmed => "terms-confirmed",
            Self::FunctionOn => "function-on",
            Self::FunctionOff => "function-off",
            Self::CodeIssued => "code-issued",
            Self::CodeInvalidated => "code-invalidated",
            Self::AccountMade => "account-made",
            Self::AccountChanged => "account-changed",
            Self::AccountStopped => "account-stopped",
            Self::AccountUnlocked => "account-unlocked",
            Self::DeviceStopped => "device-stopped",
        }
    }
}

/// An act as it is kept.
#[derive(Clone, Debug)]
pub struct Kept {
    pub user_id: String,
    /// `None`: a word of a later version.
    pub action: Option<Action>,
    pub target: String,
    pub at: OffsetDateTime,
}

impl Store {
    /// Keeps an act that changed nothing else in the database.
    pub async fn note(&self, act: &Act<'_>) -> sqlx::Result<()> {
        let mut connection = self.pool.acquire().await?;
        note(&mut connection, act).await
    }

    /// What was done at a facility, the newest first; and how much there is.
    pub async fn acts(&self, facility: &str, slice: Slice) -> sqlx::Result<(Vec<Kept>, i64)> {
        let count = "SELECT COUNT(*) FROM audit WHERE facility_code = $1";
        let rows = "SELECT happened_at, user_id, action, target FROM audit WHERE facility_code = $1
             ORDER BY happened_at DESC, id LIMIT $2 OFFSET $3";
        self.list(count, rows, (facility, slice), read).await
    }
}

fn read(row: &DatabaseRow) -> sqlx::Result<Kept> {
    let action: String = row.try_get("action")?;
    let at = i128::from(row.try_get::<i64, _>("happened_at")?) * 1000;
    Ok(Kept {
        user_id: row.try_get("user_id")?,
        action: Action::ALL.into_iter().find(|it| it.name() == action),
        target: row.try_get("target")?,
        at: OffsetDateTime::from_unix_timestamp_nanos(at).unwrap_or(OffsetDateTime::UNIX_EPOCH),
    })
}

/// Ends a transaction with what it changed and the act that changed it.
pub(super) async fn keep(mut tx: Transaction<'_, Any>, act: &Act<'_>) -> sqlx::Result<()> {
    note(&mut tx, act).await?;
    tx.commit().await
}

/// The same, unless its one statement changed nothing. Whether it did.
pub(super) async fn keep_change(
    tx: Transaction<'_, Any>,
    done: &AnyQueryResult,
    act: &Act<'_>,
) -> sqlx::Result<bool> {
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    keep(tx, act).await?;
    Ok(true)
}

async fn note(connection: &mut Connection, act: &Act<'_>) -> sqlx::Result<()> {
    let at = i64::try_from(act.at.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX);
    sqlx::query(
        "INSERT INTO audit (id, facility_code, happened_at, user_id, action, target)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(crate::hash::uuid().to_string())
    .bind(act.facility)
    .bind(at)
    .bind(act.user)
    .bind(act.action.name())
    .bind(act.target)
    .execute(connection)
    .await?;
    Ok(())
}
