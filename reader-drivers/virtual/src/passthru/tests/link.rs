//! What the machine is told, and when.

use std::sync::Arc;
use std::time::Duration;

use super::{apdu, init, outcome};
use crate::machine::{Effect, Front as _, Job, sight, work};
use crate::passthru::link::Link;
use crate::passthru::message::{ProtocolError, ToHost};
use crate::reader::{Diary, Reader, Slot, Tins};

/// A machine with a reader of its own, and the card for it.
struct Bench {
    reader: Arc<Reader>,
    diary: Diary,
    link: Link,
    got: Vec<ToHost>,
    /// Given to the card, when it is not to work at once.
    jobs: Option<Vec<Job>>,
}

impl Bench {
    /// Before the greetings.
    fn stranger() -> Self {
        let (reader, diary) = Tins::reader();
        let mut bench = Self { reader, diary, link: Link::default(), got: Vec::new(), jobs: None };
        let greeting = bench.link.met();
        bench.carry_out(greeting);
        assert_eq!(bench.got(), [ToHost::Init]);
        bench
    }

    /// Greeted, and told that there is no card.
    fn new() -> Self {
        let mut bench = Self::stranger();
        bench.say(&init()).unwrap();
        assert_eq!(bench.got(), [ToHost::ReaderAdd, ToHost::CardRemove]);
        bench.confirm(2);
        bench
    }

    fn with_card() -> Self {
        let mut bench = Self::new();
        bench.hand("insert anna");
        assert_eq!(bench.got(), [atr()]);
        bench.confirm(1);
        bench.diary.lock().unwrap().clear();
        bench
    }

    fn slot(&self) -> Slot {
        self.reader.slot().unwrap_or(Slot::Empty)
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), ProtocolError> {
        let effects = self.link.came(bytes, self.slot())?;
        self.carry_out(effects);
        Ok(())
    }

    fn confirm(&mut self, times: usize) {
        self.say(&outcome(0).repeat(times)).unwrap();
    }

    /// Moves a card, and lets it be seen.
    fn hand(&mut self, request: &str) {
        assert_eq!(self.reader.hand(request), "ok");
        for _ in 0..2 {
            self.look();
        }
    }

    fn look(&mut self) {
        self.reader.wait_for_event(Duration::ZERO);
        let effects = self.link.seen(sight(&self.reader), self.slot());
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect<ToHost>>) {
        for effect in effects {
            match (effect, &mut self.jobs) {
                (Effect::Send(message), _) => self.got.push(message),
                (Effect::SeenEmpty, _) => panic!("nobody knows that here"),
                (Effect::Work(job), Some(jobs)) => jobs.push(job),
                (Effect::Work(job), None) => {
                    let done = work(&self.reader, job);
                    let effects = self.link.done(done, self.slot());
                    self.carry_out(effects);
                }
            }
        }
    }

    /// Lets the card do what was kept from it.
    fn work(&mut self) {
        for job in self.jobs.take().expect("the card was not to work") {
            self.carry_out(vec![Effect::Work(job)]);
        }
    }

    fn got(&mut self) -> Vec<ToHost> {
        std::mem::take(&mut self.got)
    }

    fn heard(&self) -> Vec<String> {
        std::mem::take(&mut *self.diary.lock().unwrap())
    }
}

fn atr() -> ToHost {
    ToHost::Atr(Tins::ATR.to_vec())
}

fn echo(command: &[u8]) -> ToHost {
    ToHost::Answer([command, &[0x90, 0]].concat())
}

#[test]
fn a_card_is_told_when_the_machine_knows_that_there_was_none() {
    let mut bench = Bench::stranger();
    bench.hand("insert anna");
    assert_eq!(bench.got(), []);
    bench.say(&init()).unwrap();
    bench.got();
    bench.confirm(1);
    assert_eq!(bench.got(), []);
    bench.confirm(1);
    assert_eq!(bench.got(), [atr()]);
    assert_eq!(bench.heard(), ["anna off", "anna on"]);
}

#[test]
fn commands_are_answered_one_after_the_other() {
    let mut bench = Bench::with_card();
    bench.jobs = Some(Vec::new());
    bench.say(&[apdu(&[1]), apdu(&[2]), apdu(&[3])].concat()).unwrap();
    assert_eq!(bench.jobs, Some(vec![Job::Transmit(vec![1])]), "never two at once");
    bench.work();
    assert_eq!(bench.got(), [echo(&[1]), echo(&[2]), echo(&[3])]);
}

#[test]
fn a_card_without_an_answer_is_mute_and_so_is_one_with_too_much_to_say() {
    let mut bench = Bench::with_card();
    bench.say(&apdu(&[0xFF, 0])).unwrap();
    assert_eq!(bench.got(), [ToHost::Mute]);
    bench.say(&apdu(&[1; 372])).unwrap();
    assert_eq!(bench.got(), [echo(&[1; 372])]);
    bench.say(&apdu(&[1; 373])).unwrap();
    assert_eq!(bench.got(), [ToHost::Mute]);
}

#[test]
fn what_was_for_the_card_before_does_not_reach_the_next_one() {
    let mut bench = Bench::with_card();
    bench.jobs = Some(Vec::new());
    bench.say(&[apdu(&[1]), apdu(&[2])].concat()).unwrap();
    assert_eq!(bench.reader.hand("swap bob"), "ok");
    bench.look();
    assert_eq!(bench.got(), [ToHost::CardRemove]);
    // On its way when the machine was told.
    bench.say(&apdu(&[3])).unwrap();
    bench.look();
    bench.work();
    assert_eq!(bench.got(), [], "not before the machine has ended them");
    bench.confirm(1);
    assert_eq!(bench.got(), [atr()]);
    bench.confirm(1);
    bench.say(&apdu(&[4])).unwrap();
    assert_eq!(bench.got(), [echo(&[4])]);
    assert_eq!(bench.heard(), ["bob off", "bob on", "bob [04]"]);
}

#[test]
fn a_card_pulled_in_the_middle_is_removed_and_not_mute() {
    let mut bench = Bench::with_card();
    bench.hand("fault 1 pull");
    // Faults count from a power-up.
    bench.hand("remove");
    bench.confirm(1);
    bench.hand("insert anna");
    bench.confirm(1);
    bench.got();
    bench.say(&apdu(&[1])).unwrap();
    assert_eq!(bench.got(), []);
    bench.look();
    assert_eq!(bench.got(), [ToHost::CardRemove]);
}

#[test]
fn a_reader_that_is_plugged_in_again_finds_a_fresh_card() {
    let mut bench = Bench::with_card();
    bench.say(&init()).unwrap();
    assert_eq!(bench.got(), [ToHost::ReaderAdd, ToHost::CardRemove]);
    bench.say(&apdu(&[1])).unwrap();
    bench.confirm(2);
    assert_eq!(bench.got(), [atr()]);
    // The one too many: of what the reader before was told.
    bench.confirm(2);
    assert_eq!(bench.heard(), ["anna off", "anna off", "anna on"]);
}

#[test]
fn with_the_machine_goes_the_power() {
    let mut bench = Bench::with_card();
    bench.jobs = Some(Vec::new());
    bench.say(&apdu(&[1])).unwrap();
    let effects = bench.link.lost(bench.slot());
    bench.carry_out(effects);
    bench.work();
    assert_eq!(bench.got(), [], "there is nobody to answer");
    assert_eq!(bench.heard(), ["anna [01]", "anna off"]);
    assert_eq!(bench.slot(), Slot::Unpowered);
    let greeting = bench.link.met();
    bench.carry_out(greeting);
    bench.say(&init()).unwrap();
    bench.confirm(2);
    let expected = [ToHost::Init, ToHost::ReaderAdd, ToHost::CardRemove, atr()];
    assert_eq!(bench.got(), expected);
}

#[test]
fn a_machine_out_of_step_ends_it() {
    let refused = |bytes: &[u8]| Bench::stranger().say(bytes).unwrap_err();
    assert_eq!(refused(&apdu(&[1])), ProtocolError::NotGreeted(7));
    assert_eq!(refused(&outcome(0)), ProtocolError::NotGreeted(2));
    assert_eq!(refused(&[init(), outcome(2)].concat()), ProtocolError::Refused(2));
    let mut bench = Bench::with_card();
    bench.jobs = Some(Vec::new());
    let flood = apdu(&[1]).repeat(18);
    assert_eq!(bench.say(&flood).unwrap_err(), ProtocolError::Impatient(17));
}
