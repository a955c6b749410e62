//! `cargo tools boot-test`: the unmodified image in a machine with Secure Boot and TPM, a reader on
//! its USB, and a person's fingers on its glass.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    cargo,
    demo::{
        display::Points,
        office::{self, FACILITY, PASSCODE, PASSWORD, STAFF_CODE, USER},
        scenes::Step::{self, Page, Spell, Touch, Type, TypeCode},
        story,
    },
    image::{
        self,
        machine::{HOST, READER, Running, Unit},
        tree::Tree,
    },
    packages::{self, Install, Purpose},
    places,
    program::Program,
    progress::time,
    stop::Stop,
};

/// From power to the first page, on an emulated machine that shares its processors.
const BOOT: Duration = Duration::from_secs(400);
/// From a touch to the next page, the same.
const PAGE: Duration = Duration::from_secs(120);
/// The reader speaks as soon as QEMU does.
const PLUGGED: Duration = Duration::from_secs(20);

/// What is done, in front of a unit that was provisioned for this facility.
const SCENES: &[(&str, &[Step])] = &[
    (
        "初期登録: the facility is filled in, the rest is typed",
        &[
            Page("menu-terms"),
            Touch("agree"),
            Page("menu-form"),
            Touch("field-user"),
            Page("menu-type"),
            Spell(USER),
            Touch("letters-next"),
            Page("menu-form"),
            Touch("field-password"),
            Page("menu-type"),
            Spell(PASSWORD),
            Touch("secret-next"),
            Page("menu-form"),
            Touch("field-code"),
            Page("menu-type"),
            TypeCode,
            Touch("digits-next"),
            Page("menu-form-filled"),
            Touch("register"),
            Page("menu-done"),
            Touch("ok"),
            Page("menu-new"),
        ],
    ),
    (
        "both codes, twice each, and the notices",
        &[
            Type(PASSCODE),
            Touch("code-next"),
            Page("menu-again"),
            Type(PASSCODE),
            Touch("code-next"),
            Page("menu-done"),
            Touch("ok"),
            Page("menu-new-staff-code"),
            Type(STAFF_CODE),
            Touch("code-next"),
            Page("menu-again"),
            Type(STAFF_CODE),
            Touch("code-next"),
            Page("menu-done"),
            Touch("ok"),
            Page("menu-notices"),
            Touch("notices-close"),
            Page("ready"),
        ],
    ),
];

pub(crate) fn run(install: Install) -> Result<(), Stop> {
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    cargo::build_release(&["reference-gateway", "reader-virtual"])?;
    let folder = places::target()?.join("boot-test");
    places::empty(&folder)?;
    let surroundings = Surroundings::start(&folder)?;
    let tools = Tree::for_work(&image::work()?)?;
    let unit = Unit::new(&tools, &surroundings.provisioning()?, &folder)?;

    let mut person = Person::turns_on(&unit, &surroundings, 0)?;
    for (name, steps) in SCENES {
        println!("{name}");
        steps.iter().try_for_each(|step| person.does(step))?;
    }
    let taken = person.leaves()?;
    println!("the power is cut, and comes back: straight to 認証選択");
    let mut person = Person::turns_on(&unit, &surroundings, taken)?;
    person.does(&Page("ready"))?;
    let taken = person.leaves()?;
    println!("\n{taken} pictures in {}", folder.display());
    Ok(())
}

/// What stands around the unit: the reference gateway, and a card reader with hands.
struct Surroundings {
    folder: PathBuf,
    /// Ends with the runner.
    _gateway: Program,
    url: String,
}

impl Surroundings {
    fn start(folder: &Path) -> Result<Self, Stop> {
        office::issue_cards(&folder.join("office"))?;
        let (gateway, cards) = (folder.join("gateway"), folder.join("office"));
        let more = ["--name", HOST];
        let listen = ["127.0.0.1:0"; 2];
        let (program, [url, _]) = office::start_gateway(&gateway, &cards, listen, &more, folder)?;
        office::make_account(&gateway)?;
        let port = url.rsplit_once(':').map_or("443", |(_, port)| port);
        let url = format!("https://{HOST}:{port}");
        Ok(Self { folder: folder.to_owned(), _gateway: program, url })
    }

    fn code(&self) -> Result<String, Stop> {
        office::make_code(&self.folder.join("gateway"))
    }

    fn provisioning(&self) -> Result<String, Stop> {
        let file = self.folder.join("gateway/ca.pem");
        let ca = fs::read_to_string(&file).map_err(Stop::because(file.display()))?;
        Ok(format!(
            "settings = '''\nserial = \"SK-000001\"\nfacility = \"{FACILITY}\"\n\
             [station]\nmode = \"attended\"\nmethod = \"pin\"\n\
             [gateway]\nurl = \"{}\"\npins = \"gateway-ca.pem\"\n'''\n\
             gateway_ca = '''\n{ca}'''\n",
            self.url
        ))
    }

    fn control(&self) -> PathBuf {
        self.folder.join("hands/control")
    }

    /// Plugs our reader into the machine whose files lie in `work`.
    fn plug_reader_in(&self, work: &Path) -> Result<Program, Stop> {
        places::private_folder(&self.folder.join("hands"))?;
        let mut command = Command::new(places::release("virtual-reader")?);
        command.arg("--redir").arg(work.join(READER)).arg("--control").arg(self.control());
        command.arg("--office").arg(self.folder.join("office"));
        let program = Program::start("virtual-reader", &command, &self.folder)?;
        let began = Instant::now();
        while office::hand(&self.control(), "status").is_err() && began.elapsed() < PLUGGED {
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(program)
    }
}

/// Who stands in front of the unit.
struct Person<'a> {
    machine: Running,
    reader: Program,
    points: Points,
    surroundings: &'a Surroundings,
    taken: usize,
    /// What was to be seen before the last thing that was done.
    before: Vec<u8>,
}

impl<'a> Person<'a> {
    /// Turns the unit on and waits for its first page.
    fn turns_on(
        unit: &Unit<'_>,
        surroundings: &'a Surroundings,
        taken: usize,
    ) -> Result<Self, Stop> {
        let began = Instant::now();
        let machine = unit.start()?;
        let reader = surroundings.plug_reader_in(&unit.work())?;
        let (points, before) = (Points::read()?, Vec::new());
        let mut person = Self { machine, reader, points, surroundings, taken, before };
        person.machine.qmp.next_page("the first page", &person.before, BOOT)?;
        println!("the first page stands {} after power on (emulated)", time(began.elapsed()));
        Ok(person)
    }

    fn does(&mut self, step: &Step) -> Result<(), Stop> {
        match step {
            Touch(name) => self.touch(name),
            Type(digits) => self.types(digits),
            TypeCode => {
                let code = self.surroundings.code()?;
                self.types(&code)
            }
            Spell(text) => {
                let keys = text.chars().flat_map(story::keys_of);
                keys.into_iter().try_for_each(|key| self.touch(&key))
            }
            Page(name) => {
                self.machine.qmp.next_page(name, &self.before, PAGE)?;
                self.takes_picture(name)
            }
            _ => Err(Stop::Failed("nobody does that in front of a unit".to_owned())),
        }
    }

    fn touch(&mut self, name: &str) -> Result<(), Stop> {
        let (x, y) = self.points.of(name)?;
        self.before = self.machine.qmp.look()?;
        self.machine.qmp.touch(x.into(), y.into())
    }

    fn types(&mut self, digits: &str) -> Result<(), Stop> {
        digits.chars().try_for_each(|digit| self.touch(&format!("key-{digit}")))
    }

    fn takes_picture(&mut self, name: &str) -> Result<(), Stop> {
        self.taken += 1;
        let file = self.surroundings.folder.join(format!("{:02}-{name}.png", self.taken));
        self.machine.qmp.picture(&file)?;
        println!("  picture {}", file.display());
        Ok(())
    }

    /// The power is cut; gives how many pictures there are.
    fn leaves(self) -> Result<usize, Stop> {
        self.machine.cut_power()?;
        self.reader.stop()?;
        Ok(self.taken)
    }
}
