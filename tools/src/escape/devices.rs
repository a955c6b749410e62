//! What may be plugged into the USB of a unit that stands in a hall, and whether it is let in.

use std::{fs, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    escape::gadget::{Face, Gadget, Interface},
    image::{machine::Running, tree::Tree},
    stop::Stop,
};

/// What the memory stick holds, over and over: none of it may ever be in the unit's memory.
pub(crate) const ON_THE_STICK: &[u8] = b"nobody reads this stick: it came from the hall\n";
const STICK: &str = "stick.raw";
const STICK_BYTES: usize = 1 << 20;

/// A machine that was told to take a device out has done so by then.
const OUT: Duration = Duration::from_secs(4);

/// Something to plug in.
pub(crate) struct Device {
    pub(crate) name: &'static str,
    /// Each is plugged into the one before it, if that is a hub.
    parts: &'static [Part],
    /// How many of its parts are let in, if only for the moment until all is known of them.
    pub(crate) let_in: usize,
}

enum Part {
    /// QEMU's own device of that name.
    Qemu(&'static str),
    /// Ours: none of them may stay.
    Gadget(&'static [Interface], Face),
}

const KEYBOARD: Interface = [3, 1, 1];
const STORAGE: Interface = [8, 6, 0x50];
const READER: Interface = [0x0B, 0, 0];
const CAMERA: [Interface; 2] = [[0x0E, 1, 0], [0x0E, 2, 0]];

pub(crate) const DEVICES: &[Device] = &[
    Device {
        name: "a keyboard that hides storage",
        parts: &[Part::Gadget(&[KEYBOARD, STORAGE], Face::Hiding)],
        let_in: 1,
    },
    Device { name: "a camera", parts: &[Part::Gadget(&CAMERA, Face::Open)], let_in: 0 },
    Device {
        name: "a keyboard that is storage too",
        parts: &[Part::Gadget(&[KEYBOARD, STORAGE], Face::Open)],
        let_in: 0,
    },
    Device {
        name: "a reader that types",
        parts: &[Part::Gadget(&[READER, KEYBOARD], Face::Open)],
        let_in: 0,
    },
    Device {
        name: "a hub with storage behind it",
        parts: &[Part::Qemu("usb-hub"), Part::Qemu("usb-storage")],
        let_in: 1,
    },
    Device { name: "storage", parts: &[Part::Qemu("usb-storage")], let_in: 0 },
    Device { name: "a network", parts: &[Part::Qemu("usb-net")], let_in: 0 },
    Device { name: "a serial line", parts: &[Part::Qemu("usb-serial")], let_in: 0 },
    Device { name: "a mouse", parts: &[Part::Qemu("usb-mouse")], let_in: 0 },
    Device { name: "a sound card", parts: &[Part::Qemu("usb-audio")], let_in: 1 },
    Device { name: "a second reader", parts: &[Part::Qemu("usb-ccid")], let_in: 1 },
    Device { name: "a second keyboard", parts: &[Part::Qemu("usb-kbd")], let_in: 1 },
];

/// The keyboard that chords are pressed on.
pub(crate) const FOR_CHORDS: Device =
    Device { name: "a keyboard", parts: &[Part::Qemu("usb-kbd")], let_in: 1 };

impl Device {
    pub(crate) fn parts(&self) -> usize {
        self.parts.len()
    }
}

/// A hand at the unit's USB.
pub(crate) struct Hand<'a> {
    tools: &'a Tree,
    /// Of what was ever plugged in: no two have one name.
    plugged: usize,
}

/// A device in its port, and the names of its parts.
pub(crate) struct Plugged {
    names: Vec<String>,
    gadgets: Vec<Gadget>,
}

impl Plugged {
    pub(crate) fn may_stay(&self) -> bool {
        self.gadgets.is_empty()
    }

    /// Whether the machine has chosen to use what may not stay.
    pub(crate) fn has_stayed(&self) -> bool {
        self.gadgets.iter().any(Gadget::is_in)
    }
}

impl<'a> Hand<'a> {
    /// With a memory stick.
    pub(crate) fn new(tools: &'a Tree) -> Result<Self, Stop> {
        let file = tools.work(STICK);
        let stick: Vec<u8> = ON_THE_STICK.iter().copied().cycle().take(STICK_BYTES).collect();
        fs::write(&file, stick).map_err(Stop::because(file.display()))?;
        Ok(Self { tools, plugged: 0 })
    }

    /// Plugs `device` into `port`.
    pub(crate) fn plug(
        &mut self,
        machine: &mut Running,
        device: &Device,
        port: u32,
    ) -> Result<Plugged, Stop> {
        let (mut names, mut gadgets, mut port) = (Vec::new(), Vec::new(), port.to_string());
        for part in device.parts {
            self.plugged += 1;
            let name = format!("plugged-{}", self.plugged);
            match part {
                Part::Qemu(driver) => qemus(machine, driver, &name, &port)?,
                Part::Gadget(interfaces, face) => {
                    let socket = self.tools.work(&format!("{name}.sock"));
                    listening(machine, &name, &port)?;
                    gadgets.push(Gadget::plug_in(&socket, interfaces, *face)?);
                }
            }
            names.push(name);
            port.push_str(".1");
        }
        Ok(Plugged { names, gadgets })
    }

    /// Pulls it out.
    pub(crate) fn unplug(machine: &mut Running, plugged: Plugged) -> Result<(), Stop> {
        for name in plugged.names.iter().rev() {
            machine.qmp.execute("device_del", json!({"id": name}))?;
            thread::sleep(OUT);
        }
        Ok(())
    }
}

/// One of QEMU's own, with what is behind it.
fn qemus(machine: &mut Running, driver: &str, name: &str, port: &str) -> Result<(), Stop> {
    let behind = format!("{name}-behind");
    let mut device = json!({"driver": driver, "id": name, "bus": "usb.0", "port": port});
    let needed: Option<(&str, Value, &str)> = match driver {
        "usb-storage" => Some((
            "blockdev-add",
            json!({"driver": "raw", "node-name": behind, "read-only": true,
                "file": {"driver": "file", "filename": format!("/work/{STICK}")}}),
            "drive",
        )),
        "usb-net" => Some(("netdev_add", json!({"type": "user", "id": behind}), "netdev")),
        "usb-serial" => Some((
            "chardev-add",
            json!({"id": behind, "backend": {"type": "null", "data": {}}}),
            "chardev",
        )),
        _ => None,
    };
    if let Some((command, arguments, property)) = needed {
        machine.qmp.execute(command, arguments)?;
        device[property] = json!(behind);
    }
    match driver {
        // Else it is there only once somebody is at the other end.
        "usb-serial" => device["always-plugged"] = json!(true),
        "usb-audio" => device["audiodev"] = json!("silence"),
        _ => {}
    }
    machine.qmp.execute("device_add", device).map(drop)
}

/// A port that waits for a gadget.
fn listening(machine: &mut Running, name: &str, port: &str) -> Result<(), Stop> {
    let behind = format!("{name}-behind");
    let path = format!("/work/{name}.sock");
    let address = json!({"type": "unix", "data": {"path": path}});
    let socket = json!({"addr": address, "server": true, "wait": false});
    let backend = json!({"type": "socket", "data": socket});
    machine.qmp.execute("chardev-add", json!({"id": behind, "backend": backend}))?;
    let device = json!({"driver": "usb-redir", "id": name, "bus": "usb.0", "port": port,
        "chardev": behind});
    machine.qmp.execute("device_add", device).map(drop)
}

/// Of the kernel's words: how many devices it judged, and how many it let in.
pub(crate) fn judged(log: &[String]) -> (usize, usize) {
    let count = |words: &str| log.iter().filter(|line| line.ends_with(words)).count();
    (count(": Device is not authorized for usage"), count(": authorized to connect"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_says_whom_it_let_in() {
        let log = [
            "[   89.179279] usb 1-1: new high-speed USB device number 2 using xhci_hcd",
            "[   89.331323] usb 1-1: Device is not authorized for usage",
            "[   89.467838] usb 1-1: authorized to connect",
            "[  105.379041] usb 1-2: Device is not authorized for usage",
        ]
        .map(str::to_owned);
        assert_eq!(judged(&log), (2, 1));
        assert_eq!(judged(&[]), (0, 0));
    }

    #[test]
    fn nobody_else_is_let_in() {
        assert!(DEVICES.iter().all(|it| it.let_in <= it.parts()));
        let refused = DEVICES.iter().filter(|it| it.let_in < it.parts()).count();
        assert_eq!((DEVICES.len(), refused), (12, 8));
    }
}
