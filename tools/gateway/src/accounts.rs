//! Account passwords: argon2id, five tries, half an hour; and `PUT /v1/account/password`.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use zeroize::Zeroizing;

use crate::{
    clock::japan,
    fields,
    gateway::Gateway,
    problem::Problem,
    request::{InSession, Json},
    store::{Account, Try},
};

/// How long a password waits for its turn to be hashed.
const TURN_PATIENCE: Duration = Duration::from_secs(5);
/// Compared when there is no such account, so that this takes as long as any other.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash(&crate::hash::token()));

/// A password's argon2id hash, as a PHC string.
///
/// # Panics
/// Never: the parameters are the library's own and a salt is always at hand.
pub fn hash(password: &str) -> String {
    let salt = crate::hash::random::<16>();
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .expect("default parameters and 16 bytes of salt serve")
        .to_string()
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPassword {
    old_password: Zeroizing<String>,
    new_password: Zeroizing<String>,
}

/// `PUT /v1/account/password`, of the account whose session this is. The old password is
/// a try like any other, and comes first: nobody learns the rules by guessing.
pub(crate) async fn change_password(
    State(gateway): State<Arc<Gateway>>,
    InSession(device): InSession,
    Json(asked): Json<NewPassword>,
) -> Result<Response, Problem> {
    fields::password(&asked.old_password)?;
    fields::password(&asked.new_password)?;
    let user = device.session_user.ok_or(Problem::SessionEnded)?;
    gateway.log_in(&device.facility_code, &user, asked.old_password).await?;
    fields::new_password(&asked.new_password)?;
    let hash = gateway.hash(asked.new_password).await?;
    gateway.store.set_password(&device.facility_code, &user, &hash).await?;
    gateway.store.end_portal_sessions(&device.facility_code, &user).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

impl Gateway {
    /// The account that may be used at a device, and whose password this is.
    ///
    /// Errors: the contract's refusals of credentials.
    pub(crate) async fn log_in(
        &self,
        facility: &str,
        user: &str,
        password: Zeroizing<String>,
    ) -> Result<Account, Problem> {
        let account = self.store.account(facility, user);
        let account =
            self.compare(facility, user, password, account, |it| &it.password_hash).await?;
        if account.has_logged_in { Ok(account) } else { Err(Problem::AccountNeverUsed) }
    }

    /// What `account` finds, if this is its password. A try is charged before it is looked up
    /// and compared; names that nobody has take as long, and are locked the same way.
    ///
    /// Errors: wrong credentials, or too many of them.
    pub(crate) async fn compare<T>(
        &self,
        facility: &str,
        user: &str,
        password: Zeroizing<String>,
        account: impl Future<Output = sqlx::Result<Option<T>>>,
        hash: fn(&T) -> &str,
    ) -> Result<T, Problem> {
        let turn = tokio::time::timeout(TURN_PATIENCE, self.hashing.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(Problem::Unavailable) };
        let now = self.now();
        let (wrong, locked_until) =
            match self.store.charge(facility, user, now.unix_timestamp()).await? {
                Try::Charged { wrong, locked_until } => (wrong, locked_until),
                Try::Locked { until } => return Err(locked(until)),
                Try::NoRoom => return Err(Problem::Unavailable),
            };
        let account = account.await?;
        let known = account.as_ref().map_or(&**NOBODY, hash).to_owned();
        let right = tokio::task::spawn_blocking(move || matches(&password, &known)).await;
        match account {
            Some(account) if right.unwrap_or(false) => {
                self.store.forgive(facility, user).await?;
                Ok(account)
            }
            _ => Err(match locked_until {
                Some(until) => locked(until),
                None => Problem::WrongCredentials {
                    tries_left: crate::store::Store::TRIES_MAX.saturating_sub(wrong),
                },
            }),
        }
    }

    /// The hash of a new password, when its turn has come.
    ///
    /// Errors: too many are hashed already.
    pub(crate) async fn hash(&self, password: Zeroizing<String>) -> Result<String, Problem> {
        let turn = tokio::time::timeout(TURN_PATIENCE, self.hashing.acquire()).await;
        let Ok(Ok(_turn)) = turn else { return Err(Problem::Unavailable) };
        let hash = tokio::task::spawn_blocking(move || hash(&password)).await;
        hash.map_err(|_| Problem::Unavailable)
    }
}

fn locked(until: i64) -> Problem {
    let until = OffsetDateTime::from_unix_timestamp(until).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let until = japan(until).format(&Rfc3339).expect("a moment of this age has a form");
    Problem::AccountLocked { until }
}
