//! ネットワーク: what of the form makes a [`NetworkPlan`].

use core::{net::Ipv4Addr, str::FromStr};

use super::{Fault, Field, Form, FormKind};
use crate::{
    check::Station,
    network::{Address, BadNetwork, FixedAddress, HostName, NetworkPlan, Proxy, machine},
    text::Text,
};

/// By DHCP and by hand; the second has what the first has, and stands before it.
pub(super) const BY_DHCP: &[Field] = &[Field::Proxy, Field::TimeServer];
pub(super) const BY_HAND: &[Field] =
    &[Field::Address, Field::Router, Field::Dns, Field::OtherDns, Field::Proxy, Field::TimeServer];

impl Form {
    /// As it is set now.
    pub(crate) fn of_network(plan: &NetworkPlan) -> Self {
        let mut form = Self::new(FormKind::Network { dhcp: true }, Station::default());
        if let Some(fixed) = &plan.fixed {
            form.set_dhcp(false);
            form.fill(Field::Address, fixed.address());
            form.fill(Field::Router, fixed.router());
            for (field, dns) in [Field::Dns, Field::OtherDns].into_iter().zip(fixed.dns()) {
                form.fill(field, dns);
            }
        }
        if let Some(proxy) = &plan.proxy {
            form.fill(Field::Proxy, proxy);
        }
        if let Some(server) = &plan.time_server {
            form.fill(Field::TimeServer, server);
        }
        form
    }

    /// What is too long for its field is left out: it was not typed here.
    fn fill(&mut self, field: Field, value: impl ToString) {
        let text = Text::new(value.to_string().as_bytes());
        if let (Some(at), Some(text)) = (self.place(field), text) {
            self.texts[at] = text;
        }
    }

    /// Who gives the address. What both have keeps what stands in it.
    pub(crate) fn set_dhcp(&mut self, dhcp: bool) {
        let FormKind::Network { dhcp: before } = self.kind else { return };
        if self.editing.is_none() && before != dhcp {
            let shared = BY_HAND.len() - BY_DHCP.len();
            match dhcp {
                true => self.texts.rotate_left(shared),
                false => self.texts.rotate_right(shared),
            }
            self.faults = Default::default();
            self.kind = FormKind::Network { dhcp };
        }
    }

    /// The plan, if every field is right; else all that is wrong is shown.
    pub(crate) fn network_plan(&mut self) -> Option<NetworkPlan> {
        let FormKind::Network { dhcp } = self.kind else { return None };
        self.name_faults();
        let fixed = if dhcp { None } else { self.fixed() };
        if self.faults.iter().any(Option::is_some) {
            return None;
        }
        Some(NetworkPlan {
            fixed,
            proxy: self.value::<Proxy>(Field::Proxy),
            time_server: self.value::<HostName>(Field::TimeServer),
        })
    }

    /// The fields one by one are right; now together.
    fn fixed(&mut self) -> Option<FixedAddress> {
        let fixed = FixedAddress::new(
            self.value::<Address>(Field::Address)?,
            self.value::<Ipv4Addr>(Field::Router)?,
            self.value::<Ipv4Addr>(Field::Dns)?,
            self.value::<Ipv4Addr>(Field::OtherDns),
        );
        if fixed == Err(BadNetwork::Elsewhere) {
            self.faults[1] = Some(Fault::Elsewhere);
        }
        fixed.ok()
    }

    fn value<T: FromStr>(&self, field: Field) -> Option<T> {
        self.texts[self.place(field)?].expose().parse().ok()
    }
}

/// What is wrong with a field of this form, by itself.
pub(super) fn fault(field: Field, text: &str) -> Option<Fault> {
    let good = match field {
        Field::Address => text.parse::<Address>().is_ok(),
        Field::Proxy => text.parse::<Proxy>().is_ok(),
        Field::TimeServer => text.parse::<HostName>().is_ok(),
        _ => text.parse().is_ok_and(|ip| machine(ip).is_ok()),
    };
    (!good).then_some(Fault::Shape)
}

/// What stands in such a field: letters and digits, and the signs between them.
pub(super) fn takes(field: Field, byte: u8) -> bool {
    match field {
        Field::Address => byte.is_ascii_digit() || b"./".contains(&byte),
        Field::Proxy => byte.is_ascii_alphanumeric() || b".-:".contains(&byte),
        Field::TimeServer => byte.is_ascii_alphanumeric() || b".-".contains(&byte),
        _ => byte.is_ascii_digit() || byte == b'.',
    }
}
