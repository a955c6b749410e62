//! The reader without pcscd: a card that says what it heard, and an office that makes it.

mod control;
mod fault;
mod hands;
mod pin_pad;
mod reader;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tempfile::TempDir;

use crate::card::{Card, Office};
use crate::reader::Reader;

pub(crate) const ATR: [u8; 3] = [0x3B, 0x80, 0x01];
/// Long enough for another thread to run on a busy machine, short enough to wait for.
const MOMENT: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(30);

/// What cards and the office did, in order.
pub(crate) type Diary = Arc<Mutex<Vec<String>>>;

struct Tin {
    id: String,
    diary: Diary,
}

impl Tin {
    fn note(&self, what: &str) {
        self.diary.lock().unwrap().push(format!("{} {what}", self.id));
    }
}

impl Card for Tin {
    fn power_on(&mut self) -> Vec<u8> {
        self.note("on");
        ATR.to_vec()
    }

    fn power_off(&mut self) {
        self.note("off");
    }

    fn warm_reset(&mut self) -> Vec<u8> {
        self.note("reset");
        ATR.to_vec()
    }

    /// `FF00`: no answer; `FE00`: a bug; `FD00`: slow; else the command and 9000.
    fn transmit(&mut self, apdu: &[u8]) -> Vec<u8> {
        self.note(&format!("{apdu:02X?}"));
        match apdu {
            [0xFF, ..] => Vec::new(),
            [0xFE, ..] => panic!("a bug in the card"),
            [0xFD, ..] => {
                std::thread::sleep(20 * MOMENT);
                vec![0x90, 0x00]
            }
            apdu => [apdu, &[0x90, 0x00]].concat(),
        }
    }
}

struct Tins {
    diary: Diary,
    lying: Mutex<Option<String>>,
}

impl Office for Tins {
    fn card(&self, id: &str) -> Result<Box<dyn Card>, String> {
        if id == "nobody" {
            return Err("no card nobody".to_owned());
        }
        Ok(Box::new(Tin { id: id.to_owned(), diary: Arc::clone(&self.diary) }))
    }

    fn remember(&self, lying: Option<&str>) -> Result<(), String> {
        *self.lying.lock().unwrap() = lying.map(str::to_owned);
        Ok(())
    }

    fn remembered(&self) -> Result<Option<String>, String> {
        Ok(self.lying.lock().unwrap().clone())
    }
}

/// An empty reader, and the diary of its cards.
pub(crate) fn reader() -> (Arc<Reader>, Diary) {
    let diary = Diary::default();
    let office = Tins { diary: Arc::clone(&diary), lying: Mutex::new(None) };
    (Arc::new(Reader::new(Box::new(office))), diary)
}

/// A reader with a powered card that pcscd knows of.
pub(crate) fn reader_with(id: &str) -> (Arc<Reader>, Diary) {
    let (reader, diary) = reader();
    assert_eq!(reader.hand(&format!("insert {id}")), "ok");
    reader.wait_for_event(LONG);
    reader.power(crate::codes::Power::Up).expect("a card is there");
    (reader, diary)
}

/// A folder that only its owner may look into, as a reader wants it.
pub(crate) fn private_folder() -> TempDir {
    let private = Permissions::from_mode(0o700);
    tempfile::Builder::new().permissions(private).tempdir().expect("a temporary folder")
}
