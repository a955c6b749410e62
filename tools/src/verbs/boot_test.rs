//! `cargo tools boot-test`: the unmodified image in a machine with Secure Boot and TPM, and a
//! person's fingers on its glass.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    cargo,
    demo::{
        display::{Point, points},
        life,
        office::{self, FACILITY},
        scenes::Step,
    },
    image::{
        machine::{HOST, Running, Unit},
        tree::Tree,
    },
    packages::{self, Install, Purpose},
    places,
    program::Program,
    stop::Stop,
    verbs::image,
};

/// From power to the first page, on an emulated machine that shares its processors.
const BOOT: Duration = Duration::from_secs(300);
/// From a touch to the next page, the same.
const PAGE: Duration = Duration::from_secs(60);

pub(crate) fn run(install: Install) -> Result<(), Stop> {
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    cargo::build_release(&["reference-gateway", "reader-virtual"])?;
    let folder = places::target()?.join("boot-test");
    places::empty(&folder)?;
    let surroundings = Surroundings::start(&folder)?;
    let tools = Tree::for_work(&image::folder()?)?;
    let unit = Unit::new(&tools, &surroundings.provisioning()?, &folder)?;
    let mut person = Person::before(unit.start()?, &surroundings, &folder)?;
    person.waits("the first page", BOOT)?;
    for scene in &life::LIFE[..3] {
        println!("{}", scene.name);
        scene.steps.iter().try_for_each(|step| person.does(step))?;
    }
    person.looks("ready")?;
    person.machine.cut_power()?;
    println!("power off, and on");
    let mut person = Person::before(unit.start()?, &surroundings, &folder)?;
    person.taken = 50;
    person.waits("認証選択 after power on", BOOT)?;
    person.looks("ready-again")?;
    person.machine.cut_power()?;
    println!("\n{} pictures in {}", person.taken, folder.display());
    Ok(())
}

/// What stands around the unit: the reference gateway, on this machine.
struct Surroundings {
    folder: PathBuf,
    /// Ends with the runner.
    _gateway: Program,
    url: String,
}

impl Surroundings {
    fn start(folder: &Path) -> Result<Self, Stop> {
        let cards = folder.join("office");
        office::issue_cards(&cards)?;
        let gateway = folder.join("gateway");
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
            "settings = '''\nserial = \"SK-000001\"\nfacility = \"{FACILITY}\"\n[station]\nmode = \"attended\"\nmethod = \"pin\"\n\
             [gateway]\nurl = \"{}\"\npins = \"gateway-ca.pem\"\n'''\ngateway_ca = '''\n{ca}'''\n",
            self.url
        ))
    }
}

/// Who stands in front of the unit.
struct Person<'a> {
    machine: Running,
    points: std::collections::BTreeMap<String, Point>,
    surroundings: &'a Surroundings,
    pictures: PathBuf,
    taken: usize,
    /// What was to be seen when the last touch began.
    before: Vec<u8>,
}

impl<'a> Person<'a> {
    fn before(
        machine: Running,
        surroundings: &'a Surroundings,
        folder: &Path,
    ) -> Result<Self, Stop> {
        let pictures = folder.to_owned();
        Ok(Self {
            machine,
            points: points()?,
            surroundings,
            pictures,
            taken: 0,
            before: Vec::new(),
        })
    }

    fn does(&mut self, step: &Step) -> Result<(), Stop> {
        match step {
            Step::Touch(name) => self.touch(name),
            Step::Type(digits) => self.types(digits),
            Step::TypeCode => {
                let code = self.surroundings.code()?;
                self.types(&code)
            }
            Step::Spell(text) => text.chars().try_for_each(|it| self.spell(it)),
            Step::Page(name) | Step::Both(name) | Step::Picture(name) => {
                self.waits(name, PAGE)?;
                self.looks(name)
            }
            _ => Err(Stop::Failed("a step that nobody does in front of a unit".to_owned())),
        }
    }

    fn touch(&mut self, name: &str) -> Result<(), Stop> {
        let point = self.points.get(name);
        let point =
            point.ok_or_else(|| Stop::Failed(format!("touches.toml does not know {name}")))?;
        self.before = self.machine.qmp.picture()?;
        self.machine.qmp.touch(point.x.into(), point.y.into())
    }

    fn types(&mut self, digits: &str) -> Result<(), Stop> {
        digits.chars().try_for_each(|digit| self.touch(&format!("key-{digit}")))
    }

    fn spell(&mut self, character: char) -> Result<(), Stop> {
        crate::demo::story::keys_of(character).iter().try_for_each(|key| self.touch(key))
    }

    fn waits(&mut self, what: &str, patience: Duration) -> Result<(), Stop> {
        self.machine.qmp.next_picture(what, &self.before, patience).map(drop)
    }

    fn looks(&mut self, name: &str) -> Result<(), Stop> {
        self.taken += 1;
        let file = self.pictures.join(format!("{:02}-{name}.png", self.taken));
        let picture = self.machine.qmp.picture()?;
        fs::write(&file, picture).map_err(Stop::because(file.display()))?;
        println!("  picture {}", file.display());
        Ok(())
    }
}
