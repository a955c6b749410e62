//! The line between station and gateway as a cable that can be put elsewhere: raw TCP,
//! passed on to a port that changes while the station's settings do not.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

/// Listens until the test's process ends.
#[derive(Debug)]
pub struct Switch {
    address: SocketAddr,
    laid: Arc<Mutex<Laid>>,
}

#[derive(Debug)]
struct Laid {
    port: u16,
    /// Both ends of every connection up to now.
    ends: Vec<TcpStream>,
}

impl Switch {
    /// A cable to a port of this machine.
    ///
    /// # Panics
    /// When no port can be had.
    pub fn start(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let address = listener.local_addr().expect("an address");
        let laid = Arc::new(Mutex::new(Laid { port, ends: Vec::new() }));
        let shared = Arc::clone(&laid);
        thread::spawn(move || {
            for near in listener.incoming() {
                connect(&shared, &near.expect("a connection"));
            }
        });
        Self { address, laid }
    }

    /// `https://localhost:PORT`, always the same.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Lays the cable to another port; what went over it until now is cut.
    pub fn lay(&self, port: u16) {
        let mut laid = lock(&self.laid);
        laid.port = port;
        for end in laid.ends.drain(..) {
            // One that has ended already is as it should be.
            let _ = end.shutdown(Shutdown::Both);
        }
    }
}

/// Lays one connection through, if there is anybody at the other end.
fn connect(laid: &Mutex<Laid>, near: &TcpStream) {
    let mut laid = lock(laid);
    let Ok(far) = TcpStream::connect(("127.0.0.1", laid.port)) else { return };
    join(near, &far);
    laid.ends.extend([handle(near), far]);
}

/// Passes on what either says, until one has ended.
pub(crate) fn join(near: &TcpStream, far: &TcpStream) {
    for (from, to) in [(near, far), (far, near)] {
        let (mut from, mut to) = (handle(from), handle(to));
        thread::spawn(move || {
            // How it ended does not matter: an end is passed on as an end.
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Both);
            let _ = from.shutdown(Shutdown::Both);
        });
    }
}

fn handle(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a second handle")
}

fn lock(laid: &Mutex<Laid>) -> MutexGuard<'_, Laid> {
    laid.lock().unwrap_or_else(PoisonError::into_inner)
}
