//! What surrounds the station: a pcscd with the virtual reader, the reference gateway, and
//! the hands at both.

use std::{
    fs,
    path::{Path, PathBuf},
};

use reader_virtual::control;
use whole::{Gateway, Pcscd, Station};

/// Tries of a card that nobody has mistyped.
pub(crate) const TRIES: u8 = 3;

/// The running surroundings; they end when dropped.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) folder: PathBuf,
    pcscd: Pcscd,
    gateway: Gateway,
}

impl World {
    /// Starts everything in `folder` and registers a device in `folder/NAME` for each name.
    pub(crate) fn start(folder: &Path, stations: &[&str]) -> Self {
        fs::create_dir_all(folder).expect("a folder of its own");
        let pcscd = Pcscd::start(&folder.join("p"));
        let gateway = Gateway::start(&folder.join("g"), &pcscd.office());
        for name in stations {
            Station::prepare(&folder.join(name), &gateway);
        }
        Self { folder: folder.to_owned(), pcscd, gateway }
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.pcscd.socket()
    }

    pub(crate) fn office(&self) -> PathBuf {
        self.pcscd.office()
    }

    /// A request to the reader; what cannot be done (a card that is gone already) is no
    /// harm here. Gives the answer, empty when there is none.
    pub(crate) fn hand(&self, request: &str) -> String {
        control::ask(&self.folder.join("p/control"), request).unwrap_or_default()
    }

    /// The card that lies on the reader.
    pub(crate) fn lying(&self) -> Option<String> {
        let status = self.hand("status");
        let card = status.strip_prefix("ok card ")?.split(' ').next()?;
        Some(card.to_owned())
    }

    /// Whether the card that lies there has signed since it came.
    pub(crate) fn has_signed(&self) -> bool {
        self.hand("journal").contains("2A 00 80 + 9000")
    }

    /// The PIN tries that the card `id` has left, as it keeps them itself.
    pub(crate) fn tries(&self, id: &str) -> u8 {
        let file = self.office().join("state").join(format!("{id}.toml"));
        // Without a file nothing was ever counted.
        let Ok(text) = fs::read_to_string(&file) else { return TRIES };
        let table: toml::Table = text.parse().expect("a card's counters");
        let left = table["auth"].as_integer().expect("a number of tries");
        u8::try_from(left).expect("a few tries")
    }

    pub(crate) fn restart_pcscd(&mut self) {
        self.pcscd.restart();
    }

    pub(crate) fn kill_pcscd(&mut self) {
        self.pcscd.kill();
    }

    pub(crate) fn kill_gateway(&mut self) {
        self.gateway.kill();
    }

    /// Where it was, with what it had.
    pub(crate) fn restart_gateway(&mut self) {
        self.gateway.restart();
    }
}
