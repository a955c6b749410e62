//! `cargo tools gateway`: the reference gateway for a developer, kept in `target/gateway`
//! from one start to the next; and a device that is registered there.

use std::{fs, path::PathBuf};

use crate::{
    cargo,
    demo::office,
    descendants,
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

/// Where a developer's gateway listens; the kiosk's example settings name it too.
const LISTEN: &str = "127.0.0.1:8443";
const URL: &str = "https://localhost:8443";
/// Where a person's browser finds its pages.
const PORTAL: &str = "127.0.0.1:8444";

/// The gateway's own folder, beside the settings.
const GATEWAY: &str = "data";

struct Folders {
    gateway: PathBuf,
    cards: PathBuf,
    logs: PathBuf,
    settings: PathBuf,
}

impl Folders {
    fn make() -> Result<Self, Stop> {
        let folder = places::target()?.join("gateway");
        places::private_folder(&folder)?;
        let logs = folder.join("logs");
        fs::create_dir_all(&logs).map_err(Stop::because(logs.display()))?;
        let (gateway, cards) = (folder.join(GATEWAY), folder.join("office"));
        Ok(Self { gateway, cards, logs, settings: folder.join("kiosk.toml") })
    }
}

/// Starts it and waits for Ctrl-C.
pub(crate) fn serve(install: Install) -> Result<(), Stop> {
    let folders = prepare(install)?;
    if !folders.cards.exists() {
        // Half an office, from an interrupted start, is none.
        let half = folders.cards.with_extension("new");
        places::remove(&half)?;
        office::issue_cards(&half)?;
        fs::rename(&half, &folders.cards).map_err(Stop::because(folders.cards.display()))?;
    }
    let listen = [LISTEN, PORTAL];
    let (mut gateway, [url, portal]) =
        office::start_gateway(&folders.gateway, &folders.cards, listen, &[], &folders.logs)?;
    println!("The reference gateway listens on {url} until Ctrl-C; its portal on {portal}.");
    println!("A device for it, from another terminal: cargo tools gateway enrol");
    let ended = gateway.follow();
    descendants::end_all()?;
    ended
}

/// Registers a device at the gateway that `serve` keeps; says where its settings are.
pub(crate) fn enrol(install: Install) -> Result<(), Stop> {
    let folders = prepare(install)?;
    office::write_settings(&folders.settings, URL, GATEWAY)?;
    office::enrol(&folders.gateway, &folders.settings)?;
    println!(
        "Registered. The kiosk of this device: kiosk --settings {}",
        folders.settings.display()
    );
    Ok(())
}

fn prepare(install: Install) -> Result<Folders, Stop> {
    packages::ensure(install, &[Purpose::Build])?;
    cargo::build_release(&["reference-gateway", "reader-virtual", "kiosk-line"])?;
    Folders::make()
}
