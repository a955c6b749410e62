//! How the machine is connected, as Linux tells it, and what was set on ネットワーク. Nothing is
//! applied here: the appliance does that, with `kiosk-network`.

use std::{net::IpAddr, path::Path};

use kiosk_core::network::{Interface, NetworkPlan, NetworkState, Proxy};
use kiosk_process::network;
use log::{error, warn};
use nix::{ifaddrs::getifaddrs, net::if_::InterfaceFlags};

/// More interfaces, and more addresses of one, than these are not shown.
const INTERFACES_MAX: usize = 8;
const ADDRESSES_MAX: usize = 4;

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

/// Every interface but the loopback, in the order of the kernel.
fn interfaces() -> Vec<Interface> {
    let told = match getifaddrs() {
        Ok(told) => told,
        Err(problem) => {
            warn!("the network's interfaces cannot be read: {problem}");
            return Vec::new();
        }
    };
    let mut interfaces: Vec<Interface> = Vec::new();
    for told in told.filter(|it| !it.flags.contains(InterfaceFlags::IFF_LOOPBACK)) {
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
