//! Activation codes (アクティベーションコード), as the portal would issue them.

use time::OffsetDateTime;

use crate::store::Store;

/// Seconds until a fresh code can be used.
pub const RIPENS: i64 = 10 * 60;
/// Tries to find twelve digits that are not taken.
const DRAWS_MAX: u32 = 8;

/// Issues a code for a facility; one that is `usable_now` was issued ten minutes ago,
/// as far as anybody can tell.
///
/// Errors: the database's; or no digits are free, which does not happen by chance.
pub async fn issue(
    store: &Store,
    facility: &str,
    memo: &str,
    usable_now: bool,
    now: OffsetDateTime,
) -> sqlx::Result<String> {
    let usable_from = now.unix_timestamp() + if usable_now { 0 } else { RIPENS };
    for _ in 0..DRAWS_MAX {
        let code = crate::hash::activation_code();
        if store.put_code(&code, facility, memo, usable_from).await? {
            return Ok(code);
        }
    }
    Err(sqlx::Error::RowNotFound)
}
