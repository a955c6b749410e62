//! One request, one answer, over HTTP/1.1. The one file that names ureq.
//!
//! Absent on purpose: redirects, proxies from the environment, cookies, compression,
//! repeats. A proxy that was set sees CONNECT and then TLS with the gateway itself: it is told
//! nothing but the gateway's name. A connection is kept warm for the next call (D23).

use std::{
    fmt,
    io::{self, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use kiosk_core::{GatewayTrouble, network::Proxy};
use kiosk_gateway::{ANSWER_MAX, Answer, Request, Session, Verb};
use kiosk_process::settings::HttpsUrl;
use ureq::{
    Agent, Error, ProxyProtocol,
    http::{self, HeaderValue, Response, header},
    unversioned::{
        resolver::DefaultResolver,
        transport::{
            Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers,
            NextTimeout, TcpConnector, Transport, TransportAdapter,
        },
    },
};
use zeroize::Zeroizing;

use crate::{
    clock::{Clock, Moment},
    mark::Peer,
    tls::{self, Meaning, Secured, Tls},
};

/// An ordinary answer has five header lines.
const HEADER_MAX: usize = 16 * 1024;
/// The warm connection outlives three missed looks at the line.
const KEEP_WARM: Duration = Duration::from_secs(120);

/// How long a call may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// Each of name, TCP and TLS. Two lost packets in a row are overcome in 3 s (RFC 6298:
    /// 1 + 2); whoever needs more is not there.
    connect: Duration,
    /// All of it. The patient stands there; public clients of the official system give up
    /// after the same 10 s.
    whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), whole: Duration::from_secs(10) }
    }
}

/// The way to one gateway.
#[derive(Debug)]
pub(crate) struct Ask {
    url: HttpsUrl,
    tls: Tls,
    patience: Patience,
    proxy: Option<ureq::Proxy>,
    agent: Mutex<Agent>,
    /// Of the latest connection: there is never more than one.
    peer: LastPeer,
    /// `None` where the other side's time means nothing to us.
    clock: Option<Arc<Clock>>,
}

/// `None` before the first connection.
type LastPeer = Arc<Mutex<Option<Peer>>>;

/// What came back.
pub(crate) struct Heard {
    status: u16,
    content_type: Option<String>,
    body: Zeroizing<Vec<u8>>,
    /// The gateway's clock.
    pub(crate) date: Option<SystemTime>,
    /// Whether it came from a simulator.
    pub(crate) is_simulator: bool,
}

impl Heard {
    pub(crate) fn answer(&self) -> Answer<'_> {
        let content_type = self.content_type.as_deref();
        Answer { status: self.status, content_type, body: &self.body }
    }

    /// Its bytes, which go nowhere else.
    pub(crate) fn into_body(self) -> Zeroizing<Vec<u8>> {
        self.body
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error("cannot reach the gateway: {0}")]
    Unreachable(#[source] Error),
    #[error("the connection broke before the whole answer was there: {0}")]
    Broken(#[source] Error),
    #[error("the other side is not the gateway this device was set up for: {0}")]
    NotTrusted(#[source] Error),
    #[error("the clock shows a time that is over, and no certificate holds: {0}")]
    ClockWrong(#[source] Error),
    #[error("the gateway does not accept this device's certificate: {0}")]
    RefusesUs(#[source] Error),
    #[error("the answer breaks the rules of HTTP, or a limit: {0}")]
    Nonsense(#[source] Error),
}

impl Fault {
    pub(crate) fn trouble(&self) -> GatewayTrouble {
        match self {
            Self::Unreachable(_) | Self::Broken(_) => GatewayTrouble::Unreachable,
            Self::NotTrusted(_) => GatewayTrouble::NotTrusted,
            Self::ClockWrong(_) => GatewayTrouble::ClockWrong,
            Self::RefusesUs(_) => GatewayTrouble::Unregistered,
            Self::Nonsense(_) => GatewayTrouble::Nonsense,
        }
    }
}

impl Ask {
    /// `clock` learns the time from every answer; `proxy` stands between here and there.
    pub(crate) fn new(
        url: HttpsUrl,
        tls: Tls,
        patience: Patience,
        clock: Arc<Clock>,
        proxy: Option<&Proxy>,
    ) -> Self {
        Self::over(url, tls, patience, Some(clock), proxy)
    }

    /// The way to somebody in the same house, whose clock is not to be believed.
    pub(crate) fn without_clock(url: HttpsUrl, tls: Tls, patience: Patience) -> Self {
        Self::over(url, tls, patience, None, None)
    }

    fn over(
        url: HttpsUrl,
        tls: Tls,
        patience: Patience,
        clock: Option<Arc<Clock>>,
        proxy: Option<&Proxy>,
    ) -> Self {
        let peer = LastPeer::default();
        let proxy = proxy.map(connect_proxy);
        let agent = Mutex::new(agent(&tls, patience, &peer, proxy.clone()));
        Self { url, tls, patience, proxy, agent, peer, clock }
    }

    /// Sends one request and waits for its answer, whatever its status is. Without a session
    /// the gateway will say that there is none.
    ///
    /// Errors: all of [`Fault`].
    pub(crate) fn ask(&self, request: &Request, session: Option<&Session>) -> Result<Heard, Fault> {
        self.call(request, session.filter(|_| request.with_session))
            .map_err(|error| self.fault(error))
    }

    /// As [`Ask::ask`], for a device that has no session yet.
    ///
    /// Errors: all of [`Fault`].
    pub(crate) fn ask_as_stranger(&self, request: &Request) -> Result<Heard, Fault> {
        self.call(request, None).map_err(|error| self.fault(error))
    }

    fn fault(&self, error: Error) -> Fault {
        let of_tls = match &error {
            Error::Io(inner) => tls::meaning(inner),
            _ => None,
        };
        let Some(clock) = &self.clock else { return fault(error, of_tls, false) };
        if of_tls == Some(Meaning::WrongTime) {
            clock.doubt();
        }
        fault(error, of_tls, clock.is_behind(Moment::now()))
    }

    /// Ends the call under way at once; it fails. The next one connects anew.
    pub(crate) fn interrupt(&self) {
        let fresh = agent(&self.tls, self.patience, &self.peer, self.proxy.clone());
        std::mem::replace(&mut *self.agent(), fresh).shutdown();
    }

    fn agent(&self) -> MutexGuard<'_, Agent> {
        lock(&self.agent)
    }

    fn call(&self, request: &Request, session: Option<&Session>) -> Result<Heard, Error> {
        let agent = self.agent().clone();
        let mut builder =
            http::Request::builder().uri(format!("{}{}", self.url.as_str(), request.path));
        if let Some(session) = session {
            let bearer = Zeroizing::new(format!("Bearer {}", session.expose()));
            let mut value = HeaderValue::from_str(&bearer).map_err(|e| Error::Http(e.into()))?;
            value.set_sensitive(true);
            builder = builder.header(header::AUTHORIZATION, value);
        }
        let response = match (request.verb, &request.body) {
            (Verb::Get, _) => agent.run(builder.method("GET").body(()).map_err(Error::Http)?)?,
            (Verb::Delete, _) => {
                agent.run(builder.method("DELETE").body(()).map_err(Error::Http)?)?
            }
            (verb @ (Verb::Post | Verb::Put), body) => {
                let builder = builder
                    .method(if verb == Verb::Post { "POST" } else { "PUT" })
                    .header(header::CONTENT_TYPE, request.content_type);
                let body = body.as_ref().map_or(&[][..], |body| body);
                agent.run(builder.body(body).map_err(Error::Http)?)?
            }
        };
        self.heard(response)
    }

    fn heard(&self, mut response: Response<ureq::Body>) -> Result<Heard, Error> {
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let content_type = text(header::CONTENT_TYPE).map(str::to_owned);
        let date = text(header::DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        let peer = *lock(&self.peer);
        // A gateway whose own certificate does not hold at its time is wrong about one of them.
        let date = date.filter(|date| peer.is_some_and(|peer| peer.validity.holds_at(*date)));
        if let (Some(date), Some(clock)) = (date, &self.clock) {
            clock.hear(date, Moment::now());
        }
        let body = response.body_mut().with_config().limit(ANSWER_MAX as u64).read_to_vec()?;
        Ok(Heard {
            status: response.status().as_u16(),
            content_type,
            body: Zeroizing::new(body),
            date,
            is_simulator: peer.is_some_and(|peer| peer.is_simulator),
        })
    }
}

/// Nobody panics while holding one of these, and both are whole at any time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn connect_proxy(proxy: &Proxy) -> ureq::Proxy {
    let built = ureq::Proxy::builder(ProxyProtocol::Http)
        .host(proxy.host().as_str())
        .port(proxy.port())
        .build();
    built.expect("a host and a port make a proxy")
}

fn agent(tls: &Tls, patience: Patience, peer: &LastPeer, proxy: Option<ureq::Proxy>) -> Agent {
    let config = Agent::config_builder()
        .https_only(true)
        .proxy(proxy)
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("shikaku-kiosk/", env!("CARGO_PKG_VERSION")))
        .accept("application/json, application/problem+json, application/xml")
        .max_response_header_size(HEADER_MAX)
        .max_idle_connections(1)
        .max_idle_connections_per_host(1)
        .max_idle_age(KEEP_WARM)
        .timeout_resolve(Some(patience.connect))
        .timeout_connect(Some(patience.connect))
        .timeout_global(Some(patience.whole))
        .build();
    let secured = Securing { tls: tls.clone(), peer: Arc::clone(peer) };
    Agent::with_parts(
        config,
        ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default()).chain(secured),
        DefaultResolver::default(),
    )
}

/// `meaning`: what TLS says about it. `is_behind`: the machine's clock shows a time that is over.
fn fault(error: Error, meaning: Option<Meaning>, is_behind: bool) -> Fault {
    use io::ErrorKind as K;

    match (meaning, &error) {
        (Some(Meaning::WrongTime), _) if is_behind => Fault::ClockWrong(error),
        (Some(Meaning::WrongTime | Meaning::NotOurs), _) => Fault::NotTrusted(error),
        (Some(Meaning::RefusesUs), _) => Fault::RefusesUs(error),
        (None, Error::Io(inner)) => match inner.kind() {
            K::UnexpectedEof | K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe => {
                Fault::Broken(error)
            }
            _ => Fault::Unreachable(error),
        },
        (
            None,
            Error::Timeout(_)
            | Error::HostNotFound
            | Error::ConnectionFailed
            | Error::ConnectProxyFailed(_),
        ) => Fault::Unreachable(error),
        (None, _) => Fault::Nonsense(error),
    }
}

/// Puts TLS around a TCP connection.
#[derive(Debug)]
struct Securing {
    tls: Tls,
    peer: LastPeer,
}

impl<In: Transport> Connector<In> for Securing {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let tcp = chained.ok_or(Error::ConnectionFailed)?;
        // The proxy itself, which speaks no TLS; what goes through it comes here once more.
        if !details.needs_tls() {
            return Ok(Some(Either::A(tcp)));
        }
        let mut socket = TransportAdapter::new(tcp.boxed(), Arc::clone(&details.current_time));
        // TCP and TLS have the same limit, one after the other; both stay within the whole.
        socket.set_timeout(details.timeout);
        // `[::1]` is written with brackets in a URL only.
        let host = details.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let stream = self.tls.connect(host, socket)?;
        *lock(&self.peer) = Some(stream.peer());
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Either::B(TlsTransport { buffers, stream })))
    }
}

struct TlsTransport {
    buffers: LazyBuffers,
    stream: Secured<TransportAdapter>,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.socket().set_timeout(timeout);
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.socket().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.socket().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told_apart_from_an_old_certificate() {
        let trouble = |is_behind| {
            let error = Error::Io(tls::wrong_time());
            fault(error, Some(Meaning::WrongTime), is_behind).trouble()
        };
        assert_eq!(trouble(true), GatewayTrouble::ClockWrong);
        assert_eq!(trouble(false), GatewayTrouble::NotTrusted);
    }
}
