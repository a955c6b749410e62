//! A way to the gateway through a proxy: CONNECT, and then TLS as without it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use kiosk_core::{GatewayTrouble, LineStatus, network::Proxy};
use kiosk_process::words::LineOrder;

use crate::bench::{Bench, Line, TOKEN, good};

const UP: LineStatus = LineStatus::Up { simulator: true };

/// A proxy that takes everybody to `target`, whatever name they say; what it sees, it keeps.
struct Tunnel {
    port: u16,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Tunnel {
    fn to(target: u16, status: &'static str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let seen: Arc<Mutex<Vec<u8>>> = Arc::default();
        let keeps = Arc::clone(&seen);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let keeps = Arc::clone(&keeps);
                thread::spawn(move || carry(client, target, status, &keeps));
            }
        });
        Self { port, seen }
    }

    fn order(&self) -> LineOrder {
        LineOrder::Proxy(Some(format!("localhost:{}", self.port).parse().expect("a proxy")))
    }

    fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().expect("whole")).into_owned()
    }
}

fn carry(client: TcpStream, target: u16, status: &str, seen: &Mutex<Vec<u8>>) {
    let mut reader = BufReader::new(client.try_clone().expect("a second handle"));
    let mut client = client;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).unwrap_or_default() == 0 {
            return;
        }
    }
    seen.lock().expect("whole").extend_from_slice(head.as_bytes());
    let answer = format!("HTTP/1.1 {status}\r\n\r\n");
    if client.write_all(answer.as_bytes()).is_err() || !status.starts_with("200") {
        return;
    }
    let mut gateway = TcpStream::connect(("127.0.0.1", target)).expect("the gateway");
    let mut back = gateway.try_clone().expect("a second handle");
    let answers = thread::spawn(move || {
        // Either side may go at any time.
        let _ = std::io::copy(&mut back, &mut client);
        let _ = client.shutdown(Shutdown::Both);
    });
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = reader.read(&mut bytes) {
        seen.lock().expect("whole").extend_from_slice(&bytes[..count]);
        if gateway.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = gateway.shutdown(Shutdown::Both);
    answers.join().expect("it only copies");
}

/// A line that cannot reach its gateway by itself: nobody listens there.
fn line(bench: &Bench) -> Line {
    let nobody = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = nobody.local_addr().expect("an address").port();
    drop(nobody);
    bench.register(TOKEN);
    let line = Line::start(bench.settings_at(&format!("https://localhost:{port}")));
    assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::Unreachable));
    line
}

#[test]
fn through_a_proxy_the_line_is_up_at_once_and_the_proxy_sees_nothing_but_a_name() {
    let bench = Bench::new();
    let server = bench.server(Arc::new(good));
    let tunnel = Tunnel::to(server.address.port(), "200 OK");
    let mut line = line(&bench);
    line.order(tunnel.order());
    assert_eq!(line.status(), LineStatus::Starting);
    assert_eq!(line.status(), UP);
    // The gateway still sees whose device it is.
    assert!(server.heard("GET /v1/notices")[0].with_certificate);
    let seen = tunnel.seen();
    assert!(seen.starts_with("CONNECT localhost:"), "{seen}");
    assert!(!seen.contains(TOKEN) && !seen.contains("/v1/"), "{seen}");

    // Without it there is no way again.
    line.order(LineOrder::Proxy(None));
    assert_eq!(line.status(), LineStatus::Starting);
    assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::Unreachable));
    line.close();
}

#[test]
fn a_proxy_that_refuses_or_is_not_there_is_a_line_that_is_down() {
    let bench = Bench::new();
    let server = bench.server(Arc::new(good));
    let mut line = line(&bench);
    let refuses = Tunnel::to(server.address.port(), "407 Proxy Authentication Required");
    let nobody: Proxy = "localhost:1".parse().expect("a proxy");
    for order in [refuses.order(), LineOrder::Proxy(Some(nobody))] {
        line.order(order);
        assert_eq!(line.status(), LineStatus::Starting);
        assert_eq!(line.status(), LineStatus::Down(GatewayTrouble::Unreachable));
    }
    line.close();
}
