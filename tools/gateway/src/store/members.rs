//! Accounts as the portal sees them: their names, when they begin, how they stand.

use sqlx::Row;

use super::{
    Act, Authority, DatabaseRow, Lock, Slice, Store,
    accounts::clear,
    audit::{keep, keep_change},
    flag,
};

/// An account of a facility, or its 管理アカウント.
#[derive(Clone)]
pub struct Member {
    pub user_id: String,
    /// argon2id, PHC string.
    pub password_hash: String,
    pub name: String,
    pub kana: String,
    pub authority: Authority,
    pub administrator: bool,
    pub has_logged_in: bool,
    /// 利用開始年月日: the beginning of that day in Japan.
    pub starts_at: i64,
    pub revoked_at: Option<i64>,
    pub locked_until: Option<i64>,
}

impl std::fmt::Debug for Member {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Member({:?})", self.authority)
    }
}

/// An account that is registered at the portal; its fields are checked already.
#[derive(Clone, Copy)]
pub struct NewMember<'a> {
    pub user_id: &'a str,
    /// argon2id, PHC string.
    pub password_hash: &'a str,
    pub name: &'a str,
    pub kana: &'a str,
    pub authority: Authority,
    pub starts_at: i64,
}

impl std::fmt::Debug for NewMember<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewMember({:?})", self.authority)
    }
}

const COLUMNS: &str = "SELECT a.user_id, a.password_hash, a.name, a.kana, a.authority,
        CASE WHEN a.administrator THEN 1 ELSE 0 END AS administrator,
        CASE WHEN a.has_logged_in THEN 1 ELSE 0 END AS has_logged_in,
        a.starts_at, a.revoked_at, t.locked_until
     FROM accounts a
     LEFT JOIN tries t ON t.facility_code = a.facility_code AND t.user_id = a.user_id";

/// Those with a form of their own at the portal; administrators are made at the command line.
const OF_FACILITY: &str = "a.facility_code = $1 AND NOT a.administrator";

impl Store {
    /// The account or administrator that may log in at the portal: known and not stopped.
    pub async fn portal_account(&self, facility: &str, user: &str) -> sqlx::Result<Option<Member>> {
        let query = format!(
            "{COLUMNS} WHERE a.facility_code = $1 AND a.user_id = $2 AND a.revoked_at IS NULL"
        );
        let row = sqlx::query(&query).bind(facility).bind(user).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// An account of the facility, stopped ones too, administrators not.
    pub async fn member(&self, facility: &str, user: &str) -> sqlx::Result<Option<Member>> {
        let query = format!("{COLUMNS} WHERE {OF_FACILITY} AND a.user_id = $2");
        let row = sqlx::query(&query).bind(facility).bind(user).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// A facility's accounts by their user ids, and how many there are.
    pub async fn members(&self, facility: &str, slice: Slice) -> sqlx::Result<(Vec<Member>, i64)> {
        let count = format!("SELECT COUNT(*) FROM accounts a WHERE {OF_FACILITY}");
        let rows = format!("{COLUMNS} WHERE {OF_FACILITY} ORDER BY a.user_id LIMIT $2 OFFSET $3");
        self.list(&count, &rows, (facility, slice), read).await
    }

    /// Registers an account that has never logged in. `false`: the facility has had such a
    /// user id already.
    pub async fn add_member(&self, new: NewMember<'_>, act: &Act<'_>) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Tries).await?;
        let done = sqlx::query(
            "INSERT INTO accounts (facility_code, user_id, password_hash, authority, limited,
                                   has_logged_in, name, kana, starts_at)
             VALUES ($1, $2, $3, $4, FALSE, FALSE, $5, $6, $7)
             ON CONFLICT (facility_code, user_id) DO NOTHING",
        )
        .bind(act.facility)
        .bind(new.user_id)
        .bind(new.password_hash)
        .bind(new.authority.name())
        .bind(new.name)
        .bind(new.kana)
        .bind(new.starts_at)
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        // Whoever tried this name before it was one has no part in it.
        clear(&mut tx, act.facility, new.user_id).await?;
        keep(tx, act).await?;
        Ok(true)
    }

    /// Other names and another authority. `false`: no such account that stands.
    pub async fn change_member(
        &self,
        user: &str,
        name: &str,
        kana: &str,
        authority: Authority,
        act: &Act<'_>,
    ) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Portal).await?;
        let done = sqlx::query(
            "UPDATE accounts SET name = $3, kana = $4, authority = $5
             WHERE facility_code = $1 AND user_id = $2 AND revoked_at IS NULL AND NOT administrator",
        )
        .bind(act.facility)
        .bind(user)
        .bind(name)
        .bind(kana)
        .bind(authority.name())
        .execute(&mut *tx)
        .await?;
        keep_change(tx, &done, act).await
    }

    /// Stops an account for good, and with it the devices that it registered and whoever is
    /// logged in with it. `false`: no such account that stands.
    pub async fn stop_member(&self, user: &str, act: &Act<'_>) -> sqlx::Result<bool> {
        let mut tx = self.begin(Lock::Portal).await?;
        let done = sqlx::query(
            "UPDATE accounts SET revoked_at = $3
             WHERE facility_code = $1 AND user_id = $2 AND revoked_at IS NULL AND NOT administrator",
        )
        .bind(act.facility)
        .bind(user)
        .bind(act.seconds())
        .execute(&mut *tx)
        .await?;
        if done.rows_affected() == 0 {
            return Ok(false);
        }
        super::portal_sessions::end_all(&mut tx, act.facility, user).await?;
        keep(tx, act).await?;
        Ok(true)
    }

    /// Lifts an account's lock: its tries begin anew.
    pub async fn unlock_member(&self, user: &str, act: &Act<'_>) -> sqlx::Result<()> {
        let mut tx = self.begin(Lock::Tries).await?;
        clear(&mut tx, act.facility, user).await?;
        keep(tx, act).await
    }
}

fn read(row: &DatabaseRow) -> sqlx::Result<Member> {
    Ok(Member {
        user_id: row.try_get("user_id")?,
        password_hash: row.try_get("password_hash")?,
        name: row.try_get("name")?,
        kana: row.try_get("kana")?,
        authority: match row.try_get::<&str, _>("authority")? {
            "medical" => Authority::Medical,
            _ => Authority::General,
        },
        administrator: flag(row, "administrator")?,
        has_logged_in: flag(row, "has_logged_in")?,
        starts_at: row.try_get("starts_at")?,
        revoked_at: row.try_get("revoked_at")?,
        locked_until: row.try_get("locked_until")?,
    })
}
