//! Two gateways on one PostgreSQL database behind a balancer, and a desk whose line leads there.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::{Balancer, Desk, Gateway, Station, postgres::Server};

/// Both, and what they serve.
#[derive(Debug)]
pub struct Pair {
    pub desk: Desk,
    pub balancer: Balancer,
    /// The other is the desk's.
    second: Gateway,
}

impl Pair {
    /// A new one; the station is registered at the first gateway.
    #[expect(clippy::new_without_default, reason = "no two are equal")]
    #[track_caller]
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("pair_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let server = Server::running();
        server.make_database(&name);
        let database = server.address(&name);
        let mut beside = None;
        let desk = Desk::at_a_gateway(
            |folder, office| Gateway::start_on(&database, folder, office),
            |folder, pcscd, gateway| {
                let second = gateway.beside(&folder.join("g2"));
                let balancer = Balancer::start(vec![gateway.port(), second.port()]);
                let kiosk = folder.join("k");
                Station::prepare_at(&kiosk, gateway, &balancer.url(), &gateway.ca_pem());
                beside = Some((balancer, second));
                Station::run(&kiosk, &pcscd.socket(), &[])
            },
        );
        let (balancer, second) = beside.expect("set while the station was started");
        Self { desk, balancer, second }
    }

    /// Kills the gateway to which the latest connection went; gives its number.
    pub fn kill_who_serves(&mut self) -> usize {
        let at = *self.balancer.given().last().expect("the station has a connection");
        self.kill(at);
        at
    }

    /// Kills it.
    pub fn kill(&mut self, at: usize) {
        self.gateway(at).kill();
    }

    /// Starts it anew.
    pub fn restart(&mut self, at: usize) {
        self.gateway(at).restart();
    }

    fn gateway(&mut self, at: usize) -> &mut Gateway {
        if at == 0 { &mut self.desk.gateway } else { &mut self.second }
    }
}
