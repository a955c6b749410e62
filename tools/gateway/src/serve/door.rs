//! One listener: connections with TLS, then HTTP/1.1, each within limits and patience.

use std::{future::pending, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    connections::Open,
    gateway::{Gateway, StartError},
    request::Peer,
};

const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// After a failed accept, for instance because no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Of a request's head.
const HEAD_MAX: usize = 16 * 1024;
/// How long a call under way may take once its connection is to end.
const FAREWELL: Duration = Duration::from_secs(3);

/// What a door lets in, and for how long.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub(super) tls: Arc<ServerConfig>,
    pub(super) router: Router,
    /// Connections at once; more wait to be accepted.
    pub(super) connections: usize,
    /// For a request's head, and for the pause between two.
    pub(super) head_patience: Duration,
}

/// A socket that listens.
#[derive(Debug)]
pub(super) struct Door {
    listener: TcpListener,
    rules: Rules,
}

impl Door {
    pub(super) async fn bind(
        listen: SocketAddr,
        rules: Rules,
        cannot: &'static str,
    ) -> Result<Self, StartError> {
        let listener =
            TcpListener::bind(listen).await.map_err(|error| StartError::Io(cannot, error))?;
        Ok(Self { listener, rules })
    }

    pub(super) fn address(&self) -> Result<SocketAddr, StartError> {
        self.listener
            .local_addr()
            .map_err(|error| StartError::Io("the listening socket does not answer", error))
    }

    /// Serves until `ended` says so, then lets calls under way finish.
    pub(super) async fn run(self, gateway: Arc<Gateway>, mut ended: watch::Receiver<bool>) {
        let places = Arc::new(Semaphore::new(self.rules.connections));
        let mut connections = JoinSet::new();
        let told = ended.clone();
        let accepting = async {
            loop {
                let place = places.clone().acquire_owned().await.expect("never closed");
                match self.listener.accept().await {
                    Ok((stream, _)) => {
                        let (gateway, rules) = (gateway.clone(), self.rules.clone());
                        connections.spawn(serve(gateway, stream, rules, told.clone(), place));
                    }
                    Err(error) => {
                        log::warn!("a connection cannot be accepted: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
                while connections.try_join_next().is_some() {}
            }
        };
        tokio::select! {
            () = accepting => {}
            _ = ended.wait_for(|ended| *ended) => {}
        }
        drop(self.listener);
        let all = async { while connections.join_next().await.is_some() {} };
        if timeout(FAREWELL, all).await.is_err() {
            log::warn!("connections that did not end in time were cut");
        }
        connections.shutdown().await;
    }
}

/// One connection, from handshake to end.
async fn serve(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    rules: Rules,
    mut ended: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    // Small answers leave at once; without it they only leave later.
    let _ = stream.set_nodelay(true);
    let accepting = TlsAcceptor::from(rules.tls).accept(stream);
    let stream = match timeout(HANDSHAKE_PATIENCE, accepting).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return log::info!("a TLS handshake failed: {error}"),
        Err(_) => return log::info!("a TLS handshake took too long"),
    };
    let chain = stream.get_ref().1.peer_certificates();
    let known = chain.and_then(|chain| gateway.devices.known_key(chain, gateway.now()));
    let known = known.map(Arc::new);
    let now = gateway.now().unix_timestamp();
    let open = known.as_ref().map(|key| gateway.connections.enter(key.clone(), now));
    let peer = Peer(known);
    let service = TowerToHyperService::new(rules.router.layer(Extension(peer)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(rules.head_patience)
        .max_header_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        result = connection.as_mut() => return note(result),
        _ = ended.wait_for(|ended| *ended) => {}
        () = revoked(open.as_ref()) => {}
    }
    connection.as_mut().graceful_shutdown();
    // Whoever takes longer is cut off.
    if let Ok(result) = timeout(FAREWELL, connection).await {
        note(result);
    }
}

/// A stranger never is.
async fn revoked(open: Option<&Open<'_>>) {
    match open {
        Some(open) => open.revoked().await,
        None => pending().await,
    }
}

fn note(result: hyper::Result<()>) {
    if let Err(error) = result {
        log::debug!("a connection ended: {error}");
    }
}
