//! What surrounds the kiosk: people with cards, a reader on a pcscd of its own, the
//! reference gateway, and this device's registration there.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use super::times::Times;
use crate::{
    places,
    program::{Program, ask},
    stop::Stop,
};

/// pcscd answers within 150 ms on a free machine.
const READER: Duration = Duration::from_secs(20);
/// The gateway makes its CA and reads its people at the first start.
const GATEWAY: Duration = Duration::from_secs(60);

/// The demo's account. Nothing is behind it: the gateway is made anew each time.
pub(crate) const FACILITY: &str = "1310000001";
pub(crate) const USER: &str = "kiosk01";
pub(crate) const PASSWORD: &str = "Demo-kiosk-01";
const SERIAL: &str = "SK-000001";
/// Who prepares the facility at the portal.
const ADMINISTRATOR: &str = "admin01";
const ADMINISTRATORS_PASSWORD: &str = "Demo-admin-01";

/// 職員コード of the demo's kiosk.
pub(crate) const STAFF_CODE: &str = "4711";
/// The demo's admin passcode.
pub(crate) const PASSCODE: &str = "2468";

/// Tells programs that were built with `mock-clock` which file says how far it is ahead.
pub(crate) const MOCK_CLOCK: &str = "KIOSK_MOCK_CLOCK";

/// That file: beside the kiosk's settings and the gateway's folder.
pub(crate) fn mock_clock(beside: &Path) -> PathBuf {
    beside.with_file_name("clock")
}

/// The gateway's folder, beside the settings.
const GATEWAY_FOLDER: &str = "gateway";

/// The packages that the demo consists of.
pub(crate) const PACKAGES: &[&str] =
    &["kiosk", "kiosk-card", "kiosk-line", "reference-gateway", "reader-virtual", "ifd-virtual"];

/// The running office.
pub(crate) struct Office {
    folder: PathBuf,
    settings: PathBuf,
    logs: PathBuf,
    /// The gateway, while it runs.
    gateway: Option<Program>,
    /// Where it listens; empty before its first start.
    url: String,
    /// Where a browser finds its pages.
    portal: String,
    /// The activation code that the portal showed, once it did.
    code: String,
    programs: Vec<Program>,
    /// How far the mock clock is ahead.
    minutes: u32,
}

impl Office {
    /// Sets everything up in `folder`, which is empty, and leaves it running.
    pub(crate) fn open(folder: &Path, logs: &Path, times: &mut Times) -> Result<Self, Stop> {
        let office = Self::around_a_new_unit(folder, logs, times)?;
        enrol(&office.gateway(), &office.settings)?;
        set_code(&office.settings, "set-staff-code", STAFF_CODE)?;
        set_code(&office.settings, "set-passcode", PASSCODE)?;
        times.part("registration");
        Ok(office)
    }

    /// The same around a unit as it comes out of its box: nobody has registered it.
    pub(crate) fn around_a_new_unit(
        folder: &Path,
        logs: &Path,
        times: &mut Times,
    ) -> Result<Self, Stop> {
        let mut office = Self {
            folder: folder.to_owned(),
            settings: folder.join("kiosk.toml"),
            logs: logs.to_owned(),
            gateway: None,
            url: String::new(),
            portal: String::new(),
            code: String::new(),
            programs: Vec::new(),
            minutes: 0,
        };
        issue_cards(&office.cards())?;
        times.part("cards");
        office.start_reader(logs)?;
        times.part("reader");
        office.return_gateway()?;
        times.part("gateway");
        write_settings(&office.settings, &office.url, GATEWAY_FOLDER)?;
        Ok(office)
    }

    /// The facility prepares at the portal, in a browser; gives how many pictures that took in
    /// the folder `pictures`.
    pub(crate) fn prepare(&mut self, pictures: &Path) -> Result<usize, Stop> {
        let gateway = self.gateway();
        let mut facility = Command::new(places::release("reference-gateway")?);
        facility.arg("facility").arg("--folder").arg(&gateway);
        facility.args(["--facility", FACILITY, "--name", "見本病院", "--admin", ADMINISTRATOR]);
        ask("make a facility", &mut facility, &format!("{ADMINISTRATORS_PASSWORD}\n"))?;

        let mut browser = Command::new(places::release("prepare")?);
        browser.args(["--portal", &self.portal]).arg("--ca").arg(gateway.join("ca.pem"));
        browser.args(["--facility", FACILITY, "--admin", ADMINISTRATOR, "--user", USER]);
        browser.arg("--pictures").arg(pictures);
        let passwords = format!("{ADMINISTRATORS_PASSWORD}\n{PASSWORD}\n");
        let told = ask("prepare at the portal", &mut browser, &passwords)?;
        let after = |word: &str| {
            let line = told.lines().find_map(|line| line.strip_prefix(word));
            line.ok_or_else(|| Stop::Failed(format!("the browser told no {word}: {told}")))
        };
        after("code ")?.clone_into(&mut self.code);
        let pictures = after("pictures ")?.parse();
        pictures.map_err(|error| Stop::Failed(format!("the browser's pictures: {error}")))
    }

    /// The activation code that the browser showed; empty before.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    /// The gateway is gone, as by a cut line.
    pub(crate) fn stop_gateway(&mut self) -> Result<(), Stop> {
        self.gateway.take().map_or(Ok(()), Program::stop)
    }

    /// The gateway is there, where it was before.
    pub(crate) fn return_gateway(&mut self) -> Result<(), Stop> {
        // Port 0 is any that is free.
        let port = self.url.rsplit_once(':').map_or("0", |(_, port)| port);
        let listen = format!("127.0.0.1:{port}");
        let listen = [listen.as_str(), "127.0.0.1:0"];
        let (program, [url, portal]) =
            start_gateway(&self.gateway(), &self.cards(), listen, &[], &self.logs)?;
        (self.gateway, self.url, self.portal) = (Some(program), url, portal);
        Ok(())
    }

    /// The mock clock of kiosk and gateway goes on.
    pub(crate) fn later(&mut self, minutes: u32) -> Result<(), Stop> {
        self.minutes += minutes;
        let file = mock_clock(&self.settings);
        let seconds = (self.minutes * 60).to_string();
        fs::write(&file, seconds).map_err(Stop::because(format!("cannot write {}", file.display())))
    }

    /// What happens to the next card at its command number `at`, the throw-away SELECT
    /// being the first.
    pub(crate) fn fault(&self, at: &str, kind: &str) -> Result<(), Stop> {
        self.hand(&format!("fault {at} {kind}")).map(drop)
    }

    /// Lays the card `id` on the reader.
    pub(crate) fn insert(&self, id: &str) -> Result<(), Stop> {
        self.hand(&format!("insert {id}")).map(drop)
    }

    /// Lays the card `id` on the reader in place of what lies there.
    pub(crate) fn replace(&self, id: &str) -> Result<(), Stop> {
        // Mostly nothing lies there; if something else is wrong, the next line says so.
        let _ = self.remove();
        self.insert(id)
    }

    /// Takes the card from the reader.
    pub(crate) fn remove(&self) -> Result<(), Stop> {
        self.hand("remove").map(drop)
    }

    /// For `PCSCLITE_CSOCK_NAME`.
    pub(crate) fn pcscd(&self) -> PathBuf {
        self.reader().join("run/pcscd/pcscd.comm")
    }

    /// The kiosk's settings.
    pub(crate) fn settings(&self) -> &Path {
        &self.settings
    }

    /// The issued cards.
    pub(crate) fn cards(&self) -> PathBuf {
        self.folder.join("office")
    }

    /// The gateway's folder.
    pub(crate) fn gateway(&self) -> PathBuf {
        self.folder.join(GATEWAY_FOLDER)
    }

    /// Where the gateway listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The virtual reader's socket for hands.
    pub(crate) fn control(&self) -> PathBuf {
        self.reader().join("control")
    }

    fn reader(&self) -> PathBuf {
        self.folder.join("reader")
    }

    fn start_reader(&mut self, logs: &Path) -> Result<(), Stop> {
        let mut command = Command::new(places::root()?.join("reader-drivers/ifd/private-pcscd"));
        command.arg(self.reader()).arg(places::release("libifdkiosk.so")?).arg(self.cards());
        let mut program = Program::start("pcscd", &command, logs)?;
        program.wait("the reader", READER, |line| (line == "ready").then_some(()))?;
        self.programs.push(program);
        Ok(())
    }

    pub(crate) fn hand(&self, request: &str) -> Result<String, Stop> {
        hand(&self.control(), request)
    }
}

/// A request to the virtual reader behind the socket `control`, without a program in between;
/// gives the answer.
pub(crate) fn hand(control: &Path, request: &str) -> Result<String, Stop> {
    let cannot = || format!("{request}: the virtual reader does not answer");
    let mut stream = UnixStream::connect(control).map_err(Stop::because(cannot()))?;
    stream.write_all(format!("{request}\n").as_bytes()).map_err(Stop::because(cannot()))?;
    let mut answer = String::new();
    BufReader::new(stream).read_line(&mut answer).map_err(Stop::because(cannot()))?;
    match answer.trim().strip_prefix("ok") {
        Some(told) => Ok(told.trim().to_owned()),
        None => Err(Stop::Failed(format!("{request}: {answer}"))),
    }
}

/// The people who have a card.
pub(crate) fn people() -> Result<Vec<String>, Stop> {
    let mut command = Command::new(places::release("virtual-card")?);
    let list = ask("list the cards", command.arg("list"), "")?;
    Ok(list.lines().map(str::to_owned).collect())
}

/// Makes keys, certificates and card files for everybody in `cards/`.
pub(crate) fn issue_cards(office: &Path) -> Result<(), Stop> {
    let mut command = Command::new(places::release("virtual-card")?);
    ask("issue the cards", command.arg("issue").arg(office), "").map(drop)
}

/// Starts the gateway, which listens for kiosks at the first of two addresses and for browsers at
/// the second, with `more` arguments; gives both URLs too.
pub(crate) fn start_gateway(
    folder: &Path,
    office: &Path,
    [listen, portal]: [&str; 2],
    more: &[&str],
    logs: &Path,
) -> Result<(Program, [String; 2]), Stop> {
    places::private_folder(folder)?;
    let mut command = Command::new(places::release("reference-gateway")?);
    command.arg("serve").arg("--folder").arg(folder).args(["--listen", listen]);
    command.args(["--portal", portal]).args(more);
    command.arg("--office").arg(office).env(MOCK_CLOCK, mock_clock(folder));
    let mut program = Program::start("gateway", &command, logs)?;
    let urls = [word(&mut program, "listening ")?, word(&mut program, "portal ")?];
    Ok((program, urls))
}

/// What the gateway says behind `word`.
fn word(gateway: &mut Program, word: &str) -> Result<String, Stop> {
    gateway.wait("the gateway", GATEWAY, |line| {
        line.strip_prefix(word).map(|url| url.trim().to_owned())
    })
}

/// The settings of a device at the gateway whose folder is `gateway`, a name beside the
/// file; the device's state lies there too.
pub(crate) fn write_settings(file: &Path, url: &str, gateway: &str) -> Result<(), Stop> {
    let settings = format!(
        "state_folder = \"state\"\n\n\
         [station]\nmode = \"attended\"\nmethod = \"pin\"\n\n\
         [gateway]\nurl = \"{url}\"\npins = \"{gateway}/ca.pem\"\n\n\
         [reader]\nname = \"Kiosk Virtual Reader\"\n"
    );
    fs::write(file, settings).map_err(Stop::because(format!("cannot write {}", file.display())))
}

/// 職員コード, as an administrator would set it.
fn set_code(settings: &Path, verb: &str, code: &str) -> Result<(), Stop> {
    let mut command = Command::new(places::release("kiosk")?);
    command.arg("--settings").arg(settings).arg(verb);
    ask(verb, &mut command, &format!("{code}\n")).map(drop)
}

/// An account, an activation code, and the device through the real `POST /v1/devices`.
pub(crate) fn enrol(gateway: &Path, settings: &Path) -> Result<(), Stop> {
    make_account(gateway)?;
    let code = make_code(gateway)?;
    let mut line = Command::new(places::release("kiosk-line")?);
    line.arg("--settings").arg(settings).arg("enrol");
    line.args(["--facility", FACILITY, "--user", USER]);
    line.args(["--code", &code, "--serial", SERIAL]);
    ask("register the device", &mut line, &format!("{PASSWORD}\n")).map(drop)
}

/// The facility's account.
pub(crate) fn make_account(gateway: &Path) -> Result<(), Stop> {
    let mut account = Command::new(places::release("reference-gateway")?);
    account.arg("account").arg("--folder").arg(gateway);
    account.args(["--facility", FACILITY, "--user", USER]);
    ask("make an account", &mut account, &format!("{PASSWORD}\n")).map(drop)
}

/// A fresh activation code that may be used at once.
pub(crate) fn make_code(gateway: &Path) -> Result<String, Stop> {
    let mut code = Command::new(places::release("reference-gateway")?);
    code.arg("code").arg("--folder").arg(gateway).args(["--facility", FACILITY, "--usable-now"]);
    let code = ask("make an activation code", &mut code, "")?;
    Ok(code.trim().to_owned())
}
