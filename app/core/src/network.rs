//! ネットワーク: how the device is connected. Shown only; the appliance sets it.

use core::net::IpAddr;

/// One interface that is not the loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    pub name: String,
    /// The cable is in, or the radio has found its network.
    pub up: bool,
    pub addresses: Vec<IpAddr>,
}
