//! The reader without QEMU: a machine that says what it is told to, and remembers answers.

mod cards;
mod line;
mod packets;
mod promises;
mod usb;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::{
    machine::{Front as _, Job, sight, work},
    reader::{Diary, Reader, Slot, Tins},
};

use super::{
    decode::ProtocolError,
    descriptors::BULK_IN,
    device::{Device, Effect},
    packet::{Status, ToHost, kind},
};

/// Long enough for a busy machine.
const LONG: Duration = Duration::from_secs(30);

/// A packet of the machine.
fn packet(kind: u32, id: u64, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap();
    [&kind.to_le_bytes()[..], &length.to_le_bytes(), &id.to_le_bytes(), body].concat()
}

/// The one packet with a short id.
fn hello(caps: u32) -> Vec<u8> {
    let mut bytes = [0, 68, 0].map(u32::to_le_bytes).concat();
    bytes.resize(12 + 64, b'Q');
    bytes.extend(caps.to_le_bytes());
    bytes
}

fn bulk(endpoint: u8, length: usize, data: &[u8]) -> Vec<u8> {
    let [a, b, c, d] = u32::try_from(length).unwrap().to_le_bytes();
    [&[endpoint, 0, a, b, 0, 0, 0, 0, c, d], data].concat()
}

/// A CCID message.
fn message(kind: u8, sequence: u8, specific: [u8; 3], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_le_bytes();
    [&[kind][..], &length, &[0, sequence], &specific, data].concat()
}

/// A reader with a PIN pad nobody asks for, on the USB of a machine.
struct Bench {
    reader: Arc<Reader>,
    diary: Diary,
    device: Device,
    /// What the machine got.
    got: VecDeque<ToHost>,
    /// Given to the card, when it is not to work at once.
    jobs: Option<Vec<Job>>,
    ids: u64,
    /// How often the host asked while the slot was empty.
    seen_empty: usize,
}

impl Bench {
    /// Before the hellos.
    fn stranger() -> Self {
        let (reader, diary) = Tins::reader();
        let (device, got) = (Device::new(), VecDeque::new());
        Self { reader, diary, device, got, jobs: None, ids: 0, seen_empty: 0 }
    }

    /// Enumerated and configured, as Linux does it; nothing is left to be read.
    fn new() -> Self {
        let mut bench = Self::stranger();
        let greeting = bench.device.met();
        bench.carry_out(greeting);
        bench.say(&hello(0xFF)).unwrap();
        bench.look();
        bench.say(&packet(kind::RESET, 0, &[])).unwrap();
        bench.say(&packet(kind::SET_CONFIGURATION, 1, &[1])).unwrap();
        bench.say(&packet(kind::START_INTERRUPTS, 2, &[0x83])).unwrap();
        bench.got.clear();
        bench
    }

    /// With a card that the machine was told of.
    fn with_card() -> Self {
        let mut bench = Self::new();
        bench.hand("insert anna");
        assert_eq!(bench.told(), [Some(true)]);
        bench
    }

    /// With a card that has power.
    fn with_power() -> Self {
        let mut bench = Self::with_card();
        assert_eq!(bench.ask(0x62, [1, 0, 0], &[])[7..9], [0, 0]);
        bench
    }

    fn slot(&self) -> Slot {
        self.reader.slot().unwrap_or(Slot::Empty)
    }

    fn say(&mut self, bytes: &[u8]) -> Result<(), ProtocolError> {
        let effects = self.device.came(bytes, self.slot())?;
        self.carry_out(effects);
        Ok(())
    }

    /// Moves a card or the plug and lets the machine see it.
    fn hand(&mut self, request: &str) {
        assert_eq!(self.reader.hand(request), "ok");
        for _ in 0..2 {
            self.reader.wait_for_event(Duration::ZERO);
            self.look();
        }
    }

    fn look(&mut self) {
        let effects = self.device.seen(sight(&self.reader), self.slot());
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match (effect, &mut self.jobs) {
                (Effect::Send(packet), _) => self.got.push_back(packet),
                (Effect::SeenEmpty, _) => self.seen_empty += 1,
                (Effect::Work(job), Some(jobs)) => jobs.push(job),
                (Effect::Work(job), None) => {
                    let done = work(&self.reader, job);
                    let effects = self.device.done(done, self.slot());
                    self.carry_out(effects);
                }
            }
        }
    }

    /// Lets the card do what was kept from it.
    fn work(&mut self) {
        let jobs = self.jobs.take().expect("the card was not to work");
        for job in jobs {
            self.carry_out(vec![Effect::Work(job)]);
        }
    }

    /// What the machine was told of the slot, taken out of what it got.
    fn told(&mut self) -> Vec<Option<bool>> {
        let told = self.got.iter().filter_map(|packet| match packet {
            ToHost::Interrupt { data, endpoint: 0x83, .. } => Some(match data[..] {
                [0x50, 0x03] => Some(true),
                [0x50, 0x02] => Some(false),
                _ => None,
            }),
            _ => None,
        });
        let told = told.collect();
        self.got.retain(|packet| !matches!(packet, ToHost::Interrupt { .. }));
        told
    }

    fn write(&mut self, bytes: &[u8]) {
        self.ids += 1;
        let id = self.ids;
        self.say(&packet(kind::BULK, id, &bulk(0x01, bytes.len(), bytes))).unwrap();
        let length = u32::try_from(bytes.len()).unwrap();
        let written = ToHost::Written { id, status: Status::Success, endpoint: 1, length };
        let at = self.got.iter().position(|it| *it == written).expect("taken");
        self.got.remove(at);
    }

    /// Asks for so many bytes, and gives the read's id.
    fn want(&mut self, length: usize) -> u64 {
        self.ids += 1;
        self.say(&packet(kind::BULK, self.ids, &bulk(BULK_IN.address, length, &[]))).unwrap();
        self.ids
    }

    /// The bytes of a read, when it is complete.
    fn read(&mut self, length: usize) -> Option<Vec<u8>> {
        let wanted = self.want(length);
        match self.got.pop_front()? {
            ToHost::Read { id, status: Status::Success, endpoint: 0x82, data } if id == wanted => {
                Some(data)
            }
            other => panic!("{other:?}"),
        }
    }

    /// A command and the answer to it, whole.
    fn ask(&mut self, kind: u8, specific: [u8; 3], data: &[u8]) -> Vec<u8> {
        self.ids += 1;
        let sequence = u8::try_from(self.ids % 251).unwrap();
        self.write(&message(kind, sequence, specific, data));
        let answer = self.read(70_000).expect("an answer");
        let length = u32::from_le_bytes(answer[1..5].try_into().unwrap());
        assert_eq!(usize::try_from(length).unwrap(), answer.len() - 10);
        assert_eq!(answer[5..7], [0, sequence], "slot and sequence number come back");
        answer
    }
}
