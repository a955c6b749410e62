//! ネットワーク: how it is, and what is set.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use kiosk_core::{
    GatewayTrouble, LineStatus,
    form::{Entry, Fault, Field, FormKind, FormPage, Row},
    menu::{MenuPage, Question},
    network::{FixedAddress, Interface, NetworkPlan, NetworkState},
};

use super::{menu::field, text};

pub(super) fn pages() -> Vec<(&'static str, MenuPage)> {
    let up = LineStatus::Up { simulator: true };
    let down = LineStatus::Down(GatewayTrouble::Unreachable);
    let none = NetworkState { damaged: true, ..NetworkState::default() };
    let mut pages = vec![
        ("menu-network", page(connected(NetworkPlan::default()), up, false)),
        ("menu-network-changed", page(connected(plan()), LineStatus::Starting, true)),
        ("menu-network-none", page(none, down, false)),
        ("menu-question-network", MenuPage::Question(Question::Network)),
    ];
    pages.extend(forms());
    let shown = |it: &str| Entry::Shown(text(it));
    pages.extend([
        ("menu-type-address", field(Field::Address, shown("192.0.2.15/24"), false)),
        ("menu-type-router", field(Field::Router, shown(""), false)),
        ("menu-type-proxy", field(Field::Proxy, shown("proxy.kokuho-clinic.lan:8080"), false)),
        ("menu-type-time-server", field(Field::TimeServer, shown("ntp.nict.jp"), false)),
    ]);
    pages
}

fn page(network: NetworkState, line: LineStatus, changed: bool) -> MenuPage {
    MenuPage::Network { network: Arc::new(network), line, changed }
}

fn connected(plan: NetworkPlan) -> NetworkState {
    let wired = Interface {
        name: "enp1s0".to_owned(),
        up: true,
        addresses: vec![
            Ipv4Addr::new(192, 0, 2, 15).into(),
            Ipv6Addr::new(0xFE80, 0, 0, 0, 0x5054, 0xFF, 0xFE12, 0x3456).into(),
        ],
    };
    let unplugged = Interface { name: "enp2s0".to_owned(), up: false, addresses: Vec::new() };
    NetworkState { interfaces: vec![wired, unplugged], plan, damaged: false }
}

/// Everything by hand.
pub(crate) fn plan() -> NetworkPlan {
    let address = "192.0.2.15/24".parse().expect("an address");
    let dns = Ipv4Addr::new(192, 0, 2, 53);
    let other = Ipv4Addr::new(192, 0, 2, 54);
    let fixed = FixedAddress::new(address, Ipv4Addr::new(192, 0, 2, 1), dns, Some(other));
    NetworkPlan {
        fixed: Some(fixed.expect("one network")),
        proxy: Some("proxy.lan:8080".parse().expect("a proxy")),
        time_server: Some("ntp.nict.jp".parse().expect("a name")),
    }
}

fn forms() -> Vec<(&'static str, MenuPage)> {
    let row = |(field, it, fault): (Field, &str, Option<Fault>)| Row {
        field,
        entry: Entry::Shown(text(it)),
        fault,
    };
    let form = |dhcp, rows: &[(Field, &str, Option<Fault>)]| {
        let rows = rows.iter().copied().map(row).collect();
        let kind = FormKind::Network { dhcp };
        MenuPage::Form { form: FormPage { kind, rows, station: None, refused: None }, back: true }
    };
    let shared = [(Field::Proxy, "", None), (Field::TimeServer, "", None)];
    let by_hand = [
        (Field::Address, "192.0.2.15/24", None),
        (Field::Router, "192.0.2.1", None),
        (Field::Dns, "192.0.2.53", None),
        (Field::OtherDns, "", None),
        (Field::Proxy, "proxy.lan:8080", None),
        (Field::TimeServer, "ntp.nict.jp", None),
    ];
    let wrong = [
        (Field::Address, "192.0.2.15", Some(Fault::Shape)),
        (Field::Router, "192.0.3.1", Some(Fault::Elsewhere)),
        (Field::Dns, "", Some(Fault::Missing)),
        (Field::OtherDns, "9.9", Some(Fault::Shape)),
        (Field::Proxy, "proxy.lan", Some(Fault::Shape)),
        (Field::TimeServer, "-", Some(Fault::Shape)),
    ];
    vec![
        ("menu-form-network", form(true, &shared)),
        ("menu-form-network-by-hand", form(false, &by_hand)),
        ("menu-form-network-faults", form(false, &wrong)),
    ]
}
