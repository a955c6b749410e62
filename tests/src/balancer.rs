//! What stands before many gateways, as simple as it can be: raw TCP, each connection to the
//! next gateway in turn, or to another one if nobody answers there. TLS goes through.

use std::{
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use crate::switch::join;

/// Listens until the test's process ends.
#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    /// To whom each connection went: the place of its port.
    given: Arc<Mutex<Vec<usize>>>,
}

impl Balancer {
    /// Before gateways at these ports of this machine.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start(ports: Vec<u16>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let given = Arc::new(Mutex::new(Vec::new()));
        let keep = Arc::clone(&given);
        thread::spawn(move || {
            for (turn, near) in listener.incoming().enumerate() {
                let near = near.expect("a connection");
                let mut order = (0..ports.len()).map(|after| (turn + after) % ports.len());
                let reached = order.find_map(|at| {
                    // On this machine whoever is not there says so at once.
                    Some((at, TcpStream::connect(("127.0.0.1", ports[at])).ok()?))
                });
                if let Some((at, far)) = reached {
                    lock(&keep).push(at);
                    join(&near, &far);
                }
            }
        });
        Self { address, given }
    }

    /// `https://localhost:PORT`
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// To whom the connections went up to now, in their order.
    pub fn given(&self) -> Vec<usize> {
        lock(&self.given).clone()
    }
}

fn lock(given: &Mutex<Vec<usize>>) -> MutexGuard<'_, Vec<usize>> {
    given.lock().unwrap_or_else(PoisonError::into_inner)
}
