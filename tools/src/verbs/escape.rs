//! `cargo tools escape-test`: somebody alone with a registered unit tries keys, its power button
//! and its USB. The unit goes on showing its page, and runs nothing that it did not run before.

use std::{path::Path, thread, time::Duration};

use serde_json::json;

use crate::{
    boot::{
        person::{Eyes, Person},
        story,
        surroundings::Surroundings,
    },
    escape::{
        chords,
        devices::{DEVICES, Device, FOR_CHORDS, Hand, ON_THE_STICK, judged},
        sameness::Before,
    },
    image::{
        self,
        machine::{Running, Unit},
        memory::Memory,
        tree::Tree,
    },
    packages::{self, Install, Purpose},
    places,
    stop::Stop,
};

/// A device is judged within a second of a real machine.
const JUDGED: Duration = Duration::from_secs(8);
/// Of the controller: the first is the unit's own reader's.
const KEYBOARDS_PORT: u32 = 2;
const PORT: u32 = 3;
/// Of the provisioning file: what the unit must know, so that a search of its memory is one.
const SERIAL: &[u8] = b"SK-000001";

pub(crate) fn run(install: Install) -> Result<(), Stop> {
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    let folder = places::target()?.join("escape-test");
    let mut surroundings = Surroundings::start(&folder)?;
    let tools = Tree::for_work(&image::work()?)?;
    let unit = Unit::new(&tools, &surroundings.provisioning()?, &folder)?;
    let mut person = Person::turns_on(&unit, &mut surroundings, Eyes::Refuse, 0, story::NEW)?;
    person.plays(story::REGISTRATION)?;
    alone_with(&mut person.machine, &tools, &folder.join("tried"))?;
    person.leaves()?;
    println!("\nnothing came of it; pictures in {}", folder.display());
    Ok(())
}

/// The same for every page that stands still and is a person's.
fn alone_with(machine: &mut Running, tools: &Tree, folder: &Path) -> Result<(), Stop> {
    places::empty(folder)?;
    let mut hand = Hand::new(tools)?;
    let mut before = Before::look(machine, tools, folder)?;
    before.picture(machine, "before")?;
    let count = |memory: &Memory| {
        let it = &memory.running;
        format!("{} processes, {} sockets", it.processes.len(), it.sockets.len())
    };

    for device in DEVICES {
        let plugged = tries(machine, &mut hand, &mut before, device, PORT)?;
        Hand::unplug(machine, plugged)?;
        before.same_page(machine, &format!("{} is pulled out", device.name))?;
    }

    let keyboard = tries(machine, &mut hand, &mut before, &FOR_CHORDS, KEYBOARDS_PORT)?;
    chords::press(&mut machine.qmp, &["shift"])?;
    before.shows_focus(machine)?;
    let pressed =
        press_all(machine, chords::SYSTEM, |machine, key| before.same_page(machine, key))?;
    let memory = before.same_memory(machine, "after chords of the system's keys")?;
    before.picture(machine, "chords of system keys")?;
    println!("✓ {pressed} chords of the system's keys: the same page, {}", count(&memory));

    machine.qmp.execute("system_powerdown", json!({}))?;
    thread::sleep(JUDGED);
    before.same_page(machine, "the power button")?;
    let memory = before.same_memory(machine, "the power button")?;
    println!("✓ the power button: the same page, {}", count(&memory));

    // What these do on a page, they may do; but no more.
    let pressed = press_all(machine, chords::TYPED, |machine, key| before.some_page(machine, key))?;
    let memory = before.same_memory(machine, "after chords of the pages' keys")?;
    before.picture(machine, "chords of typed keys")?;
    println!("✓ {pressed} chords of the pages' keys: a page of ours, {}", count(&memory));
    Hand::unplug(machine, keyboard)
}

/// Presses each of `keys` alone and in chords, and lets `check` look after each key.
fn press_all(
    machine: &mut Running,
    keys: &[&str],
    mut check: impl FnMut(&mut Running, &str) -> Result<(), Stop>,
) -> Result<usize, Stop> {
    let mut pressed = 0;
    for key in keys {
        for chord in chords::of(key) {
            chords::press(&mut machine.qmp, &chord)?;
            pressed += 1;
        }
        check(machine, &format!("after chords of {key}"))?;
    }
    Ok(pressed)
}

/// Plugs the device in, and leaves it there.
///
/// Errors: it was judged wrongly, or not; something is not what it was.
fn tries<'a>(
    machine: &mut Running,
    hand: &mut Hand<'a>,
    before: &mut Before<'a>,
    device: &Device,
    port: u32,
) -> Result<crate::escape::devices::Plugged, Stop> {
    let name = device.name;
    let judged_before = judged(&before.running.log);
    let plugged = hand.plug(machine, device, port)?;
    thread::sleep(JUDGED);
    before.same_page(machine, name)?;
    let memory = before.same_memory(machine, name)?;
    let (all, let_in) = judged(&memory.running.log);
    let (all, let_in) = (all - judged_before.0, let_in - judged_before.1);
    if (all, let_in) != (device.parts(), device.let_in) {
        return Err(Stop::Failed(format!(
            "{name}: {all} devices were judged and {let_in} let in, not {} and {}",
            device.parts(),
            device.let_in
        )));
    }
    if plugged.has_stayed() {
        return Err(Stop::Failed(format!("{name}: it was let in, and was not sent out again")));
    }
    let held = memory.holds(&[SERIAL, ON_THE_STICK])?;
    if held != [true, false] {
        return Err(Stop::Failed(format!(
            "{name}: the memory holds the unit's serial number: {}, the stick: {}",
            held[0], held[1]
        )));
    }
    before.running.log = memory.running.log;
    before.picture(machine, name)?;
    let verdict = match (let_in, plugged.may_stay()) {
        (1.., false) => "let in, and sent out again".to_owned(),
        _ => format!("{let_in} of {all} let in"),
    };
    println!("✓ {name}: {verdict}; the same page, processes and sockets");
    Ok(plugged)
}
