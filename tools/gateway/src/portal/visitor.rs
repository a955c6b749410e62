//! Who asks: a cookie with 256 random bits, of which the store has the hash. It changes at
//! every login, so that one that was planted before is worth nothing.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, header, request::Parts},
};
use subtle::ConstantTimeEq;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::refusal::Refusal;
use crate::{
    gateway::Gateway,
    store::{Act, Action, PortalSession},
};

/// The prefix binds it to this host, and to https (RFC 6265bis, 4.1.3.2).
const COOKIE: &str = "__Host-portal";
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";
/// base64url of 32 bytes.
const TOKEN_LENGTH: usize = 43;

/// What the cookie holds.
#[derive(Clone)]
pub(super) struct Token(Zeroizing<String>);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Whoever asks, logged in or not.
#[derive(Debug)]
pub(super) struct Visitor {
    pub(super) token: Option<Token>,
    pub(super) session: Option<PortalSession>,
}

/// Somebody who is logged in.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) token: Token,
    pub(super) session: PortalSession,
}

/// An administrator who is logged in.
#[derive(Debug)]
pub(super) struct Admin(pub(super) Member);

impl Token {
    pub(super) fn fresh() -> Self {
        Self(Zeroizing::new(crate::hash::token()))
    }

    /// The request's, if there is exactly one that may be one.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let lines = headers.get_all(header::COOKIE).iter();
        let mut ours = lines
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='));
        let (Some(only), None) = (ours.next(), ours.next()) else { return None };
        let sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let right = only.len() == TOKEN_LENGTH && only.bytes().all(sign);
        right.then(|| Self(Zeroizing::new(only.to_owned())))
    }

    /// What the store knows of it.
    pub(super) fn hash(&self) -> String {
        crate::hash::hex(&[b"portal session", self.0.as_bytes()])
    }

    /// What the forms of this browser bring: made of the token, and the token cannot be made
    /// of it.
    pub(super) fn for_forms(&self) -> String {
        crate::hash::hex(&[b"portal form", self.0.as_bytes()])
    }

    /// Whether a form that brings this is a form of ours, for this browser.
    pub(super) fn gave(&self, form: &str) -> bool {
        self.for_forms().as_bytes().ct_eq(form.as_bytes()).into()
    }

    /// `Set-Cookie`; without an age it ends with the browser.
    pub(super) fn cookie(&self) -> HeaderValue {
        let text = format!("{COOKIE}={}; {ATTRIBUTES}", *self.0);
        let mut value = HeaderValue::from_str(&text).expect("base64url is ASCII");
        value.set_sensitive(true);
        value
    }
}

/// `Set-Cookie` that takes the cookie away.
pub(super) fn no_cookie() -> HeaderValue {
    HeaderValue::from_str(&format!("{COOKIE}=; Max-Age=0; {ATTRIBUTES}")).expect("all of it ASCII")
}

impl Member {
    pub(super) fn facility(&self) -> &str {
        &self.session.facility_code
    }

    /// What this member does now.
    pub(super) fn act<'a>(
        &'a self,
        action: Action,
        target: &'a str,
        at: OffsetDateTime,
    ) -> Act<'a> {
        let PortalSession { facility_code, user_id, .. } = &self.session;
        Act { facility: facility_code, user: user_id, action, target, at }
    }
}

impl FromRequestParts<Arc<Gateway>> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Arc<Gateway>,
    ) -> Result<Self, Refusal> {
        let token = Token::of(&parts.headers);
        let now = gateway.now().unix_timestamp();
        let session = match &token {
            Some(token) => gateway.store.portal_session(&token.hash(), now).await?,
            None => None,
        };
        Ok(Self { token, session })
    }
}

impl FromRequestParts<Arc<Gateway>> for Member {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Arc<Gateway>,
    ) -> Result<Self, Refusal> {
        match Visitor::from_request_parts(parts, gateway).await? {
            Visitor { token: Some(token), session: Some(session) } => Ok(Self { token, session }),
            Visitor { token, .. } => Err(Refusal::LogIn { before: token.is_some() }),
        }
    }
}

impl FromRequestParts<Arc<Gateway>> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(
        parts: &mut Parts,
        gateway: &Arc<Gateway>,
    ) -> Result<Self, Refusal> {
        let member = Member::from_request_parts(parts, gateway).await?;
        if member.session.administrator { Ok(Self(member)) } else { Err(Refusal::NotYours) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (header::COOKIE, line.parse().expect("ASCII"))).collect()
    }

    #[test]
    fn a_cookie_is_ours_or_none() {
        let token = "a".repeat(TOKEN_LENGTH);
        let ours = format!("{COOKIE}={token}");
        assert!(Token::of(&headers(&[&ours])).is_some());
        assert!(Token::of(&headers(&["x=1", &format!("y=2; {ours} ; z=3")])).is_some());
        for wrong in [
            vec![],
            vec![token.clone()],
            vec![format!("portal={token}")],
            vec![format!("{COOKIE}2={token}")],
            vec![format!("{ours}a")],
            vec![format!("{COOKIE}=\"{token}\"")],
            vec![ours.clone(), ours.clone()],
            vec![format!("{ours}; {ours}")],
        ] {
            let lines: Vec<&str> = wrong.iter().map(String::as_str).collect();
            assert!(Token::of(&headers(&lines)).is_none(), "{lines:?}");
        }
    }

    #[test]
    fn a_form_is_good_for_one_cookie() {
        let (one, other) = (Token::fresh(), Token::fresh());
        assert!(one.gave(&one.for_forms()));
        for wrong in ["", &other.for_forms(), &one.hash(), &one.for_forms()[1..]] {
            assert!(!one.gave(wrong), "{wrong}");
        }
    }
}
