//! `cargo tools boot-test`: the unmodified image in a machine with Secure Boot and TPM, a person's
//! fingers on its glass, and a card on its reader.

use crate::{
    boot::{
        person::{Eyes, Person},
        story::{self, READY_UPSIDE_DOWN},
        surroundings::Surroundings,
        traces,
    },
    image::{
        self,
        machine::{Reader, Unit},
        tree::Tree,
    },
    options::{Known, Options},
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

const KNOWN: Known<'_> = Known { with_value: &[], alone: &["--accept"], words: 0 };

pub(crate) fn run(install: Install, words: &[&str]) -> Result<(), Stop> {
    let eyes = match Options::read(words, &KNOWN)?.has("--accept") {
        true => Eyes::Accept,
        false => Eyes::Refuse,
    };
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    let folder = places::target()?.join("boot-test");
    let mut surroundings = Surroundings::start(&folder)?;
    let tools = Tree::for_work(&image::work()?)?;
    let unit = Unit::new(&tools, &surroundings.provisioning()?, &folder)?;

    println!("power on");
    let mut person = Person::turns_on(&unit, &mut surroundings, eyes, 0, story::NEW)?;
    for chapters in [story::REGISTRATION, story::CHECKS, story::FAULTS] {
        person.plays(chapters)?;
    }
    person.plays(&[story::TO_THE_RESULT])?;
    traces::are_there(&mut person, &tools)?;
    person.plays(&[story::FROM_THE_RESULT])?;
    traces::are_gone(&mut person, &tools)?;
    let taken = person.leaves()?;
    println!("the power is cut, and comes back: straight to 認証選択");
    let mut person = Person::turns_on(&unit, &mut surroundings, eyes, taken, story::READY)?;
    person.plays(story::NETWORK)?;
    person.plays(story::PATIENT)?;
    let taken = person.leaves()?;
    println!("the same unit with QEMU's own card reader, which no catalogue knows");
    let unit = unit.with_reader(Reader::Passthru);
    let mut person = Person::turns_on(&unit, &mut surroundings, eyes, taken, story::READY)?;
    person.plays(story::SECOND_WITNESS)?;
    person.plays(story::UPSIDE_DOWN)?;
    let taken = person.leaves()?;
    println!("the power is cut, and comes back: the panel hangs as it was told");
    let person = Person::turns_on(&unit, &mut surroundings, eyes, taken, READY_UPSIDE_DOWN)?;
    let taken = person.leaves()?;
    println!("a new unit without a TPM: its state opens, at its first start and after a power cut");
    let unit = Unit::new(&tools, &surroundings.provisioning()?, &folder)?.without_tpm();
    let person = Person::turns_on(&unit, &mut surroundings, eyes, taken, story::NEW)?;
    let taken = person.leaves()?;
    let person = Person::turns_on(&unit, &mut surroundings, eyes, taken, story::NEW)?;
    let taken = person.leaves()?;
    println!("\n{taken} pictures in {}", folder.display());
    Ok(())
}
