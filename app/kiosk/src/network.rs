//! How the machine is connected, as Linux tells it, and what was set on ネットワーク. Nothing is
//! applied here: the appliance does that, with `kiosk-network`.

use std::{
    convert::Infallible, io, net::IpAddr, os::fd::AsRawFd, path::Path, thread, time::Duration,
};

use kiosk_core::network::{Interface, NetworkPlan, NetworkState, Proxy};
use kiosk_process::network;
use log::{error, warn};
use nix::{
    errno::Errno,
    ifaddrs::getifaddrs,
    libc,
    net::if_::InterfaceFlags,
    sys::socket::{
        AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, socket,
    },
};

/// More interfaces, and more addresses of one, than these are not shown.
const INTERFACES_MAX: usize = 8;
const ADDRESSES_MAX: usize = 4;

/// Linux tells of a change piece by piece.
const SETTLES: Duration = Duration::from_millis(500);

/// Calls `changed` whenever this machine has other addresses than before: connections from those
/// that are gone answer no more, and nobody says so.
pub(crate) fn watch(changed: impl Fn() + Send + 'static) {
    thread::spawn(move || {
        let Err(problem) = follow(changed);
        warn!("changes of the network are not seen: {problem}");
    });
}

fn follow(changed: impl Fn()) -> io::Result<Infallible> {
    let groups = (libc::RTMGRP_IPV4_IFADDR | libc::RTMGRP_IPV6_IFADDR).cast_unsigned();
    let (kind, none) = (SockType::Raw, SockFlag::SOCK_CLOEXEC);
    let news = socket(AddressFamily::Netlink, kind, none, SockProtocol::NetlinkRoute)?;
    bind(news.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
    let mut before = addresses();
    // What is told is read again where it stands: a message may be lost.
    let mut told = [0; 8192];
    loop {
        match recv(news.as_raw_fd(), &mut told, MsgFlags::empty()) {
            Ok(_) | Err(Errno::ENOBUFS | Errno::EINTR) => {}
            Err(problem) => return Err(problem.into()),
        }
        thread::sleep(SETTLES);
        while recv(news.as_raw_fd(), &mut told, MsgFlags::MSG_DONTWAIT).is_ok() {}
        let now = addresses();
        if now != before {
            before = now;
            changed();
        }
    }
}

/// In order: Linux has none.
fn addresses() -> Vec<IpAddr> {
    let mut all: Vec<_> = interfaces().into_iter().flat_map(|it| it.addresses).collect();
    all.sort();
    all
}

/// How it is, and how it was set in the state folder.
pub(crate) fn state(folder: &Path) -> NetworkState {
    let plan = plan(folder);
    let damaged = plan.is_none();
    NetworkState { interfaces: interfaces(), plan: plan.unwrap_or_default(), damaged }
}

/// The proxy that was set.
pub(crate) fn proxy(folder: &Path) -> Option<Proxy> {
    plan(folder)?.proxy
}

/// `None` for what is damaged: the default holds.
fn plan(folder: &Path) -> Option<NetworkPlan> {
    network::read(folder).inspect_err(|problem| error!("{problem}")).ok()
}

/// Every card, in the order of the kernel: neither the loopback nor tunnels.
fn interfaces() -> Vec<Interface> {
    let told = match getifaddrs() {
        Ok(told) => told,
        Err(problem) => {
            warn!("the network's interfaces cannot be read: {problem}");
            return Vec::new();
        }
    };
    let mut interfaces: Vec<Interface> = Vec::new();
    for told in told.filter(|it| it.flags.contains(InterfaceFlags::IFF_BROADCAST)) {
        let at = interfaces.iter().position(|it| it.name == told.interface_name);
        let at = match at {
            Some(at) => at,
            None if interfaces.len() == INTERFACES_MAX => continue,
            None => {
                let up = told.flags.contains(InterfaceFlags::IFF_RUNNING);
                let addresses = Vec::new();
                interfaces.push(Interface { name: told.interface_name, up, addresses });
                interfaces.len() - 1
            }
        };
        let addresses = &mut interfaces[at].addresses;
        let address = told.address.and_then(|it| {
            let v4 = it.as_sockaddr_in().map(|it| IpAddr::V4(it.ip()));
            v4.or(it.as_sockaddr_in6().map(|it| IpAddr::V6(it.ip())))
        });
        addresses.extend(address.filter(|_| addresses.len() < ADDRESSES_MAX));
    }
    interfaces
}

#[cfg(test)]
mod tests {
    use super::interfaces;

    #[test]
    fn the_loopback_is_not_shown_and_no_interface_twice() {
        let mut names: Vec<_> = interfaces().into_iter().map(|it| it.name).collect();
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(!names.iter().any(|name| name == "lo"));
    }
}
