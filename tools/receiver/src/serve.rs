//! Connections: TLS, then HTTP/1.1, each within limits and patience.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use time::OffsetDateTime;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    document::Encoding,
    folder::Folder,
    inbox::Inbox,
    results::{Results, Sender},
    storage::{RealFolder, Storage},
    tls::{self, Devices, TlsError},
};

/// Forty kiosks at once, and some more.
const CONNECTIONS_MAX: usize = 64;
const HANDSHAKE_PATIENCE: Duration = Duration::from_secs(10);
/// For a request's head, and for the pause between two.
const HEAD_PATIENCE: Duration = Duration::from_secs(10);
const HEAD_MAX: usize = 16 * 1024;
/// How long results under way may take once the receiver is told to end.
const FAREWELL: Duration = Duration::from_secs(3);
/// After a failed accept, for instance because no more files can be opened.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the receiver does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error("cannot listen on the address of --listen: {0}")]
    Listen(#[source] io::Error),
}

/// A receiver that listens.
#[derive(Debug)]
pub struct Server<S> {
    results: Arc<Results<S>>,
    devices: Devices,
    listener: TcpListener,
    tls: Arc<ServerConfig>,
}

impl Server<RealFolder> {
    /// Binds `listen`; results go `into` a folder, which may be missing now.
    ///
    /// Errors: see [`StartError`].
    pub async fn bind(
        folder: &Folder,
        listen: SocketAddr,
        into: &Path,
        encoding: Encoding,
    ) -> Result<Self, StartError> {
        let devices = Devices::open(folder)?;
        let tls = tls::server_config(folder, &devices, OffsetDateTime::now_utc())?;
        let listener = TcpListener::bind(listen).await.map_err(StartError::Listen)?;
        let inbox = Inbox::new(RealFolder::new(into)).into();
        let results = Arc::new(Results { folder: folder.clone(), encoding, inbox });
        Ok(Self { results, devices, listener, tls: Arc::new(tls) })
    }
}

impl<S: Storage> Server<S> {
    /// Where it listens.
    ///
    /// Errors: the socket is gone.
    pub fn address(&self) -> Result<SocketAddr, StartError> {
        self.listener.local_addr().map_err(StartError::Listen)
    }

    /// Serves until `end` is over, then lets results under way arrive.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        let mut connections = JoinSet::new();
        let accepting = async {
            loop {
                let place = places.clone().acquire_owned().await.expect("never closed");
                match self.listener.accept().await {
                    Ok((stream, _)) => {
                        let tls = TlsAcceptor::from(Arc::clone(&self.tls));
                        let (results, devices) = (self.results.clone(), self.devices.clone());
                        connections.spawn(serve(results, devices, stream, tls, place));
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
            () = end => {}
        }
        drop(self.listener);
        let all = async { while connections.join_next().await.is_some() {} };
        if timeout(FAREWELL, all).await.is_err() {
            log::info!("connections that did not end in time were cut");
        }
        connections.shutdown().await;
    }
}

/// One connection, from handshake to end.
async fn serve<S: Storage>(
    results: Arc<Results<S>>,
    devices: Devices,
    stream: TcpStream,
    tls: TlsAcceptor,
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
    let sender = Sender(chain.and_then(|chain| devices.id(chain)));
    let service = service_fn(move |request| {
        let (results, sender) = (Arc::clone(&results), sender.clone());
        async move { Ok::<_, std::convert::Infallible>(results.answer(request, sender).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_PATIENCE)
        .max_header_size(HEAD_MAX)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        log::debug!("a connection ended: {error}");
    }
}
