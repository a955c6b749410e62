//! A browser as far as these tests need one: it keeps one cookie, brings the token of the page
//! that it saw last, and looks at every page that comes back.

use http_body_util::{BodyExt, Full};
use hyper::{
    Request,
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
    header::{self, HeaderMap, HeaderName},
};
use hyper_util::rt::TokioIo;
use reference_gateway::{accounts, store::NewAdministrator};

use crate::bench::{Bench, FACILITY, connect_to};

pub(super) const ADMIN: &str = "admin01";
pub(super) const ADMIN_PASSWORD: &str = "Admin-2026!";
pub(super) const NAME: &str = "見本病院";
/// Another facility of the same gateway, which has not turned the function on.
pub(super) const ELSEWHERE: &str = "1310000002";

const FORM: &str = "application/x-www-form-urlencoded";
/// On every answer, whatever it is.
const HEADERS: &[(&str, &str)] = &[
    (
        "content-security-policy",
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
    ("shikaku-simulator", "1"),
];

pub(super) struct Browser {
    line: SendRequest<Full<Bytes>>,
    pub(super) host: String,
    /// The cookie's value.
    pub(super) cookie: Option<String>,
    /// What the page that was seen last gave to its forms.
    pub(super) token: String,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

/// A gateway with two facilities and their administrators. The first has the usual account,
/// and the function turned on.
pub(super) async fn portal() -> Bench {
    let bench = Bench::start().await;
    for facility in [FACILITY, ELSEWHERE] {
        put_administrator(&bench, facility, ADMIN, ADMIN_PASSWORD).await;
    }
    bench
}

pub(super) async fn put_administrator(bench: &Bench, facility: &str, user: &str, password: &str) {
    let administrator = NewAdministrator {
        facility_code: facility,
        facility_name: NAME,
        user_id: user,
        password_hash: &accounts::hash(password),
    };
    assert!(bench.store.put_administrator(administrator).await.expect("kept"));
}

/// The administrator of a facility, logged in.
pub(super) async fn administrator(bench: &Bench, facility: &str) -> Browser {
    let mut browser = Browser::open(bench).await;
    let seen = browser.log_in(facility, ADMIN, ADMIN_PASSWORD).await;
    assert!(seen.text.contains("<h1>メニュー</h1>"), "{}", seen.text);
    browser
}

impl Browser {
    pub(super) async fn open(bench: &Bench) -> Self {
        let stream = connect_to(bench, bench.portal, None).await;
        let (line, connection) = handshake(TokioIo::new(stream)).await.expect("HTTP");
        // It ends with an error when the portal closes it; the next page tells.
        tokio::spawn(async move { drop(connection.await) });
        let host = format!("localhost:{}", bench.portal);
        Self { line, host, cookie: None, token: String::new() }
    }

    /// One page, wherever it leads.
    pub(super) async fn get(&mut self, path: &str) -> Seen {
        self.send("GET", path, &[], String::new()).await
    }

    /// A form from the page that was seen last.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let token = self.token.clone();
        self.post_with(path, &token, fields).await
    }

    /// A form with another token.
    pub(super) async fn post_with(
        &mut self,
        path: &str,
        token: &str,
        fields: &[(&str, &str)],
    ) -> Seen {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.append_pair("form_token", token).extend_pairs(fields);
        let origin = format!("https://{}", self.host);
        let headers =
            [("content-type", FORM), ("origin", &origin), ("sec-fetch-site", "same-origin")];
        self.send("POST", path, &headers, body.finish()).await
    }

    /// A form, and the page to which it leads.
    pub(super) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Seen {
        let seen = self.post(path, fields).await;
        assert_eq!(seen.status, 303, "{path}: {}", seen.text);
        let next = seen.location().to_owned();
        let seen = self.get(&next).await;
        assert_eq!(seen.status, 200, "{next}: {}", seen.text);
        seen
    }

    /// From the start page to the menu, or to what refuses.
    pub(super) async fn log_in(&mut self, facility: &str, user: &str, password: &str) -> Seen {
        self.get("/login").await;
        let fields = [("facility_code", facility), ("user_id", user), ("password", password)];
        let seen = self.post("/login", &fields).await;
        if seen.status == 303 { self.get(seen.location()).await } else { seen }
    }

    /// Anything.
    pub(super) async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Seen {
        let mut request = Request::builder().method(method).uri(path);
        request = request.header(header::HOST, &self.host);
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("__Host-portal={cookie}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.into())).expect("a request");
        self.line.ready().await.expect("the line is open");
        let response = self.line.send_request(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let text = String::from_utf8(body.to_vec()).expect("UTF-8");
        let seen = Seen { status: parts.status.as_u16(), headers: parts.headers, text };
        seen.is_as_all_are(path);
        self.keep(&seen);
        seen
    }

    fn keep(&mut self, seen: &Seen) {
        if let Some(cookie) = seen.cookie() {
            let (value, _) = cookie.split_once(';').expect("attributes");
            let value = value.strip_prefix("__Host-portal=").expect("its name");
            self.cookie = (!value.is_empty()).then(|| value.to_owned());
        }
        if let Some((_, after)) = seen.text.split_once("name=\"form_token\" value=\"") {
            self.token = after.split('"').next().expect("a value").to_owned();
        }
    }
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        let mut all = self.headers.get_all(HeaderName::try_from(name).expect("a name")).iter();
        let value = all.next().map_or("", |value| value.to_str().expect("ASCII"));
        assert!(all.next().is_none(), "{name} stands twice");
        value
    }

    pub(super) fn location(&self) -> &str {
        self.header("location")
    }

    pub(super) fn cookie(&self) -> Option<&str> {
        Some(self.header("set-cookie")).filter(|it| !it.is_empty())
    }

    #[track_caller]
    pub(super) fn shows(&self, texts: &[&str]) {
        for text in texts {
            assert!(self.text.contains(text), "{text} is missing: {}", self.text);
        }
    }

    #[track_caller]
    pub(super) fn hides(&self, texts: &[&str]) {
        for text in texts {
            assert!(!self.text.contains(text), "{text} is there: {}", self.text);
        }
    }

    #[track_caller]
    pub(super) fn is(&self, status: u16, texts: &[&str]) {
        assert_eq!(self.status, status, "{}", self.text);
        self.shows(texts);
    }

    /// Nobody is logged in.
    #[track_caller]
    pub(super) fn leads_to_login(&self) {
        assert_eq!(self.status, 303, "{}", self.text);
        assert!(self.location().starts_with("/login"), "{}", self.location());
    }

    fn is_as_all_are(&self, path: &str) {
        for (name, value) in HEADERS {
            assert_eq!(self.header(name), *value, "{path}: {name}");
        }
        assert!(httpdate::parse_http_date(self.header("date")).is_ok(), "{path}");
        assert!(self.header("strict-transport-security").is_empty(), "{path}");
        match self.header("content-type") {
            "text/html; charset=utf-8" => {
                self.shows(&["模擬環境", "simulator", "<html lang=\"ja\">", "<h1>"]);
                let text = self.text.to_lowercase();
                for forbidden in ["<script", "javascript:", " style=", " onclick", "<img", "http:"]
                {
                    assert!(!text.contains(forbidden), "{path}: {forbidden}");
                }
            }
            "text/css; charset=utf-8" => assert_eq!(path, "/style.css"),
            other => assert!(self.text.is_empty() && other.is_empty(), "{path}: {other}"),
        }
    }
}
