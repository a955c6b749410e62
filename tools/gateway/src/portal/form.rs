//! A form as it arrives: from a page of ours, short, and in time.

use std::sync::Arc;

use axum::{
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderName, header},
};
use zeroize::Zeroizing;

use super::{refusal::Refusal, visitor::Token};
use crate::{body, gateway::Gateway};

/// Our longest form has seven fields of fifty characters, nine bytes each when encoded.
const BODY_MAX: usize = 16 * 1024;
const FIELDS_MAX: usize = 16;

/// The field that proves that a form is ours.
pub(super) const TOKEN: &str = "form_token";

/// The fields of a form that a page of ours gave to this browser.
pub(super) struct Form {
    fields: Vec<(String, Zeroizing<String>)>,
    /// The browser's.
    pub(super) token: Token,
}

/// Passwords are in it.
impl std::fmt::Debug for Form {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Form(…)")
    }
}

impl Form {
    /// What was typed, without the blanks around it; empty if there is no such field.
    pub(super) fn text(&self, name: &str) -> &str {
        self.find(name).map_or("", |text| text.trim())
    }

    /// Exactly what was typed.
    pub(super) fn secret(&self, name: &str) -> Zeroizing<String> {
        self.find(name).cloned().unwrap_or_default()
    }

    fn find(&self, name: &str) -> Option<&Zeroizing<String>> {
        self.fields.iter().find(|(it, _)| it == name).map(|(_, text)| text)
    }
}

impl FromRequest<Arc<Gateway>> for Form {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Arc<Gateway>) -> Result<Self, Refusal> {
        if !is_form(request.headers()) {
            return Err(Refusal::UnsupportedType);
        }
        if !comes_from_here(request.headers()) {
            return Err(Refusal::Foreign);
        }
        let token = Token::of(request.headers()).ok_or(Refusal::Foreign)?;
        let body = body::of(request)?;
        if body.len() > BODY_MAX {
            return Err(Refusal::TooLarge);
        }
        let form = Self { fields: read(&body)?, token };
        let given = form.find(TOKEN).ok_or(Refusal::Foreign)?;
        if form.token.gave(given) { Ok(form) } else { Err(Refusal::Foreign) }
    }
}

/// Each field once, and UTF-8.
fn read(body: &[u8]) -> Result<Vec<(String, Zeroizing<String>)>, Refusal> {
    let mut fields: Vec<(String, Zeroizing<String>)> = Vec::new();
    for (name, value) in form_urlencoded::parse(body) {
        // What is no UTF-8 comes as U+FFFD.
        let broken = value.contains(char::REPLACEMENT_CHARACTER);
        if broken || fields.len() == FIELDS_MAX || fields.iter().any(|(it, _)| *it == name) {
            return Err(Refusal::NoForm);
        }
        fields.push((name.into_owned(), Zeroizing::new(value.into_owned())));
    }
    Ok(fields)
}

/// What browsers send, and not compressed.
fn is_form(headers: &HeaderMap) -> bool {
    let mut kinds = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else { return false };
    let Ok(kind) = kind.to_str() else { return false };
    let (kind, parameter) = kind.split_once(';').unwrap_or((kind, "charset=utf-8"));
    kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
        && parameter.trim().eq_ignore_ascii_case("charset=utf-8")
        && !headers.contains_key(header::CONTENT_ENCODING)
}

/// Whether the browser says that the form stands on a page of this very server. Every browser
/// of today says `Origin` with a form; `Sec-Fetch-Site` is looked at where it is said.
fn comes_from_here(headers: &HeaderMap) -> bool {
    let only = |name: HeaderName| {
        let mut all = headers.get_all(name).iter();
        let (Some(only), None) = (all.next(), all.next()) else { return None };
        only.to_str().ok()
    };
    let (Some(host), Some(origin)) = (only(header::HOST), only(header::ORIGIN)) else {
        return false;
    };
    let site = HeaderName::from_static("sec-fetch-site");
    let near = !headers.contains_key(&site) || only(site) == Some("same-origin");
    near && origin.strip_prefix("https://").is_some_and(|it| it.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_each_field_once() {
        let body = "a=%E7%97%85+%26&b=&c";
        let fields = read(body.as_bytes()).expect("a form");
        let texts: Vec<_> = fields.iter().map(|(name, it)| (name.as_str(), it.as_str())).collect();
        assert_eq!(texts, [("a", "病 &"), ("b", ""), ("c", "")]);
        let many: String = (0..=FIELDS_MAX).map(|number| format!("f{number}=&")).collect();
        for wrong in ["a=1&a=2", "a=%FF", "a=%E7%97", &many] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_this_server_is_here() {
        let check = |pairs: &[(&'static str, &str)]| {
            let name = |name| HeaderName::from_static(name);
            let pairs = pairs.iter().map(|(it, value)| (name(it), value.parse().expect("ASCII")));
            comes_from_here(&pairs.collect())
        };
        let host = ("host", "localhost:8444");
        let origin = ("origin", "https://localhost:8444");
        assert!(check(&[host, origin]));
        assert!(check(&[host, origin, ("sec-fetch-site", "same-origin")]));
        assert!(!check(&[host]));
        assert!(!check(&[origin]));
        assert!(!check(&[host, origin, origin]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!check(&[host, origin, ("sec-fetch-site", site)]), "{site}");
        }
        for other in ["null", "http://localhost:8444", "https://localhost", "https://evil.example"]
        {
            assert!(!check(&[host, ("origin", other)]), "{other}");
        }
    }
}
