//! Answers to a registration (初期登録) and to a login (システムログイン).

use kiosk_core::{Consent, Consents};
use serde::{Deserialize, Deserializer, Serialize};

use crate::{Answer, GatewayName, Id, Session, Unusable, answer, problem, problem::Problem};

/// A chain of two certificates has about 2,000 bytes.
const CHAIN_MAX: usize = 16 * 1024;

/// A device that the gateway knows now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Registered {
    pub device_id: Id,
    pub gateway_name: GatewayName,
    /// PEM: the device's certificate, then the CA's.
    pub certificate_chain: String,
    pub session: Session,
    pub account_authority: Authority,
    /// What the gateway offers this device to ask the holders of cards for.
    #[serde(default, deserialize_with = "known")]
    pub consents: Consents,
}

/// A login that went well.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NewSession {
    pub session: Session,
    pub account_authority: Authority,
}

/// What the account may do (アカウント権限).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// 一般
    General,
    /// 医療情報閲覧
    Medical,
}

/// Why a device was not registered, or an account not logged in: one variant a
/// different next step for the person who sets the kiosk up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RegistrationTrouble {
    #[error(
        "the gateway has not switched this function on for the facility: apply for it, then try again"
    )]
    FunctionNotEnabled,
    #[error("the gateway does not know the activation code: compare it with the letter")]
    CodeUnknown,
    #[error("the activation code is used already: use another one")]
    CodeUsed,
    #[error("the activation code is revoked: use another one")]
    CodeRevoked,
    #[error("the activation code cannot be used yet: try again in {retry_after} seconds")]
    CodeTooYoung {
        /// Seconds.
        retry_after: u32,
    },
    #[error("the account was never used: log in to the portal once, then try again")]
    AccountNeverUsed,
    #[error("the terms of use have changed: read and accept the new ones")]
    TermsOutdated,
    #[error("user id or password is wrong; tries left: {}", .tries_left.map_or("unknown".to_owned(), |n| n.to_string()))]
    WrongCredentials { tries_left: Option<u8> },
    #[error("the account is locked{}: wait, or have it unlocked", .until.as_ref().map(|at| format!(" until {at}")).unwrap_or_default())]
    AccountLocked {
        /// RFC 3339.
        until: Option<heapless::String<32>>,
    },
    #[error("the gateway does not take the new password: choose another one")]
    PasswordRefused,
    #[error(transparent)]
    Gateway(#[from] Unusable),
}

/// Answer to [`crate::request::register`].
///
/// Errors: the gateway refuses, or makes no sense.
pub fn registered(answer: &answer::Answer<'_>) -> Result<Registered, RegistrationTrouble> {
    if answer.status != 201 {
        return Err(refused(answer));
    }
    let registered: Registered = answer.json(201)?;
    if registered.certificate_chain.len() > CHAIN_MAX {
        return Err(Unusable::nonsense("certificate_chain", "longer than 16 KiB").into());
    }
    Ok(registered)
}

/// A new certificate for a device that the gateway knows.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Renewed {
    pub device_id: Id,
    /// PEM: the device's certificate, then the CA's.
    pub certificate_chain: String,
}

/// Answer to [`crate::request::renew`].
///
/// Errors: the gateway refuses, or makes no sense.
pub fn renewed(answer: &Answer<'_>) -> Result<Renewed, Unusable> {
    let renewed: Renewed = answer.json(201)?;
    match renewed.certificate_chain.len() {
        0..=CHAIN_MAX => Ok(renewed),
        _ => Err(Unusable::nonsense("certificate_chain", "longer than 16 KiB")),
    }
}

/// Answer to [`crate::request::open_session`].
///
/// Errors: the gateway refuses, or makes no sense.
pub fn session(answer: &Answer<'_>) -> Result<NewSession, RegistrationTrouble> {
    match answer.status {
        201 => Ok(answer.json(201)?),
        _ => Err(refused(answer)),
    }
}

/// Answer to [`crate::request::change_password`] and [`crate::request::close_session`].
///
/// Errors: the gateway refuses, or makes no sense.
pub fn changed(answer: &Answer<'_>) -> Result<(), RegistrationTrouble> {
    if answer.status == 204 { Ok(()) } else { Err(refused(answer)) }
}

/// Answer to [`crate::request::remove_device`]: a device that the gateway does not know any
/// more is removed as well (D21).
///
/// Errors: the gateway refuses, or makes no sense.
pub fn removed(answer: &Answer<'_>) -> Result<(), RegistrationTrouble> {
    match (answer.status, Problem::read(answer).code.as_str()) {
        (204, _) | (404, "device-removed") | (403, "device-unknown") => Ok(()),
        _ => Err(refused(answer)),
    }
}

/// Those that this kiosk can ask for; a newer gateway may offer more. 限度額 is never asked.
fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Consents, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    let consent = |word: &String| match word.as_str() {
        "medication" => Some(Consent::Medication),
        "treatment" => Some(Consent::Treatment),
        "checkup" => Some(Consent::Checkup),
        _ => None,
    };
    Ok(words.iter().filter_map(consent).collect())
}

fn refused(answer: &Answer<'_>) -> RegistrationTrouble {
    use RegistrationTrouble as T;

    let problem = Problem::read(answer);
    match (answer.status, problem.code.as_str()) {
        (403, "function-not-enabled") => T::FunctionNotEnabled,
        (403, "code-unknown") => T::CodeUnknown,
        (403, "code-used") => T::CodeUsed,
        (403, "code-revoked") => T::CodeRevoked,
        (403, "account-never-used") => T::AccountNeverUsed,
        (409, "terms-outdated") => T::TermsOutdated,
        // Without a time the manual's ten minutes are as good a guess as any.
        (425, "code-too-young") => {
            T::CodeTooYoung { retry_after: problem.retry_after.unwrap_or(600) }
        }
        (401, "wrong-credentials") => T::WrongCredentials { tries_left: problem.tries_left },
        (422, "password-refused") => T::PasswordRefused,
        (423, "account-locked") => T::AccountLocked { until: problem.until.and_then(time) },
        _ => T::Gateway(problem::unusable(answer)),
    }
}

/// RFC 3339 by its characters: the text is printed on a terminal, so it must hold
/// nothing else.
fn time(text: String) -> Option<heapless::String<32>> {
    let plain = |byte: u8| byte.is_ascii_digit() || b"-:.+TZ".contains(&byte);
    text.bytes().all(plain).then(|| heapless::String::try_from(text.as_str()).ok())?
}

#[cfg(test)]
mod tests {
    use kiosk_core::GatewayTrouble;

    use super::*;

    const GOOD: &str = r#"{"device_id":"0b8f3c4e-5d1a-4b7e-9c2f-6a1d2e3f4a5b","gateway_name":"reference-gateway","certificate_chain":"-----BEGIN CERTIFICATE-----","session":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","account_authority":"general","notices":[]}"#;

    fn answer<'a>(status: u16, content_type: &'a str, body: &'a str) -> Answer<'a> {
        Answer { status, content_type: Some(content_type), body: body.as_bytes() }
    }

    #[track_caller]
    fn check(status: u16, body: &str, expected: RegistrationTrouble) {
        let answer = answer(status, "application/problem+json", body);
        assert_eq!(registered(&answer), Err(expected.clone()));
        assert_eq!(session(&answer), Err(expected));
    }

    #[test]
    fn a_registered_device_is_read_and_prints_no_token() {
        let device = registered(&answer(201, "application/json", GOOD)).expect("good");
        assert_eq!(device.account_authority, Authority::General);
        assert!(!format!("{device:?}").contains("AAEC"));
    }

    #[test]
    fn what_a_gateway_offers_is_known_and_what_we_cannot_ask_for_is_left_out() {
        let offers = |list: &str| {
            let body = GOOD.replace(r#""notices""#, &format!(r#""consents":{list},"notices""#));
            registered(&answer(201, "application/json", &body)).map(|it| it.consents)
        };
        let none = registered(&answer(201, "application/json", GOOD)).expect("good").consents;
        assert_eq!((none, offers("[]")), (Consents::NONE, Ok(Consents::NONE)));
        assert_eq!(offers(r#"["checkup","medication","treatment"]"#), Ok(Consents::ALL));
        let some = Consents::NONE.with(Consent::Checkup);
        assert_eq!(offers(r#"["limit","checkup","checkup","Medication"]"#), Ok(some));
        for wrong in ["[7]", "null", r#""checkup""#, r#"{"checkup":true}"#] {
            assert!(offers(wrong).is_err(), "{wrong}");
        }
    }

    // seed 65-78
    #[test]
    fn every_refusal_has_its_next_step() {
        use RegistrationTrouble as T;
        check(403, r#"{"code":"function-not-enabled"}"#, T::FunctionNotEnabled);
        check(403, r#"{"code":"code-unknown"}"#, T::CodeUnknown);
        check(403, r#"{"code":"code-used"}"#, T::CodeUsed);
        check(403, r#"{"code":"code-revoked"}"#, T::CodeRevoked);
        check(403, r#"{"code":"account-never-used"}"#, T::AccountNeverUsed);
        check(409, r#"{"code":"terms-outdated"}"#, T::TermsOutdated);
        check(
            425,
            r#"{"code":"code-too-young","retry_after":40}"#,
            T::CodeTooYoung { retry_after: 40 },
        );
        check(
            401,
            r#"{"code":"wrong-credentials","tries_left":2}"#,
            T::WrongCredentials { tries_left: Some(2) },
        );
        check(422, r#"{"code":"password-refused"}"#, T::PasswordRefused);
        let until = heapless::String::try_from("2026-11-20T10:00:00+09:00").ok();
        check(
            423,
            r#"{"code":"account-locked","until":"2026-11-20T10:00:00+09:00"}"#,
            T::AccountLocked { until },
        );
        check(
            423,
            r#"{"code":"account-locked","until":"\u001b[2J"}"#,
            T::AccountLocked { until: None },
        );
    }

    #[test]
    fn a_renewed_certificate_is_bounded_and_names_its_device() {
        let told = |status: u16, body: &str| {
            renewed(&answer(status, "application/json", body)).map_err(|it| it.to_string())
        };
        assert_eq!(told(201, GOOD).expect("good").certificate_chain, "-----BEGIN CERTIFICATE-----");
        let long = GOOD.replace("-----BEGIN", &"-".repeat(CHAIN_MAX));
        assert_eq!(told(201, &long).expect_err("long"), "certificate_chain: longer than 16 KiB");
        assert!(told(200, GOOD).is_err() && told(201, &GOOD.replace("0b8f", "../.")).is_err());
        let unknown = answer(403, "application/problem+json", r#"{"code":"device-unknown"}"#);
        assert_eq!(renewed(&unknown).expect_err("no").trouble, GatewayTrouble::Unregistered);
    }

    #[test]
    fn a_removal_that_was_done_before_is_done() {
        let told = |status: u16, body: &str| {
            removed(&answer(status, "application/problem+json", body)).map_err(|it| it.to_string())
        };
        assert_eq!(told(204, ""), Ok(()));
        assert_eq!(told(404, r#"{"code":"device-removed"}"#), Ok(()));
        assert_eq!(told(403, r#"{"code":"device-unknown"}"#), Ok(()));
        for (status, code) in [(404, "not-found"), (401, "session-ended"), (503, "unavailable")] {
            let body = format!(r#"{{"code":"{code}"}}"#);
            assert!(told(status, &body).is_err(), "{code}");
        }
        assert!(changed(&answer(404, "application/problem+json", "{}")).is_err());
    }

    #[test]
    fn other_refusals_are_the_gateways_trouble() {
        for (status, body, trouble) in [
            (400, r#"{"code":"bad-request"}"#, GatewayTrouble::Nonsense),
            (503, "{}", GatewayTrouble::Unavailable),
            (200, GOOD, GatewayTrouble::Nonsense),
        ] {
            let got = registered(&answer(status, "application/problem+json", body));
            let Err(RegistrationTrouble::Gateway(unusable)) = got else { panic!("{got:?}") };
            assert_eq!(unusable.trouble, trouble);
        }
    }
}
