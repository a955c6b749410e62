//! ネットワーク as it is kept: one small file, written by the kiosk, read by it and by
//! `kiosk-network`, which makes what systemd reads of it.
//!
//! A file that is missing, damaged or wrong sets nothing: the network is asked (DHCP), and
//! whoever opens the page can set it anew.

use std::{fmt::Write, io, path::Path};

use kiosk_core::network::{FixedAddress, NetworkPlan};
use serde::{Deserialize, Serialize};

use crate::files;

/// Its name in the state folder of the kiosk.
pub const FILE: &str = "network.json";
const VERSION: u32 = 1;
/// A plan has less than 700 bytes.
const FILE_MAX: u64 = 4096;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    plan: NetworkPlan,
}

/// Why a plan that is there says nothing.
#[derive(Debug, thiserror::Error)]
pub enum NoPlan {
    #[error("the network's settings cannot be read: {0}")]
    Unreadable(#[source] io::Error),
    #[error("the network's settings are damaged: {0}")]
    Damaged(#[source] serde_json::Error),
    #[error("the network's settings are of version {0}, which this program does not know")]
    Version(u32),
}

/// What was set; the default where nothing was.
///
/// Errors: all of [`NoPlan`].
pub fn read(folder: &Path) -> Result<NetworkPlan, NoPlan> {
    let bytes = files::read(&folder.join(FILE), FILE_MAX).map_err(NoPlan::Unreadable)?;
    let Some(bytes) = bytes else { return Ok(NetworkPlan::default()) };
    let kept: Kept = serde_json::from_slice(&bytes).map_err(NoPlan::Damaged)?;
    match kept.version {
        VERSION => Ok(kept.plan),
        other => Err(NoPlan::Version(other)),
    }
}

/// Keeps what was set.
///
/// Errors: the disk refuses; what was set before still holds.
pub fn keep(folder: &Path, plan: &NetworkPlan) -> io::Result<()> {
    files::make_folder(folder)?;
    let kept = Kept { version: VERSION, plan: plan.clone() };
    files::write(folder, FILE, &serde_json::to_vec(&kept)?)
}

/// What systemd-networkd reads before the unit of the image; `None` for DHCP, which that has.
pub fn wired_unit(plan: &NetworkPlan) -> Option<String> {
    plan.fixed.as_ref().map(fixed_unit)
}

fn fixed_unit(fixed: &FixedAddress) -> String {
    let mut unit = format!(
        "# Set on ネットワーク.\n[Match]\nType=ether\n\n[Network]\nAddress={}\nGateway={}\n",
        fixed.address(),
        fixed.router()
    );
    for dns in fixed.dns() {
        // Writing to a string cannot fail.
        let _ = writeln!(unit, "DNS={dns}");
    }
    unit.push_str("LinkLocalAddressing=ipv6\nMulticastDNS=no\nLLMNR=no\n");
    unit
}

/// What systemd-timesyncd reads over that of the image; `None` for the usual server.
pub fn time_unit(plan: &NetworkPlan) -> Option<String> {
    let server = plan.time_server.as_ref()?;
    Some(format!("# Set on ネットワーク.\n[Time]\nNTP={server}\n"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const GOOD: &str = r#"{"version":1,"plan":{"fixed":{"address":"192.0.2.15/24","router":"192.0.2.1","dns":"192.0.2.53","other_dns":"9.9.9.9"},"proxy":"proxy.lan:8080","time_server":"ntp.lan"}}"#;

    #[test]
    fn what_was_kept_is_read_and_becomes_units() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = folder.path().join("state");
        assert_eq!(read(&state).expect("nothing was set"), NetworkPlan::default());
        let plan = serde_json::from_str::<Kept>(GOOD).expect("a plan").plan;
        keep(&state, &plan).expect("kept");
        assert_eq!(read(&state).expect("readable"), plan);
        let text = fs::read_to_string(state.join(FILE)).expect("readable");
        assert_eq!(text, GOOD, "another form is another version");
        assert_eq!(
            wired_unit(&plan).expect("a unit"),
            "# Set on ネットワーク.\n[Match]\nType=ether\n\n[Network]\nAddress=192.0.2.15/24\n\
             Gateway=192.0.2.1\nDNS=192.0.2.53\nDNS=9.9.9.9\nLinkLocalAddressing=ipv6\n\
             MulticastDNS=no\nLLMNR=no\n"
        );
        assert_eq!(
            time_unit(&plan).expect("a unit"),
            "# Set on ネットワーク.\n[Time]\nNTP=ntp.lan\n"
        );
        let nothing = NetworkPlan::default();
        assert_eq!((wired_unit(&nothing), time_unit(&nothing)), (None, None));
    }

    #[test]
    fn what_is_damaged_or_wrong_sets_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        for damage in [
            "",
            "{}",
            &GOOD[..GOOD.len() - 1],
            &GOOD.replace(":1,", ":2,"),
            &GOOD.replace("192.0.2.1\"", "192.0.3.1\""),
            &GOOD.replace("/24", "/33"),
            &GOOD.replace("ntp.lan", "ntp.lan\\nFallbackNTP=evil"),
            &GOOD.replace("8080", "0"),
            &GOOD.replace("\"proxy\":", "\"more\":1,\"proxy\":"),
            &" ".repeat(5000),
        ] {
            fs::write(folder.path().join(FILE), damage).expect("written");
            assert!(read(folder.path()).is_err(), "{damage}");
        }
    }
}
