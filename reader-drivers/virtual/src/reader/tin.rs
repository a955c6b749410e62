//! A reader with cards of tin, which write down what they hear: for tests of a front.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Card, Office, Power, Reader};

/// What cards and the office did, in order.
pub type Diary = Arc<Mutex<Vec<String>>>;

/// How long `FD00` takes: long enough for a hand to reach in.
const SLOW: Duration = Duration::from_secs(1);
/// A host sees an insertion at once, also on a busy machine.
const SOON: Duration = Duration::from_secs(30);

struct Tin {
    id: String,
    diary: Diary,
}

impl Tin {
    fn note(&self, what: &str) {
        let mut diary = self.diary.lock().unwrap_or_else(PoisonError::into_inner);
        diary.push(format!("{} {what}", self.id));
    }
}

impl Card for Tin {
    fn power_on(&mut self) -> Vec<u8> {
        self.note("on");
        Tins::ATR.to_vec()
    }

    fn power_off(&mut self) {
        self.note("off");
    }

    fn warm_reset(&mut self) -> Vec<u8> {
        self.note("reset");
        Tins::ATR.to_vec()
    }

    /// `FF00`: no answer; `FE00`: a bug; `FD00`: slow; else the command and 9000.
    fn transmit(&mut self, apdu: &[u8]) -> Vec<u8> {
        self.note(&format!("{apdu:02X?}"));
        match apdu {
            [0xFF, ..] => Vec::new(),
            [0xFE, ..] => panic!("a bug in the card"),
            [0xFD, ..] => {
                std::thread::sleep(SLOW);
                vec![0x90, 0x00]
            }
            apdu => [apdu, &[0x90, 0x00]].concat(),
        }
    }
}

/// An office that makes a card for every id but `nobody`.
#[derive(Debug)]
pub struct Tins {
    diary: Diary,
    lying: Mutex<Option<String>>,
}

impl Tins {
    /// What its cards answer to a reset.
    pub const ATR: [u8; 3] = [0x3B, 0x80, 0x01];

    /// An empty reader with a PIN pad, and the diary of its cards.
    pub fn reader() -> (Arc<Reader>, Diary) {
        let diary = Diary::default();
        let office = Self { diary: Arc::clone(&diary), lying: Mutex::new(None) };
        (Arc::new(Reader::new(Box::new(office)).with_pad()), diary)
    }

    /// A reader with a powered card that the host knows of.
    pub fn reader_with(id: &str) -> (Arc<Reader>, Diary) {
        let (reader, diary) = Self::reader();
        assert_eq!(reader.hand(&format!("insert {id}")), "ok");
        reader.wait_for_event(SOON);
        reader.power(Power::Up).expect("a card is there");
        (reader, diary)
    }
}

impl Office for Tins {
    fn card(&self, id: &str) -> Result<Box<dyn Card>, String> {
        if id == "nobody" {
            return Err("no card nobody".to_owned());
        }
        Ok(Box::new(Tin { id: id.to_owned(), diary: Arc::clone(&self.diary) }))
    }

    fn remember(&self, lying: Option<&str>) -> Result<(), String> {
        *self.lying.lock().unwrap_or_else(PoisonError::into_inner) = lying.map(str::to_owned);
        Ok(())
    }

    fn remembered(&self) -> Result<Option<String>, String> {
        Ok(self.lying.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}
