//! One check, whatever happens to it, and what must hold afterwards.

use std::{
    fmt, thread,
    time::{Duration, Instant},
};

use kiosk_core::{
    CardTrouble, Event, GatewayTrouble, Screen, Trouble, check::Phone, result_page::ResultPage,
    screen::Readiness,
};
use whole::{STAFF_CODE, desk::readiness};

use crate::{
    dice::Dice,
    fault::Fault,
    people::Person,
    station::Station,
    world::{TRIES, World},
};

/// A page that answers a touch, on a busy machine.
const TOUCH: Duration = Duration::from_secs(10);
/// A touch that had no effect is made again.
const AGAIN: Duration = Duration::from_millis(500);
/// From the card to the end of the check: reading may take 15 s and asking the gateway 25 s,
/// and a card that was pulled before it was read is laid down again.
const CHECK: Duration = Duration::from_secs(60);
/// From the end of a check, with everything mended, to 認証選択.
const BACK: Duration = Duration::from_secs(20);
/// On the page that asks for the card: a card that was laid down is seen within this time;
/// one that was pulled before is laid down again.
const SEEN: Duration = Duration::from_millis(1500);

/// One check to be made.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) person: &'a Person,
    /// Who else's card may come to lie there; the PIN is the same.
    pub(crate) other: &'a Person,
    pub(crate) way: Way,
    pub(crate) fault: Fault,
    /// What the reader is told before the card lies there.
    pub(crate) order: Option<String>,
    /// From the card to the fault.
    pub(crate) delay: Duration,
}

/// How a check gets to the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// 暗証番号
    Pin,
    /// 目視
    Visual,
    Phone(Phone),
}

/// What a check came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The trouble's code, or none with a result.
    pub(crate) trouble: Option<&'static str>,
    /// Wrong PINs typed, and tries that the card has charged for them.
    pub(crate) typed_wrong: u32,
    pub(crate) spent: u32,
    /// From the card to the page that ends the check.
    pub(crate) time: Duration,
    /// From there to 認証選択.
    pub(crate) back: Duration,
}

/// A promise that was not kept: the soak ends with the first.
#[derive(Debug)]
pub(crate) enum Broken {
    /// Somebody else's data, or none where one was due.
    WrongResult(String),
    /// A try is gone that nobody typed, or was not counted.
    Try(String),
    /// A page that did not go on.
    Stuck(String),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongResult(what) => write!(f, "wrong result: {what}"),
            Self::Try(what) => write!(f, "PIN tries: {what}"),
            Self::Stuck(what) => write!(f, "stuck: {what}"),
        }
    }
}

/// Makes the check and leaves the station on 認証選択, the reader empty, the world mended.
pub(crate) fn run(
    world: &mut World,
    station: &mut Station,
    plan: &Plan<'_>,
    dice: &mut Dice,
) -> Result<Outcome, Broken> {
    let before = [plan.person, plan.other].map(|it| world.tries(it.card));
    let mut check = Check { world, station, plan, typed_wrong: 0, spent: 0 };
    check.up_to_the_card()?;
    let began = Instant::now();
    thread::sleep(plan.delay);
    plan.fault.strike(check.world, plan.other.card, dice);
    let page = check.ending()?;
    let time = began.elapsed();
    check.judge(&page)?;
    let (typed_wrong, spent) = (check.typed_wrong, check.spent);
    let began = Instant::now();
    check.back_to_ready()?;
    let back = began.elapsed();
    for (at, person) in [plan.person, plan.other].into_iter().enumerate() {
        tries(world, person, before[at], if at == 0 { typed_wrong } else { 0 })?;
    }
    let trouble = match page {
        Screen::Sorry { trouble, .. } => Some(trouble.code()),
        _ => None,
    };
    Ok(Outcome { trouble, typed_wrong, spent, time, back })
}

/// After the right PIN a card has all its tries again; else no more may be gone than wrong
/// PINs were typed.
fn tries(world: &World, person: &Person, before: u8, typed_wrong: u32) -> Result<(), Broken> {
    let after = world.tries(person.card);
    let least = u32::from(before).saturating_sub(typed_wrong);
    if after == TRIES || (least..=u32::from(before)).contains(&u32::from(after)) {
        return Ok(());
    }
    let card = person.card;
    Err(Broken::Try(format!("{card} had {before}, has {after}; {typed_wrong} typed wrong")))
}

struct Check<'a> {
    world: &'a mut World,
    station: &'a mut Station,
    plan: &'a Plan<'a>,
    typed_wrong: u32,
    spent: u32,
}

impl Check<'_> {
    /// By touch up to the page that asks for the card; then it lies there.
    fn up_to_the_card(&mut self) -> Result<(), Broken> {
        match self.plan.way {
            Way::Pin => {
                self.begin(|| Event::Next)?;
                self.up_to_the_pin()?;
                if self.plan.fault == Fault::WrongPin {
                    self.mistype()?;
                    self.station.type_pin(self.plan.person.pin);
                    return Ok(());
                }
                self.station.type_pin(self.plan.person.pin);
            }
            Way::Visual => {
                self.begin(|| Event::Switch)?;
                self.page("職員コードの入力", |it| matches!(it, Screen::Staff { .. }))?;
                self.station.type_pin(STAFF_CODE);
                self.page("目視", |it| matches!(it, Screen::Compare))?;
                self.station.touch(Event::Next);
            }
            Way::Phone(phone) => {
                self.begin(|| Event::Phones)?;
                self.page("which phone", |it| matches!(it, Screen::Phones))?;
                self.station.touch(Event::Choose(phone));
                if phone == Phone::Android {
                    self.up_to_the_pin()?;
                    self.station.type_pin(self.plan.person.pin);
                }
            }
        }
        self.up_to_the_reader()?;
        self.lay();
        Ok(())
    }

    /// The first touch of a check. A card that the station has not yet seen go keeps it
    /// from beginning: then it is touched again, as anybody would.
    fn begin(&mut self, touch: fn() -> Event) -> Result<(), Broken> {
        let end = Instant::now() + TOUCH;
        while Instant::now() < end {
            self.station.touch(touch());
            if self.station.wait(AGAIN, |it| readiness(it).is_none()).is_some() {
                return Ok(());
            }
        }
        Err(self.stuck("touched and touched 認証選択"))
    }

    fn up_to_the_pin(&mut self) -> Result<(), Broken> {
        self.page("確認メッセージ", |it| matches!(it, Screen::Confirm))?;
        self.station.touch(Event::Confirm);
        self.page("暗証番号の入力", |it| matches!(it, Screen::Pin { typed: 0, .. }))?;
        Ok(())
    }

    fn up_to_the_reader(&mut self) -> Result<(), Broken> {
        self.page("マイナンバーカードの読み取り", |it| {
            matches!(it, Screen::Card { .. })
        })?;
        Ok(())
    }

    fn lay(&mut self) {
        if let Some(order) = &self.plan.order {
            let answer = self.world.hand(order);
            assert!(answer.starts_with("ok"), "{order}: {answer}");
        }
        self.world.hand(&format!("insert {}", self.plan.person.card));
    }

    /// One wrong PIN, which costs one try, and the page says how many are left.
    fn mistype(&mut self) -> Result<(), Broken> {
        let card = self.plan.person.card;
        let before = self.world.tries(card);
        if before < TRIES {
            return Err(Broken::Try(format!("{card} begins with {before} tries")));
        }
        // The last digit is another one.
        let last = self.plan.person.pin.as_bytes()[3];
        let wrong = format!("{}{}", &self.plan.person.pin[..3], (last - b'0' + 1) % 10);
        self.station.type_pin(&wrong);
        self.typed_wrong += 1;
        self.up_to_the_reader()?;
        self.lay();
        let page = self.page("the page of a wrong PIN", |it| {
            matches!(it, Screen::Pin { wrong: true, .. } | Screen::Sorry { .. })
        })?;
        let left = self.world.tries(card);
        self.spent += u32::from(before - left.min(before));
        match page {
            Screen::Pin { tries_left: Some(told), .. } if told == left && left + 1 == before => {
                Ok(())
            }
            page => Err(Broken::Try(format!("{card} had {before}, has {left}: {page:?}"))),
        }
    }

    #[track_caller]
    fn page(&mut self, told: &str, fits: impl FnMut(&Screen) -> bool) -> Result<Screen, Broken> {
        let page = self.station.wait(TOUCH, fits);
        page.ok_or_else(|| self.stuck(&format!("waited for {told}")))
    }

    fn stuck(&mut self, what: &str) -> Broken {
        let status = self.world.hand("status");
        Broken::Stuck(format!("{what}; up is {:?}; the reader says {status}", self.station.page()))
    }

    /// The page that ends the check. A card that was pulled before it was seen is laid down
    /// again; the last try is the right PIN here.
    fn ending(&mut self) -> Result<Screen, Broken> {
        let end = Instant::now() + CHECK;
        while Instant::now() < end {
            let up = |it: &Screen| {
                matches!(it, Screen::Result { .. } | Screen::Sorry { .. } | Screen::LastTry)
            };
            match self.station.wait(SEEN, up) {
                Some(Screen::LastTry) => {
                    self.station.touch(Event::SpendLastTry);
                    self.page("reading", |it| !matches!(it, Screen::LastTry))?;
                }
                Some(page) => return Ok(page),
                None if matches!(self.station.page(), Screen::Card { .. }) => self.lay_again(),
                None => {}
            }
        }
        Err(self.stuck("waited for the end of the check"))
    }

    fn lay_again(&mut self) {
        self.plan.fault.mend(self.world);
        match self.world.lying() {
            // It lies there and is not to be read by itself: the button.
            Some(_) => self.station.touch(Event::ReadNow),
            None => drop(self.world.hand(&format!("insert {}", self.plan.person.card))),
        }
    }

    /// The result is that of the card that has signed; without a fault there is one.
    fn judge(&mut self, page: &Screen) -> Result<(), Broken> {
        let page = match page {
            Screen::Result { page, .. } => page,
            Screen::Sorry { trouble, .. } if self.plan.fault.is_harmless() => {
                return Err(Broken::WrongResult(format!("{trouble:?} without a cause")));
            }
            Screen::Sorry { trouble: Trouble::Card(CardTrouble::WrongPin { .. }), .. } => {
                return Err(Broken::Try("a wrong PIN that nobody typed".into()));
            }
            _ => return Ok(()),
        };
        let lying = self.world.lying();
        let other_signed =
            lying.as_deref() == Some(self.plan.other.card) && self.world.has_signed();
        let due = if other_signed { self.plan.other } else { self.plan.person };
        match belongs(page, due) {
            true => Ok(()),
            // Nothing of a person in a report: the cards' names say enough.
            false => Err(Broken::WrongResult(format!("{} was due, {lying:?} lies", due.card))),
        }
    }

    /// Everything mended, the reader empty, 認証選択 up.
    fn back_to_ready(&mut self) -> Result<(), Broken> {
        self.plan.fault.mend(self.world);
        self.world.hand("remove");
        self.station.touch(Event::Close);
        let fits = |it: &Screen| readiness(it).is_some_and(may_begin);
        match self.station.wait(BACK, fits) {
            Some(_) => Ok(()),
            None => Err(self.stuck("waited for 認証選択")),
        }
    }
}

/// 次へ leads on: a gateway that was not reached is tried again by it. A line process that
/// ended has to come back first.
fn may_begin(readiness: Readiness) -> bool {
    match readiness {
        Readiness::Ready => true,
        Readiness::LineDown(why) => why != GatewayTrouble::LineLost,
        _ => false,
    }
}

fn belongs(page: &ResultPage, person: &Person) -> bool {
    let all = |record: &kiosk_core::eligibility::Insured| record.name.expose() == person.name;
    let first = page.records.first();
    page.records.iter().all(all) && first.is_some_and(|it| it.number.expose() == person.number)
}
