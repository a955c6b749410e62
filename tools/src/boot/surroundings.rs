//! What stands around the unit: the reference gateway, and a card reader with hands.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    cargo,
    demo::office::{self, FACILITY},
    image::machine::{HOST, READER, Reader, Unit},
    places,
    program::Program,
    stop::Stop,
};

/// The reader speaks as soon as QEMU does.
const PLUGGED: Duration = Duration::from_secs(20);
/// What does not run on the unit, and is built for it.
const PACKAGES: [&str; 2] = ["reference-gateway", "reader-virtual"];

pub(crate) struct Surroundings {
    pub(crate) folder: PathBuf,
    /// The gateway, while it runs.
    gateway: Option<Program>,
    /// Of this machine, where the gateway listens; nothing before its first start.
    port: String,
}

impl Surroundings {
    /// Builds them, and starts them in `folder`, which is empty.
    pub(crate) fn start(folder: &Path) -> Result<Self, Stop> {
        cargo::build_release(&PACKAGES)?;
        places::empty(folder)?;
        office::issue_cards(&folder.join("office"))?;
        let mut all = Self { folder: folder.to_owned(), gateway: None, port: "0".to_owned() };
        all.return_gateway()?;
        office::make_account(&all.gateway())?;
        Ok(all)
    }

    /// The gateway is there, where it was before.
    pub(crate) fn return_gateway(&mut self) -> Result<(), Stop> {
        let listen = format!("127.0.0.1:{}", self.port);
        let listen = [listen.as_str(), "127.0.0.1:0"];
        let more = ["--name", HOST];
        let cards = self.folder.join("office");
        let (program, [url, _]) =
            office::start_gateway(&self.gateway(), &cards, listen, &more, &self.folder)?;
        self.gateway = Some(program);
        self.port = url.rsplit_once(':').map_or("443", |(_, port)| port).to_owned();
        Ok(())
    }

    /// The gateway is gone, as by a cut line.
    pub(crate) fn stop_gateway(&mut self) -> Result<(), Stop> {
        self.gateway.take().map_or(Ok(()), Program::stop)
    }

    fn gateway(&self) -> PathBuf {
        self.folder.join("gateway")
    }

    /// An activation code that may be used at once.
    pub(crate) fn code(&self) -> Result<String, Stop> {
        office::make_code(&self.gateway())
    }

    /// What the vendor's line puts onto the unit.
    pub(crate) fn provisioning(&self) -> Result<String, Stop> {
        let file = self.folder.join("gateway/ca.pem");
        let ca = fs::read_to_string(&file).map_err(Stop::because(file.display()))?;
        Ok(format!(
            "settings = '''\nserial = \"SK-000001\"\nfacility = \"{FACILITY}\"\n\
             [station]\nmode = \"attended\"\nmethod = \"pin\"\n\
             [gateway]\nurl = \"https://{HOST}:{}\"\npins = \"gateway-ca.pem\"\n'''\n\
             gateway_ca = '''\n{ca}'''\n",
            self.port
        ))
    }

    /// A request to the reader's hands.
    pub(crate) fn hand(&self, request: &str) -> Result<(), Stop> {
        office::hand(&self.control(), request).map(drop)
    }

    /// Whether a machine's driver has the reader in hand.
    pub(crate) fn reader_is_driven(&self) -> Result<bool, Stop> {
        Ok(office::hand(&self.control(), "status")?.split(' ').any(|word| word == "driven"))
    }

    fn control(&self) -> PathBuf {
        self.folder.join("hands/control")
    }

    /// Our card at the reader of `unit`.
    pub(crate) fn plug_reader_in(&self, unit: &Unit<'_>) -> Result<Program, Stop> {
        let kind = match unit.reader() {
            Reader::Redir => "--redir",
            Reader::Passthru => "--passthru",
        };
        places::private_folder(&self.folder.join("hands"))?;
        let mut command = Command::new(places::release("virtual-reader")?);
        command.arg(kind).arg(unit.work().join(READER)).arg("--control").arg(self.control());
        command.arg("--office").arg(self.folder.join("office"));
        let program = Program::start("virtual-reader", &command, &self.folder)?;
        let began = Instant::now();
        while self.hand("status").is_err() && began.elapsed() < PLUGGED {
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(program)
    }
}
