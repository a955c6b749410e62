//! What an administrator asks of the gateway outside every check: each order is carried
//! out whole, and what it changes is on the disk before it is answered.

use std::time::SystemTime;

use kiosk_core::{AccountAnswer, AccountOrder, AccountTrouble, GatewayTrouble, Registration};
use kiosk_gateway::{RegistrationTrouble, answer, request};
use log::{info, warn};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    ask::{Fault, Heard, Patience},
    enrol::{self, Details, EnrolError},
    gateway::{CallError, Gateway, NoGateway},
    place::{NoRoots, Place},
    state::StateError,
};

/// Why an order came to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    #[error(transparent)]
    NoGateway(#[from] NoGateway),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Enrol(#[from] EnrolError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error("{why}")]
    Refused {
        why: RegistrationTrouble,
        /// The gateway's clock, which its times are to be read by.
        date: Option<SystemTime>,
    },
}

/// Carries an order out. Blocks as long as its calls do.
pub(crate) fn carry_out(place: &Place, order: &AccountOrder) -> AccountAnswer {
    let outcome = match order {
        AccountOrder::Terms => {
            let answer =
                |(terms, simulator)| AccountAnswer::Terms { terms: Box::new(terms), simulator };
            enrol::terms(place).map(answer).map_err(Into::into)
        }
        AccountOrder::Register(it) => register(place, it).map(done),
        AccountOrder::LogIn { user, password } => {
            log_in(place, user.expose(), password.expose()).map(done)
        }
        AccountOrder::LogOut => log_out(place).map(done),
        AccountOrder::ChangePassword { current, new } => {
            change_password(place, current.expose(), new.expose()).map(done)
        }
        AccountOrder::Remove => remove(place).map(done),
        AccountOrder::Wipe => place.state().wipe().map(done).map_err(Into::into),
    };
    outcome.unwrap_or_else(|problem| {
        warn!("{problem}");
        AccountAnswer::Refused(problem.trouble())
    })
}

fn done((): ()) -> AccountAnswer {
    AccountAnswer::Done
}

fn register(place: &Place, asked: &Registration) -> Result<(), AccountError> {
    let details = Details {
        facility: asked.facility.expose().to_owned(),
        user: asked.user.expose().to_owned(),
        code: asked.code.as_ref().map(|code| code.expose().to_owned()),
        serial: place.settings.serial.clone(),
        terms: Some(asked.terms.clone()),
        station: Some(asked.station),
    };
    let enrolled = enrol::enrol_at(place, &details, asked.password.expose())?;
    info!("registered as device {}", enrolled.device_id.as_str());
    Ok(())
}

fn log_in(place: &Place, user: &str, password: &str) -> Result<(), AccountError> {
    let gateway = Gateway::load(place, Patience::default())?;
    let heard = gateway.call(&request::open_session(user, password))?;
    let new = answer::session(&heard.answer()).map_err(|why| refused(why, &heard))?;
    keep(place, |identity| {
        identity.session = Some(new.session);
        identity.account_authority = new.account_authority;
    })
}

/// The session is forgotten here first: a gateway that cannot be reached must not keep
/// anybody logged in.
fn log_out(place: &Place) -> Result<(), AccountError> {
    let gateway = Gateway::load(place, Patience::default());
    keep(place, |identity| identity.session = None)?;
    let heard = gateway?.call(&request::close_session());
    let outcome = heard
        .map_err(|fault| fault.to_string())
        .and_then(|heard| answer::changed(&heard.answer()).map_err(|refusal| refusal.to_string()));
    if let Err(problem) = outcome {
        warn!("logged out here; the gateway was not told: {problem}");
    }
    Ok(())
}

fn change_password(place: &Place, current: &str, new: &str) -> Result<(), AccountError> {
    let gateway = Gateway::load(place, Patience::default())?;
    let heard = gateway.call(&request::change_password(current, new))?;
    answer::changed(&heard.answer()).map_err(|why| refused(why, &heard))
}

/// Marked, then told. A gateway that accepts this device no longer has nothing to be told; nor
/// can a device tell anything whose state is damaged: it is wiped all the same, so that it can
/// be registered anew.
fn remove(place: &Place) -> Result<(), AccountError> {
    use NoGateway as N;

    let state = place.state();
    let mut device = match state.device() {
        Ok(None) | Err(StateError::Damaged(_)) => return Ok(()),
        Ok(Some(device)) => device,
        Err(problem) => return Err(problem.into()),
    };
    if !device.removing {
        device.removing = true;
        state.keep_device(&device)?;
    }
    let gateway = match Gateway::load_for_removal(place, Patience::default()) {
        // The key is wiped after the gateway was told, and only then.
        Err(N::NotRegistered | N::State(StateError::KeyMissing(_) | StateError::Key(..))) => {
            return Ok(());
        }
        Err(N::Roots(NoRoots::State(StateError::Damaged(_))) | N::Tls(_)) => return Ok(()),
        gateway => gateway?,
    };
    match gateway.call(&request::remove_device()) {
        Err(CallError::Fault(Fault::RefusesUs(_))) => Ok(()),
        heard => {
            let heard = heard?;
            answer::removed(&heard.answer()).map_err(|why| refused(why, &heard))
        }
    }
}

fn keep(
    place: &Place,
    change: impl FnOnce(&mut crate::state::Identity),
) -> Result<(), AccountError> {
    let state = place.state();
    let mut device = state.device()?.ok_or(NoGateway::NotRegistered)?;
    change(device.registered.as_mut().ok_or(NoGateway::NotRegistered)?);
    Ok(state.keep_device(&device)?)
}

fn refused(why: RegistrationTrouble, heard: &Heard) -> AccountError {
    AccountError::Refused { why, date: heard.date }
}

impl AccountError {
    fn trouble(&self) -> AccountTrouble {
        match self {
            Self::NoGateway(NoGateway::State(_) | NoGateway::Roots(NoRoots::State(_)))
            | Self::State(_) => AccountTrouble::Disk,
            Self::NoGateway(problem) => AccountTrouble::Gateway(problem.trouble()),
            Self::Call(problem) => AccountTrouble::Gateway(problem.trouble()),
            Self::Refused { why, date } => trouble(why, *date),
            Self::Enrol(EnrolError::Refused { why, date }) => trouble(why, *date),
            Self::Enrol(EnrolError::NoAnswer { trouble, .. }) => AccountTrouble::Gateway(*trouble),
            Self::Enrol(EnrolError::Terms(wrong)) => AccountTrouble::Gateway(wrong.trouble),
            Self::Enrol(EnrolError::Certificate(_)) => {
                AccountTrouble::Gateway(GatewayTrouble::Nonsense)
            }
            Self::Enrol(
                EnrolError::State(_)
                | EnrolError::Key(_)
                | EnrolError::NoPassword
                | EnrolError::NotAPassword,
            ) => AccountTrouble::Disk,
        }
    }
}

fn trouble(why: &RegistrationTrouble, date: Option<SystemTime>) -> AccountTrouble {
    use {AccountTrouble as A, RegistrationTrouble as T};

    match why {
        T::FunctionNotEnabled => A::FunctionNotEnabled,
        T::CodeUnknown => A::CodeUnknown,
        T::CodeUsed => A::CodeUsed,
        T::CodeRevoked => A::CodeRevoked,
        T::CodeTooYoung { retry_after } => A::CodeTooYoung { minutes: minutes(*retry_after) },
        T::AccountNeverUsed => A::AccountNeverUsed,
        T::TermsOutdated => A::TermsOutdated,
        T::WrongCredentials { tries_left } => A::WrongCredentials { tries_left: *tries_left },
        T::AccountLocked { until } => {
            let now = date.unwrap_or_else(SystemTime::now);
            A::AccountLocked { minutes: until.as_ref().and_then(|until| left(until, now)) }
        }
        T::PasswordRefused => A::PasswordRefused,
        T::Gateway(wrong) => A::Gateway(wrong.trouble),
    }
}

/// Minutes until `until` (RFC 3339), the begun one too; at least one.
fn left(until: &str, now: SystemTime) -> Option<u16> {
    let until = OffsetDateTime::parse(until, &Rfc3339).ok()?;
    let seconds = (until - OffsetDateTime::from(now)).whole_seconds().clamp(1, 24 * 3600);
    Some(minutes(seconds as u32))
}

fn minutes(seconds: u32) -> u16 {
    u16::try_from(seconds.div_ceil(60)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    // seed 98
    #[test]
    fn the_time_left_counts_by_the_gateways_clock_and_begun_minutes_count() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let at = |seconds: u64| {
            let until = OffsetDateTime::from(now + Duration::from_secs(seconds));
            left(&until.format(&Rfc3339).expect("a time"), now)
        };
        assert_eq!((at(1800), at(61), at(60)), (Some(30), Some(2), Some(1)));
        assert_eq!((at(0), left("2020-01-01T00:00:00+09:00", now)), (Some(1), Some(1)));
        assert_eq!(left("soon", now), None);
    }
}
