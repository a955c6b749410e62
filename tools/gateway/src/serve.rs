//! The gateway's two doors: one for devices, with the contract, and one for people, with the
//! portal.

mod door;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::sync::watch;

use self::door::{Door, Rules};
use crate::{
    calls,
    gateway::{Gateway, StartError},
    portal, tls,
};

/// A kiosk warms its line while the patient is still choosing (D23).
const DEVICE_PATIENCE: Duration = Duration::from_secs(60);
/// A browser opens another connection when it needs one.
const BROWSER_PATIENCE: Duration = Duration::from_secs(20);
/// How soon what relays have in memory is wiped after their checks have ended.
const FORGET_EVERY: Duration = Duration::from_secs(5);

/// A gateway that listens.
#[derive(Debug)]
pub struct Server {
    gateway: Arc<Gateway>,
    names: Vec<String>,
    devices: Door,
    portal: Option<Door>,
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
        let gateway = Arc::new(gateway);
        let rules = Rules {
            tls: Arc::new(tls),
            router: calls::router(gateway.clone()),
            connections: gateway.limits.connections,
            head_patience: DEVICE_PATIENCE,
        };
        let devices = Door::bind(listen, rules, "cannot listen on the address of --listen").await?;
        Ok(Self { gateway, names: names.to_owned(), devices, portal: None })
    }

    /// Binds `listen` for the portal, under the same names.
    ///
    /// Errors: as of [`Server::bind`].
    pub async fn with_portal(mut self, listen: SocketAddr) -> Result<Self, StartError> {
        let gateway = &self.gateway;
        let tls = tls::portal_config(&gateway.authority, &self.names, gateway.now())?;
        let rules = Rules {
            tls: Arc::new(tls),
            router: portal::router(gateway.clone()),
            connections: gateway.limits.browsers,
            head_patience: BROWSER_PATIENCE,
        };
        let cannot = "cannot listen on the address of --portal";
        self.portal = Some(Door::bind(listen, rules, cannot).await?);
        Ok(self)
    }

    /// Where it listens for devices.
    ///
    /// Errors: the socket is gone.
    pub fn address(&self) -> Result<SocketAddr, StartError> {
        self.devices.address()
    }

    /// Where it listens for people, if it does.
    ///
    /// Errors: the socket is gone.
    pub fn portal_address(&self) -> Result<Option<SocketAddr>, StartError> {
        self.portal.as_ref().map(Door::address).transpose()
    }

    /// The gateway behind it, for its store.
    pub fn gateway(&self) -> &Arc<Gateway> {
        &self.gateway
    }

    /// Serves until `end` is over, then lets calls under way finish.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let (ending, ended) = watch::channel(false);
        let Self { gateway, devices, portal, .. } = self;
        let devices = devices.run(gateway.clone(), ended.clone());
        let portal = async {
            if let Some(portal) = portal {
                portal.run(gateway.clone(), ended).await;
            }
        };
        let until_end = async {
            let forgetting = async {
                loop {
                    tokio::time::sleep(FORGET_EVERY).await;
                    gateway.relays.forget(gateway.now().unix_timestamp());
                }
            };
            tokio::select! {
                () = forgetting => {}
                () = gateway.end_revoked() => {}
                () = end => {}
            }
            // Nobody may be left to tell.
            let _ = ending.send(true);
        };
        tokio::join!(devices, portal, until_end);
        gateway.store.close().await;
    }
}
