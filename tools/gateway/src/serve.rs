//! Connections: TLS, then HTTP/1.1, each within limits and patience.

use std::{net::SocketAddr, sync::Arc, time::Duration};

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
    calls,
    gateway::{Gateway, StartError},
    request::Peer,
    tls,
};

const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// For a request's head, and for the pause between two: a kiosk warms its line while
/// the patient is still choosing (D23).
const HEAD_PATIENCE: Duration = Duration::from_secs(60);
/// How long calls under way may take once the gateway is told to end.
const FAREWELL: Duration = Duration::from_secs(3);
/// After a failed accept, for instance because no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How soon what relays have in memory is wiped after their checks have ended.
const FORGET_EVERY: Duration = Duration::from_secs(5);
/// Of a request's head.
const HEAD_MAX: usize = 16 * 1024;

/// A gateway that listens.
#[derive(Debug)]
pub struct Server {
    gateway: Arc<Gateway>,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
}

impl Server {
    /// Binds `listen`; `names` are the names and addresses in its certificate.
    ///
    /// Errors: the address is taken or is not ours; a name is no name.
    pub async fn bind(
        gateway: Gateway,
        listen: SocketAddr,
        names: &[String],
    ) -> Result<Self, StartError> {
        let tls = tls::server_config(&gateway.authority, &gateway.devices, names, gateway.now())?;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|error| StartError::Io("cannot listen on the address of --listen", error))?;
        Ok(Self { gateway: Arc::new(gateway), listener, tls: Arc::new(tls) })
    }

    /// Where it listens.
    ///
    /// Errors: the socket is gone.
    pub fn address(&self) -> Result<SocketAddr, StartError> {
        self.listener
            .local_addr()
            .map_err(|error| StartError::Io("the listening socket does not answer", error))
    }

    /// The gateway behind it, for its store.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// Serves until `end` is over, then lets calls under way finish.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let router = calls::router(self.gateway.clone());
        let places = Arc::new(Semaphore::new(self.gateway.limits.connections));
        let (ending, ended) = watch::channel(false);
        let mut connections = JoinSet::new();
        let accepting = async {
            loop {
                let place = places.clone().acquire_owned().await.expect("never closed");
                match self.listener.accept().await {
                    Ok((stream, _)) => {
                        let tls = TlsAcceptor::from(self.tls.clone());
                        let gateway = self.gateway.clone();
                        connections.spawn(serve(
                            gateway,
                            stream,
                            tls,
                            router.clone(),
                            ended.clone(),
                            place,
                        ));
                    }
                    Err(error) => {
                        log::warn!("a connection cannot be accepted: {error}");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                }
                while connections.try_join_next().is_some() {}
            }
        };
        let forgetting = async {
            loop {
                tokio::time::sleep(FORGET_EVERY).await;
                self.gateway.relays.forget(self.gateway.now().unix_timestamp());
            }
        };
        tokio::select! {
            () = accepting => {}
            () = forgetting => {}
            () = end => {}
        }
        drop(self.listener);
        // Nobody may be left to tell.
        let _ = ending.send(true);
        let all = async { while connections.join_next().await.is_some() {} };
        if timeout(FAREWELL, all).await.is_err() {
            log::warn!("connections that did not end in time were cut");
        }
        connections.shutdown().await;
        self.gateway.store.close().await;
    }
}

/// One connection, from handshake to end.
async fn serve(
    gateway: Arc<Gateway>,
    stream: TcpStream,
    tls: TlsAcceptor,
    router: Router,
    mut ended: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    // Small answers leave at once; without it they only leave later.
    let _ = stream.set_nodelay(true);
    let stream = match timeout(HANDSHAKE_PATIENCE, tls.accept(stream)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return log::info!("a TLS handshake failed: {error}"),
        Err(_) => return log::info!("a TLS handshake took too long"),
    };
    let chain = stream.get_ref().1.peer_certificates();
    let known = chain.and_then(|chain| gateway.devices.known_key(chain, gateway.now()));
    let peer = Peer(known.map(Arc::new));
    let service = TowerToHyperService::new(router.layer(Extension(peer)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_header_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        result = connection.as_mut() => return note(result),
        _ = ended.wait_for(|ended| *ended) => {}
    }
    connection.as_mut().graceful_shutdown();
    note(connection.await);
}

fn note(result: hyper::Result<()>) {
    if let Err(error) = result {
        log::debug!("a connection ended: {error}");
    }
}
