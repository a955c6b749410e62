//! The soak: many checks with random faults through a real pcscd and real TLS, and then a
//! search for what may be left of a person. `cargo tools soak` builds and starts it.
//!
//! `soak --folder FOLDER [--checks N] [--seed S] [--json FILE]`; FOLDER does not exist yet.
//!
//! 1. The real kiosk under a virtual screen: 50 checks by pointer events; then its memory,
//!    and that of its workers, is searched for every person's data.
//! 2. N checks of a station without window, with faults that leave its processes alive.
//!    From check 100 to the end their memory may grow by 2,048 KB at most.
//! 3. A tenth of N, with faults that end a process besides.
//! 4. Every file below FOLDER and both workers are searched again.
//!
//! Exit code 0 says that everything held; else the first broken promise is told.
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program whose job is to tell figures")]

mod check;
mod dice;
mod fault;
mod leak;
mod memory;
mod people;
mod report;
mod station;
mod window;
mod world;

use std::{
    fs,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant, SystemTime},
};

use check::{Plan, Way};
use dice::Dice;
use fault::Fault;
use kiosk_core::Screen;
use leak::{Growth, Search};
use people::Person;
use report::Report;
use station::Station;
use whole::programs::no_more;
use world::World;

/// The station in the driver's own process, and the one behind a window.
const STATION: &str = "k";
const WINDOW: &str = "w";

/// Checks before memory is compared: every page and every buffer has been used once.
const WARM: u64 = 100;
/// A page that says 認証選択 for the first time.
const START: Duration = Duration::from_secs(60);
/// How long a check takes is followed by this part of each new one.
const FOLLOW: u32 = 8;

struct Options {
    folder: PathBuf,
    checks: u64,
    seed: u64,
    json: Option<PathBuf>,
}

impl Options {
    fn read() -> Result<Self, pico_args::Error> {
        let mut arguments = pico_args::Arguments::from_env();
        let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let by_clock = now().map_or(0, |it| u64::from(it.subsec_nanos()));
        let options = Self {
            folder: arguments.value_from_str("--folder")?,
            checks: arguments.opt_value_from_str("--checks")?.unwrap_or(1_000),
            seed: arguments.opt_value_from_str("--seed")?.unwrap_or(by_clock),
            json: arguments.opt_value_from_str("--json")?,
        };
        no_more(arguments).map(|()| options)
    }
}

fn main() -> ExitCode {
    let options = match Options::read() {
        Ok(options) => options,
        Err(error) => {
            eprintln!("{error}\nusage: soak --folder FOLDER [--checks N] [--seed S] [--json FILE]");
            return ExitCode::from(64);
        }
    };
    println!("seed {}: the same faults again with --seed {0}", options.seed);
    let mut report = Report::default();
    let held = soak(&options, &mut report);
    println!("\n{report}");
    if let Some(file) = &options.json
        && let Err(error) = fs::write(file, report.json())
    {
        eprintln!("cannot write {}: {error}", file.display());
        return ExitCode::FAILURE;
    }
    match held {
        Ok(()) => {
            println!("Everything held.");
            ExitCode::SUCCESS
        }
        Err(broken) => {
            eprintln!("{broken}\nseed {}; logs in {}", options.seed, options.folder.display());
            ExitCode::FAILURE
        }
    }
}

/// What is left of a person does not end the soak: the rest is to be known too.
fn soak(options: &Options, report: &mut Report) -> Result<(), String> {
    let mut world = World::start(&options.folder, &[STATION, WINDOW]);
    let people = people::everybody(&world.office());
    println!("{} checks by touch", window::CHECKS);
    let window = window::run(&world, &options.folder.join(WINDOW), &people);
    let mut held = vec![told(window)];

    let mut run = Run::start(&mut world, &options.folder, &people, Dice::new(options.seed))?;
    run.checks(options.checks, false, report)?;
    run.checks(options.checks.div_ceil(10), true, report)?;
    let search = run.search;
    held.push(told(search.in_workers()));
    drop(world);
    held.push(told(search.in_files(&options.folder)));
    leak::all_of(held)
}

/// Says at once what was found, or where nothing was.
fn told(searched: Result<String, String>) -> Result<(), String> {
    match searched {
        Ok(ref places) => println!("nothing is left in {places}"),
        Err(ref left) => println!("{left}"),
    }
    searched.map(drop)
}

/// The station's part of the soak.
struct Run<'w, 'a> {
    world: &'w mut World,
    station: Station,
    people: &'a [Person],
    search: Search<'a>,
    dice: Dice,
    /// How long a check takes from the card to its result.
    usual: Duration,
}

impl<'w, 'a> Run<'w, 'a> {
    fn start(
        world: &'w mut World,
        folder: &std::path::Path,
        people: &'a [Person],
        dice: Dice,
    ) -> Result<Self, String> {
        let mut station = Station::start(&folder.join(STATION), &world.socket());
        let up = |it: &Screen| matches!(it, Screen::Ready { readiness, .. } if *readiness == kiosk_core::screen::Readiness::Ready);
        if station.wait(START, up).is_none() {
            return Err(format!("the station does not start: {:?}", station.page()));
        }
        let search = Search::begin(people)?;
        Ok(Self { world, station, people, search, dice, usual: Duration::from_millis(60) })
    }

    fn checks(&mut self, count: u64, rough: bool, report: &mut Report) -> Result<(), String> {
        let began = Instant::now();
        let mut growth = None;
        for number in 1..=count {
            self.one(number, rough, report)?;
            if number == WARM.min(count.div_ceil(2)) && !rough {
                growth = Some(Growth::begin(number)?);
            }
            if number % count.div_ceil(10) == 0 {
                let rate = number as f64 / began.elapsed().as_secs_f64();
                println!("{number} of {count} checks, {rate:.1} a second");
            }
        }
        report.seconds += began.elapsed().as_secs_f64();
        match growth {
            Some(growth) => growth.end(report),
            None => Ok(()),
        }
    }

    fn one(&mut self, number: u64, rough: bool, report: &mut Report) -> Result<(), String> {
        let person = self.dice.one(self.people);
        let same: Vec<&Person> = self
            .people
            .iter()
            .filter(|it| it.phone.is_none() && it.pin == person.pin && it.card != person.card)
            .collect();
        let rolled = Fault::roll(&mut self.dice, rough);
        let fault = match rolled {
            // Nobody else has her PIN: her card is pulled instead.
            Fault::Swapped if same.is_empty() => Fault::Pulled,
            // The phone asked its holder before.
            Fault::WrongPin if person.phone.is_some() => Fault::None,
            fault => fault,
        };
        let way = match person.phone {
            Some(phone) => Way::Phone(phone),
            None if fault != Fault::WrongPin && self.dice.below(3) == 0 => Way::Visual,
            None => Way::Pin,
        };
        let other = if same.is_empty() { person } else { *self.dice.one(&same) };
        let delay = match fault.has_a_moment() {
            false => Duration::ZERO,
            true => self.dice.time(self.usual + self.usual / 3),
        };
        let order = fault.order(&mut self.dice);
        let plan = Plan { person, other, way, fault, order, delay };
        let done = check::run(self.world, &mut self.station, &plan, &mut self.dice);
        let outcome = done.map_err(|broken| {
            let card = person.card;
            report.broken(&broken);
            let order = plan.order.as_deref().unwrap_or("no order");
            format!(
                "check {number}, {card}, {way:?}, {fault:?} after {delay:.1?}, {order}: {broken}"
            )
        })?;
        if fault == Fault::None {
            self.usual = (self.usual * (FOLLOW - 1) + outcome.time) / FOLLOW;
        }
        report.add(way, fault, &outcome);
        Ok(())
    }
}
