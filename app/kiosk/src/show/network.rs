//! ネットワーク: how the device is connected, and what was set.

use kiosk_core::{
    LineStatus, Trouble,
    network::{Interface, NetworkPlan, NetworkState},
};
use kiosk_ui::{Fact, KioskWindow, NetworkAdapter, Page};
use slint::{ComponentHandle, SharedString};

use super::facts::{self, Said, fact};

pub(super) fn show_network(
    window: &KioskWindow,
    network: &NetworkState,
    line: LineStatus,
    changed: bool,
) -> Page {
    let texts = window.global::<NetworkAdapter<'_>>();
    let mut all = vec![fact(texts.get_gateway(), of_line(&texts, line))];
    all.extend(network.interfaces.iter().map(|it| of_interface(&texts, it)));
    all.extend(of_plan(&texts, &network.plan));
    let lead = match (changed, network.interfaces.is_empty()) {
        (true, _) => texts.get_changed(),
        (false, true) => texts.get_none(),
        (false, false) => SharedString::default(),
    };
    let mistake = if network.damaged { texts.get_damaged() } else { SharedString::default() };
    let said =
        Said { title: texts.get_title(), lead, mistake, facts: all, change: texts.get_change() };
    facts::show(window, said)
}

fn of_line(texts: &NetworkAdapter<'_>, line: LineStatus) -> SharedString {
    match line {
        LineStatus::Starting => texts.get_checking(),
        LineStatus::Down(trouble) => {
            format!("{} {}", texts.invoke_state(false), Trouble::from(trouble).code()).into()
        }
        line => texts.invoke_state(matches!(line, LineStatus::Up { .. })),
    }
}

fn of_interface(texts: &NetworkAdapter<'_>, interface: &Interface) -> Fact {
    let mut lines = vec![texts.invoke_state(interface.up).to_string()];
    lines.extend(interface.addresses.iter().map(ToString::to_string));
    if interface.addresses.is_empty() {
        lines.push(texts.get_no_address().into());
    }
    fact(interface.name.as_str().into(), lines.join("\n").into())
}

/// What was set, in the order of the form.
fn of_plan(texts: &NetworkAdapter<'_>, plan: &NetworkPlan) -> Vec<Fact> {
    let mut all = Vec::new();
    match &plan.fixed {
        None => all.push(fact(texts.get_by(), texts.get_automatic())),
        Some(fixed) => {
            let dns: Vec<_> = fixed.dns().map(|it| it.to_string()).collect();
            all.extend([
                fact(texts.get_by(), fixed.address().to_string().into()),
                fact(texts.get_router(), fixed.router().to_string().into()),
                fact(texts.get_dns(), dns.join("\n").into()),
            ]);
        }
    }
    let or = |it: Option<String>, none: SharedString| it.map_or(none, SharedString::from);
    let proxy = or(plan.proxy.as_ref().map(ToString::to_string), texts.get_unused());
    let server = or(plan.time_server.as_ref().map(ToString::to_string), texts.get_standard());
    all.extend([fact(texts.get_proxy(), proxy), fact(texts.get_time_server(), server)]);
    all
}
