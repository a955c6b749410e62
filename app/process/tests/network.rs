//! `kiosk-network` below a root of its own: what it writes, what it takes away, whom it tells.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::ExitStatusExt},
    path::PathBuf,
    process::{Child, Command, Output},
};

use kiosk_core::network::{FixedAddress, NetworkPlan};
use kiosk_process::network::{self, FILE};
use tempfile::TempDir;

const WIRED: &str = "run/systemd/network/10-kiosk.network";
const TIME: &str = "run/systemd/timesyncd.conf.d/10-kiosk.conf";

struct Unit(TempDir);

impl Unit {
    fn new() -> Self {
        let unit = Self(tempfile::tempdir().expect("a folder"));
        for folder in ["state", "run/systemd/network", "run/systemd/timesyncd.conf.d"] {
            fs::create_dir_all(unit.path(folder)).expect("made");
        }
        unit
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn set(&self, plan: &NetworkPlan) -> Output {
        network::keep(&self.path("state"), plan).expect("kept");
        self.run()
    }

    fn run(&self) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kiosk-network"))
            .args([self.path("state"), self.0.path().to_owned()])
            .output()
            .expect("it runs")
    }

    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }

    /// A process that is all of a service.
    fn service(&self, name: &str) -> Child {
        let process = Command::new("sleep").arg("600").spawn().expect("it runs");
        let group = self.path("sys/fs/cgroup/system.slice").join(name);
        fs::create_dir_all(&group).expect("made");
        fs::write(group.join("cgroup.procs"), format!("{}\n", process.id())).expect("written");
        process
    }
}

fn plan() -> NetworkPlan {
    let ip = |text: &str| text.parse().expect("an address");
    let address = "192.0.2.15/24".parse().expect("an address");
    let fixed = FixedAddress::new(address, ip("192.0.2.1"), ip("192.0.2.53"), None);
    NetworkPlan {
        fixed: Some(fixed.expect("one network")),
        proxy: Some("proxy.lan:8080".parse().expect("a proxy")),
        time_server: Some("ntp.lan".parse().expect("a name")),
    }
}

#[test]
fn a_plan_becomes_exactly_these_units_and_dhcp_takes_them_away() {
    let unit = Unit::new();
    assert!(unit.set(&plan()).status.success());
    let wired = unit.read(WIRED).expect("written");
    assert_eq!(
        wired,
        "# Set on ネットワーク.\n[Match]\nType=ether\n\n[Network]\nAddress=192.0.2.15/24\n\
         Gateway=192.0.2.1\nDNS=192.0.2.53\nLinkLocalAddressing=ipv6\nMulticastDNS=no\nLLMNR=no\n"
    );
    assert_eq!(unit.read(TIME).expect("written"), "# Set on ネットワーク.\n[Time]\nNTP=ntp.lan\n");
    for name in [WIRED, TIME] {
        let mode = fs::metadata(unit.path(name)).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "the services have users of their own");
    }
    assert!(unit.set(&NetworkPlan::default()).status.success());
    assert_eq!((unit.read(WIRED), unit.read(TIME)), (None, None));
    let left = fs::read_dir(unit.path(WIRED).parent().expect("a folder")).expect("listed");
    assert_eq!(left.count(), 0);
}

#[test]
fn a_damaged_file_is_told_and_the_network_is_asked() {
    let unit = Unit::new();
    assert!(unit.set(&plan()).status.success());
    fs::write(unit.path("state").join(FILE), "{\"version\":1").expect("written");
    let output = unit.run();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).expect("text");
    assert!(said.contains("damaged") && said.contains("DHCP"), "{said}");
    assert_eq!(unit.read(WIRED), None);
}

#[test]
fn services_are_told_when_something_changes_and_only_then() {
    let unit = Unit::new();
    let (mut wired, mut time) =
        (unit.service("systemd-networkd.service"), unit.service("systemd-timesyncd.service"));
    assert!(unit.run().status.success());
    for service in [&mut wired, &mut time] {
        assert_eq!(service.try_wait().expect("it can be asked"), None, "nothing changed");
    }
    assert!(unit.set(&plan()).status.success());
    // SIGHUP, which networkd hears; SIGTERM, after which timesyncd comes back.
    assert_eq!(wired.wait().expect("it ended").signal(), Some(1));
    assert_eq!(time.wait().expect("it ended").signal(), Some(15));
    // They are gone by now: that is no error.
    assert!(unit.set(&NetworkPlan::default()).status.success());
}

#[test]
fn a_call_without_folders_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_kiosk-network")).output().expect("it runs");
    assert_eq!(output.status.code(), Some(64));
}
