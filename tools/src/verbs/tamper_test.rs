//! `cargo tools tamper-test`: what somebody with the unit in their hands could try, one after the
//! other, on copies of a unit that was started once.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    boot::{
        album::{Album, Picture},
        person::{Eyes, Person},
        story,
        surroundings::Surroundings,
    },
    descendants,
    image::{
        self,
        machine::{Running, Unit},
        tamper::{CASES, Case, Kept, Seen},
        tree::Tree,
    },
    options::{Known, Options},
    packages::{self, Install, Purpose},
    places,
    progress::{Others, Progress, time},
    stop::Stop,
};

const KNOWN: Known<'_> = Known { with_value: &[], alone: &[], words: 1 };
/// A unit gets so many times as long as the untouched one needed, to show that it opens after all.
const TIMES: u32 = 2;
/// From power to the pages of the untouched one, on a loaded machine.
const PATIENCE: Duration = Duration::from_secs(400);
const LOOK: Duration = Duration::from_millis(500);

/// All tries, or those whose name has the word.
pub(crate) fn run(install: Install, words: &[&str]) -> Result<(), Stop> {
    let options = Options::read(words, &KNOWN)?;
    let wanted = options.words.first().copied().unwrap_or_default();
    packages::ensure(install, &[Purpose::Build, Purpose::Image])?;
    let folder = places::target()?.join("tamper-test");
    let mut surroundings = Surroundings::start(&folder)?;
    let tools = Tree::for_work(&image::work()?)?;
    let unit = Unit::new(&tools, &surroundings.provisioning()?, &folder)?;
    println!("the first start makes the state, and binds it to this machine");
    // Its plug is pulled as soon as its first page stands.
    Person::turns_on(&unit, &mut surroundings, Eyes::Refuse, 0, story::NEW)?.leaves()?;
    let kept = Kept::new(&tools, &unit)?;
    let (untouched, tries) = CASES.split_first().expect("the untouched unit is the first");
    let (took, mut wrong) = (Instant::now(), Vec::new());
    if tried(&kept, untouched, PATIENCE, &folder)? != untouched.must {
        return Err(Stop::Failed("the untouched unit does not open: nothing is shown".to_owned()));
    }
    let patience = took.elapsed() * TIMES;
    for case in tries.iter().filter(|case| case.name.contains(wanted)) {
        if tried(&kept, case, patience, &folder)? != case.must {
            wrong.push(case.name);
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(Stop::Failed(format!("not as it must be: {}", wrong.join("; ")))),
    }
}

fn tried(
    kept: &Kept<'_>,
    case: &Case,
    patience: Duration,
    folder: &std::path::Path,
) -> Result<Seen, Stop> {
    let mut machine = kept.start(case)?;
    let began = Instant::now();
    let seen = watch(&mut machine, case.name, patience)?;
    let word = match seen == case.must {
        true => "✓",
        false => "✗",
    };
    let after = time(began.elapsed());
    println!("{word} {}: {seen:?} (must: {:?}), {after}", case.name, case.must);
    let name = case.name.replace([' ', ','], "-");
    if machine.runs() {
        machine.qmp.picture(&folder.join(format!("{name}.png")))?;
    }
    machine.cut_power()?;
    Ok(seen)
}

/// What came of it: pages end the wait, nothing else does but the machine's own end.
fn watch(machine: &mut Running, name: &str, patience: Duration) -> Result<Seen, Stop> {
    let _progress = Progress::new(name.to_owned(), Others::Quiet);
    let album = Album::read()?;
    let pages = [
        (story::NEW, album.page(story::NEW)?, Seen::Opened),
        (story::STARTING, album.page(story::STARTING)?, Seen::Locked),
    ];
    let (began, mut seen) = (Instant::now(), Seen::Refused);
    while began.elapsed() < patience {
        if descendants::interrupted() {
            return Err(Stop::Interrupted);
        }
        if !machine.runs() {
            // It started again by itself, which ends the emulator.
            return Ok(Seen::Refused);
        }
        let picture = Picture::from_ppm(&machine.qmp.look()?);
        let found =
            pages.iter().find(|(page, wanted, _)| album.shows(page, wanted, picture.as_ref()));
        seen = found.map_or(Seen::Refused, |(_, _, meaning)| *meaning);
        if seen == Seen::Opened {
            return Ok(seen);
        }
        thread::sleep(LOOK);
    }
    Ok(seen)
}
