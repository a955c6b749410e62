//! ネットワーク: how the device is connected, and how an administrator wants it to be. The
//! appliance applies a [`NetworkPlan`]; IPv6 needs none, it comes from the router by itself.

use core::{fmt, net::IpAddr, net::Ipv4Addr, str::FromStr};

use serde::{Deserialize, Serialize};

/// One interface that is not the loopback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    pub name: String,
    /// The cable is in, or the radio has found its network.
    pub up: bool,
    pub addresses: Vec<IpAddr>,
}

/// What ネットワーク shows: how it is, and how it was set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkState {
    pub interfaces: Vec<Interface>,
    pub plan: NetworkPlan,
    /// What was set cannot be read: the plan is what holds instead.
    pub damaged: bool,
}

/// What was set. The default needs nothing: an address by DHCP, no proxy, the usual time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// `None` for DHCP.
    pub fixed: Option<FixedAddress>,
    pub proxy: Option<Proxy>,
    pub time_server: Option<HostName>,
}

/// An address that is not the network's to give, and what DHCP would say with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawAddress")]
pub struct FixedAddress {
    address: Address,
    router: Ipv4Addr,
    dns: Ipv4Addr,
    other_dns: Option<Ipv4Addr>,
}

/// An address of IPv4 and how much of it names the network: `192.0.2.15/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address {
    ip: Ipv4Addr,
    prefix: u8,
}

/// An HTTP proxy, by CONNECT: `proxy.lan:8080`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Proxy {
    host: HostName,
    port: u16,
}

/// The name of a host, or its address of IPv4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(String);

/// Why a text is none of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadNetwork {
    #[error("not ADDRESS/PREFIX of a machine")]
    Address,
    #[error("not the address of a machine")]
    Machine,
    #[error("the router is not in the network of the address")]
    Elsewhere,
    #[error("not a name of a host")]
    Name,
    #[error("not HOST:PORT")]
    Proxy,
}

/// A network of two machines has 30; below 8 there is none.
const PREFIXES: std::ops::RangeInclusive<u8> = 8..=30;
const NAME_MAX: usize = 253;
const LABEL_MAX: usize = 63;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAddress {
    address: Address,
    router: Ipv4Addr,
    dns: Ipv4Addr,
    other_dns: Option<Ipv4Addr>,
}

impl TryFrom<RawAddress> for FixedAddress {
    type Error = BadNetwork;

    fn try_from(raw: RawAddress) -> Result<Self, BadNetwork> {
        Self::new(raw.address, raw.router, raw.dns, raw.other_dns)
    }
}

impl FixedAddress {
    /// Errors: [`BadNetwork::Elsewhere`] for a router that cannot be reached from the address;
    /// [`BadNetwork::Machine`] for what no machine can have.
    pub fn new(
        address: Address,
        router: Ipv4Addr,
        dns: Ipv4Addr,
        other_dns: Option<Ipv4Addr>,
    ) -> Result<Self, BadNetwork> {
        for ip in [Some(router), Some(dns), other_dns].into_iter().flatten() {
            machine(ip)?;
        }
        match address.reaches(router) {
            true => Ok(Self { address, router, dns, other_dns }),
            false => Err(BadNetwork::Elsewhere),
        }
    }

    pub fn address(&self) -> Address {
        self.address
    }

    pub fn router(&self) -> Ipv4Addr {
        self.router
    }

    /// One or two.
    pub fn dns(&self) -> impl Iterator<Item = Ipv4Addr> + use<> {
        [Some(self.dns), self.other_dns].into_iter().flatten()
    }
}

impl Address {
    /// Errors: [`BadNetwork::Address`] for the network itself, all machines of it, and what no
    /// machine can have.
    pub fn new(ip: Ipv4Addr, prefix: u8) -> Result<Self, BadNetwork> {
        let address = Self { ip, prefix };
        let good = PREFIXES.contains(&prefix) && machine(ip).is_ok() && address.is_of_one();
        good.then_some(address).ok_or(BadNetwork::Address)
    }

    /// Whether that machine is another one of the same network.
    pub fn reaches(self, other: Ipv4Addr) -> bool {
        let other = Self { ip: other, prefix: self.prefix };
        other.ip != self.ip && other.network() == self.network() && other.is_of_one()
    }

    fn mask(self) -> u32 {
        u32::MAX << (32 - u32::from(self.prefix))
    }

    fn network(self) -> u32 {
        self.ip.to_bits() & self.mask()
    }

    /// Neither the network itself nor all of it.
    fn is_of_one(self) -> bool {
        let own = self.ip.to_bits() & !self.mask();
        own != 0 && own != !self.mask()
    }
}

/// An address that one machine can have, somewhere else than here.
pub(crate) fn machine(ip: Ipv4Addr) -> Result<Ipv4Addr, BadNetwork> {
    let first = ip.octets()[0];
    let good = first != 0 && !ip.is_loopback() && first < 224;
    good.then_some(ip).ok_or(BadNetwork::Machine)
}

impl Proxy {
    pub fn host(&self) -> &HostName {
        &self.host
    }

    pub fn port(&self) -> u16 {
        self.port
    }
}

impl HostName {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Address {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (ip, prefix) = text.split_once('/').ok_or(BadNetwork::Address)?;
        let ip = ip.parse().map_err(|_| BadNetwork::Address)?;
        Self::new(ip, number(prefix).ok_or(BadNetwork::Address)?)
    }
}

impl FromStr for Proxy {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let (host, port) = text.split_once(':').ok_or(BadNetwork::Proxy)?;
        let port = number(port).filter(|port| *port != 0).ok_or(BadNetwork::Proxy)?;
        Ok(Self { host: host.parse().map_err(|_| BadNetwork::Proxy)?, port })
    }
}

impl FromStr for HostName {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let good = |label: &str| {
            (1..=LABEL_MAX).contains(&label.len())
                && label.bytes().all(plain)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let looks_like_address = text.bytes().all(|it| it.is_ascii_digit() || it == b'.');
        let is_address = || text.parse().is_ok_and(|ip| machine(ip).is_ok());
        let fits = text.len() <= NAME_MAX && text.split('.').all(good);
        match fits && (!looks_like_address || is_address()) {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(BadNetwork::Name),
        }
    }
}

/// Digits alone: `u16::from_str` takes a sign, too.
fn number<N: FromStr>(text: &str) -> Option<N> {
    text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.ip, self.prefix)
    }
}

impl fmt::Display for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host.0, self.port)
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Written as text, and read as carefully as what somebody typed.
macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl TryFrom<String> for $type {
            type Error = BadNetwork;

            fn try_from(text: String) -> Result<Self, BadNetwork> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    )*};
}

as_text!(Address, Proxy, HostName);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused<T: FromStr<Err = BadNetwork> + fmt::Debug>(texts: &[&str], why: BadNetwork) {
        for text in texts {
            assert_eq!(text.parse::<T>().expect_err(text), why, "{text}");
        }
    }

    #[test]
    fn an_address_is_one_machine_of_its_network() {
        for text in ["192.0.2.15/24", "10.0.0.1/8", "192.0.2.1/30", "172.16.255.255/12"] {
            assert_eq!(text.parse::<Address>().expect(text).to_string(), text);
        }
        let bad = [
            "",
            "192.0.2.15",
            "192.0.2.15/",
            "192.0.2.15/+24",
            "192.0.2.15/31",
            "192.0.2.15/7",
            "192.0.2.0/24",
            "192.0.2.255/24",
            "127.0.0.1/8",
            "0.0.0.1/8",
            "224.0.0.5/24",
            "192.0.2.256/24",
            "192.0.2.15/24/24",
            "::1/64",
        ];
        refused::<Address>(&bad, BadNetwork::Address);
    }

    #[test]
    fn a_router_is_another_machine_of_the_same_network() {
        let fixed = |router: [u8; 4]| {
            let address = "192.0.2.15/24".parse().expect("good");
            FixedAddress::new(address, router.into(), Ipv4Addr::new(9, 9, 9, 9), None)
        };
        assert!(fixed([192, 0, 2, 1]).is_ok());
        for router in [[192, 0, 2, 15], [192, 0, 3, 1], [192, 0, 2, 0], [192, 0, 2, 255]] {
            assert_eq!(fixed(router), Err(BadNetwork::Elsewhere), "{router:?}");
        }
        assert_eq!(fixed([127, 0, 0, 1]), Err(BadNetwork::Machine));
    }

    #[test]
    fn a_proxy_is_a_host_and_a_port() {
        for text in ["proxy.lan:8080", "192.0.2.8:3128", "p:1", "a-b.c1:65535"] {
            assert_eq!(text.parse::<Proxy>().expect(text).to_string(), text);
        }
        let bad = [
            "",
            "proxy",
            "proxy:",
            ":80",
            "proxy:0",
            "proxy:65536",
            "proxy:+80",
            "a:b@proxy:80",
            "http://proxy:80",
            "proxy/x:80",
            "[::1]:80",
            "192.0.2:80",
            "-a:80",
            "a..b:80",
            "a_b:80",
            "a\n:80",
        ];
        refused::<Proxy>(&bad, BadNetwork::Proxy);
    }

    #[test]
    fn a_name_is_what_a_resolver_takes_and_nothing_that_a_unit_file_would_read() {
        assert_eq!("NTP.nict.jp".parse::<HostName>().expect("good").as_str(), "ntp.nict.jp");
        let long = "a".repeat(64);
        let bad = ["", ".", "a b", "a\nNTP=b", "%h", "ntp.nict.jp.", "1.2.3", &long];
        refused::<HostName>(&bad, BadNetwork::Name);
    }
}
